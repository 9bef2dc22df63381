//! The queries of an engine: what runs, how far it is, how to stop it, and what ended lately.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use dashmap::DashMap;
use parking_lot::Mutex;
use polybolos_protocol::transport::QueryHandle;
use polybolos_protocol::wire::flight::{CancelOutcome, QueryInfo, QueryState, ResultProgress, ResultTrailer};
use polybolos_protocol::{Code, Error, Result};
use tokio_util::sync::CancellationToken;

use crate::metrics::Measured;

/// All queries of an engine.
#[derive(Debug)]
pub(crate) struct Queries {
    by_id: DashMap<String, Arc<Query>>,
    ended: Mutex<VecDeque<String>>,
    remembered: usize,
}

/// Who asks for what.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) principal: String,
    pub(crate) operation_id: String,
    /// Digest and shape, never literals.
    pub(crate) statement: String,
    pub(crate) tags: Vec<String>,
    pub(crate) deadline: Option<Duration>,
}

/// One query or command, from its acceptance to its end and a while after it.
pub(crate) struct Query {
    id: String,
    request: Request,
    started: Instant,
    started_micros: i64,
    state: Mutex<QueryState>,
    cancel: CancellationToken,
    /// Stops the operators: after a cancel, and after an error of one of them.
    stop: CancellationToken,
    pub(crate) rows: AtomicU64,
    pub(crate) bytes: AtomicU64,
    elapsed_micros: OnceLock<u64>,
    /// Held while the query runs only: it keeps the plan.
    measured: Mutex<Option<Measured>>,
    trailer: OnceLock<ResultTrailer>,
}

impl Queries {
    pub(crate) fn new(remembered: usize) -> Self {
        Self { by_id: DashMap::new(), ended: Mutex::default(), remembered }
    }

    /// Registers a query that begins now.
    pub(crate) fn start(self: &Arc<Self>, request: Request, session: &CancellationToken) -> Arc<Query> {
        let cancel = session.child_token();
        let query = Arc::new(Query {
            id: uuid::Uuid::now_v7().to_string(),
            started: Instant::now(),
            started_micros: Utc::now().timestamp_micros(),
            state: Mutex::new(QueryState::Planning),
            stop: cancel.child_token(),
            cancel,
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            elapsed_micros: OnceLock::new(),
            measured: Mutex::default(),
            trailer: OnceLock::new(),
            request,
        });
        self.by_id.insert(query.id.clone(), Arc::clone(&query));
        query
    }

    /// Ends a query; only the first end counts.
    pub(crate) fn end(&self, query: &Query, state: QueryState) {
        if !query.end(state) {
            return;
        }
        let mut ended = self.ended.lock();
        ended.push_back(query.id.clone());
        while ended.len() > self.remembered {
            if let Some(oldest) = ended.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
    }

    /// Cancels a query of this principal by its id or operation id.
    pub(crate) fn cancel(&self, principal: &str, id: &str) -> CancelOutcome {
        let mut outcome = CancelOutcome::NotFound;
        for query in self.of(principal).filter(|query| query.id == id || (!id.is_empty() && query.request.operation_id == id)) {
            if query.ended() {
                if outcome == CancelOutcome::NotFound {
                    outcome = CancelOutcome::AlreadyEnded;
                }
            } else {
                query.cancel.cancel();
                outcome = CancelOutcome::Cancelled;
            }
        }
        outcome
    }

    /// The queries of a principal, oldest first; all of them for the empty principal of an operator.
    pub(crate) fn list(&self, principal: &str, all_states: bool) -> Vec<QueryInfo> {
        let mut listed: Vec<QueryInfo> =
            self.of(principal).filter(|query| all_states || !query.ended()).map(|query| query.info()).collect();
        listed.sort_by(|a, b| (a.started_micros, &a.query_id).cmp(&(b.started_micros, &b.query_id)));
        listed
    }

    fn of(&self, principal: &str) -> impl Iterator<Item = Arc<Query>> {
        self.by_id.iter().map(|entry| Arc::clone(entry.value())).filter(move |query| query.request.principal == principal)
    }
}

impl Query {
    /// Fires when somebody cancels the query.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Fires when the operators are to stop, for whatever reason; those that do not come back to the runtime look at it.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// When the query must have ended.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.request.deadline.map(|limit| self.started + limit)
    }

    pub(crate) fn running(&self, measured: Measured) {
        *self.measured.lock() = Some(measured);
        let mut state = self.state.lock();
        if *state == QueryState::Planning {
            *state = QueryState::Running;
        }
    }

    pub(crate) fn set_trailer(&self, trailer: ResultTrailer) {
        drop(self.trailer.set(trailer));
    }

    pub(crate) fn elapsed_micros(&self) -> u64 {
        let running = || u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.elapsed_micros.get().copied().unwrap_or_else(running)
    }

    /// The error of a query that was cancelled.
    pub(crate) fn cancelled(&self) -> Error {
        Error::new(Code::Cancelled, "the query was cancelled").with_query_id(&self.id)
    }

    /// The error of a query that ran too long.
    pub(crate) fn too_late(&self) -> Error {
        let limit = self.request.deadline.unwrap_or_default();
        Error::new(Code::DeadlineExceeded, format!("the query ran longer than its deadline of {} ms", limit.as_millis()))
            .with_query_id(&self.id)
    }

    /// Runs a part of the query until it ends, is cancelled, or is too late.
    pub(crate) async fn until_stopped<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        if self.cancel.is_cancelled() {
            return Err(self.cancelled());
        }
        // What is done at once needs no clock.
        tokio::select! {
            biased;
            outcome = work => outcome,
            () = self.cancel.cancelled() => Err(self.cancelled()),
            () = sleep_until(self.deadline()) => Err(self.too_late()),
        }
    }

    /// Whether the query has ended, in whatever way.
    pub(crate) fn ended(&self) -> bool {
        matches!(*self.state.lock(), QueryState::Finished | QueryState::Failed | QueryState::Cancelled)
    }

    fn end(&self, ended: QueryState) -> bool {
        let mut state = self.state.lock();
        if matches!(*state, QueryState::Finished | QueryState::Failed | QueryState::Cancelled) {
            return false;
        }
        *state = ended;
        drop(self.measured.lock().take());
        self.elapsed_micros.get_or_init(|| u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX));
        true
    }

    fn info(&self) -> QueryInfo {
        let state = *self.state.lock();
        QueryInfo {
            query_id: self.id.clone(),
            state: state as i32,
            principal: self.request.principal.clone(),
            started_micros: self.started_micros,
            elapsed_micros: self.elapsed_micros(),
            rows: self.rows.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            statement: self.request.statement.clone(),
            tags: self.request.tags.clone(),
            progress: Some(self.progress()),
        }
    }
}

/// Waits for the instant; for ever where there is none.
pub(crate) async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

impl QueryHandle for Query {
    fn query_id(&self) -> &str {
        &self.id
    }

    fn progress(&self) -> ResultProgress {
        let finished = *self.state.lock() == QueryState::Finished;
        match self.measured.lock().as_ref() {
            Some(measured) => measured.progress(),
            None => ResultProgress { fraction: if finished { 1.0 } else { -1.0 }, stages: Vec::new() },
        }
    }

    fn trailer(&self) -> Option<ResultTrailer> {
        self.trailer.get().cloned()
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("id", &self.id).field("state", &*self.state.lock()).finish_non_exhaustive()
    }
}
