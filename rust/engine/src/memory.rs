//! Memory and spill space: one pool for the process, a share of it for each query, and spill files in a private folder that is
//! empty again when a query ends.
//!
//! A query that asks for more than its share is refused (`RESOURCES_EXHAUSTED` names the operator); operators that can spill
//! do so first. The queries beside it keep what they have.

use std::fmt;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use datafusion::common::Result as DataFusionResult;
use datafusion::execution::disk_manager::{DiskManager, DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{
    GreedyMemoryPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, TrackConsumersPool,
};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SpillFile, TempFileFactory};
use parking_lot::Mutex;
use polybolos_protocol::{Code, Error, Result};

use crate::error::into_datafusion;
use crate::limits::EngineLimits;
use crate::private_folder::PrivateFolder;

const CONSUMERS_NAMED: NonZeroUsize = NonZeroUsize::new(3).unwrap();
const FOLDER_PREFIX: &str = "polybolos-spill-";

/// The memory and spill space of an engine.
#[derive(Debug)]
pub(crate) struct Memory {
    pool: Arc<dyn MemoryPool>,
    query_bytes: usize,
    spill: Arc<Spill>,
    query_spill_bytes: u64,
}

impl Memory {
    /// Uses this pool; spills below `folder`, or below the system's temporary folder.
    pub(crate) fn open(pool: Arc<dyn MemoryPool>, folder: Option<&Path>, limits: &EngineLimits) -> Result<Self> {
        let query_bytes = match pool.memory_limit() {
            MemoryLimit::Finite(bytes) => share(bytes, limits.query_memory_share),
            _ => usize::MAX,
        };
        let spill = Arc::new(Spill::open(folder, limits.total_spill_bytes)?);
        Ok(Self { pool, query_bytes, spill, query_spill_bytes: limits.query_spill_bytes })
    }

    /// A pool of this many bytes that tells who holds how much when it runs out.
    pub(crate) fn pool(bytes: usize) -> Arc<dyn MemoryPool> {
        Arc::new(TrackConsumersPool::new(GreedyMemoryPool::new(bytes), CONSUMERS_NAMED))
    }

    /// The engine's private folder.
    pub(crate) fn folder(&self) -> &Path {
        self.spill.folder.path()
    }

    /// What one query may hold.
    pub(crate) fn query_bytes(&self) -> usize {
        self.query_bytes
    }

    /// A folder for files that live as long as a session does.
    pub(crate) fn session_folder(&self) -> Result<PrivateFolder> {
        PrivateFolder::create(&self.spill.folder)
    }

    /// The environment of one query: caches and storage of the engine, memory and spill space of its own. `bytes`
    /// lowers what it may hold.
    pub(crate) fn query_environment(&self, engine: &RuntimeEnv, bytes: Option<usize>) -> Result<Arc<RuntimeEnv>> {
        let bytes = bytes.map_or(self.query_bytes, |bytes| bytes.min(self.query_bytes));
        let files = Arc::new(QuerySpill { spill: Arc::clone(&self.spill), bytes_max: self.query_spill_bytes, files: Mutex::default() });
        let disk = DiskManagerBuilder::default().with_temp_file_factory(files).with_max_temp_directory_size(self.query_spill_bytes).build();
        let disk = disk.map_err(|error| Error::internal("cannot prepare spill space").with_source(error))?;
        let pool =
            QueryPool { own: TrackConsumersPool::new(GreedyMemoryPool::new(bytes), CONSUMERS_NAMED), process: Arc::clone(&self.pool) };
        let mut environment = engine.clone();
        environment.memory_pool = Arc::new(pool);
        environment.disk_manager = Arc::new(disk);
        Ok(Arc::new(environment))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of a byte count")]
fn share(bytes: usize, share: f64) -> usize {
    (bytes as f64 * share.clamp(0.0, 1.0)) as usize
}

/// Half of what the machine (or its control group) has.
pub(crate) fn half_of_machine() -> usize {
    let total = machine_bytes().unwrap_or(4 << 30);
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse::<u64>().ok());
    usize::try_from(group.map_or(total, |group| group.min(total)) / 2).unwrap_or(usize::MAX)
}

fn machine_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// A query's share of the process pool: its own limit first, then the pool's.
#[derive(Debug)]
struct QueryPool {
    own: TrackConsumersPool<GreedyMemoryPool>,
    process: Arc<dyn MemoryPool>,
}

impl fmt::Display for QueryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "query({})", self.own.inner())
    }
}

impl MemoryPool for QueryPool {
    fn name(&self) -> &str {
        "query"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.own.register(consumer);
        self.process.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.own.unregister(consumer);
        self.process.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.own.grow(reservation, additional);
        self.process.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.own.shrink(reservation, shrink);
        self.process.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> DataFusionResult<()> {
        self.own.try_grow(reservation, additional)?;
        self.process.try_grow(reservation, additional).inspect_err(|_| self.own.shrink(reservation, additional))
    }

    fn reserved(&self) -> usize {
        self.own.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.own.memory_limit()
    }
}

/// The spill folder of an engine: private, and swept of what dead processes left.
#[derive(Debug)]
struct Spill {
    folder: PrivateFolder,
    bytes_max: u64,
    queries: Mutex<Vec<Weak<DiskManager>>>,
}

impl Spill {
    fn open(below: Option<&Path>, bytes_max: u64) -> Result<Self> {
        let below = below.map_or_else(std::env::temp_dir, Path::to_path_buf);
        sweep(&below);
        let folder = PrivateFolder::create_named(&below, &format!("{FOLDER_PREFIX}{}-", std::process::id()))?;
        Ok(Self { folder, bytes_max, queries: Mutex::default() })
    }

    fn used(&self) -> u64 {
        let mut queries = self.queries.lock();
        queries.retain(|query| query.strong_count() > 0);
        queries.iter().filter_map(Weak::upgrade).map(|query| query.used_disk_space()).sum()
    }
}

/// Removes spill folders of processes that no longer run.
fn sweep(below: &Path) {
    let Ok(entries) = fs::read_dir(below) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(FOLDER_PREFIX)?.split('-').next()?.parse::<u32>().ok());
        if process.is_some_and(|process| !PathBuf::from(format!("/proc/{process}")).exists()) && PathBuf::from("/proc/self").exists() {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// The spill files of one query; its folder is made when the first file is.
struct QuerySpill {
    spill: Arc<Spill>,
    bytes_max: u64,
    files: Mutex<Option<Arc<DiskManager>>>,
}

impl QuerySpill {
    fn open(&self) -> DataFusionResult<Arc<DiskManager>> {
        let mut files = self.files.lock();
        if let Some(open) = files.as_ref() {
            return Ok(Arc::clone(open));
        }
        let folder = self.spill.folder.path().to_path_buf();
        let builder = DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![folder]));
        let open = Arc::new(builder.with_max_temp_directory_size(self.bytes_max).build()?);
        self.spill.queries.lock().push(Arc::downgrade(&open));
        *files = Some(Arc::clone(&open));
        Ok(open)
    }
}

impl TempFileFactory for QuerySpill {
    fn create_temp_file(&self, description: &str) -> DataFusionResult<Arc<dyn SpillFile>> {
        if self.spill.used() >= self.spill.bytes_max {
            let message = format!("no spill space is left for {description}: all queries together hold {} bytes", self.spill.bytes_max);
            return Err(into_datafusion(Error::new(Code::ResourcesExhausted, message)));
        }
        self.open()?.create_tmp_file(description)
    }
}
