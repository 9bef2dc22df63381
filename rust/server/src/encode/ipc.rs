//! Arrow IPC messages whose bodies borrow the arrays' own buffers.
//!
//! arrow-ipc's stream encoder gives an IPC *stream* in pieces (marker, length, metadata, padding, buffers ...). Flight wants the
//! metadata and the body of each message by themselves, so the framing is taken off again here; nothing is copied for it.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow_flight::{IpcMessage, SchemaAsIpc};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamEncoder};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use bytes::{Bytes, BytesMut};
use polybolos_protocol::{Code, Error, Result};

use super::Frame;

/// Marker and length before the metadata of each message of an IPC stream.
const PREFIX_BYTES: usize = 8;

/// The IPC side of one result.
pub(crate) struct IpcEncoder {
    encoder: StreamEncoder,
    schema: Bytes,
}

impl std::fmt::Debug for IpcEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IpcEncoder")
    }
}

impl IpcEncoder {
    pub(crate) fn new(schema: &SchemaRef, codec: Option<CompressionType>) -> Result<Self> {
        let options = IpcWriteOptions::default().try_with_compression(codec).map_err(failed)?;
        let header = arrow_flight::FlightData::from(SchemaAsIpc::new(schema, &options)).data_header;
        let mut encoder = StreamEncoder::try_new_with_options(schema, options).map_err(failed)?;
        // The first message of the stream is the schema, which is told by itself; an empty batch takes it out of the way.
        encoder.encode(&RecordBatch::new_empty(SchemaRef::clone(schema))).map_err(failed)?;
        Ok(Self { encoder, schema: header })
    }

    pub(crate) fn schema(&self) -> Frame {
        Frame { header: self.schema.clone(), ..Frame::default() }
    }

    pub(crate) fn batch(&mut self, batch: &RecordBatch) -> Result<Frame> {
        let pieces = self.encoder.encode(batch).map_err(failed)?;
        unframe(pieces.into_iter().map(|buffer| Bytes::from_owner(Owned(buffer))))
    }
}

/// Takes the stream's framing off a message: the one record batch that a batch without dictionaries makes.
fn unframe(pieces: impl Iterator<Item = Bytes>) -> Result<Frame> {
    let mut body: Vec<Bytes> = pieces.collect();
    let prefix = take(&mut body, PREFIX_BYTES)?;
    let length = prefix.last_chunk().copied().map(u32::from_le_bytes).unwrap_or_default();
    let header = take(&mut body, usize::try_from(length).unwrap_or(usize::MAX))?;
    Ok(Frame { header, metadata: Bytes::new(), body })
}

/// Takes so many bytes off the front.
fn take(pieces: &mut Vec<Bytes>, length: usize) -> Result<Bytes> {
    let mut taken = BytesMut::with_capacity(length.min(1 << 20));
    let mut used = 0;
    for piece in pieces.iter_mut() {
        let part = piece.split_to(piece.len().min(length - taken.len()));
        taken.extend_from_slice(&part);
        used += usize::from(piece.is_empty());
        if taken.len() == length {
            pieces.drain(..used);
            return Ok(taken.freeze());
        }
    }
    Err(Error::internal("an encoded record batch ends before its metadata does"))
}

struct Owned(Buffer);

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

fn failed(error: ArrowError) -> Error {
    Error::new(Code::Unsupported, "the result has a column that Arrow IPC cannot carry").with_source(error)
}

/// A schema as `FlightInfo.schema` and our own messages carry it: one encapsulated IPC message.
pub(crate) fn schema_bytes(schema: &Schema) -> Result<Bytes> {
    let options = IpcWriteOptions::default();
    let message = IpcMessage::try_from(SchemaAsIpc::new(schema, &options)).map_err(failed)?;
    Ok(message.0)
}

/// The schema in such a message that the engine made.
pub(crate) fn schema_from_bytes(bytes: Bytes) -> Result<Schema> {
    Schema::try_from(IpcMessage(bytes)).map_err(|e| Error::internal("the engine gave a schema that is none").with_source(e))
}
