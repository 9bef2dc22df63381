//! The C stream interface: batches to Java, batches from Java.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use arrow_schema::{ArrowError, SchemaRef};
use futures::{StreamExt, stream};
use polybolos_protocol::transport::Transport;
use polybolos_protocol::wire::flight::PutReceipt;
use polybolos_protocol::{Code, Error, Result};
use tokio::sync::mpsc;

use crate::query::Query;
use crate::{layout, wait};

/// The address of a stream in memory that Java owns.
pub(crate) struct Address(*mut FFI_ArrowArrayStream);

impl Address {
    pub(crate) fn new(address: i64) -> Result<Self> {
        match usize::try_from(address) {
            Ok(address) if address != 0 => Ok(Self(address as *mut FFI_ArrowArrayStream)),
            _ => Err(Error::internal("the address of the stream is none")),
        }
    }

    /// Hands the batches of a query out.
    pub(crate) fn export(self, query: Arc<Query>) {
        let stream = FFI_ArrowArrayStream::new(Box::new(Exported(query)));
        // SAFETY: our Kotlin half allocates the struct and frees it after this call; what is there is empty and need not be dropped.
        #[expect(unsafe_code, reason = "the C stream interface")]
        unsafe {
            self.0.write(stream);
        }
    }

    /// Takes over the batches that Java hands out.
    pub(crate) fn import(self) -> Result<Incoming> {
        // SAFETY: our Kotlin half exported a stream there; from_raw moves it out and leaves a released one behind.
        #[expect(unsafe_code, reason = "the C stream interface")]
        unsafe { ArrowArrayStreamReader::from_raw(self.0) }.map(Incoming).map_err(refused)
    }
}

/// The batches of a reader in Java, which must be asked for on the thread that called.
pub(crate) struct Incoming(ArrowArrayStreamReader);

impl Incoming {
    /// Stores all batches in the session, as fast as that takes them.
    pub(crate) fn put(self, transport: Arc<dyn Transport>) -> Result<PutReceipt> {
        let (sender, mut receiver) = mpsc::channel(1);
        let schema = self.0.schema();
        let batches = stream::poll_fn(move |cx| receiver.poll_recv(cx)).boxed();
        let stored = wait::start(async move { transport.put(schema, batches).await })?;
        for batch in self.0 {
            let batch = batch.map_err(refused).and_then(|batch| layout::own(&batch));
            // What wants no more batches has its reason, or has told it.
            if batch.is_err() | wait::wait_here(sender.send(batch))?.is_err() {
                break;
            }
        }
        drop(sender);
        stored.wait()
    }
}

fn refused(error: ArrowError) -> Error {
    Error::new(Code::DataInvalid, format!("the Arrow data cannot be taken over: {error}")).with_source(error)
}

/// A query behind the C stream interface.
struct Exported(Arc<Query>);

impl Iterator for Exported {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Ok)
    }
}

impl RecordBatchReader for Exported {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.0.schema())
    }
}
