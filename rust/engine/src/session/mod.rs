//! A session: its options, its catalog, its uploaded data, its queries. It implements the protocol's transport, so that a client
//! in this process and a server use it alike.

mod context;
mod options;
mod statement;
mod uploads;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use datafusion::common::config::ConfigNonZeroUsize;
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::ScalarUDF;
use parking_lot::RwLock;
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::{AnalyzeRequest, BatchStream, ExecuteRequest, QueryStream, Transport};
use polybolos_protocol::wire::flight::{AnalyzeResult, CancelOutcome, Capabilities, PutReceipt, QueryInfo};
use polybolos_protocol::{Code, Error, Result};
use tokio_util::sync::CancellationToken;

pub(crate) use context::QueryContext;
use context::Spares;
use options::Options;
pub(crate) use uploads::Held;
use uploads::Uploads;

use crate::bind::semantics::SessionSemantics;
use crate::catalog::SessionCatalog;
use crate::engine::{Core, Place};
use crate::functions::sum;
use crate::limits::EngineLimits;
use crate::queries::{Query, Request};
use crate::{capabilities, commands, explain, run};

/// Memory that a partition must have to run beside others.
const PARTITION_BYTES_MIN: usize = 64 << 20;
const MERGE_BYTES_MIN: usize = 64 << 10;
const MERGE_BYTES_MAX: usize = 10 << 20;

/// A session of a [`crate::LocalEngine`].
pub(crate) struct Session(Arc<SessionInner>);

/// What the queries of a session share with it.
pub(crate) struct SessionInner {
    pub(crate) core: Arc<Core>,
    pub(crate) id: String,
    pub(crate) catalog: Arc<SessionCatalog>,
    pub(crate) uploads: Uploads,
    settings: RwLock<Settings>,
    place: Place,
    closed: AtomicBool,
    queries: CancellationToken,
}

#[derive(Clone)]
struct Settings {
    options: Options,
    /// DataFusion's state with these options.
    state: Arc<SessionState>,
    /// Copies of it.
    spares: Spares,
}

impl Settings {
    fn new(options: Options, state: SessionState) -> Self {
        Self { options, state: Arc::new(state), spares: Spares::default() }
    }
}

impl Session {
    pub(crate) fn open(core: Arc<Core>, place: Place, options: &[(String, String)]) -> Result<Self> {
        let options = Options::new(core.target_partitions).with(options, &core.limits)?;
        let catalog =
            SessionCatalog::new(Arc::clone(&core.tables), core.files.clone(), Arc::clone(&core.state), core.limits.session_objects);
        let state = state_with(&core.state, &catalog, &options, core.memory.query_bytes());
        let uploads = Uploads::new(&core);
        let inner = SessionInner {
            id: uuid::Uuid::new_v4().to_string(),
            catalog,
            uploads,
            settings: RwLock::new(Settings::new(options, state)),
            place,
            closed: AtomicBool::new(false),
            queries: CancellationToken::new(),
            core,
        };
        Ok(Self(Arc::new(inner)))
    }
}

/// The engine's state, with a session's catalog and options.
fn state_with(base: &SessionState, catalog: &Arc<SessionCatalog>, options: &Options, memory_bytes: usize) -> SessionState {
    let mut state = base.clone();
    state.register_catalog_list(Arc::clone(catalog) as _);
    let config = state.config_mut().options_mut();
    config.execution.time_zone = Some(options.time_zone.clone());
    // What one sort holds while it merges, another cannot have: in little memory one runs after the other.
    let memory = options.memory_bytes().map_or(memory_bytes, |bytes| bytes.min(memory_bytes));
    let partitions = (memory / PARTITION_BYTES_MIN).clamp(1, options.target_partitions);
    config.execution.target_partitions = partitions;
    config.execution.planning_concurrency = partitions;
    // Each sort sets this much aside to merge what it spilled; it must not be all that there is.
    config.execution.sort_spill_reservation_bytes = (memory / (8 * partitions)).clamp(MERGE_BYTES_MIN, MERGE_BYTES_MAX);
    let semantics = SessionSemantics {
        overflow: options.overflow.clone(),
        division_by_zero: options.division_by_zero.clone(),
        identifiers: options.identifiers.clone(),
    };
    let on_overflow = semantics.on_overflow();
    config.extensions.insert(semantics);
    if let Ok(rows) = ConfigNonZeroUsize::try_new(options.batch_size) {
        config.execution.batch_size = rows;
    }
    // Some functions, such as now(), take settings in when they are registered.
    let settings = state.config_options().clone();
    let updated: Vec<ScalarUDF> =
        state.scalar_functions().values().filter_map(|function| function.inner().with_updated_config(&settings)).collect();
    for function in updated {
        drop(state.register_udf(Arc::new(function)));
    }
    drop(state.register_udaf(sum::ruled(sum::checked_sum(), on_overflow)));
    state
}

