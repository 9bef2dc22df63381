//! Complete IPC streams in memory.

use std::io::Cursor;

use arrow_ipc::reader::StreamReader;
use arrow_schema::SchemaRef;
use datafusion::arrow::array::RecordBatch;
use polybolos_protocol::Result;

use super::{MessageKind, check_message, corrupt, no_flatbuffer, without_panic};

const CONTINUATION: [u8; 4] = [0xff; 4];

/// The schema and the batches of a stream, each message checked before it is read.
pub fn read_stream(bytes: &[u8]) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    check_stream(bytes)?;
    without_panic(|| {
        let damaged = |error| corrupt(format!("the bytes are no complete Arrow IPC stream: {error}")).with_source(error);
        let reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(damaged)?;
        let schema = reader.schema();
        let batches = reader.collect::<std::result::Result<Vec<_>, _>>().map_err(damaged)?;
        Ok((schema, batches))
    })
}

fn check_stream(bytes: &[u8]) -> Result<()> {
    let mut rest = bytes;
    let mut first = true;
    while let Some(message) = next_message(&mut rest)? {
        let kind = check_message(message.header, message.body.len())?;
        if first != (kind == MessageKind::Schema) {
            return Err(corrupt("an Arrow stream begins with its schema and has no other"));
        }
        first = false;
    }
    if first { Err(corrupt("the Arrow stream is empty: it has not even a schema")) } else { Ok(()) }
}

struct Framed<'a> {
    header: &'a [u8],
    body: &'a [u8],
}

/// Takes the next message off the front; `None` at the end of the stream.
fn next_message<'a>(rest: &mut &'a [u8]) -> Result<Option<Framed<'a>>> {
    let Some(header) = header(rest)? else { return Ok(None) };
    let length = usize::try_from(body_length(header)?).map_err(|_| short())?;
    let body = take(rest, length).ok_or_else(short)?;
    Ok(Some(Framed { header, body }))
}

/// Takes the next header off the front; `None` at the end of the stream.
pub(super) fn header<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>> {
    if rest.is_empty() {
        return Ok(None);
    }
    let Some((skip, length)) = prefix(rest)? else { return Ok(None) };
    let skipped = usize::try_from(skip).ok().and_then(|skip| take(rest, skip));
    let header = skipped.and_then(|_| take(rest, usize::try_from(length).ok()?));
    header.map(Some).ok_or_else(short)
}

/// The length of the prefix (with or without a continuation mark) and that of the header behind it; `None` for the end mark.
pub(super) fn prefix(bytes: &[u8]) -> Result<Option<(u64, u64)>> {
    let marked = bytes.starts_with(&CONTINUATION);
    let length = if marked { bytes.get(4..8) } else { bytes.get(..4) };
    let length = length.and_then(|bytes| bytes.first_chunk::<4>()).map(|bytes| i32::from_le_bytes(*bytes)).ok_or_else(short)?;
    match u64::try_from(length).map_err(|_| short())? {
        0 => Ok(None),
        length => Ok(Some((if marked { 8 } else { 4 }, length))),
    }
}

/// The length of the body that a header announces.
pub(super) fn body_length(header: &[u8]) -> Result<u64> {
    let message = arrow_ipc::root_as_message(header).map_err(|error| no_flatbuffer("the header of an Arrow message", &error))?;
    u64::try_from(message.bodyLength()).map_err(|_| short())
}

fn short() -> polybolos_protocol::Error {
    corrupt("the Arrow stream ends within a message")
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}
