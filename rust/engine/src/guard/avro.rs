//! Avro files: that they end where they say. Their reader takes a file that was cut short for one that ends there, and answers
//! fewer rows without a word.
//!
//! ```text
//! "Obj" 1 | map of text to bytes: schema, codec | marker | block marker | block marker | ... the file ends in its marker
//! ```

use object_store::ObjectMeta;
use polybolos_protocol::Result;

use super::corrupt;
use super::file::Part;

const MAGIC: &[u8] = b"Obj\x01";
const MARKER: u64 = 16;
/// What is read of the file at first, and at most, to find the end of its header.
const HEAD_BYTES: u64 = 64 << 10;
const HEAD_BYTES_MAX: u64 = 64 << 20;

pub(super) async fn check(part: &Part<'_>) -> Result<()> {
    let size = part.file().size;
    let (marker, end) = header(part).await?;
    if end == size {
        return Ok(());
    }
    let last = part.read(size.saturating_sub(MARKER).max(end), MARKER.min(size - end)).await?;
    if last == marker.as_slice() { Ok(()) } else { Err(corrupt("the Avro file ends within a block: it was cut short")) }
}

/// The marker that ends each block, and where the header ends.
async fn header(part: &Part<'_>) -> Result<(Vec<u8>, u64)> {
    let ObjectMeta { size, .. } = *part.file();
    let mut length = HEAD_BYTES;
    loop {
        let head = part.read(0, length.min(size)).await?;
        let mut rest: &[u8] = head.strip_prefix(MAGIC).ok_or_else(|| corrupt("the file does not begin as an Avro file"))?;
        if let Some(marker) = skip_map(&mut rest)?.then(|| take(&mut rest, MARKER)).flatten() {
            return Ok((marker.to_vec(), (head.len() - rest.len()) as u64));
        }
        if length >= size || length >= HEAD_BYTES_MAX {
            return Err(corrupt("the header of the Avro file does not end: the file was cut short"));
        }
        length *= 4;
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
    Err(corrupt("the header of the Avro file has a number of more than 64 bits"))
}

fn take<'a>(rest: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(usize::try_from(count).ok()?)?;
    *rest = left;
    Some(taken)
}
