//! Errors of Arrow kernels, readers and Parquet.

use datafusion::arrow::error::ArrowError;
use parquet::errors::ParquetError;
use polybolos_protocol::{Code, Error};

use super::{external, storage, text};

pub(super) fn describe(error: &ArrowError) -> Error {
    match error {
        ArrowError::DivideByZero => Error::new(Code::DivisionByZero, "division by zero"),
        ArrowError::ArithmeticOverflow(message) => Error::new(Code::NumericOverflow, text::first_line(message)),
        ArrowError::CastError(message) => Error::new(Code::CastFailed, text::first_line(message)),
        ArrowError::ParseError(message) => parse(message),
        ArrowError::CsvError(message) | ArrowError::JsonError(message) | ArrowError::AvroError(message) => {
            Error::new(Code::DataInvalid, text::first_line(message))
        }
        ArrowError::IpcError(message) | ArrowError::ParquetError(message) | ArrowError::CDataInterface(message) => {
            Error::new(Code::DataCorrupt, text::first_line(message))
        }
        ArrowError::ComputeError(message) | ArrowError::InvalidArgumentError(message) => text::kernel(message),
        ArrowError::SchemaError(message) if text::is_damage(message) => Error::new(Code::DataCorrupt, text::first_line(message)),
        ArrowError::SchemaError(message) => Error::new(Code::TypeMismatch, text::first_line(message)),
        ArrowError::NotYetImplemented(message) => Error::unsupported(text::first_line(message)),
        ArrowError::MemoryError(message) => Error::new(Code::ResourcesExhausted, text::first_line(message)),
        ArrowError::ExternalError(cause) => external(cause.as_ref()),
        ArrowError::IoError(_, error) => storage::describe_io(error),
        ArrowError::OffsetOverflowError(offset) => {
            Error::new(Code::LimitExceeded, format!("a batch would hold {offset} bytes of text in one column; use smaller batches"))
        }
        other => Error::internal(text::first_line(&other.to_string())),
    }
}

/// A value of a CSV line, or a text that was cast to a time: both arrive as `ParseError`.
fn parse(message: &str) -> Error {
    let of_csv = message.starts_with("Error while parsing value") || message.starts_with("Error parsing column");
    let code = if of_csv { Code::DataInvalid } else { Code::CastFailed };
    Error::new(code, text::first_line(message))
}

pub(super) fn describe_parquet(error: &ParquetError) -> Error {
    match error {
        ParquetError::NYI(message) => Error::unsupported(format!("Parquet: {}", text::first_line(message))),
        ParquetError::External(cause) => external(cause.as_ref()),
        other => Error::new(Code::DataCorrupt, format!("not a readable Parquet file: {}", text::first_line(&other.to_string()))),
    }
}
