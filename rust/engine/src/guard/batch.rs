//! The batch of a message: its counts and buffers against its body.

use arrow_ipc::{CompressionType, RecordBatch};
use polybolos_protocol::{Code, Error, Result};

use super::{Bodies, corrupt};

/// A bit for a row is the least that a column with values takes; columns of nulls take none.
const ROWS_PER_BYTE: usize = 8;
const ROWS_FREE: usize = 1 << 20;
/// The best that compression does for honest data, and the most that one message may become.
const EXPANSION_MAX: u64 = 256;
const DECOMPRESSED_BYTES_MAX: u64 = 1 << 30;

pub(super) fn check(batch: &RecordBatch, body_len: usize, bodies: Bodies) -> Result<()> {
    let rows_max = body_len.saturating_mul(expansion(batch, bodies)?).saturating_mul(ROWS_PER_BYTE).saturating_add(ROWS_FREE);
    let count = |rows: i64| usize::try_from(rows).ok().filter(|rows| *rows <= rows_max);
    count(batch.length()).ok_or_else(|| corrupt(format!("an Arrow batch claims {} rows in {body_len} bytes", batch.length())))?;
    for node in batch.nodes().into_iter().flatten() {
        let length = count(node.length()).ok_or_else(|| corrupt("a column of an Arrow batch claims more rows than its bytes can hold"))?;
        if usize::try_from(node.null_count()).map_or(true, |nulls| nulls > length) {
            return Err(corrupt("a column of an Arrow batch claims more nulls than rows"));
        }
    }
    let buffers = batch
        .buffers()
        .into_iter()
        .flatten()
        .map(|buffer| range(buffer.offset(), buffer.length(), body_len))
        .collect::<Result<Vec<_>>>()?;
    let views = batch.variadicBufferCounts().into_iter().flatten();
    let in_views = views.map(|count| usize::try_from(count).ok()).sum::<Option<usize>>();
    if in_views.is_none_or(|count| count > buffers.len()) {
        return Err(corrupt("a column of views of an Arrow batch claims more buffers than there are"));
    }
    check_compressed(batch, &buffers, bodies)
}

fn range(offset: i64, length: i64, body_len: usize) -> Result<std::ops::Range<usize>> {
    let (offset, length) = (usize::try_from(offset).ok(), usize::try_from(length).ok());
    let range = offset.zip(length).and_then(|(offset, length)| Some(offset..offset.checked_add(length)?));
    range.filter(|range| range.end <= body_len).ok_or_else(|| corrupt("a buffer of an Arrow batch lies outside its body"))
}

/// How much larger the batch may be than its body.
fn expansion(batch: &RecordBatch, bodies: Bodies) -> Result<usize> {
    match (batch.compression(), bodies) {
        (None, _) => Ok(1),
        (Some(_), Bodies::Plain) => Err(Error::new(Code::DataInvalid, "compressed Arrow data is not taken; send it without compression")),
        (Some(compression), Bodies::Bounded(_)) => {
            if !matches!(compression.codec(), CompressionType::LZ4_FRAME | CompressionType::ZSTD) {
                return Err(corrupt("an Arrow batch is compressed in a way that there is not"));
            }
            Ok(usize::try_from(EXPANSION_MAX).unwrap_or(1))
        }
    }
}

/// Each compressed buffer begins with the length that it claims to become; -1 stands for "as it is".
fn check_compressed(batch: &RecordBatch, buffers: &[std::ops::Range<usize>], bodies: Bodies) -> Result<()> {
    let (Some(_), Bodies::Bounded(body)) = (batch.compression(), bodies) else { return Ok(()) };
    let mut total: u64 = 0;
    for buffer in buffers.iter().filter(|buffer| !buffer.is_empty()) {
        let bytes = body.get(buffer.clone()).unwrap_or_default();
        let claimed = bytes
            .first_chunk::<8>()
            .map(|prefix| i64::from_le_bytes(*prefix))
            .ok_or_else(|| corrupt("a compressed buffer has no length"))?;
        if claimed == -1 {
            continue;
        }
        total = u64::try_from(claimed)
            .ok()
            .and_then(|claimed| total.checked_add(claimed))
            .ok_or_else(|| corrupt("a compressed buffer claims a length that there is not"))?;
    }
    let most = DECOMPRESSED_BYTES_MAX.min((body.len() as u64).saturating_mul(EXPANSION_MAX));
    if total > most {
        return Err(corrupt(format!("the {} bytes of a compressed Arrow batch claim to become {total}", body.len())));
    }
    Ok(())
}
