//! Arrow's C data interface in capsules: the only way in which data crosses.
//!
//! The layout of the capsules is that of the Arrow PyCapsule interface: `arrow_schema`, `arrow_array`, `arrow_array_stream`.

use std::ffi::CStr;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchReader, StructArray, make_array, new_empty_array};
use arrow::compute::concat;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

fn refused(error: ArrowError) -> PyErr {
    PyValueError::new_err(format!("the Arrow data cannot be taken over: {error}"))
}

/// A capsule that holds the schema.
pub(crate) fn schema_capsule<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(schema).map_err(refused)?;
    PyCapsule::new_with_value(py, schema, SCHEMA)
}

/// A capsule that holds a stream of batches.
pub(crate) fn stream_capsule<'py>(py: Python<'py>, reader: Box<dyn RecordBatchReader + Send>) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), STREAM)
}

/// Two capsules that hold the schema and the columns of a batch, as a struct array.
pub(crate) fn batch_capsules<'py>(py: Python<'py>, batch: &RecordBatch) -> PyResult<Bound<'py, PyTuple>> {
    let columns = StructArray::from(batch.clone());
    let (array, _) = arrow::ffi::to_ffi(&columns.to_data()).map_err(refused)?;
    // The type of a struct array has no place for the metadata of the schema.
    let schema = FFI_ArrowSchema::try_from(batch.schema_ref().as_ref()).map_err(refused)?;
    let schema = PyCapsule::new_with_value(py, schema, SCHEMA)?;
    let array = PyCapsule::new_with_value(py, array, ARRAY)?;
    PyTuple::new(py, [schema, array])
}

/// The pointer in a capsule of this name.
fn pointer<T>(capsule: &Bound<'_, PyAny>, name: &CStr) -> PyResult<*mut T> {
    let capsule = capsule.cast::<PyCapsule>().map_err(|_| PyTypeError::new_err("the object does not give an Arrow capsule"))?;
    Ok(capsule.pointer_checked(Some(name))?.as_ptr().cast())
}

/// The type behind an object's `__arrow_c_schema__`.
pub(crate) fn import_type(object: &Bound<'_, PyAny>) -> PyResult<DataType> {
    let capsule = object.call_method0("__arrow_c_schema__")?;
    let schema = pointer::<FFI_ArrowSchema>(&capsule, SCHEMA)?;
    // SAFETY: the name of the capsule says what it holds, and the capsule outlives the reference.
    #[expect(unsafe_code, reason = "the C data interface")]
    let schema = unsafe { &*schema };
    DataType::try_from(schema).map_err(refused)
}

/// The schema behind an object's `__arrow_c_schema__`.
pub(crate) fn import_schema(object: &Bound<'_, PyAny>) -> PyResult<SchemaRef> {
    if !object.hasattr("__arrow_c_schema__")? {
        return Err(PyTypeError::new_err(format!(
            "{} is no schema: give a dict of names and types, or an object with __arrow_c_schema__ such as a pyarrow.Schema",
            object.repr()?
        )));
    }
    match import_type(object)? {
        DataType::Struct(fields) => Ok(Arc::new(Schema::new(fields))),
        other => Err(PyTypeError::new_err(format!("a schema is a struct of columns, not {other}"))),
    }
}

/// The stream behind an object's `__arrow_c_stream__`, taken over: the object cannot be read any more.
pub(crate) fn import_stream(object: &Bound<'_, PyAny>) -> PyResult<ArrowArrayStreamReader> {
    let capsule = object.call_method0("__arrow_c_stream__")?;
    let stream = pointer::<FFI_ArrowArrayStream>(&capsule, STREAM)?;
    // SAFETY: the name of the capsule says what it holds; from_raw moves the stream out and leaves a released one behind.
    #[expect(unsafe_code, reason = "the C stream interface")]
    let reader = unsafe { ArrowArrayStreamReader::from_raw(stream) };
    reader.map_err(refused)
}

/// The one column behind an object's `__arrow_c_stream__`, such as a `pyarrow.ChunkedArray` or a `polars.Series`.
pub(crate) fn import_column(object: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    let capsule = object.call_method0("__arrow_c_stream__")?;
    let stream = pointer::<FFI_ArrowArrayStream>(&capsule, STREAM)?;
    // SAFETY: the name of the capsule says what it holds; from_raw moves the stream out, and its functions get the stream itself.
    #[expect(unsafe_code, reason = "the C stream interface; arrow's own reader takes streams of structs only")]
    let chunks = unsafe { chunks_of(&mut FFI_ArrowArrayStream::from_raw(stream)) }.map_err(refused)?;
    let chunks: Vec<&dyn Array> = chunks.iter().map(AsRef::as_ref).collect();
    concat(&chunks).map_err(refused)
}

/// The arrays of a stream, after an empty one of their type.
///
/// # Safety
///
/// The stream is as the C stream interface says.
#[expect(unsafe_code, reason = "the C stream interface")]
unsafe fn chunks_of(stream: &mut FFI_ArrowArrayStream) -> Result<Vec<ArrayRef>, ArrowError> {
    let failed = || ArrowError::CDataInterface("the stream of the column fails".to_owned());
    let (get_schema, get_next) = (stream.get_schema.ok_or_else(failed)?, stream.get_next.ok_or_else(failed)?);
    let mut schema = FFI_ArrowSchema::empty();
    // SAFETY: the functions are the stream's own.
    if unsafe { get_schema(stream, &raw mut schema) } != 0 {
        return Err(failed());
    }
    let mut chunks = vec![new_empty_array(&DataType::try_from(&schema)?)];
    loop {
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: as above; an array that is released marks the end.
        if unsafe { get_next(stream, &raw mut array) } != 0 {
            return Err(failed());
        }
        if array.is_released() {
            return Ok(chunks);
        }
        // SAFETY: the array has the type that the stream names.
        chunks.push(make_array(unsafe { from_ffi(array, &schema) }?));
    }
}

/// The array behind an object's `__arrow_c_array__`, taken over.
pub(crate) fn import_array(object: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    let capsules = object.call_method0("__arrow_c_array__")?;
    let (schema, array): (Bound<'_, PyAny>, Bound<'_, PyAny>) = capsules.extract()?;
    let (schema, array) = (pointer::<FFI_ArrowSchema>(&schema, SCHEMA)?, pointer::<FFI_ArrowArray>(&array, ARRAY)?);
    // SAFETY: the names of the capsules say what they hold; from_raw moves the array out and leaves a released one behind.
    #[expect(unsafe_code, reason = "the C data interface")]
    let data = unsafe { from_ffi(FFI_ArrowArray::from_raw(array), &*schema) }.map_err(refused)?;
    Ok(make_array(data))
}

/// The record batch behind an object's `__arrow_c_array__`.
pub(crate) fn import_batch(object: &Bound<'_, PyAny>) -> PyResult<RecordBatch> {
    let array = import_array(object)?;
    match array.as_any().downcast_ref::<StructArray>() {
        Some(columns) if columns.null_count() == 0 => Ok(RecordBatch::from(columns)),
        Some(_) => Err(PyValueError::new_err("the rows of a record batch cannot be null themselves")),
        None => Err(PyTypeError::new_err(format!("a record batch is a struct of columns, not {}", array.data_type()))),
    }
}
