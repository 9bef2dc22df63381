//! What Rust and Java mean differently in Arrow's memory, made equal.

use std::sync::Arc;

use arrow::array::{Array, ArrayData, MutableArrayData, RecordBatch, RecordBatchOptions, make_array};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow_schema::ArrowError;
use polybolos_protocol::{Code, Error, Result};

/// The batch with all its values at the beginning of their buffers: what reads C arrays in Java overlooks their offsets. Only columns
/// that have some (slices of booleans, mostly) are copied.
pub(crate) fn without_offsets(batch: RecordBatch) -> Result<RecordBatch> {
    if batch.columns().iter().all(|column| !has_offset(&column.to_data())) {
        return Ok(batch);
    }
    rebuilt(&batch, begin_anew).map_err(|error| Error::internal("the batch cannot be handed to Java").with_source(error))
}

fn has_offset(data: &ArrayData) -> bool {
    data.offset() != 0 || data.child_data().iter().any(has_offset)
}

fn begin_anew(data: ArrayData) -> Result<ArrayData, ArrowError> {
    if !has_offset(&data) {
        return Ok(data);
    }
    let mut anew = MutableArrayData::new(vec![&data], false, data.len());
    anew.try_extend(0, 0, data.len())?;
    Ok(anew.freeze())
}

/// A copy of a batch that came from Java, whose memory goes back at once. The copy is checked (text is UTF-8, offsets lie inside their
/// buffers) and aligned: Java does neither.
pub(crate) fn own(batch: &RecordBatch) -> Result<RecordBatch> {
    rebuilt(batch, |data| copied(&data)?.into_builder().align_buffers(true).build())
        .map_err(|error| Error::new(Code::DataInvalid, format!("the Arrow data is not valid: {error}")).with_source(error))
}

/// The same arrays over buffers of our own. Nothing is checked.
#[expect(unsafe_code, reason = "the arrays are as valid as those that are copied, and whoever calls checks the whole")]
fn copied(data: &ArrayData) -> Result<ArrayData, ArrowError> {
    let children = data.child_data().iter().map(copied).collect::<Result<Vec<_>, _>>()?;
    let builder = data.clone().into_builder();
    let builder = builder.buffers(data.buffers().iter().map(copied_buffer).collect()).child_data(children);
    let builder = builder.nulls(data.nulls().map(copied_nulls)).align_buffers(true);
    // SAFETY: only the buffers are others, with the same bytes.
    Ok(unsafe { builder.build_unchecked() })
}

fn copied_buffer(buffer: &Buffer) -> Buffer {
    Buffer::from_slice_ref(buffer.as_slice())
}

fn copied_nulls(nulls: &NullBuffer) -> NullBuffer {
    NullBuffer::new(BooleanBuffer::new(Buffer::from_slice_ref(nulls.validity()), nulls.offset(), nulls.len()))
}

/// The batch with each column as `made` makes it.
fn rebuilt(batch: &RecordBatch, made: impl Fn(ArrayData) -> Result<ArrayData, ArrowError>) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| made(column.to_data()).map(make_array));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(batch.schema_ref()), columns.collect::<Result<_, _>>()?, &options)
}
