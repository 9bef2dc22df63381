//! A running query: its batches on their way to Java.
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
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::TryStreamExt;
use parking_lot::Mutex;
use polybolos_protocol::error::to_status_details;
use polybolos_protocol::transport::{QueryHandle, QueryStream};
use polybolos_protocol::{Code, Error, Result};
use tokio_util::sync::CancellationToken;

use crate::failure::panicked;
use crate::{layout, wait};

/// A query of a session.
pub(crate) struct Query {
    session: i64,
    schema: SchemaRef,
    handle: Arc<dyn QueryHandle>,
    state: Mutex<State>,
    closed: CancellationToken,
}

enum State {
    Reading(QueryStream),
    Busy,
    Ended,
    /// The bytes of the status details.
    Failed(Vec<u8>),
    Closed,
}

impl Query {
    pub(crate) fn new(session: i64, stream: QueryStream) -> Self {
        Self {
            session,
            schema: Arc::clone(stream.schema()),
            handle: stream.query(),
            state: Mutex::new(State::Reading(stream)),
            closed: CancellationToken::new(),
        }
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
        let stream = self.take()?;
        // Nothing may unwind into the C code that asks for batches.
        let next = catch_unwind(AssertUnwindSafe(|| self.read(stream)));
        let next = next.unwrap_or_else(|payload| Err(panicked(payload.as_ref())));
        let (state, batch) = match next.map_err(|error| error.with_query_id(self.handle.query_id())) {
            Ok((stream, Some(batch))) => (State::Reading(stream), Some(batch)),
            Ok((_, None)) => (State::Ended, None),
            Err(error) => (State::Failed(to_status_details(&error)), None),
        };
        self.put_back(state).then_some(batch)?
    }

    /// The stream comes back with its next batch; an error takes it away.
    fn read(&self, mut stream: QueryStream) -> Result<(QueryStream, Option<RecordBatch>)> {
        let closing = self.closed.clone();
        wait::wait(async move {
            let next = tokio::select! {
                biased;
                () = closing.cancelled() => return Err(closed()),
                next = stream.try_next() => next?,
            };
            Ok((stream, next.map(layout::without_offsets).transpose()?))
        })
    }

    /// The stream, where nobody else reads it.
    fn take(&self) -> Option<QueryStream> {
        let mut state = self.state.lock();
        match mem::replace(&mut *state, State::Busy) {
            State::Reading(stream) => Some(stream),
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

fn closed() -> Error {
    Error::new(Code::Cancelled, "the result, or its session, is closed")
}

fn busy() -> Error {
    Error::invalid_argument("the result is being read by another thread")
}
