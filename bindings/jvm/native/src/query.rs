//! A running query: its batches on their way to Java.
//!
//! Batches are made a few ahead on our own threads, so that a reader finds the next one there instead of waking a thread for it and
//! waiting to be woken.
//!
//! ```text
//! Reading --next--> Busy --batch--> Reading
//!    |                |---end-----> Ended
//!    |                |---error---> Failed (and again for whoever asks again)
//!    +--close--> Closed <--close--+         closing wakes a reader that waits
//! ```
//! Arrow's C streams tell errors as text, and what reads them in Java throws that text away from its type. So an error ends the stream,
//! and the reader asks for the failure before it believes the end.

use std::mem;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::{FutureExt, TryStreamExt};
use parking_lot::Mutex;
use polybolos_protocol::error::to_status_details;
use polybolos_protocol::transport::{QueryHandle, QueryStream};
use polybolos_protocol::{Code, Error, Result};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

use crate::failure::panicked;
use crate::wait::Started;
use crate::{layout, wait};

/// Batches that wait for their reader.
const AHEAD: usize = 2;

/// A query of a session.
pub(crate) struct Query {
    session: i64,
    schema: SchemaRef,
    handle: Arc<dyn QueryHandle>,
    state: Mutex<State>,
    closed: CancellationToken,
}

enum State {
    Reading(Batches),
    Busy,
    Ended,
    /// The bytes of the status details.
    Failed(Vec<u8>),
    Closed,
}

impl Query {
    pub(crate) fn new(session: i64, stream: QueryStream) -> Result<Self> {
        Ok(Self {
            session,
            schema: Arc::clone(stream.schema()),
            handle: stream.query(),
            state: Mutex::new(State::Reading(Batches::of(stream)?)),
            closed: CancellationToken::new(),
        })
    }

    pub(crate) fn session(&self) -> i64 {
        self.session
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(crate) fn handle(&self) -> &dyn QueryHandle {
        self.handle.as_ref()
    }

    /// The status details of the error that ended the stream; none where it ended well or goes on.
    pub(crate) fn failure(&self) -> Option<Vec<u8>> {
        match &*self.state.lock() {
            State::Failed(details) => Some(details.clone()),
            State::Closed => Some(to_status_details(&closed())),
            State::Busy => Some(to_status_details(&busy())),
            State::Reading(_) | State::Ended => None,
        }
    }

    /// Cancels the query, if it still runs, and wakes whoever waits for its next batch.
    pub(crate) fn close(&self) {
        let before = mem::replace(&mut *self.state.lock(), State::Closed);
        self.closed.cancel();
        drop(before);
    }

    /// The next batch; none at the end, whether good or bad.
    pub(crate) fn next(&self) -> Option<RecordBatch> {
        let mut batches = self.take()?;
        let next = batches.next(&self.closed).map_err(|error| error.with_query_id(self.handle.query_id()));
        let (state, batch) = match next {
            Ok(Some(batch)) => (State::Reading(batches), Some(batch)),
            Ok(None) => (State::Ended, None),
            Err(error) => (State::Failed(to_status_details(&error)), None),
        };
        self.put_back(state).then_some(batch)?
    }

    /// The batches, where nobody else reads them.
    fn take(&self) -> Option<Batches> {
        let mut state = self.state.lock();
        match mem::replace(&mut *state, State::Busy) {
            State::Reading(batches) => Some(batches),
            other => {
                *state = other;
                None
            }
        }
    }

    /// Whether the query is still wanted.
    fn put_back(&self, next: State) -> bool {
        let mut state = self.state.lock();
        let wanted = matches!(*state, State::Busy);
        let unwanted = if wanted { mem::replace(&mut *state, next) } else { next };
        drop(state);
        drop(unwanted);
        wanted
    }
}

/// The batches that were made, and what makes more; dropping them stops it.
struct Batches {
    made: Receiver<Result<RecordBatch>>,
    _maker: Started<()>,
}

impl Batches {
    fn of(stream: QueryStream) -> Result<Self> {
        let (sender, made) = channel(AHEAD);
        Ok(Self { made, _maker: wait::start(make(stream, sender).map(Ok))? })
    }

    fn next(&mut self, closing: &CancellationToken) -> Result<Option<RecordBatch>> {
        wait::check_interrupt()?;
        match self.made.try_recv() {
            Ok(batch) => batch.map(Some),
            Err(TryRecvError::Disconnected) => Ok(None),
            Err(TryRecvError::Empty) => wait::wait_here(async {
                tokio::select! {
                    biased;
                    () = closing.cancelled() => Err(closed()),
                    next = self.made.recv() => next.transpose(),
                }
            })?,
        }
    }
}

/// Makes batches until the stream ends or fails, or nobody wants more. Who learns of an end can rely on it: the query is over.
async fn make(mut stream: QueryStream, sender: Sender<Result<RecordBatch>>) {
    loop {
        let next = AssertUnwindSafe(next_of(&mut stream)).catch_unwind().await;
        match next.unwrap_or_else(|payload| Err(panicked(payload.as_ref()))).transpose() {
            Some(Ok(batch)) => {
                if sender.send(Ok(batch)).await.is_err() {
                    return;
                }
            }
            end => {
                drop(stream);
                if let Some(error) = end {
                    drop(sender.send(error).await);
                }
                return;
            }
        }
    }
}

async fn next_of(stream: &mut QueryStream) -> Result<Option<RecordBatch>> {
    stream.try_next().await?.map(layout::without_offsets).transpose()
}

fn closed() -> Error {
    Error::new(Code::Cancelled, "the result, or its session, is closed")
}

fn busy() -> Error {
    Error::invalid_argument("the result is being read by another thread")
}
