//! Arrow data as bytes: small streams inside messages, and arrays made compact before they travel.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, RecordBatch, StringViewArray};
use arrow::ipc::convert::try_schema_from_ipc_buffer;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use bytes::Bytes;
use polybolos_protocol::error::Code;
use polybolos_protocol::{Error, Result};

/// A complete IPC stream.
pub(crate) fn stream_of(schema: &Schema, batches: &[RecordBatch]) -> Result<Bytes> {
    let write = || -> std::result::Result<Vec<u8>, ArrowError> {
        let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
        for batch in batches {
            writer.write(batch)?;
        }
        writer.into_inner()
    };
    write().map(Bytes::from).map_err(|error| Error::invalid_argument("the batches cannot be written as Arrow IPC").with_source(error))
}

/// The batches of a complete IPC stream.
pub(crate) fn batches_of(bytes: &[u8]) -> Result<Vec<RecordBatch>> {
    let read = || StreamReader::try_new(bytes, None)?.collect::<std::result::Result<Vec<_>, ArrowError>>();
    read().map_err(damaged)
}

/// The schema of an encapsulated IPC schema message.
pub(crate) fn schema_of(bytes: &[u8]) -> Result<SchemaRef> {
    try_schema_from_ipc_buffer(bytes).map(Arc::new).map_err(damaged)
}

fn damaged(error: ArrowError) -> Error {
    Error::new(Code::DataCorrupt, "the answer holds Arrow data that cannot be read").with_source(error)
}

/// The batch without bytes that none of its rows use: a slice of a view array carries the buffers of the whole array along,
/// on the wire too.
pub(crate) fn compacted(batch: RecordBatch) -> RecordBatch {
    if !batch.schema_ref().fields().iter().any(|field| is_view(field.data_type())) {
        return batch;
    }
    let columns = batch.columns().iter().map(compact).collect();
    RecordBatch::try_new(batch.schema(), columns).unwrap_or(batch)
}

fn is_view(ty: &DataType) -> bool {
    matches!(ty, DataType::Utf8View | DataType::BinaryView)
}

fn compact(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Utf8View => Arc::new(StringViewArray::gc(array.as_string_view())),
        DataType::BinaryView => Arc::new(BinaryViewArray::gc(array.as_binary_view())),
        _ => Arc::clone(array),
    }
}
