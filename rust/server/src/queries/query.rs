//! One query of the door: what it is, where it is, and who may still stop it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arrow_schema::SchemaRef;
use parking_lot::Mutex;
use polybolos_protocol::transport::{ExecuteRequest, QueryHandle, QueryStream};
use polybolos_protocol::wire::flight::{QueryInfo, ResultOptions, ResultProgress};
use polybolos_protocol::{Code, Error};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::describe::describe;
use super::lifecycle::{Event, Phase};
use crate::caller::Principal;
use crate::errors;
use crate::sessions::SessionUse;

/// A planned result that waits for its DoGet.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) stream: QueryStream,
    pub(crate) session: SessionUse,
    pub(crate) options: ResultOptions,
}

/// One query.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) principal: Principal,
    pub(crate) operation_id: String,
    statement: String,
    tags: Vec<String>,
    started: SystemTime,
    clock: Instant,
    life: Mutex<Life>,
    rows: AtomicU64,
    bytes: AtomicU64,
    handle: OnceLock<Arc<dyn QueryHandle>>,
    schema: OnceLock<SchemaRef>,
    /// Rows and bytes of the result, where it is whole before its DoGet.
    whole: OnceLock<(u64, u64)>,
    waiting: Mutex<Option<Waiting>>,
    /// Why it failed, for those who poll.
    failure: OnceLock<Status>,
    two_step: bool,
    moved: Notify,
    stop: CancellationToken,
    /// Somebody came for the result.
    wanted: CancellationToken,
}

#[derive(Debug)]
struct Life {
    phase: Phase,
    since: Instant,
}

impl Query {
    pub(super) fn new(principal: Principal, request: &ExecuteRequest, two_step: bool) -> Self {
        let now = Instant::now();
        Self {
            principal,
            operation_id: request.operation_id.clone(),
            statement: describe(request.plan.plan()),
            tags: request.tags.clone(),
            started: SystemTime::now(),
            clock: now,
            life: Mutex::new(Life { phase: Phase::Accepted, since: now }),
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            handle: OnceLock::new(),
            schema: OnceLock::new(),
            whole: OnceLock::new(),
            waiting: Mutex::new(None),
            failure: OnceLock::new(),
            two_step,
            moved: Notify::new(),
            stop: CancellationToken::new(),
            wanted: CancellationToken::new(),
        }
    }

    /// The engine's id, or the operation's as long as the engine has not seen the query.
    pub(crate) fn id(&self) -> &str {
        self.handle.get().map_or(&self.operation_id, |handle| handle.query_id())
    }

    pub(crate) fn handle(&self) -> Option<&Arc<dyn QueryHandle>> {
        self.handle.get()
    }

    /// Takes what the engine knows of the query once it is planned, which happens once.
    pub(super) fn is_planned_as(&self, stream: &QueryStream) {
        let _ = self.handle.set(stream.query());
        let _ = self.schema.set(Arc::clone(stream.schema()));
    }

    /// The schema of the result, once it is planned.
    pub(crate) fn schema(&self) -> Option<&SchemaRef> {
        self.schema.get()
    }

    /// How far the engine is with it.
    pub(crate) fn progress(&self) -> Option<ResultProgress> {
        self.handle.get().map(|handle| handle.progress())
    }

    pub(super) fn is_whole(&self, rows: u64, bytes: u64) {
        // A query runs ahead once.
        let _ = self.whole.set((rows, bytes));
    }

    /// Rows and bytes of a result that was made as a whole before anybody fetched it.
    pub(crate) fn whole(&self) -> Option<(u64, u64)> {
        self.whole.get().copied()
    }

    pub(crate) fn phase(&self) -> Phase {
        self.life.lock().phase
    }

    pub(crate) fn ended_at(&self) -> Option<Instant> {
        let life = self.life.lock();
        life.phase.is_end().then_some(life.since)
    }

    /// Whether its ticket was not used in time.
    pub(super) fn is_stale(&self, now: Instant, ticket_life: Duration) -> bool {
        let life = self.life.lock();
        matches!(life.phase, Phase::Ready | Phase::Ahead | Phase::Kept) && now.duration_since(life.since) > ticket_life
    }

    /// Somebody asked for it: its ticket is good for its whole time again.
    pub(crate) fn touch(&self) {
        let mut life = self.life.lock();
        if !life.phase.is_end() {
            life.since = Instant::now();
        }
    }

