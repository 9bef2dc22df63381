//! Results on their way out: a table for people, or a format for programs, batch by batch.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use polybolos_client::show;
use polybolos_protocol::{Code, Error, Result};

use crate::args::Format;

type Out = Box<dyn Write + Send>;

/// Where results go: a file, which the first result of several begins anew, or standard output.
pub(crate) fn open(path: Option<&Path>, first: bool) -> Result<Out> {
    match path {
        Some(path) => {
            let file = if first { File::create(path) } else { File::options().append(true).create(true).open(path) };
            file.map(|file| Box::new(BufWriter::new(file)) as Out).map_err(|error| write_error(&path.display(), error))
        }
        None => Ok(Box::new(BufWriter::new(io::stdout()))),
    }
}

/// Writes the batches of one result.
pub(crate) enum Writer {
    /// Keeps rows up to a limit, prints them at the end.
    Table { out: Out, schema: SchemaRef, batches: Vec<RecordBatch>, rows: usize, rows_max: usize },
    /// CSV with a header.
    Csv(Box<arrow::csv::Writer<Out>>),
    /// One JSON object a line.
    Json(arrow::json::LineDelimitedWriter<Out>),
    /// Arrow IPC stream.
    Arrow(Box<arrow_ipc::writer::StreamWriter<Out>>),
    /// Parquet.
    Parquet(Box<ArrowWriter<Out>>),
}

impl Writer {
    /// A writer of this format to `out`.
    pub(crate) fn new(format: Format, schema: SchemaRef, rows_max: usize, mut out: Out) -> Result<Self> {
        let writer = match format {
            Format::Table => Self::Table { out, schema, batches: Vec::new(), rows: 0, rows_max },
            Format::Csv => {
                write_csv_header(&mut out, &schema)?;
                Self::Csv(Box::new(arrow::csv::WriterBuilder::new().with_header(false).build(out)))
            }
            Format::Json => Self::Json(arrow::json::LineDelimitedWriter::new(out)),
            Format::Arrow => Self::Arrow(Box::new(arrow_ipc::writer::StreamWriter::try_new(out, &schema).map_err(arrow_error)?)),
            Format::Parquet => Self::Parquet(Box::new(ArrowWriter::try_new(out, schema, None).map_err(parquet_error)?)),
        };
        Ok(writer)
    }

    /// Writes a batch. False when a table has all the rows that it may show.
    pub(crate) fn write(&mut self, batch: RecordBatch) -> Result<bool> {
        match self {
            Self::Table { batches, rows, rows_max, .. } => {
                *rows += batch.num_rows();
                batches.push(batch);
                return Ok(*rows <= *rows_max);
            }
            Self::Csv(writer) => writer.write(&batch),
            Self::Json(writer) => writer.write_batches(&[&batch]),
            Self::Arrow(writer) => writer.write(&batch),
            Self::Parquet(writer) => return writer.write(&batch).map(|()| true).map_err(parquet_error),
        }
        .map_err(arrow_error)?;
        Ok(true)
    }

    /// Ends the result. True when a table had more rows than it shows.
    pub(crate) fn finish(self) -> Result<bool> {
        match self {
            Self::Table { mut out, schema, batches, rows, rows_max } => {
                let text = match explained(&schema, &batches) {
                    Some(plans) => plans,
                    None => show::table(&schema, &batches, rows_max)?,
                };
                writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| write_error(&"the result", error))?;
                return Ok(rows > rows_max);
            }
            Self::Csv(writer) => flush(writer.into_inner()),
            Self::Json(mut writer) => writer.finish().and_then(|()| flush(writer.into_inner())),
            Self::Arrow(mut writer) => writer.finish().and_then(|()| writer.into_inner()).and_then(flush),
            Self::Parquet(writer) => writer.into_inner().map_err(parquet_error).map(flush)?,
        }
        .map_err(arrow_error)?;
        Ok(false)
    }
}

/// The answer of EXPLAIN as it is read: each plan whole, below its name. `None` for other results.
fn explained(schema: &Schema, batches: &[RecordBatch]) -> Option<String> {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    if names != ["plan_type", "plan"] {
        return None;
    }
    let mut text = String::new();
    for batch in batches {
        let [kinds, plans] = [0, 1].map(|column| ArrayFormatter::try_new(batch.column(column), &FormatOptions::new()));
        let (kinds, plans) = (kinds.ok()?, plans.ok()?);
        for row in 0..batch.num_rows() {
            text.push_str(&format!("{}\n{}\n\n", kinds.value(row), plans.value(row).to_string().trim_end()));
        }
    }
    text.truncate(text.trim_end().len());
    Some(text)
}

fn flush(mut out: Out) -> Result<(), ArrowError> {
    out.flush().map_err(ArrowError::from)
}

/// The header is written here, so that an empty result has one too.
fn write_csv_header(out: &mut Out, schema: &Schema) -> Result<()> {
    let names: Vec<String> = schema.fields().iter().map(|field| quoted(field.name())).collect();
    writeln!(out, "{}", names.join(",")).map_err(|error| write_error(&"the result", error))
}

fn quoted(name: &str) -> String {
    let plain = !name.contains([',', '"', '\n', '\r']);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn arrow_error(error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, cause) => write_error(&"the result", cause),
        // The CSV writer gives the cause as text only.
        ArrowError::CsvError(text) if text.contains("Broken pipe") => write_error(&"the result", io::ErrorKind::BrokenPipe.into()),
        other => Error::unsupported(format!("the result does not fit this format: {other}")).with_source(other),
    }
}

/// Parquet's writer wraps what the file says.
fn parquet_error(error: ParquetError) -> Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => write_error(&"the result", *cause),
            Err(cause) => arrow_error(ParquetError::External(cause).into()),
        },
        other => arrow_error(other.into()),
    }
}

pub(crate) fn write_error(what: &dyn std::fmt::Display, error: io::Error) -> Error {
    Error::new(Code::External, format!("cannot write {what}: {error}")).with_source(error)
}
