//! Record batches to Flight messages: small enough, nothing in them that is not in the rows, and no needless copy.
//!
//! ```text
//!   batch ── split (≤ 2 MiB of rows) ── layout (plain arrays) ── ipc (header + borrowed buffers) ── frame
//! ```

mod frame;
mod ipc;
mod layout;
mod pump;
mod split;

use arrow::array::RecordBatch;
use arrow_ipc::CompressionType;
use arrow_schema::SchemaRef;
use polybolos_protocol::wire::flight::{Codec, ResultOptions, ResultTrailer};
use polybolos_protocol::{Error, Result};
use prost::Message;

pub(crate) use frame::Frame;
pub(crate) use ipc::{schema_bytes, schema_from_bytes};
pub(crate) use layout::plain_schema;
pub(crate) use pump::{Outgoing, Part, Pump, pump};

use crate::messages;
use ipc::IpcEncoder;
use split::Split;

/// Rows and bytes of one message where the client does not say.
const ROWS_MAX: usize = 1 << 20;

/// The encoder of one result.
#[derive(Debug)]
pub(crate) struct Encoder {
    schema: SchemaRef,
    split: Split,
    ipc: IpcEncoder,
}

impl Encoder {
    /// An encoder for batches of this schema; messages hold about `message_bytes_max` at most.
    pub(crate) fn new(schema: &SchemaRef, options: &ResultOptions, message_bytes_max: usize) -> Result<Self> {
        let asked = options.max_batch_bytes.map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        let rows = options.max_batch_rows.map_or(ROWS_MAX, |rows| usize::try_from(rows).unwrap_or(usize::MAX));
        let schema = plain_schema(schema);
        let ipc = IpcEncoder::new(&schema, codec(options)?)?;
        Ok(Self { schema, split: Split { rows_max: rows.max(1), bytes_max: asked.clamp(1, message_bytes_max) }, ipc })
    }

    /// The message that comes first.
    pub(crate) fn schema(&self) -> Frame {
        self.ipc.schema()
    }

    /// The parts of a batch, each to become one message.
    pub(crate) fn parts(&self, batch: RecordBatch) -> Vec<RecordBatch> {
        self.split.parts(batch)
    }

    /// The message of a part.
    pub(crate) fn batch(&mut self, part: &RecordBatch) -> Result<Frame> {
        let plain = layout::plain_batch(part, &self.schema)?;
        self.ipc.batch(&plain)
    }

    /// The message that comes last: no rows, the trailer as its metadata. It is a batch, so that every Flight reader takes it.
    pub(crate) fn trailer(&mut self, trailer: &ResultTrailer) -> Result<Frame> {
        let mut frame = self.ipc.batch(&RecordBatch::new_empty(self.schema.clone()))?;
        frame.metadata = messages::pack("polybolos.flight.v1.ResultTrailer", trailer).encode_to_vec().into();
        Ok(frame)
    }
}

fn codec(options: &ResultOptions) -> Result<Option<CompressionType>> {
    match Codec::try_from(options.ipc_codec) {
        Ok(Codec::Unspecified) => Ok(None),
        Ok(Codec::Zstd) => Ok(Some(CompressionType::ZSTD)),
        Ok(Codec::Lz4Frame) => Ok(Some(CompressionType::LZ4_FRAME)),
        Err(_) => Err(Error::invalid_argument(format!("result.ipc_codec {} is not known; 0 none, 1 ZSTD, 2 LZ4_FRAME", options.ipc_codec))),
    }
}
