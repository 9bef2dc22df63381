//! The engine: what all sessions share, put together by the builder.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use dashmap::DashMap;
use datafusion::catalog::TableProvider;
use datafusion::execution::SessionState;
use datafusion::execution::runtime_env::RuntimeEnv;
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::{Engine, Transport};
use polybolos_protocol::wire::flight::Capabilities;
use polybolos_protocol::{Code, Error, Result};

use crate::capabilities;
use crate::catalog::SharedTables;
use crate::commands::Operations;
use crate::files::{FileTables, FilesSpec, ReadFormat};
use crate::limits::EngineLimits;
use crate::memory::Memory;
use crate::queries::Queries;
use crate::runtime::Threads;
use crate::session::Session;

/// An engine in this process. Cheap to clone; it ends with its last clone and its last session.
#[derive(Clone)]
pub struct LocalEngine(pub(crate) Arc<Core>);

/// What sessions share.
pub(crate) struct Core {
    pub(crate) threads: Threads,
    pub(crate) environment: Arc<RuntimeEnv>,
    pub(crate) memory: Memory,
    pub(crate) files: FileTables,
    pub(crate) tables: Arc<SharedTables>,
    pub(crate) state: Arc<SessionState>,
    pub(crate) queries: Arc<Queries>,
    pub(crate) operations: Operations,
    pub(crate) limits: EngineLimits,
    pub(crate) target_partitions: Option<usize>,
    sessions: DashMap<String, AtomicUsize>,
}

/// The parts that the builder made.
pub(crate) struct Parts {
    pub(crate) threads: Threads,
    pub(crate) environment: Arc<RuntimeEnv>,
    pub(crate) memory: Memory,
    pub(crate) files: FileTables,
    pub(crate) tables: SharedTables,
    pub(crate) state: SessionState,
    pub(crate) limits: EngineLimits,
    pub(crate) target_partitions: Option<usize>,
}

impl LocalEngine {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { threads, environment, memory, files, tables, state, limits, target_partitions } = parts;
        Self(Arc::new(Core {
            threads,
            environment,
            memory,
            files,
            tables: Arc::new(tables),
            state: Arc::new(state),
            queries: Arc::new(Queries::new(limits.remembered_queries)),
            operations: Operations::new(),
            limits,
            target_partitions,
            sessions: DashMap::new(),
        }))
    }

    /// Opens a session; see [`Engine::open_session`], of which this is the part that does not wait.
    pub fn session(&self, principal: &str, options: &[(String, String)]) -> Result<Arc<dyn Transport>> {
        let place = Core::take_place(&self.0, principal)?;
        Ok(Arc::new(Session::open(Arc::clone(&self.0), place, options)?))
    }
}

impl Core {
    /// A table over an Arrow file that the engine wrote below its own folder.
    pub(crate) async fn session_file(&self, path: &Path) -> Result<Arc<dyn TableProvider>> {
        let location = self.files.storage.locate_own(path)?;
        let format = ReadFormat::of_name("arrow", self.state.as_ref())?;
        let spec = FilesSpec { locations: vec![location], format, schema: None, partitions: None, may_be_empty: true, own: true };
        Ok(Arc::new(self.files.open(self.state.as_ref(), spec).await?))
    }

    fn take_place(core: &Arc<Self>, principal: &str) -> Result<Place> {
        let open = core.sessions.entry(principal.to_owned()).or_default().fetch_add(1, Ordering::Relaxed) + 1;
        let place = Place { core: Arc::clone(core), principal: principal.to_owned() };
        match core.limits.sessions_per_principal {
            Some(max) if open > max => {
                Err(Error::new(Code::LimitExceeded, format!("'{principal}' has {max} sessions open, the most that are allowed; close one")))
            }
            _ => Ok(place),
        }
    }
}

/// A session's place among those of its principal, given back on drop.
pub(crate) struct Place {
    core: Arc<Core>,
    pub(crate) principal: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(open) = self.core.sessions.get(&self.principal) {
            open.fetch_sub(1, Ordering::Relaxed);
        }
        self.core.sessions.remove_if(&self.principal, |_, open| open.load(Ordering::Relaxed) == 0);
    }
}

#[async_trait]
impl Engine for LocalEngine {
    async fn open_session(&self, principal: &str, options: Vec<(String, String)>) -> Result<Arc<dyn Transport>> {
        self.session(principal, &options)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&PlanLimits::default())
    }
}

impl fmt::Debug for LocalEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEngine").field("storage", &self.0.files.storage).finish_non_exhaustive()
    }
}
