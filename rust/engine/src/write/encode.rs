//! Formats that DataFusion does not write, each by the encoder of its library: Arrow streams, JSON arrays, Avro.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::json::ArrayWriter;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field, Schema};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow_avro::compression::CompressionCodec;
use datafusion::arrow_avro::writer::{AvroWriter, WriterBuilder};
use parking_lot::Mutex;
use polybolos_protocol::{Code, Error, Result};

use crate::error::OrTranslated;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    ArrowStream,
    JsonArray,
    Avro,
}

/// One file in the making.
pub(super) struct Encoder {
    format: Format,
    made: Made,
}

enum Format {
    ArrowStream(Box<StreamWriter<Made>>),
    JsonArray(ArrayWriter<Made>),
    Avro(Box<AvroWriter<Made>>),
}

impl Encoder {
    /// Begins a file with these columns.
    pub(super) fn new(encoding: Encoding, schema: &Schema) -> Result<Self> {
        let made = Made::default();
        let format = match encoding {
            Encoding::ArrowStream => {
                let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).translated()?;
                Format::ArrowStream(Box::new(StreamWriter::try_new_with_options(made.clone(), schema, options).translated()?))
            }
            Encoding::JsonArray => Format::JsonArray(ArrayWriter::new(made.clone())),
            Encoding::Avro => {
                check_names(schema.fields().iter().map(AsRef::as_ref))?;
                let builder = WriterBuilder::new(schema.clone()).with_compression(Some(CompressionCodec::Deflate));
                Format::Avro(Box::new(builder.build(made.clone()).map_err(refused)?))
            }
        };
        Ok(Self { format, made })
    }

    /// Adds rows.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match &mut self.format {
            // A block without rows says nothing, and some readers stumble over it.
            Format::Avro(_) if batch.num_rows() == 0 => Ok(()),
            Format::Avro(writer) => writer.write(batch).map_err(refused),
            Format::JsonArray(writer) => writer.write(batch).translated(),
            Format::ArrowStream(writer) => writer.write(batch).translated(),
        }
    }

    /// Ends the file.
    pub(super) fn finish(&mut self) -> Result<()> {
        match &mut self.format {
            Format::Avro(writer) => writer.finish().map_err(refused),
            Format::JsonArray(writer) => writer.finish().translated(),
            Format::ArrowStream(writer) => writer.finish().translated(),
        }
    }

    /// The bytes that were made since the last call.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut *self.made.0.lock())
    }
}

/// Where an encoder leaves its bytes.
#[derive(Debug, Clone, Default)]
struct Made(Arc<Mutex<Vec<u8>>>);

impl Write for Made {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the Avro library refuses is a type or a value that Avro does not have.
fn refused(error: datafusion::arrow_avro::errors::AvroError) -> Error {
    Error::unsupported(format!("Avro: {error}")).with_source(error)
}

/// Avro's names are letters, digits and `_`; its library would change others without a word.
fn check_names<'a>(fields: impl Iterator<Item = &'a Field>) -> Result<()> {
    let mut waiting: Vec<&Field> = fields.collect();
    while let Some(field) = waiting.pop() {
        let name = field.name();
        let right = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(right) {
            let message = format!("an Avro file cannot hold the name '{name}': use letters, digits and _, and no digit in front");
            return Err(Error::new(Code::InvalidArgument, message).param("name", name));
        }
        match field.data_type() {
            DataType::Struct(fields) => waiting.extend(fields.iter().map(AsRef::as_ref)),
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) | DataType::Map(item, _) => {
                waiting.push(item);
            }
            _ => {}
        }
    }
    Ok(())
}
