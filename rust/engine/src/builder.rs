//! Puts an engine together.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::execution::memory_pool::MemoryPool;
use object_store::ObjectStore;
use polybolos_protocol::transport::Transport;
use polybolos_protocol::{Error, Result};

use crate::catalog::SharedTables;
use crate::engine::{LocalEngine, Parts};
use crate::files::{FileTables, SchemaCache};
use crate::limits::{EngineLimits, cores};
use crate::memory::{Memory, half_of_machine};
use crate::runtime::Threads;
use crate::state;
use crate::storage::{Access, S3Root, StorageRoots};

/// Builds a [`LocalEngine`]. Without any call it has no storage, half the machine's memory, and a thread for each core.
///
/// ```
/// use polybolos_engine::{Access, EngineBuilder};
///
/// let folder = std::env::temp_dir();
/// let engine = EngineBuilder::new().with_root("data", &folder, Access::Read).with_memory_bytes(1 << 30).build()?;
/// let session = engine.session("me", &[])?;
/// # Ok::<(), polybolos_protocol::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct EngineBuilder {
    roots: StorageRoots,
    memory_bytes: Option<usize>,
    pool: Option<Arc<dyn MemoryPool>>,
    spill: Option<PathBuf>,
    threads: Option<usize>,
    target_partitions: Option<usize>,
    limits: EngineLimits,
    tables: SharedTables,
    wrong: Option<Error>,
}

impl EngineBuilder {
    /// An engine without storage.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a folder that sessions may read (and write). The first root is where relative paths lead.
    #[must_use]
    pub fn with_root(mut self, name: impl Into<String>, folder: impl Into<PathBuf>, access: Access) -> Self {
        self.roots = self.roots.with_folder(name, folder, access);
        self
    }

    /// Adds an S3-compatible bucket or a prefix of one.
    #[must_use]
    pub fn with_s3_root(mut self, name: impl Into<String>, root: S3Root, access: Access) -> Self {
        self.roots = self.roots.with_s3(name, root, access);
        self
    }

    /// Adds any object store as a root; its paths are `root://name/...`.
    #[must_use]
    pub fn with_object_store(mut self, name: impl Into<String>, store: Arc<dyn ObjectStore>, access: Access) -> Self {
        self.roots = self.roots.with_object_store(name, store, access);
        self
    }

    /// Replaces all roots.
    #[must_use]
    pub fn with_roots(mut self, roots: StorageRoots) -> Self {
        self.roots = roots;
        self
    }

    /// The caller's own file system, readable and writable.
    #[must_use]
    pub fn with_embedded_storage(self) -> Self {
        self.with_roots(StorageRoots::embedded())
    }

    /// Memory for the operators of all queries together, in bytes. Default: half of the machine's.
    #[must_use]
    pub fn with_memory_bytes(mut self, bytes: usize) -> Self {
        self.memory_bytes = Some(bytes);
        self
    }

    /// A memory pool of the program's own instead.
    #[must_use]
    pub fn with_memory_pool(mut self, pool: Arc<dyn MemoryPool>) -> Self {
        self.pool = Some(pool);
        self
    }

    /// The folder below which operators spill and sessions keep large data. Default: the system's temporary folder.
    #[must_use]
    pub fn with_spill_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.spill = Some(folder.into());
        self
    }

    /// Threads that run operators. Default: the cores.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Partitions of a plan, unless a session says otherwise. Default: the cores.
    #[must_use]
    pub fn with_target_partitions(mut self, partitions: usize) -> Self {
        self.target_partitions = Some(partitions.max(1));
        self
    }

    /// The limits.
    #[must_use]
    pub fn with_limits(mut self, limits: EngineLimits) -> Self {
        self.limits = limits;
        self
    }

    /// A table that every session sees: `name` or `schema.name`, the path of its files, and their format (`parquet`, `csv`, `json`,
    /// `arrow`, `avro`). It is opened when it is first read.
    #[must_use]
    pub fn with_table(mut self, name: &str, path: &str, format: &str) -> Self {
        if let Err(error) = self.tables.add(name, path, format) {
            self.wrong.get_or_insert(error);
        }
        self
    }

    /// Starts the engine.
    pub fn build(self) -> Result<LocalEngine> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        let threads = Threads::start(self.threads.unwrap_or_else(cores))?;
        let pool = self.pool.unwrap_or_else(|| Memory::pool(self.memory_bytes.unwrap_or_else(half_of_machine)));
        let memory = Memory::open(Arc::clone(&pool), self.spill.as_deref(), &self.limits)?;
        let storage = self.roots.open(threads.light()?, memory.folder())?;
        let environment = state::environment(&storage, pool)?;
        let state = state::base(Arc::clone(&environment))?;
        let files = FileTables { storage, schemas: SchemaCache::new(), files_max: self.limits.scan_files };
        Ok(LocalEngine::new(Parts {
            threads,
            environment,
            memory,
            files,
            tables: self.tables,
            state,
            limits: self.limits,
            target_partitions: self.target_partitions,
        }))
    }
}

/// A session of an engine in this process: the caller's own file system, readable and writable, and half of the machine's memory.
///
/// ```
/// let session = polybolos_engine::embedded()?;
/// # Ok::<(), polybolos_protocol::Error>(())
/// ```
pub fn embedded() -> Result<Arc<dyn Transport>> {
    EngineBuilder::new().with_embedded_storage().build()?.session("embedded", &[])
}
