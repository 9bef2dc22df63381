//! Avro files: that they end where they say, and where their blocks are. Their reader takes a file that was cut short for one that
//! ends there, and answers fewer rows without a word.
//!
//! ```text
//! "Obj" 1 | map of text to bytes: schema, codec | marker | block marker | block marker | ... the file ends in its marker
//! ```

use object_store::ObjectMeta;
use polybolos_protocol::{Error, Result};

use super::corrupt;
use super::file::Part;

const MAGIC: &[u8] = b"Obj\x01";
const MARKER: u64 = 16;
/// What is read of the file at first, and at most, to find the end of its header.
const HEAD_BYTES: u64 = 64 << 10;
const HEAD_BYTES_MAX: u64 = 64 << 20;

pub(super) async fn check(part: &Part<'_>) -> Result<()> {
    let size = part.file().size;
    let header = header(part).await?;
    let end = header.length as u64;
    if end == size {
        return Ok(());
    }
    let last = part.read(size.saturating_sub(MARKER).max(end), MARKER.min(size - end)).await?;
    if last == header.marker.as_slice() { Ok(()) } else { Err(AvroBlock::cut_short()) }
}

async fn header(part: &Part<'_>) -> Result<AvroHeader> {
    let ObjectMeta { size, .. } = *part.file();
    let mut length = HEAD_BYTES;
    loop {
        if let Some(header) = AvroHeader::of(&part.read(0, length.min(size)).await?)? {
            return Ok(header);
        }
        if length >= size || length >= HEAD_BYTES_MAX {
            return Err(AvroHeader::cut_short());
        }
        length *= 4;
    }
}

/// What comes before the blocks.
#[derive(Debug)]
pub(crate) struct AvroHeader {
    /// What ends each block.
    pub(crate) marker: Vec<u8>,
    /// Its bytes.
    pub(crate) length: usize,
}

impl AvroHeader {
    /// The header that these bytes begin with; `None` if they end within it.
    pub(crate) fn of(head: &[u8]) -> Result<Option<Self>> {
        let mut rest = head.strip_prefix(MAGIC).ok_or_else(|| corrupt("the file does not begin as an Avro file"))?;
        let marker = if skip_map(&mut rest)? { take(&mut rest, MARKER) } else { None };
        Ok(marker.map(|marker| Self { marker: marker.to_vec(), length: head.len() - rest.len() }))
    }

    pub(crate) fn cut_short() -> Error {
        corrupt("the header of the Avro file does not end: the file was cut short")
    }
}

/// A block as it says of itself.
#[derive(Debug)]
pub(crate) struct AvroBlock {
    /// How many records it holds.
    pub(crate) records: u64,
    /// The bytes of that number; the size of the records, the records and the marker follow.
    pub(crate) count_length: usize,
    /// All its bytes.
    pub(crate) length: u64,
}

impl AvroBlock {
    /// The block that these bytes begin with; `None` if they end before its records.
    pub(crate) fn of(bytes: &[u8]) -> Result<Option<Self>> {
        let mut rest = bytes;
        let Some(records) = long(&mut rest)? else { return Ok(None) };
        let count_length = bytes.len() - rest.len();
        let Some(size) = long(&mut rest)? else { return Ok(None) };
        let (Ok(records), Ok(size)) = (u64::try_from(records), u64::try_from(size)) else {
            return Err(corrupt("a block of the Avro file has a length below zero"));
        };
        Ok(Some(Self { records, count_length, length: (bytes.len() - rest.len()) as u64 + size + MARKER }))
    }

    pub(crate) fn cut_short() -> Error {
        corrupt("the Avro file ends within a block: it was cut short")
    }
}

/// Skips the map; false if the bytes end within it.
fn skip_map(rest: &mut &[u8]) -> Result<bool> {
    loop {
        let Some(count) = long(rest)? else { return Ok(false) };
        if count == 0 {
            return Ok(true);
        }
        // A count below zero is followed by the bytes of its entries.
        if count < 0 && long(rest)?.is_none() {
            return Ok(false);
        }
        for _ in 0..count.unsigned_abs().saturating_mul(2) {
            let Some(length) = long(rest)? else { return Ok(false) };
            let length = u64::try_from(length).map_err(|_| corrupt("the header of the Avro file has a length below zero"))?;
            if take(rest, length).is_none() {
                return Ok(false);
            }
        }
    }
}

/// A number of variable length; `None` if the bytes end within it.
fn long(rest: &mut &[u8]) -> Result<Option<i64>> {
    let mut number: u64 = 0;
    for shift in (0..64).step_by(7) {
        let Some(byte) = take(rest, 1).and_then(<[u8]>::first) else { return Ok(None) };
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed()));
        }
    }
    Err(corrupt("the Avro file has a length of more than 64 bits"))
}

fn take<'a>(rest: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(usize::try_from(count).ok()?)?;
    *rest = left;
    Some(taken)
}
