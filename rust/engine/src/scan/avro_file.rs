//! The bytes of an Avro file as they arrive: its header, then one block after the other.

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use polybolos_protocol::{Code, Error, Result};

use crate::error::OrTranslated;
use crate::guard::{AvroBlock, AvroHeader};

/// A header that is longer belongs to no schema.
const HEADER_BYTES_MAX: usize = 64 << 20;
const MAGIC_LENGTH: usize = 4;

/// One block.
#[derive(Debug)]
pub(super) struct Block {
    /// How many records it claims to hold.
    pub(super) records: u64,
    /// The size of its records, the records and the marker.
    pub(super) rest: Bytes,
}

/// A file that is read from its beginning.
pub(super) struct AvroFile {
    chunks: BoxStream<'static, object_store::Result<Bytes>>,
    /// What has arrived and is not handed out.
    arrived: BytesMut,
    /// The bytes that have not arrived.
    left: u64,
    marker: Vec<u8>,
}

impl AvroFile {
    /// The file behind its header, and the header.
    pub(super) async fn open(store: &dyn ObjectStore, path: &Path) -> Result<(Self, Bytes)> {
        let file = store.get(path).await.translated()?;
        let left = file.meta.size;
        let mut file = Self { chunks: file.into_stream(), arrived: BytesMut::new(), left, marker: Vec::new() };
        let header = file.header().await?;
        Ok((file, header))
    }

    async fn header(&mut self) -> Result<Bytes> {
        loop {
            if self.arrived.len() >= MAGIC_LENGTH
                && let Some(header) = AvroHeader::of(&self.arrived)?
            {
                self.marker = header.marker;
                return Ok(self.arrived.split_to(header.length).freeze());
            }
            if self.arrived.len() > HEADER_BYTES_MAX || !self.more().await? {
                return Err(AvroHeader::cut_short());
            }
        }
    }

    /// The next block; `None` at the end of the file.
    pub(super) async fn block(&mut self) -> Result<Option<Block>> {
        let block = loop {
            if let Some(block) = AvroBlock::of(&self.arrived)? {
                break block;
            }
            if !self.more().await? {
                return if self.arrived.is_empty() { Ok(None) } else { Err(AvroBlock::cut_short()) };
            }
        };
        if block.length > self.left + self.arrived.len() as u64 {
            return Err(corrupt(format!("a block of the Avro file claims {} bytes, more than the file has", block.length)));
        }
        while block.length > self.arrived.len() as u64 {
            if !self.more().await? {
                return Err(AvroBlock::cut_short());
            }
        }
        let length = usize::try_from(block.length).map_err(|_| corrupt("a block of the Avro file is too large"))?;
        let rest = self.arrived.split_to(length).freeze().slice(block.count_length..);
        if !rest.ends_with(&self.marker) {
            return Err(corrupt("a block of the Avro file does not end where it says"));
        }
        Ok(Some(Block { records: block.records, rest }))
    }

    /// Waits for more bytes; false if the file has ended.
    async fn more(&mut self) -> Result<bool> {
        let Some(chunk) = self.chunks.try_next().await.translated()? else { return Ok(false) };
        self.left = self.left.saturating_sub(chunk.len() as u64);
        self.arrived.extend_from_slice(&chunk);
        Ok(true)
    }
}

fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Code::DataCorrupt, message)
}
