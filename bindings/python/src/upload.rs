//! Data that is read once, sent batch by batch as the caller's thread reads it: never more of it in memory than a few batches.

use arrow::array::RecordBatch;
use futures::StreamExt;
use parking_lot::Mutex;
use polybolos_client::{DataFrame, Session as ClientSession, call_site};
use polybolos_protocol::error::CallSite;
use polybolos_protocol::{Code, Error, Result};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::arrow_c;
use crate::errors::OrRaise;
use crate::frame::{Frame, Site};
use crate::handle::Owned;
use crate::runtime::{runtime, wait};

/// Batches between the reader and the network.
const AHEAD: usize = 2;

/// An upload under way: `send` batches, then `finish`. Dropped before that, nothing of it is kept.
#[pyclass(frozen, module = "polybolos._native")]
pub(crate) struct Upload(Owned<Mutex<Option<Parts>>>);

struct Parts {
    sender: mpsc::Sender<Result<RecordBatch>>,
    put: JoinHandle<Result<DataFrame>>,
}

impl Upload {
    pub(crate) fn start(session: &ClientSession, site: Site, schema: arrow_schema::SchemaRef) -> PyResult<Self> {
        let (sender, mut receiver) = mpsc::channel(AHEAD);
        let batches = async_stream(move |cx| receiver.poll_recv(cx)).boxed();
        let put = call_site::with(CallSite { file: site.0, line: site.1 }, || session.from_stream(schema, batches));
        let put = runtime()?.spawn(put);
        Ok(Self(Owned::new(Mutex::new(Some(Parts { sender, put })))))
    }
}

fn async_stream<T>(
    poll: impl FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<T>> + Send + 'static,
) -> impl futures::Stream<Item = T> + Send + 'static {
    futures::stream::poll_fn(poll)
}

fn over() -> PyErr {
    PyRuntimeError::new_err("the upload is over")
}

#[pymethods]
impl Upload {
    /// Sends one batch; waits while the network is busy. False where the other side wants no more: `finish` tells why.
    fn send(&self, py: Python<'_>, batch: &Bound<'_, PyAny>) -> PyResult<bool> {
        let batch = arrow_c::import_batch(batch)?;
        let sender = self.0.get().or_raise()?.lock().as_ref().map(|parts| parts.sender.clone()).ok_or_else(over)?;
        Ok(wait(py, sender.send(Ok(batch)))?.is_ok())
    }

    /// Gives the upload up: what was sent is thrown away.
    fn abort(&self, py: Python<'_>) -> PyResult<()> {
        let Some(parts) = self.0.get().or_raise()?.lock().take() else { return Ok(()) };
        let told = Error::new(Code::Cancelled, "the upload was given up");
        let end = async move {
            // Where the other side has ended already, there is nobody to tell.
            let _ = parts.sender.send(Err(told)).await;
            drop(parts.sender);
            let _ = parts.put.await;
        };
        wait(py, end)
    }

    /// The frame over what was sent.
    fn finish(&self, py: Python<'_>) -> PyResult<Frame> {
        let Parts { sender, put } = self.0.get().or_raise()?.lock().take().ok_or_else(over)?;
        drop(sender);
        let frame = wait(py, put)?.map_err(|error| Error::internal("the upload ended by itself").with_source(error));
        frame.and_then(|frame| frame).or_raise().map(Frame::new)
    }
}
