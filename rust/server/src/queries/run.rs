//! Running a query: a slot, a plan, and then batches for as long as somebody takes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::StreamExt;
use polybolos_protocol::transport::{ExecuteRequest, QueryStream};
use polybolos_protocol::wire::flight::{ResultOptions, ResultTrailer};
use polybolos_protocol::{Code, Error, Result};

use super::admission::Slot;
use super::lifecycle::Event;
use super::query::Waiting;
use super::{Queries, Query};
use crate::caller::Caller;
use crate::sessions::SessionUse;

/// A query whose batches are being taken. Dropping it before its end cancels it.
#[derive(Debug)]
pub(crate) struct Running {
    query: Arc<Query>,
    stream: QueryStream,
    deadline: Option<Instant>,
    // Held until the end, in this order of release.
    _session: SessionUse,
    _slot: Slot,
}

impl Queries {
    /// Plans and starts a query: the single step.
    pub(crate) async fn run(&self, caller: &Caller, session: SessionUse, request: ExecuteRequest) -> Result<Running> {
        let query = self.register(&caller.principal, &request, false)?;
        let deadline = self.deadline(caller);
        let unless_kept = Abandoned::guard(&query);
        let (stream, slot) = self.plan(&query, &session, request, deadline).await?;
        query.step(Event::Start);
        unless_kept.kept();
        Ok(Running { query, stream, deadline, _session: session, _slot: slot })
    }

    /// Plans a query and keeps it until its ticket is used.
    pub(crate) async fn prepare(&self, caller: &Caller, session: SessionUse, request: ExecuteRequest) -> Result<Arc<Query>> {
        let query = self.register(&caller.principal, &request, true)?;
        let unless_kept = Abandoned::guard(&query);
        let options = request.options;
        let (stream, _slot) = self.plan(&query, &session, request, self.deadline(caller)).await?;
        put_down(&query, Waiting { stream, session, options }, Event::Planned)?;
        unless_kept.kept();
        Ok(query)
    }

    /// Plans a query and runs it ahead of its DoGet, without anybody waiting for it; the query knows why it failed.
    pub(crate) fn run_ahead(self: &Arc<Self>, caller: &Caller, session: SessionUse, request: ExecuteRequest) -> Result<Arc<Query>> {
        let query = self.register(&caller.principal, &request, true)?;
        let (queries, running) = (Arc::clone(self), Arc::clone(&query));
        tokio::spawn(async move {
            let unless_kept = Abandoned::guard(&running);
            match queries.keep_ahead(&running, session, request).await {
                Ok(()) => unless_kept.kept(),
                Err(error) => running.fail(&error),
            }
        });
        Ok(query)
    }

    async fn keep_ahead(&self, query: &Arc<Query>, session: SessionUse, request: ExecuteRequest) -> Result<()> {
        let options = request.options;
        // The deadline of a poll is not the query's.
        let deadline = self.time_max.map(|time| Instant::now() + time);
        let (stream, _slot) = self.plan(query, &session, request, deadline).await?;
        if !query.step(Event::RunAhead) {
            return Err(cancelled(query));
        }
        let stream = self.shelf.run_ahead(query, stream, deadline).await.map_err(|error| error.with_query_id(query.id()))?;
        put_down(query, Waiting { stream, session, options }, Event::Keep)
    }

    /// Starts a query that was prepared.
    pub(crate) async fn resume(&self, caller: &Caller, operation_id: &str) -> Result<(Running, ResultOptions)> {
        let query = self.get(&caller.principal, operation_id).ok_or_else(|| gone("the query of this ticket is not known any more"))?;
        let deadline = self.deadline(caller);
        within(&query, deadline, query.handed_over()).await?;
        if let Some(error) = query.failure() {
            return Err(error);
        }
        let Some(waiting) = query.take_waiting() else {
            return Err(gone("the result of this ticket was fetched, cancelled or has expired").with_query_id(query.id()));
        };
        let unless_kept = Abandoned::guard(&query);
        let slot = self.slot(&query, deadline).await?;
        if !query.step(Event::Start) {
            return Err(cancelled(&query));
        }
        unless_kept.kept();
        let running = Running { query, stream: waiting.stream, deadline, _session: waiting.session, _slot: slot };
        Ok((running, waiting.options))
    }

    fn deadline(&self, caller: &Caller) -> Option<Instant> {
        let own = self.time_max.map(|time| Instant::now() + time);
        caller.deadline.into_iter().chain(own).min()
    }