    /// Moves on; false where the event does not fit any more.
    pub(super) fn step(&self, event: Event) -> bool {
        let mut life = self.life.lock();
        let Some(next) = life.phase.after(event) else { return false };
        *life = Life { phase: next, since: Instant::now() };
        drop(life);
        self.moved.notify_waiters();
        true
    }

    /// Ends well.
    pub(super) fn finish(&self) {
        if self.step(Event::Finish) {
            self.told("OK");
        }
    }

    /// Ends with this error: as cancelled where it says so.
    pub(super) fn fail(&self, error: &Error) {
        let event = if error.code() == Code::Cancelled { Event::Cancel } else { Event::Fail };
        // Told before the phase changes, so that whoever sees the change finds it; the first error is the one that counts.
        let _ = self.failure.set(errors::status(error));
        if self.step(event) {
            self.told(error.code().name());
        }
    }

    /// Cancels; false where it has ended already.
    pub(crate) fn cancel(&self) -> bool {
        let cancelled = self.step(Event::Cancel);
        self.stop.cancel();
        drop(self.take_waiting());
        if cancelled {
            self.told(Code::Cancelled.name());
        }
        cancelled
    }

    /// Completes when somebody cancels the query.
    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Whether it is planned for a later DoGet.
    pub(crate) fn is_two_step(&self) -> bool {
        self.two_step
    }

    /// Waits until planning has ended, but not longer than `time`; whether it has.
    pub(crate) async fn planned(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.past(Phase::is_planning)).await.is_ok()
    }

    /// Waits until the query can be fetched without waiting for it, or has ended, but not longer than `time`; whether it is.
    pub(crate) async fn settled(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.past(is_at_work)).await.is_ok()
    }

    /// The result is wanted now: waits until it can be taken.
    pub(super) async fn handed_over(&self) {
        self.wanted.cancel();
        self.past(is_at_work).await;
    }

    /// Completes when somebody wants the result.
    pub(super) async fn wanted(&self) {
        self.wanted.cancelled().await;
    }

    async fn past(&self, phases: fn(Phase) -> bool) {
        loop {
            let moved = self.moved.notified();
            if !phases(self.phase()) {
                return;
            }
            moved.await;
        }
    }

    /// Why it failed.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.failure.get().map(errors::from_status)
    }

    pub(super) fn put_waiting(&self, waiting: Waiting) {
        *self.waiting.lock() = Some(waiting);
    }

    pub(super) fn take_waiting(&self) -> Option<Waiting> {
        self.waiting.lock().take()
    }

    pub(super) fn count(&self, rows: u64, bytes: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    pub(crate) fn info(&self) -> QueryInfo {
        let (phase, since) = {
            let life = self.life.lock();
            (life.phase, life.since)
        };
        let until = if phase.is_end() { since } else { Instant::now() };
        QueryInfo {
            query_id: self.id().to_owned(),
            state: phase.state() as i32,
            principal: self.principal.name().to_owned(),
            started_micros: i64::try_from(self.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros()).unwrap_or(i64::MAX),
            elapsed_micros: micros(until.duration_since(self.clock)),
            rows: self.rows(),
            bytes: self.bytes.load(Ordering::Relaxed),
            statement: self.statement.clone(),
            tags: self.tags.clone(),
            progress: self.progress(),
        }
    }

    /// One line of log and the metrics of the end.
    fn told(&self, code: &'static str) {
        let (elapsed, rows, bytes) = (self.clock.elapsed(), self.rows(), self.bytes.load(Ordering::Relaxed));
        tracing::info!(
            query_id = self.id(),
            operation_id = self.operation_id,
            principal = %self.principal,
            statement = self.statement,
            code,
            rows,
            bytes,
            elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            "query ended"
        );
        ::metrics::gauge!("polybolos_queries_active").decrement(1.0);
        ::metrics::counter!("polybolos_queries_total", "state" => self.phase().name(), "code" => code).increment(1);
        ::metrics::histogram!("polybolos_query_seconds").record(elapsed.as_secs_f64());
        ::metrics::counter!("polybolos_result_rows_total").increment(rows);
        ::metrics::counter!("polybolos_result_bytes_total").increment(bytes);
    }
}

/// Whether the query works on a result that nobody can take yet.
fn is_at_work(phase: Phase) -> bool {
    phase.is_planning() || phase == Phase::Ahead
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
