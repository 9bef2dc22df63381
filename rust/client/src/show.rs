//! Tables as text. All languages print the same table, so this is the rule.
//!
//! ```text
//! +-----------------+-----------+---------+
//! | passenger_count | tip_share | vendor  |      first line of the head: the names
//! |           int64 |   float64 | string  |      second line: the types, as in plans
//! +-----------------+-----------+---------+
//! |               1 |      0.25 | a\nb    |      numbers to the right, all else to the left
//! |            NULL |       1.0 | a long… |
//! +-----------------+-----------+---------+
//! 2 rows                                         or: first 20 rows, there are more
//! ```
//!
//! * Null is `NULL`. Texts keep their characters, but line feed, carriage return and tab become `\n`, `\r`, `\t`.
//! * Values are written as Arrow's `display` writes them: timestamps and dates in ISO 8601, floats with the fewest digits,
//!   binary in hexadecimal, lists `[1, 2]`, structs `{a: 1}`. A value that has no text, such as a date beyond the calendar,
//!   says so in its place.
//! * A cell (and a name) longer than 40 characters is cut after 39, and `…` follows.
//! * Where the table is wider than the terminal, columns in the middle give way to one column `…`; the first and the last
//!   column stay. The line below then says how many columns are not shown. A table that goes to no terminal has all columns.

use std::io::{self, IsTerminal};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, Schema};
use comfy_table::{Cell, CellAlignment, Table};
use polybolos_protocol::{Error, Result};

use crate::types;

const CELL_CHARS_MAX: usize = 40;
/// Lines between columns and around them, but none between rows.
const LINES: &str = "||--+-++|    ++++++";
const ELLIPSIS: &str = "…";

/// The table of the first rows, at most `rows_max`, as wide as the terminal where standard output is one. It ends with a line
/// end.
pub fn table(schema: &Schema, batches: &[RecordBatch], rows_max: usize) -> Result<String> {
    table_of_width(schema, batches, rows_max, terminal_width())
}

/// Each cell of the first rows, at most `rows_max`, as text, row by row, cut as in tables; a null is none. For tables that are drawn
/// elsewhere, such as in a notebook.
pub fn cells(schema: &Schema, batches: &[RecordBatch], rows_max: usize) -> Result<Vec<Vec<Option<String>>>> {
    let columns = columns(schema, batches, rows_max).map_err(|error| Error::internal("a value cannot be printed").with_source(error))?;
    let mut rows = Vec::new();
    let mut first = 0;
    for batch in batches {
        for row in 0..batch.num_rows().min(rows_max.saturating_sub(first)) {
            let cell = |(column, array): (&Column, &ArrayRef)| column.cells.get(first + row).filter(|_| !array.is_null(row)).cloned();
            rows.push(columns.iter().zip(batch.columns()).map(cell).collect());
        }
        first += batch.num_rows();
    }
    Ok(rows)
}

/// The characters of a line of the terminal, where standard output is one.
pub fn terminal_width() -> Option<usize> {
    let size = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    size.map(|(width, _)| usize::from(width.0))
}

/// The table of the first rows, at most `rows_max`, in lines of at most `width` characters where that is given. It ends with
/// a line end.
pub fn table_of_width(schema: &Schema, batches: &[RecordBatch], rows_max: usize, width: Option<usize>) -> Result<String> {
    let columns = columns(schema, batches, rows_max).map_err(|error| Error::internal("a value cannot be printed").with_source(error))?;
    let shown = fitting(&columns, width);
    let hidden = columns.len() - shown.iter().flatten().count();
    let mut table = Table::new();
    table.load_preset(LINES);
    table.set_header(shown.iter().map(|column| cell(*column, |column| &column.head)));
    let rows = columns.first().map_or_else(|| count(batches).min(rows_max), |column| column.cells.len());
    for row in 0..rows {
        table.add_row(shown.iter().map(|column| cell(*column, |column| column.cells.get(row).map_or("", String::as_str))));
    }
    let more = count(batches) > rows_max;
    Ok(format!("{table}\n{}{}\n", footer(rows, more), hidden_columns(hidden)))
}

fn count(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

fn footer(rows: usize, more: bool) -> String {
    match (rows, more) {
        (_, true) => format!("first {rows} rows, there are more"),
        (1, false) => "1 row".to_owned(),
        (_, false) => format!("{rows} rows"),
    }
}

fn hidden_columns(hidden: usize) -> String {
    match hidden {
        0 => String::new(),
        1 => ", 1 column not shown".to_owned(),
        _ => format!(", {hidden} columns not shown"),
    }
}

struct Column {
    head: String,
    cells: Vec<String>,
    numeric: bool,
    width: usize,
}

fn columns(schema: &Schema, batches: &[RecordBatch], rows_max: usize) -> std::result::Result<Vec<Column>, ArrowError> {
    let options = FormatOptions::default().with_null("NULL");
    let mut columns = Vec::new();
    for (position, field) in schema.fields().iter().enumerate() {
        let (name, ty) = (clipped(field.name()), types::arrow_name(field.data_type()));
        let mut cells = Vec::new();
        for batch in batches {
            let room = rows_max.saturating_sub(cells.len());
            if let Some(array) = batch.columns().get(position) {
                cells.extend(texts(array, room, &options)?);
            }
        }
        let widest = cells.iter().chain([&name, &ty]).map(|text| text.chars().count()).max().unwrap_or(0);
        let numeric = field.data_type().is_numeric() || *field.data_type() == DataType::Null;
        columns.push(Column { head: format!("{name}\n{ty}"), cells, numeric, width: widest });
    }
    Ok(columns)
}

fn texts(array: &ArrayRef, room: usize, options: &FormatOptions<'_>) -> std::result::Result<Vec<String>, ArrowError> {
    let formatter = ArrayFormatter::try_new(array, options)?;
    Ok((0..array.len().min(room)).map(|row| clipped(&formatter.value(row).to_string())).collect())
}

fn clipped(text: &str) -> String {
    let line = text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    match line.char_indices().nth(CELL_CHARS_MAX) {
        None => line,
        Some(_) => line.chars().take(CELL_CHARS_MAX - 1).chain(ELLIPSIS.chars()).collect(),
    }
}

/// The columns to show; `None` is the one that stands for those that are left out.
fn fitting(columns: &[Column], width: Option<usize>) -> Vec<Option<&Column>> {
    let drawn = |columns: &[&Column]| columns.iter().map(|column| column.width + 3).sum::<usize>() + 1;
    let mut front: Vec<&Column> = columns.iter().collect();
    let mut back: Vec<&Column> = Vec::new();
    let Some(width) = width else {
        return front.into_iter().map(Some).collect();
    };
    if drawn(&front) <= width {
        return front.into_iter().map(Some).collect();
    }
    back.extend(front.split_off(front.len().div_ceil(2)));
    back.reverse();
    let gap = ELLIPSIS.chars().count() + 3;
    while front.len() + back.len() > 2 && drawn(&front) + drawn(&back) + gap > width + 1 {
        let longer = if front.len() > back.len() { &mut front } else { &mut back };
        longer.pop();
    }
    let hidden = (front.len() + back.len() < columns.len()).then_some(None);
    front.into_iter().map(Some).chain(hidden).chain(back.into_iter().rev().map(Some)).collect()
}

fn cell<'a>(column: Option<&'a Column>, text: impl Fn(&'a Column) -> &'a str) -> Cell {
    let alignment = if column.is_some_and(|column| column.numeric) { CellAlignment::Right } else { CellAlignment::Left };
    Cell::new(column.map_or(ELLIPSIS, text)).set_alignment(alignment)
}
