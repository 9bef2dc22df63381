//! Files whose readers believe too much: for Arrow, their lengths against the size of the file, before a reader allocates what they
//! claim; for Avro, that they are whole.

use std::sync::LazyLock;

use arrow_ipc::{Block, MessageHeader};
use bytes::Bytes;
use moka::sync::Cache;
use object_store::{ObjectMeta, ObjectStoreExt};
use polybolos_protocol::Result;

use super::{Bodies, avro, check, corrupt, no_flatbuffer, schema};
use crate::error::OrTranslated;
use crate::files::{FileKind, in_file};
use crate::storage::Storage;

const MAGIC: &[u8] = b"ARROW1";
const TRAILER: u64 = 10;
const HEAD: u64 = 8;
/// A message of the file is read whole to be checked; larger ones are refused.
const MESSAGE_BYTES_MAX: u64 = 2 << 30;
const REMEMBERED: u64 = 100_000;

/// Files that passed: kind, path, size, time, etag.
type Passed = (FileKind, String, u64, i64, Option<String>);
static PASSED: LazyLock<Cache<Passed, ()>> = LazyLock::new(|| Cache::new(REMEMBERED));

/// Checks a file of a kind whose reader needs it; once, while the file stays the same.
pub(crate) async fn check_file(storage: &Storage, file: &ObjectMeta, kind: FileKind) -> Result<()> {
    if !matches!(kind, FileKind::Arrow | FileKind::Avro) {
        return Ok(());
    }
    let key = (kind, file.location.to_string(), file.size, file.last_modified.timestamp_micros(), file.e_tag.clone());
    if PASSED.contains_key(&key) {
        return Ok(());
    }
    let part = Part { storage, file };
    let checked = if kind == FileKind::Avro { avro::check(&part).await } else { part.check().await };
    checked.map_err(|error| in_file(error, &storage.shown(&file.location)))?;
    PASSED.insert(key, ());
    Ok(())
}

pub(super) struct Part<'a> {
    storage: &'a Storage,
    file: &'a ObjectMeta,
}

impl Part<'_> {
    pub(super) fn file(&self) -> &ObjectMeta {
        self.file
    }

    async fn check(&self) -> Result<()> {
        if self.file.size < HEAD {
            return Err(corrupt("the file is too short for Arrow data"));
        }
        let head = self.read(0, HEAD).await?;
        if head.starts_with(MAGIC) { self.check_file_format().await } else { self.check_stream_format().await }
    }

    pub(super) async fn read(&self, start: u64, length: u64) -> Result<Bytes> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        let end = start
            .checked_add(length)
            .filter(|end| *end <= self.file.size)
            .ok_or_else(|| corrupt("a part of the file lies beyond its end"))?;
        self.storage.get_range(&self.file.location, start..end).await.translated()
    }

    async fn check_file_format(&self) -> Result<()> {
        let trailer = self.read(self.file.size.saturating_sub(TRAILER), TRAILER.min(self.file.size)).await?;
        let (length, magic) = trailer.split_at_checked(4).ok_or_else(|| corrupt("the file is too short for Arrow data"))?;
        if magic != MAGIC {
            return Err(corrupt("the Arrow file does not end as one: it was cut short"));
        }
        let length = length.first_chunk::<4>().and_then(|bytes| u64::try_from(i32::from_le_bytes(*bytes)).ok());
        let start = length
            .and_then(|length| self.file.size.checked_sub(TRAILER + length))
            .ok_or_else(|| corrupt("the footer of the Arrow file is longer than the file"))?;
        let footer = self.read(start, self.file.size - TRAILER - start).await?;
        for block in self.blocks(&footer)? {
            self.check_block(&block).await?;
        }
        Ok(())
    }

    fn blocks(&self, footer: &[u8]) -> Result<Vec<Block>> {
        let footer = arrow_ipc::root_as_footer(footer).map_err(|error| no_flatbuffer("the footer of the Arrow file", &error))?;
        schema::check(&footer.schema().ok_or_else(|| corrupt("the Arrow file has no schema"))?)?;
        let dictionaries = footer.dictionaries().into_iter().flatten();
        Ok(dictionaries.chain(footer.recordBatches().into_iter().flatten()).copied().collect())
    }

    async fn check_block(&self, block: &Block) -> Result<()> {
        let wrong = || corrupt("a block of the Arrow file has a negative place or length");
        let start = u64::try_from(block.offset()).map_err(|_| wrong())?;
        let header = u64::try_from(block.metaDataLength()).map_err(|_| wrong())?;
        let body = u64::try_from(block.bodyLength()).map_err(|_| wrong())?;
        let framed = self.read(start, header).await?;
        let mut rest: &[u8] = &framed;
        let head = super::stream::header(&mut rest)?.ok_or_else(|| corrupt("a block of the Arrow file is empty"))?;
        self.check_body(head, start + header, body).await
    }

    async fn check_stream_format(&self) -> Result<()> {
        let mut position = 0;
        while position + 8 <= self.file.size {
            let prefix = self.read(position, 8).await?;
            let Some((skip, header)) = super::stream::prefix(&prefix)? else { return Ok(()) };
            let head = self.read(position + skip, header).await?;
            let body = super::stream::body_length(&head)?;
            position += skip + header;
            self.check_body(&head, position, body).await?;
            position += body;
        }
        Ok(())
    }

    /// Reads a body only where it is compressed: its buffers claim lengths of their own.
    async fn check_body(&self, header: &[u8], start: u64, body: u64) -> Result<()> {
        if start.checked_add(body).is_none_or(|end| end > self.file.size) || body > MESSAGE_BYTES_MAX {
            return Err(corrupt(format!("a batch of the Arrow file claims {body} bytes, more than the file has")));
        }
        let length = usize::try_from(body).map_err(|_| corrupt("a batch of the Arrow file is too large"))?;
        if is_compressed(header) {
            let bytes = self.read(start, body).await?;
            return check(header, length, Bodies::Bounded(&bytes)).map(|_| ());
        }
        check(header, length, Bodies::Plain).map(|_| ())
    }
}

fn is_compressed(header: &[u8]) -> bool {
    let Ok(message) = arrow_ipc::root_as_message(header) else { return false };
    match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch().is_some_and(|batch| batch.compression().is_some()),
        MessageHeader::DictionaryBatch => {
            message.header_as_dictionary_batch().and_then(|batch| batch.data()).is_some_and(|batch| batch.compression().is_some())
        }
        _ => false,
    }
}
