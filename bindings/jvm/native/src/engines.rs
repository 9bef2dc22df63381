//! The engines of the process.
//!
//! An engine costs threads, a share of the memory and a folder for spilled data; a session costs little. So sessions that were opened
//! with equal options share an engine, as the clients of a server do: they have the same threads and memory and see each other's queries
//! in lists, but neither views, data nor options. An engine ends with its last session, but for the latest one, which is kept for the
//! next session that wants the same.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::Mutex;
use polybolos_engine::{Access, EngineBuilder, EngineLimits, LocalEngine};
use polybolos_protocol::Result;

/// What a session keeps in memory of uploads, tables and cached results before it writes files, where queries have memory enough.
const SESSION_BYTES: u64 = 1 << 30;

/// How an engine is set up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct EngineOptions {
    /// None: the process's own file system.
    pub(crate) roots: Vec<Root>,
    pub(crate) memory_bytes: Option<usize>,
    pub(crate) threads: Option<usize>,
    pub(crate) spill_folder: PathBuf,
}

/// A folder that plans may read, and perhaps write, under a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Root {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) writable: bool,
}

#[derive(Default)]
struct Engines {
    running: HashMap<EngineOptions, Weak<LocalEngine>>,
    latest: Option<Arc<LocalEngine>>,
}

static ENGINES: LazyLock<Mutex<Engines>> = LazyLock::new(Mutex::default);

/// The engine for these options: one that runs, or a new one.
pub(crate) fn engine(options: EngineOptions) -> Result<Arc<LocalEngine>> {
    let mut engines = ENGINES.lock();
    engines.running.retain(|_, engine| engine.strong_count() > 0);
    let running = engines.running.get(&options).and_then(Weak::upgrade);
    let engine = match running {
        Some(engine) => engine,
        None => {
            let engine = Arc::new(build(&options)?);
            engines.running.insert(options, Arc::downgrade(&engine));
            engine
        }
    };
    let before = engines.latest.replace(Arc::clone(&engine));
    drop(engines);
    // Where this was the last hold on an engine, its end need not keep others waiting.
    drop(before);
    Ok(engine)
}

/// Ends the engine that waits for its next session.
pub(crate) fn forget_latest() {
    let latest = ENGINES.lock().latest.take();
    drop(latest);
}

fn build(options: &EngineOptions) -> Result<LocalEngine> {
    let mut builder = EngineBuilder::new().with_spill_dir(&options.spill_folder).with_limits(limits(options));
    if options.roots.is_empty() {
        builder = builder.with_embedded_storage();
    }
    for root in &options.roots {
        let access = if root.writable { Access::ReadWrite } else { Access::Read };
        builder = builder.with_root(&root.name, &root.folder, access);
    }
    builder = options.memory_bytes.into_iter().fold(builder, EngineBuilder::with_memory_bytes);
    builder = options.threads.into_iter().fold(builder, EngineBuilder::with_threads);
    builder.build()
}

fn limits(options: &EngineOptions) -> EngineLimits {
    let quarter = options.memory_bytes.map_or(u64::MAX, |bytes| bytes as u64 / 4);
    EngineLimits { upload_memory_bytes: SESSION_BYTES.min(quarter), ..EngineLimits::default() }
}