impl SessionInner {
    fn settings(&self) -> Settings {
        self.settings.read().clone()
    }

    /// The options of the session as they are now.
    pub(crate) fn options(&self) -> Options {
        self.settings.read().options.clone()
    }

    /// Sets options, all or none.
    pub(crate) fn set_options(&self, values: &[(String, String)]) -> Result<Vec<(String, String)>> {
        let mut settings = self.settings.write();
        let options = settings.options.with(values, &self.core.limits)?;
        let state = state_with(&settings.state, &self.catalog, &options, self.core.memory.query_bytes());
        *settings = Settings::new(options, state);
        Ok(settings.options.list())
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(Code::SessionNotFound, "the session was closed; open a new one"));
        }
        Ok(())
    }

    /// The engine's limits, lowered as the session asked.
    pub(crate) fn limits(&self) -> EngineLimits {
        self.settings.read().options.lowered(&self.core.limits)
    }

    /// Registers a query of this session and prepares what it binds with.
    fn begin(self: &Arc<Self>, statement: String, operation_id: String, tags: Vec<String>) -> Result<QueryContext> {
        self.check_open()?;
        let settings = self.settings();
        let request = Request {
            principal: self.place.principal.clone(),
            operation_id,
            statement,
            tags,
            deadline: settings.options.deadline(&self.core.limits),
        };
        let query = self.core.queries.start(request, &self.queries);
        QueryContext::new(Arc::clone(self), &settings, query)
    }

    /// Plans within the limits of time: small things here, others on a planning thread. Those do not always come back to look at
    /// the clock, so that the caller is answered from outside.
    async fn planned<T: Send + 'static>(
        &self,
        query: &Arc<Query>,
        is_small: bool,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let unfinished = Unfinished { session: self, query };
        let limit = self.core.limits.planning_time;
        let late = {
            let _clock = self.core.threads.light()?.enter();
            tokio::time::sleep(limit)
        };
        let stopped = Arc::clone(query);
        let work = async move { stopped.until_stopped(work).await };
        let work = async {
            match is_small {
                true => self.core.threads.plan_here(work).await,
                false => self.core.threads.plan(work).await,
            }
        };
        let outcome = tokio::select! {
            biased;
            outcome = work => outcome,
            () = query.token().cancelled() => Err(query.cancelled()),
            () = late => Err(Error::new(Code::DeadlineExceeded, format!("planning took longer than {} ms", limit.as_millis()))),
        };
        unfinished.end(outcome)
    }

    /// Starts a query; its errors name the relation that they come from.
    async fn execute(self: &Arc<Self>, request: ExecuteRequest) -> Result<QueryStream> {
        let plan = request.plan.clone();
        match self.start(request).await {
            Ok(stream) => Ok(stream.map_err(move |error| plan.blame(error))),
            Err(error) => Err(plan.blame(error)),
        }
    }

    async fn start(self: &Arc<Self>, request: ExecuteRequest) -> Result<QueryStream> {
        let statement = statement::Statement::of(&request.plan);
        let context = self.begin(statement.shape(), request.operation_id.clone(), request.tags.clone())?;
        let query = Arc::clone(context.query());
        let operation = statement.is_command.then(|| (request.operation_id.clone(), statement.fingerprint.clone()));
        let (rows, bytes) = (request.options.max_batch_rows(), request.options.max_batch_bytes());
        let limits = self.limits();
        let planning = Arc::clone(&query);
        let is_small = statement::is_small(&request.plan) && !self.catalog.has_views();
        // Whoever plans also starts: a small query is answered before its caller is awake.
        let work = async move {
            let core = Arc::clone(&context.session().core);
            match commands::prepare(&context, &request.plan, &request.parameters, statement.fingerprint).await? {
                commands::Work::Rows(prepared) => {
                    let output = crate::output::Output::new(Arc::clone(&prepared.schema), rows, bytes);
                    run::start(prepared, planning, Arc::clone(&core.queries), &core.threads, output, &limits).await
                }
                commands::Work::Command(command) => commands::start(command, Arc::new(context), operation),
            }
        };
        self.planned(&query, is_small, work).await
    }
}

