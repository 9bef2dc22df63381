//! TPC-H: the tables as DataFrames, the 22 queries as SQL and as DataFrames, and DuckDB's answers.

mod dataframes;

use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use polybolos_client::{DataFrame, Result, Session};

pub use dataframes::query;

/// The eight tables of one data set, under their names.
pub struct Tables {
    /// 25 rows.
    pub nation: DataFrame,
    /// 5 rows.
    pub region: DataFrame,
    /// Suppliers.
    pub supplier: DataFrame,
    /// Customers.
    pub customer: DataFrame,
    /// Parts.
    pub part: DataFrame,
    /// Which supplier has which part.
    pub partsupp: DataFrame,
    /// Orders.
    pub orders: DataFrame,
    /// Their lines.
    pub lineitem: DataFrame,
}

impl Tables {
    /// The tables that `polybolos demo tpch` wrote to this folder.
    pub fn read(session: &Session, folder: &Path) -> Result<Self> {
        let table = |name: &str| session.read_parquet(format!("{}/*.parquet", folder.join(name).display()));
        Ok(Self {
            nation: table("nation")?,
            region: table("region")?,
            supplier: table("supplier")?,
            customer: table("customer")?,
            part: table("part")?,
            partsupp: table("partsupp")?,
            orders: table("orders")?,
            lineitem: table("lineitem")?,
        })
    }

    /// Makes views of the session over the tables, for the SQL of the queries.
    pub async fn create_views(&self) -> Result<()> {
        let tables = [
            ("nation", &self.nation),
            ("region", &self.region),
            ("supplier", &self.supplier),
            ("customer", &self.customer),
            ("part", &self.part),
            ("partsupp", &self.partsupp),
            ("orders", &self.orders),
            ("lineitem", &self.lineitem),
        ];
        for (name, table) in tables {
            table.create_view(name).await?;
        }
        Ok(())
    }
}

/// The SQL of a query, 1 to 22.
pub fn sql(number: usize) -> String {
    let path = folder().join(format!("q{number:02}.sql"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tpch")
}

/// DuckDB's answer at scale factor 0.01: the names of its columns, then its rows, in no order.
pub fn answer(number: usize) -> Vec<Vec<String>> {
    let path = folder().join(format!("answers/sf0.01/q{number:02}.csv"));
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let format = arrow::csv::reader::Format::default();
    let (schema, _) = format.infer_schema(&file, Some(1)).expect("a header");
    let fields: Vec<_> =
        schema.fields().iter().map(|field| arrow_schema::Field::new(field.name(), arrow_schema::DataType::Utf8, true)).collect();
    let file = std::fs::File::open(&path).expect("it was there a moment ago");
    let reader = arrow::csv::ReaderBuilder::new(std::sync::Arc::new(arrow_schema::Schema::new(fields))).with_header(false).build(file);
    let batches: Vec<RecordBatch> = reader.expect("CSV").map(|batch| batch.expect("a batch")).collect();
    rows_of(&batches)
}

/// The rows of a result as text, with the names of its columns first.
pub fn rows(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    let names = batches.first().map(|batch| batch.schema().fields().iter().map(|field| field.name().clone()).collect());
    names.into_iter().chain(rows_of(batches)).collect()
}

fn rows_of(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    batches.iter().flat_map(rows_of_batch).collect()
}

fn rows_of_batch(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default();
    let columns: Vec<ArrayFormatter<'_>> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("a printable column")).collect();
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| column.value(row).to_string()).collect()).collect()
}

/// Says how two results differ as multisets of rows: numbers within a relative 1e-9, decimals within one unit of their last digit (an
/// average of decimals is a decimal of six digits here and a floating point number in DuckDB).
pub fn difference(expected: &[Vec<String>], actual: &[Vec<String>]) -> Option<String> {
    if expected.len() != actual.len() {
        return Some(format!("expected {} rows, got {}", expected.len().saturating_sub(1), actual.len().saturating_sub(1)));
    }
    let (expected, actual) = (sorted(expected), sorted(actual));
    expected.iter().zip(&actual).find(|(a, b)| !same_row(a, b)).map(|(a, b)| format!("expected {a:?}\n     got {b:?}"))
}

/// Rows in an order that small differences between numbers do not change.
fn sorted(rows: &[Vec<String>]) -> Vec<&Vec<String>> {
    let mut rows: Vec<&Vec<String>> = rows.iter().collect();
    rows.sort_by_cached_key(|row| row.iter().map(|value| rounded(value)).collect::<Vec<_>>());
    rows
}

fn rounded(value: &str) -> String {
    value.parse::<f64>().map_or_else(|_| value.to_owned(), |number| format!("{number:.3e}"))
}

fn same_row(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || same_number(a, b))
}

fn same_number(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => (x - y).abs() <= (1e-9 * x.abs().max(y.abs())).max(unit(a).max(unit(b))),
        _ => false,
    }
}

/// What the last digit of a number with a decimal point counts.
fn unit(number: &str) -> f64 {
    number.split_once('.').map_or(0.0, |(_, fraction)| 0.1f64.powi(fraction.len().min(300) as i32))
}
