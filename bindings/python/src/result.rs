//! Results: a stream of batches, or all of them.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use futures::{StreamExt, TryStreamExt};
use parking_lot::Mutex;
use polybolos_client::{CancelHandle, DataFrame, QueryResult};
use polybolos_protocol::{Code, Error};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::errors::{OrRaise, exception};
use crate::handle::Owned;
use crate::runtime::{runtime, wait, wait_in_callback, wait_watching};
use crate::types::Schema;
use crate::{arrow_c, value};

const PROGRESS_INTERVAL: Duration = Duration::from_millis(250);

/// Batches in memory.
#[pyclass(frozen, module = "polybolos._native")]
pub(crate) struct Batches {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Batches {
    pub(crate) fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { schema, batches }
    }
}

#[pymethods]
impl Batches {
    fn schema(&self) -> Schema {
        Schema(Arc::clone(&self.schema))
    }

    fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The bytes that the rows take in memory.
    fn num_bytes(&self) -> usize {
        self.batches.iter().map(RecordBatch::get_array_memory_size).sum()
    }

    fn batches(&self) -> Vec<Batches> {
        self.batches.iter().map(|batch| Batches::new(Arc::clone(&self.schema), vec![batch.clone()])).collect()
    }

    /// The values of each column, in the order of the columns.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Vec<Vec<Bound<'py, PyAny>>>> {
        let mut columns = vec![Vec::new(); self.schema.fields().len()];
        for batch in &self.batches {
            for (values, array) in columns.iter_mut().zip(batch.columns()) {
                values.extend(value::column(py, array)?);
            }
        }
        Ok(columns)
    }

    fn table_text(&self, rows: usize, width: Option<usize>) -> PyResult<String> {
        polybolos_client::show::table_of_width(&self.schema, &self.batches, rows, width).or_raise()
    }

    /// Each cell of the first rows as text, row by row.
    fn cells(&self, rows: usize) -> PyResult<Vec<Vec<Option<String>>>> {
        polybolos_client::show::cells(&self.schema, &self.batches, rows).or_raise()
    }

    fn export_stream<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let batches: Vec<Result<RecordBatch, ArrowError>> = self.batches.iter().cloned().map(Ok).collect();
        arrow_c::stream_capsule(py, Box::new(RecordBatchIterator::new(batches, Arc::clone(&self.schema))))
    }

    /// The one batch, as schema and array.
    fn export_array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let whole = arrow::compute::concat_batches(&self.schema, &self.batches);
        let whole = whole.map_err(|error| Error::internal("the batches do not fit together").with_source(error)).or_raise()?;
        arrow_c::batch_capsules(py, &whole)
    }
}

/// Runs a frame to its end.
pub(crate) fn collect(py: Python<'_>, frame: &DataFrame, progress: Option<Py<PyAny>>) -> PyResult<Batches> {
    let watched = Arc::new(Mutex::new(None));
    let work = collected(frame.clone(), Arc::clone(&watched));
    let tick = || {
        let known = watched.lock().as_ref().map(CancelHandle::progress);
        let (Some(progress), Some(known)) = (&progress, known) else { return Ok(()) };
        let rows: u64 = known.stages.last().map_or(0, |stage| stage.rows);
        Python::attach(|py| progress.call1(py, (known.fraction, rows)).map(drop))
    };
    wait_watching(py, work, progress.as_ref().map(|_| PROGRESS_INTERVAL), tick)?.or_raise()
}

async fn collected(frame: DataFrame, watched: Arc<Mutex<Option<CancelHandle>>>) -> polybolos_protocol::Result<Batches> {
    let stream = frame.stream().await?;
    let schema = Arc::clone(stream.schema());
    *watched.lock() = Some(stream.cancel_handle());
    stream.collect().await.map(|batches| Batches::new(schema, batches))
}

/// The batches of a running query, as they come. It is read once.
#[pyclass(frozen, module = "polybolos._native")]
pub(crate) struct Stream {
    schema: SchemaRef,
    query_id: String,
    stop: Owned<CancelHandle>,
    result: Owned<Mutex<Option<QueryResult>>>,
}

