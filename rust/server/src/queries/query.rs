//! One query of the door: what it is, where it is, and who may still stop it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use polybolos_protocol::transport::{ExecuteRequest, QueryHandle, QueryStream};
use polybolos_protocol::wire::flight::{QueryInfo, ResultOptions};
use polybolos_protocol::wire::plan::{Plan, command, plan, relation};
use polybolos_protocol::{Code, Error};
use prost::Message;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::Status;

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
    waiting: Mutex<Option<Waiting>>,
    /// Why it failed, for those who poll.
    failure: OnceLock<Status>,
    two_step: bool,
    moved: Notify,
    stop: CancellationToken,
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
            waiting: Mutex::new(None),
            failure: OnceLock::new(),
            two_step,
            moved: Notify::new(),
            stop: CancellationToken::new(),
        }
    }

    /// The engine's id, or the operation's as long as the engine has not seen the query.
    pub(crate) fn id(&self) -> &str {
        self.handle.get().map_or(&self.operation_id, |handle| handle.query_id())
    }

    pub(crate) fn handle(&self) -> Option<&Arc<dyn QueryHandle>> {
        self.handle.get()
    }

    pub(super) fn known_to_engine_as(&self, handle: Arc<dyn QueryHandle>) {
        // The engine plans a query once.
        let _ = self.handle.set(handle);
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
        life.phase == Phase::Ready && now.duration_since(life.since) > ticket_life
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
        let planned = async {
            loop {
                let moved = self.moved.notified();
                if !matches!(self.phase(), Phase::Accepted | Phase::Queued | Phase::Planning) {
                    return;
                }
                moved.await;
            }
        };
        tokio::time::timeout(time, planned).await.is_ok()
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

    /// The schema of a result that waits for its DoGet.
    pub(crate) fn waiting_schema(&self) -> Option<arrow_schema::SchemaRef> {
        self.waiting.lock().as_ref().map(|waiting| Arc::clone(waiting.stream.schema()))
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
            progress: self.handle.get().map(|handle| handle.progress()),
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

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Shape and digest of a plan, never its literals.
fn describe(plan: &Plan) -> String {
    let digest = Sha256::digest(plan.encode_to_vec());
    let digest = digest.iter().take(6).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    format!("{} {digest}", shape(plan))
}

fn shape(plan: &Plan) -> String {
    let command = match &plan.root {
        Some(plan::Root::Command(command)) => command.kind.as_ref().map(command_name),
        _ => None,
    };
    let sql_only = || matches!(plan.relations.as_slice(), [only] if matches!(only.kind, Some(relation::Kind::Sql(_))));
    match command {
        Some(name) => name.to_owned(),
        None if sql_only() => "sql".to_owned(),
        None => format!("plan of {} relations", plan.relations.len()),
    }
}

fn command_name(kind: &command::Kind) -> &'static str {
    match kind {
        command::Kind::CreateView(_) => "create_view",
        command::Kind::Drop(_) => "drop",
        command::Kind::RegisterFunction(_) => "register_function",
        command::Kind::WriteFiles(_) => "write_files",
        command::Kind::WriteTable(_) => "write_table",
        command::Kind::Cache(_) => "cache",
        command::Kind::Sql(_) => "sql_command",
        command::Kind::Extension(_) => "extension",
    }
}
