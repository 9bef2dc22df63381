//! Arrow IPC bytes from outside, checked before Arrow reads them.
//!
//! Arrow's reader believes what the bytes say of themselves: a length prefix of a compressed buffer is allocated as it stands (an
//! abort that nothing can catch), a schema of odd types panics, a message of a gigabyte is read into a buffer of that size
//! (upstream: arrow-rs 10959, 10647, 10522). So the flatbuffer header is walked here first: types, child counts, depth, each
//! buffer within the body, no more rows than the body can hold. What passes is then decoded with Arrow's own validation on, and
//! a panic becomes `DATA_CORRUPT`.
//!
//! ```text
//! FlightData ----- check_message (compressed bodies are refused) --.
//! stream in a plan ---- read_stream (the same, message by message) --+--> Arrow
//! file ------- check_file (lengths against the file's size) ------'
//!              and for Avro, that the file is whole
//! ```

mod avro;
mod batch;
mod file;
mod schema;
mod stream;

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_ipc::{Message, MessageHeader, MetadataVersion};
use polybolos_protocol::{Code, Error, Result};

pub(crate) use avro::{AvroBlock, AvroHeader};
pub(crate) use file::check_file;
pub use stream::read_stream;

/// What a message is, once it has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// The columns of what follows.
    Schema,
    /// Rows.
    Batch,
    /// Values of a dictionary, by its id.
    Dictionary(i64),
}

/// How a body may be written.
#[derive(Debug, Clone, Copy)]
enum Bodies<'a> {
    /// Never compressed.
    Plain,
    /// Compressed, if what it claims to become stays within bounds; the body itself.
    Bounded(&'a [u8]),
}

/// Checks the header of one message (without the length prefix of streams) against the length of its body. Compressed bodies are
/// refused. `DATA_CORRUPT` says what is wrong.
pub fn check_message(header: &[u8], body_len: usize) -> Result<MessageKind> {
    check(header, body_len, Bodies::Plain)
}

/// Runs a decoder of Arrow that may panic on bytes from outside.
pub fn without_panic<T>(decode: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(corrupt("the Arrow data is damaged in a way that its reader does not expect")))
}

fn check(header: &[u8], body_len: usize, bodies: Bodies) -> Result<MessageKind> {
    let message = arrow_ipc::root_as_message(header).map_err(|error| no_flatbuffer("the header of an Arrow message", &error))?;
    if !matches!(message.version(), MetadataVersion::V4 | MetadataVersion::V5) {
        return Err(corrupt("an Arrow message has an unknown version"));
    }
    let claimed = message.bodyLength();
    if usize::try_from(claimed).ok() != Some(body_len) && !(claimed == 0 && body_len == 0) {
        return Err(corrupt(format!("an Arrow message claims a body of {claimed} bytes and has {body_len}")));
    }
    kind(&message, body_len, bodies)
}

fn kind(message: &Message, body_len: usize, bodies: Bodies) -> Result<MessageKind> {
    match message.header_type() {
        MessageHeader::Schema => {
            let fields = message.header_as_schema().ok_or_else(|| corrupt("an Arrow schema message holds no schema"))?;
            schema::check(&fields).map(|()| MessageKind::Schema)
        }
        MessageHeader::RecordBatch => {
            let rows = message.header_as_record_batch().ok_or_else(|| corrupt("an Arrow batch message holds no batch"))?;
            batch::check(&rows, body_len, bodies).map(|()| MessageKind::Batch)
        }
        MessageHeader::DictionaryBatch => {
            let dictionary =
                message.header_as_dictionary_batch().ok_or_else(|| corrupt("an Arrow dictionary message holds no dictionary"))?;
            let values = dictionary.data().ok_or_else(|| corrupt("an Arrow dictionary message holds no values"))?;
            batch::check(&values, body_len, bodies).map(|()| MessageKind::Dictionary(dictionary.id()))
        }
        other => Err(corrupt(format!("an Arrow message of the kind {other:?} does not belong here"))),
    }
}

fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Code::DataCorrupt, message)
}

/// The reason alone: the path to it fills lines.
fn no_flatbuffer(what: &str, error: &impl std::fmt::Display) -> Error {
    let told = error.to_string();
    corrupt(format!("{what} is no flatbuffer: {}", told.lines().next().unwrap_or_default().trim_end_matches('.')))
}