impl Stream {
    pub(crate) fn new(result: QueryResult) -> Self {
        let (schema, query_id, stop) = (Arc::clone(result.schema()), result.query_id(), Owned::new(result.cancel_handle()));
        Self { schema, query_id, stop, result: Owned::new(Mutex::new(Some(result))) }
    }
}

fn closed() -> Error {
    Error::new(Code::Cancelled, "the stream is closed")
}

#[pymethods]
impl Stream {
    fn schema(&self) -> Schema {
        Schema(Arc::clone(&self.schema))
    }

    fn query_id(&self) -> String {
        self.query_id.clone()
    }

    /// The next batch, or None after the last one.
    fn next(&self, py: Python<'_>) -> PyResult<Option<Batches>> {
        let shared = self.result.get().or_raise()?;
        let taken = py.detach(|| shared.lock().take());
        let Some(mut result) = taken else { return Ok(None) };
        // Interrupted, the result is dropped here, which stops the query.
        let (result, batch) = wait(py, async move {
            let batch = result.try_next().await;
            (result, batch)
        })?;
        let Some(batch) = batch.or_raise()? else { return Ok(None) };
        *shared.lock() = Some(result);
        Ok(Some(Batches::new(Arc::clone(&self.schema), vec![batch])))
    }

    /// The rest of the batches.
    fn collect(&self, py: Python<'_>) -> PyResult<Batches> {
        let result = self.result.get().or_raise()?.lock().take().ok_or_else(closed).or_raise()?;
        wait(py, result.collect())?.or_raise().map(|batches| Batches::new(Arc::clone(&self.schema), batches))
    }

    /// Stops the query.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let shared = self.result.get().or_raise()?;
        let runtime = runtime()?;
        py.detach(|| {
            let _entered = runtime.enter();
            drop(shared.lock().take());
        });
        Ok(())
    }

    /// Asks the engine to stop the query while another thread reads it.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        let stop = self.stop.get().or_raise()?;
        wait(py, stop.cancel())?.or_raise().map(drop)
    }

    /// Hands the rest of the stream over as an Arrow stream.
    fn export_stream<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let result = self.result.get().or_raise()?.lock().take().ok_or_else(closed).or_raise()?;
        arrow_c::stream_capsule(py, Box::new(Exported { schema: Arc::clone(&self.schema), result: Owned::new(Mutex::new(Some(result))) }))
    }
}

/// A result behind the C stream interface.
struct Exported {
    schema: SchemaRef,
    result: Owned<Mutex<Option<QueryResult>>>,
}

impl Iterator for Exported {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let shared = match self.result.get() {
            Ok(shared) => shared,
            Err(error) => return Some(Err(ArrowError::ExternalError(Box::new(error)))),
        };
        let mut result = shared.lock();
        let next = wait_in_callback(result.as_mut()?.next());
        match next {
            Ok(Some(Ok(batch))) => Some(Ok(batch)),
            Ok(Some(Err(error))) => {
                *result = None;
                Some(Err(ArrowError::ExternalError(Box::new(error))))
            }
            Ok(None) => None,
            Err(interrupted) => {
                *result = None;
                Some(Err(ArrowError::ExternalError(Box::new(interrupted))))
            }
        }
    }
}

impl RecordBatchReader for Exported {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// A query that runs in the background.
#[pyclass(frozen, module = "polybolos._native")]
pub(crate) struct Task(Owned<tokio::task::AbortHandle>);

impl Task {
    pub(crate) fn start(frame: DataFrame, done: Py<PyAny>) -> PyResult<Self> {
        let work = async move {
            let outcome = collected(frame, Arc::default()).await;
            Python::attach(|py| {
                let told = match outcome {
                    Ok(batches) => done.call1(py, (batches, py.None())),
                    Err(error) => done.call1(py, (py.None(), exception(py, &error).into_value(py))),
                };
                // The loop that waited may be closed; then nobody is left to tell.
                if let Err(error) = told {
                    error.write_unraisable(py, None);
                }
            });
        };
        Ok(Self(Owned::new(runtime()?.spawn(work).abort_handle())))
    }
}

#[pymethods]
impl Task {
    /// Stops the query.
    fn cancel(&self) -> PyResult<()> {
        self.0.get().or_raise().map(tokio::task::AbortHandle::abort)
    }
}
