//! What one query binds and runs with: the session as it was when the query began.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::datasource::provider_as_source;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SessionState, TaskContext};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;
use polybolos_protocol::transport::QueryHandle;
use polybolos_protocol::wire::plan::{Literal, ReadFiles, ReadTable};
use polybolos_protocol::{Error, Result};

use super::{SessionInner, Settings};
use crate::bind::types;
use crate::catalog::ObjectName;
use crate::context::BindContext;
use crate::error::OrTranslated;
use crate::files::{FilesSpec, ReadFormat};
use crate::queries::Query;
use crate::{run, sql};

/// Copies of the state that a session keeps.
const SPARES_MAX: usize = 2;

/// One query's view of its session.
pub(crate) struct QueryContext {
    session: Arc<SessionInner>,
    state: Arc<SessionState>,
    spares: Spares,
    query: Arc<Query>,
    environment: Arc<RuntimeEnv>,
    /// Operators need no functions by name, but for the tables that list them.
    lists_functions: AtomicBool,
    task: OnceLock<Arc<TaskContext>>,
}

/// States of queries that have ended, for the next ones: a state lists hundreds of functions, and a copy of it costs more than
/// planning a small query.
#[derive(Clone, Default)]
pub(super) struct Spares(Arc<Mutex<Vec<Arc<SessionState>>>>);

impl Spares {
    /// A state like `base`, for a query that begins now.
    fn take(&self, base: &SessionState) -> Arc<SessionState> {
        let spare = self.0.lock().pop().and_then(Arc::into_inner);
        let mut state = spare.unwrap_or_else(|| base.clone());
        state.mark_start_execution();
        Arc::new(state)
    }

    fn give_back(&self, state: Arc<SessionState>) {
        let mut spares = self.0.lock();
        if spares.len() < SPARES_MAX {
            spares.push(state);
        }
    }
}

impl Drop for QueryContext {
    fn drop(&mut self) {
        self.spares.give_back(Arc::clone(&self.state));
    }
}

impl QueryContext {
    pub(super) fn new(session: Arc<SessionInner>, settings: &Settings, query: Arc<Query>) -> Result<Self> {
        let state = settings.spares.take(&settings.state);
        let memory_bytes = settings.options.memory_bytes();
        let environment = session.core.memory.query_environment(&session.core.environment, memory_bytes)?;
        let spares = settings.spares.clone();
        Ok(Self { session, state, spares, query, environment, lists_functions: AtomicBool::new(false), task: OnceLock::new() })
    }

    pub(crate) fn session(&self) -> &Arc<SessionInner> {
        &self.session
    }

    pub(crate) fn query(&self) -> &Arc<Query> {
        &self.query
    }

    /// What operators run with.
    pub(crate) fn task(&self) -> &Arc<TaskContext> {
        self.task.get_or_init(|| Arc::new(self.new_task()))
    }

    /// Says that the query reads the tables that list functions.
    pub(crate) fn list_functions(&self) {
        self.lists_functions.store(true, Ordering::Relaxed);
    }

    fn new_task(&self) -> TaskContext {
        if self.lists_functions.load(Ordering::Relaxed) {
            return TaskContext::from(self.state.as_ref())
                .with_runtime(Arc::clone(&self.environment))
                .with_task_id(self.query.query_id().to_owned());
        }
        TaskContext::new(
            Some(self.query.query_id().to_owned()),
            self.session.id.clone(),
            self.state.config().clone(),
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            Arc::clone(&self.environment),
        )
    }

    /// Optimises and plans a query of this context.
    pub(crate) async fn physical(&self, plan: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
        run::plan(&self.state, &self.session.core.files.storage, plan, &self.query, &self.session.limits()).await
    }

    /// A table by name, as a provider.
    pub(crate) async fn provider(&self, name: &ObjectName) -> Result<Arc<dyn TableProvider>> {
        match self.session.catalog.find(name, self.state.as_ref()).await? {
            Some(table) => Ok(table),
            None => Err(self.session.catalog.not_found(name)),
        }
    }
}

#[async_trait]
impl BindContext for QueryContext {
    fn state(&self) -> &SessionState {
        &self.state
    }

    async fn table(&self, read: &ReadTable) -> Result<LogicalPlan> {
        if read.version.is_some() {
            return Err(Error::unsupported("reading an older version of a table"));
        }
        if let Some(option) = read.options.first() {
            return Err(Error::invalid_argument(format!("reading a table has no option '{}'", option.key)));
        }
        let name = ObjectName::of_plan(read.table.as_ref())?;
        let provider = self.provider(&name).await?;
        LogicalPlanBuilder::scan(name.reference(), provider_as_source(provider), None).and_then(LogicalPlanBuilder::build).translated()
    }

    async fn files(&self, read: &ReadFiles) -> Result<Arc<dyn TableProvider>> {
        let tables = &self.session.core.files;
        let locate = |path: &String| tables.storage.locate(path, &read.storage_profile);
        let declared = |fields: &[polybolos_protocol::wire::plan::Field]| {
            let typed = |field: &polybolos_protocol::wire::plan::Field| {
                types::field_to_arrow(field).map(|field| (field.name().clone(), field.data_type().clone()))
            };
            fields.iter().map(typed).collect::<Result<Vec<_>>>()
        };
        let spec = FilesSpec {
            locations: read.paths.iter().map(locate).collect::<Result<_>>()?,
            format: ReadFormat::of_plan(read.format.as_ref(), self.state.as_ref())?,
            schema: read.schema.as_ref().map(|schema| types::schema_to_arrow(schema).map(Arc::new)).transpose()?,
            partitions: if read.partition_columns.is_empty() { None } else { Some(declared(&read.partition_columns)?) },
            may_be_empty: false,
            own: false,
        };
        Ok(Arc::new(tables.open(self.state.as_ref(), spec).await?))
    }

    fn local_data(&self, data_id: &str) -> Result<Arc<dyn TableProvider>> {
        self.session.uploads.data(data_id)
    }

    fn cached(&self, cache_id: &str) -> Result<Arc<dyn TableProvider>> {
        self.session.uploads.cached(cache_id)
    }

    async fn sql_query(
        &self,
        text: &str,
        inputs: &[(String, LogicalPlan)],
        positional: &[Literal],
        named: &[(String, Literal)],
    ) -> Result<LogicalPlan> {
        let plan = sql::query(self, text, inputs, &sql::Parameters::of_plan(positional, named)?).await?;
        sql::explained(self, plan).await
    }

    async fn run_now(&self, plan: LogicalPlan, rows_max: usize) -> Result<Vec<RecordBatch>> {
        let physical = self.physical(&plan).await?;
        let rows = run::collect(physical, Arc::clone(self.task()), rows_max);
        self.session.core.threads.operate(&self.query, rows).await
    }
}
