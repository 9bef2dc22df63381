//! Cutting a batch into messages by what its rows weigh, not by what the arrays behind it do.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{BinaryViewType, ByteViewType, StringViewType};
use arrow_schema::DataType;

/// The size of one message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split {
    pub(crate) rows_max: usize,
    pub(crate) bytes_max: usize,
}

impl Split {
    /// The batch in parts of at most this size, in order. A single row may be larger. A batch without rows has no part.
    pub(crate) fn parts(&self, batch: RecordBatch) -> Vec<RecordBatch> {
        let mut parts = Vec::with_capacity(1);
        let mut rest = Vec::from([batch]);
        while let Some(batch) = rest.pop() {
            let rows = batch.num_rows();
            match self.rows_of_first_part(&batch) {
                _ if rows == 0 => {}
                first if first >= rows => parts.push(batch),
                first => {
                    rest.push(batch.slice(first, rows - first));
                    rest.push(batch.slice(0, first));
                }
            }
        }
        parts
    }

    /// All rows where they fit, else a share that divides the batch evenly or halves what is still too large.
    fn rows_of_first_part(&self, batch: &RecordBatch) -> usize {
        let rows = batch.num_rows();
        let bytes: usize = batch.columns().iter().map(row_bytes).sum();
        if bytes <= self.bytes_max || rows <= 1 {
            return rows.min(self.rows_max);
        }
        let messages = bytes.div_ceil(self.bytes_max).min(rows);
        rows.div_ceil(messages).min(rows.div_ceil(2)).min(self.rows_max)
    }
}

/// What the rows of this array weigh in plain layout, in bytes; close enough to cut by.
pub(crate) fn row_bytes(array: &ArrayRef) -> usize {
    let validity = array.nulls().map_or(0, |_| array.len().div_ceil(8));
    validity + value_bytes(array)
}

fn value_bytes(array: &ArrayRef) -> usize {
    let rows = array.len();
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value_offsets().windows_total() + rows * 4,
        DataType::LargeUtf8 => array.as_string::<i64>().value_offsets().windows_total() + rows * 8,
        DataType::Binary => array.as_binary::<i32>().value_offsets().windows_total() + rows * 4,
        DataType::LargeBinary => array.as_binary::<i64>().value_offsets().windows_total() + rows * 8,
        DataType::Utf8View => view_bytes::<StringViewType>(array),
        DataType::BinaryView => view_bytes::<BinaryViewType>(array),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            window_bytes(list.values(), list.value_offsets().first(), list.value_offsets().last()) + rows * 4
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            window_bytes(list.values(), list.value_offsets().first(), list.value_offsets().last()) + rows * 8
        }
        DataType::Map(_, _) => {
            let map = array.as_map();
            let entries: ArrayRef = std::sync::Arc::new(map.entries().clone());
            window_bytes(&entries, map.value_offsets().first(), map.value_offsets().last()) + rows * 4
        }
        DataType::FixedSizeList(_, _) => row_bytes(array.as_fixed_size_list().values()),
        DataType::Struct(_) => array.as_struct().columns().iter().map(row_bytes).sum(),
        DataType::Dictionary(_, _) => {
            let values = array.as_any_dictionary().values();
            let average = row_bytes(values).div_ceil(values.len().max(1));
            rows * average.max(4)
        }
        _ => array.to_data().get_slice_memory_size().unwrap_or(rows * 16),
    }
}

fn view_bytes<T: ByteViewType>(array: &ArrayRef) -> usize {
    // The lower half of the lower word of a view is the length of its value.
    let lengths = array.as_byte_view::<T>().views().iter().map(|view| (view & 0xFFFF_FFFF) as usize);
    lengths.sum::<usize>() + array.len() * 4
}

/// The bytes of the child's rows that the offsets of a list span.
fn window_bytes<O: Copy + TryInto<usize>>(child: &ArrayRef, first: Option<&O>, last: Option<&O>) -> usize {
    let at = |offset: Option<&O>| offset.and_then(|&offset| offset.try_into().ok()).unwrap_or(0);
    let (first, last) = (at(first), at(last));
    row_bytes(&child.slice(first, last.saturating_sub(first)))
}

/// The bytes that an offsets buffer spans.
trait WindowsTotal {
    fn windows_total(&self) -> usize;
}

impl<O: Copy + TryInto<usize>> WindowsTotal for [O] {
    fn windows_total(&self) -> usize {
        let at = |offset: Option<&O>| offset.and_then(|&offset| offset.try_into().ok()).unwrap_or(0);
        at(self.last()).saturating_sub(at(self.first()))
    }
}
