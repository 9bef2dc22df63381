//! Arrow data that stands inside a plan.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat;
use arrow::datatypes::SchemaRef;
use polybolos_protocol::{Code, Error, Result};

use super::fault::planned;

/// The schema and batches of a complete IPC stream.
pub(crate) fn batches(bytes: &[u8]) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    crate::guard::read_stream(bytes)
}

/// The only column of an IPC stream.
pub(crate) fn column(bytes: &[u8]) -> Result<ArrayRef> {
    let (schema, batches) = batches(bytes)?;
    if schema.fields().len() != 1 {
        let message = format!("the stream holds {} columns where one is expected", schema.fields().len());
        return Err(Error::new(Code::PlanInvalidValue, message));
    }
    let chunks: Vec<&dyn arrow::array::Array> = batches.iter().map(|batch| batch.column(0).as_ref()).collect();
    match chunks.as_slice() {
        [] => Ok(arrow::array::new_empty_array(schema.field(0).data_type())),
        chunks => planned(concat(chunks).map_err(Into::into)),
    }
}