/// A query that ends as failed or cancelled unless its planning succeeds.
struct Unfinished<'a> {
    session: &'a SessionInner,
    query: &'a Arc<Query>,
}

impl Unfinished<'_> {
    fn end<T>(self, outcome: Result<T>) -> Result<T> {
        let outcome =
            outcome.map_err(|error| error.with_query_id(polybolos_protocol::transport::QueryHandle::query_id(self.query.as_ref())));
        if let Err(error) = &outcome {
            self.session.core.queries.end(self.query, run::state_of(error));
        }
        std::mem::forget(self);
        outcome
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.session.core.queries.end(self.query, polybolos_protocol::wire::flight::QueryState::Cancelled);
    }
}

impl Drop for SessionInner {
    fn drop(&mut self) {
        self.queries.cancel();
    }
}

#[async_trait]
impl Transport for Session {
    async fn execute(&self, request: ExecuteRequest) -> Result<QueryStream> {
        self.0.execute(request).await
    }

    async fn analyze(&self, request: AnalyzeRequest) -> Result<AnalyzeResult> {
        let statement = statement::Statement::of(&request.plan);
        let context = self.0.begin(statement.shape(), request.operation_id.clone(), Vec::new())?;
        let query = Arc::clone(context.query());
        let fingerprint = statement.fingerprint;
        let plan = request.plan.clone();
        let analyzed = self.0.planned(&query, false, async move { explain::analyze(&context, &request, fingerprint).await }).await;
        let result = analyzed.map_err(|error| plan.blame(error))?;
        self.0.core.queries.end(&query, polybolos_protocol::wire::flight::QueryState::Finished);
        Ok(result)
    }

    async fn put(&self, schema: SchemaRef, batches: BatchStream) -> Result<PutReceipt> {
        self.0.check_open()?;
        self.0.uploads.put(&self.0, schema, batches).await
    }

    async fn discard(&self, data_id: &str) -> Result<()> {
        self.0.uploads.discard(data_id);
        Ok(())
    }

    async fn cancel(&self, query_id: &str) -> Result<CancelOutcome> {
        self.0.check_open()?;
        Ok(self.0.core.queries.cancel(&self.0.place.principal, query_id))
    }

    async fn queries(&self, all_states: bool) -> Result<Vec<QueryInfo>> {
        self.0.check_open()?;
        Ok(self.0.core.queries.list(&self.0.place.principal, all_states))
    }

    async fn capabilities(&self) -> Result<Capabilities> {
        self.0.check_open()?;
        Ok(capabilities::of(&PlanLimits::default()))
    }

    async fn set_options(&self, options: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
        self.0.check_open()?;
        self.0.set_options(&options)
    }

    async fn close(&self) -> Result<()> {
        if !self.0.closed.swap(true, Ordering::AcqRel) {
            self.0.queries.cancel();
            self.0.catalog.clear();
            self.0.uploads.clear();
        }
        Ok(())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("id", &self.0.id).field("principal", &self.0.place.principal).finish_non_exhaustive()
    }
}