    async fn slot(&self, query: &Query, deadline: Option<Instant>) -> Result<Slot> {
        if let Some(slot) = self.admission.try_enter(&query.principal) {
            return Ok(slot);
        }
        query.step(Event::Queue);
        let entered = within(query, deadline, self.admission.enter(&query.principal)).await.and_then(|entered| entered);
        entered.inspect_err(|error| query.fail(error))
    }

    async fn plan(
        &self,
        query: &Arc<Query>,
        session: &SessionUse,
        request: ExecuteRequest,
        deadline: Option<Instant>,
    ) -> Result<(QueryStream, Slot)> {
        let slot = self.slot(query, deadline).await?;
        query.step(Event::Plan);
        let planned = within(query, deadline, session.transport.execute(request)).await.and_then(|planned| planned);
        let stream = planned.map_err(|error| error.with_query_id(query.id())).inspect_err(|error| query.fail(error))?;
        query.is_planned_as(&stream);
        Ok((stream, slot))
    }
}

impl Running {
    /// The engine's id of the query.
    pub(crate) fn id(&self) -> &str {
        self.query.id()
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        self.stream.schema()
    }

    /// The next batch; nothing at the end. An error ends the query.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let next = within(&self.query, self.deadline, self.stream.next()).await;
        let next = next.and_then(Option::transpose).map_err(|error| error.with_query_id(self.query.id()));
        next.inspect_err(|error| self.query.fail(error))
    }

    /// Counts what has gone out.
    pub(crate) fn count(&self, rows: u64, bytes: u64) {
        self.query.count(rows, bytes);
    }

    /// Ends well, once the last batch has gone out.
    pub(crate) fn finish(self) {
        self.query.finish();
    }

    /// Ends with this error.
    pub(crate) fn fail(self, error: &Error) {
        self.query.fail(error);
    }

    /// Metrics and warnings, after the last batch. The rows are those that were sent, so that a reader can tell it has them all.
    pub(crate) fn trailer(&self) -> ResultTrailer {
        let known = self.query.handle().and_then(|handle| handle.trailer()).unwrap_or_default();
        ResultTrailer { query_id: self.query.id().to_owned(), rows: self.query.rows(), ..known }
    }

    /// Waits for the reader, not longer than `idle_max`, and not when the query is cancelled or late.
    pub(crate) async fn waiting_for_reader<T>(&mut self, idle_max: Duration, ready: impl Future<Output = T>) -> Result<T> {
        let patient = async { tokio::time::timeout(idle_max, ready).await.map_err(|_| not_read(idle_max)) };
        let waited = within(&self.query, self.deadline, patient).await.and_then(|ready| ready);
        waited.inspect_err(|error| self.query.fail(error))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended queries are past cancelling; the others have lost their reader.
        self.query.cancel();
    }
}

/// Cancels a query whose request is dropped while it is still being planned.
struct Abandoned(Option<Arc<Query>>);

impl Abandoned {
    fn guard(query: &Arc<Query>) -> Self {
        Self(Some(Arc::clone(query)))
    }

    /// Somebody else answers for the query from here on.
    fn kept(mut self) {
        self.0 = None;
    }
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Some(query) = &self.0 {
            query.cancel();
        }
    }
}

/// Leaves a result for its DoGet, unless the query was cancelled meanwhile.
fn put_down(query: &Query, waiting: Waiting, event: Event) -> Result<()> {
    query.put_waiting(waiting);
    if query.step(event) {
        return Ok(());
    }
    drop(query.take_waiting());
    Err(cancelled(query))
}

/// The work, unless the query is cancelled or its deadline passes first.
pub(super) async fn within<T>(query: &Query, deadline: Option<Instant>, work: impl Future<Output = T>) -> Result<T> {
    let late = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = query.stopped() => Err(cancelled(query)),
        () = late => Err(Error::new(Code::DeadlineExceeded, "the query ran longer than its deadline").with_query_id(query.id())),
    }
}

pub(crate) fn cancelled(query: &Query) -> Error {
    Error::new(Code::Cancelled, "the query was cancelled").with_query_id(query.id())
}

fn gone(why: &str) -> Error {
    Error::new(Code::QueryNotFound, format!("{why}; run the query again"))
}

fn not_read(idle_max: Duration) -> Error {
    let waited = humantime::format_duration(idle_max);
    Error::new(Code::DeadlineExceeded, format!("the client took nothing of the result for {waited}, so the query was ended"))
}
