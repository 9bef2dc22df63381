//! Data that a session holds: what clients put, and results that they asked to keep. Small data stays in memory (counted by the
//! engine's pool), large data goes to an Arrow file in the session's private folder. All of it is gone when the session ends.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_ipc::writer::FileWriter;
use arrow_schema::SchemaRef;
use dashmap::DashMap;
use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use futures::StreamExt;
use parking_lot::Mutex;
use polybolos_protocol::transport::BatchStream;
use polybolos_protocol::wire::flight::PutReceipt;
use polybolos_protocol::{Code, Error, Result};
use tokio::sync::mpsc;

use super::SessionInner;
use crate::engine::Core;
use crate::error::OrTranslated;
use crate::output;
use crate::private_folder::PrivateFolder;

const BATCHES_AHEAD: usize = 4;

/// The data of a session, by id.
pub(crate) struct Uploads {
    core: Arc<Core>,
    data: DashMap<String, Held>,
    cached: DashMap<String, Held>,
    bytes: Arc<AtomicU64>,
    folder: Mutex<Option<Arc<PrivateFolder>>>,
}

/// One piece of data.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) table: Arc<dyn TableProvider>,
    _bytes: Arc<HeldBytes>,
}

/// Counts data while it is held.
struct HeldBytes {
    bytes: u64,
    total: Arc<AtomicU64>,
    _memory: Option<MemoryReservation>,
    _file: Option<OnDisk>,
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A file that is removed when nobody needs it any more.
struct OnDisk {
    path: PathBuf,
    _folder: Arc<PrivateFolder>,
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

impl Uploads {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self { core: Arc::clone(core), data: DashMap::new(), cached: DashMap::new(), bytes: Arc::default(), folder: Mutex::default() }
    }

    /// The data of this id.
    pub(super) fn data(&self, id: &str) -> Result<Arc<dyn TableProvider>> {
        find(&self.data, id)
            .ok_or_else(|| Error::new(Code::QueryNotFound, format!("the session holds no uploaded data '{id}'")).param("data_id", id))
    }

    /// The kept result of this id.
    pub(super) fn cached(&self, id: &str) -> Result<Arc<dyn TableProvider>> {
        find(&self.cached, id)
            .ok_or_else(|| Error::new(Code::QueryNotFound, format!("the session holds no cached result '{id}'")).param("cache_id", id))
    }

    /// Keeps a result under an id, in place of what was there.
    pub(crate) fn keep(&self, id: &str, held: Held) {
        self.cached.insert(id.to_owned(), held);
    }

    /// Forgets a kept result.
    pub(crate) fn forget(&self, id: &str, missing_ok: bool) -> Result<bool> {
        match self.cached.remove(id) {
            Some(_) => Ok(true),
            None if missing_ok => Ok(false),
            None => Err(Error::new(Code::QueryNotFound, format!("the session holds no cached result '{id}'")).param("cache_id", id)),
        }
    }

    /// Forgets uploaded data. Queries that read it keep it until they end.
    pub(super) fn discard(&self, id: &str) {
        self.data.remove(id);
    }

    pub(super) fn clear(&self) {
        self.data.clear();
        self.cached.clear();
        drop(self.folder.lock().take());
    }

    pub(super) async fn put(&self, session: &SessionInner, schema: SchemaRef, batches: BatchStream) -> Result<PutReceipt> {
        let (held, bytes, rows) = self.hold(schema, batches).await?;
        let id = uuid::Uuid::now_v7().to_string();
        self.data.insert(id.clone(), held);
        if session.check_open().is_err() {
            self.clear();
        }
        Ok(PutReceipt { id, bytes_received: bytes, rows_received: rows })
    }

    /// Takes all batches in: to memory first, to a file when they are many.
    pub(crate) async fn hold(&self, schema: SchemaRef, mut batches: BatchStream) -> Result<(Held, u64, u64)> {
        self.check_count()?;
        let mut intake = Intake::new(self, schema);
        while let Some(batch) = batches.next().await {
            intake.take(batch?).await?;
        }
        let (bytes, rows) = (intake.held.bytes, intake.rows);
        Ok((intake.finish().await?, bytes, rows))
    }

    fn check_count(&self) -> Result<()> {
        let most = self.core.limits.session_objects;
        if self.data.len() + self.cached.len() >= most {
            return Err(Error::new(Code::LimitExceeded, format!("a session holds at most {most} uploads and cached results")));
        }
        Ok(())
    }

    fn folder(&self) -> Result<Arc<PrivateFolder>> {
        let mut folder = self.folder.lock();
        match folder.as_ref() {
            Some(folder) => Ok(Arc::clone(folder)),
            None => Ok(Arc::clone(folder.insert(Arc::new(self.core.memory.session_folder()?)))),
        }
    }
}

fn find(held: &DashMap<String, Held>, id: &str) -> Option<Arc<dyn TableProvider>> {
    held.get(id).map(|held| Arc::clone(&held.table))
}

/// Data on its way in.
struct Intake<'a> {
    uploads: &'a Uploads,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    memory: Option<MemoryReservation>,
    file: Option<FileIntake>,
    held: HeldBytes,
    rows: u64,
}

/// A file on its way to disk, written on a thread that may block.
struct FileIntake {
    batches: mpsc::Sender<RecordBatch>,
    writer: tokio::task::JoinHandle<Result<()>>,
    file: OnDisk,
}

impl<'a> Intake<'a> {
    fn new(uploads: &'a Uploads, schema: SchemaRef) -> Self {
        let memory = MemoryConsumer::new("local data of a session").register(&uploads.core.environment.memory_pool);
        let held = HeldBytes { bytes: 0, total: Arc::clone(&uploads.bytes), _memory: None, _file: None };
        Self { uploads, schema, batches: Vec::new(), memory: Some(memory), file: None, held, rows: 0 }
    }

    async fn take(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.schema_ref().fields() != self.schema.fields() {
            return Err(Error::new(Code::DataInvalid, "a batch has another schema than its stream"));
        }
        let bytes = batch.get_array_memory_size() as u64;
        self.count(bytes, batch.num_rows() as u64)?;
        if self.file.is_none() && self.fits_memory(bytes) {
            self.batches.push(batch);
            return Ok(());
        }
        self.move_to_file().await?;
        self.write(batch).await
    }

    fn count(&mut self, bytes: u64, rows: u64) -> Result<()> {
        let most = self.uploads.core.limits.upload_bytes;
        self.held.bytes += bytes;
        self.rows += rows;
        if self.held.total.fetch_add(bytes, Ordering::Relaxed) + bytes > most {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("the session would hold more than {most} bytes of data; close it or write files"),
            ));
        }
        Ok(())
    }

    fn fits_memory(&self, bytes: u64) -> bool {
        let small = self.held.bytes <= self.uploads.core.limits.upload_memory_bytes;
        small && self.memory.as_ref().is_some_and(|memory| memory.try_grow(usize::try_from(bytes).unwrap_or(usize::MAX)).is_ok())
    }

    async fn move_to_file(&mut self) -> Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        self.file = Some(FileIntake::start(self.uploads.folder()?, &self.schema)?);
        for batch in std::mem::take(&mut self.batches) {
            self.write(batch).await?;
        }
        self.memory = None;
        Ok(())
    }

    async fn write(&mut self, batch: RecordBatch) -> Result<()> {
        match &mut self.file {
            Some(file) => file.write(batch).await,
            None => Err(Error::internal("no file is open for local data")),
        }
    }

    async fn finish(mut self) -> Result<Held> {
        let table = match self.file.take() {
            None => {
                self.held._memory = self.memory.take();
                Arc::new(MemTable::try_new(Arc::clone(&self.schema), vec![self.batches]).translated()?) as Arc<dyn TableProvider>
            }
            Some(file) => {
                let (table, file) = file.finish(&self.uploads.core).await?;
                self.held._file = Some(file);
                table
            }
        };
        Ok(Held { table, _bytes: Arc::new(self.held) })
    }
}

impl FileIntake {
    fn start(folder: Arc<PrivateFolder>, schema: &SchemaRef) -> Result<Self> {
        let path = folder.path().join(format!("{}.arrow", uuid::Uuid::now_v7().simple()));
        let stored = output::schema(schema, &output::names(schema))?;
        let (batches, mut waiting) = mpsc::channel::<RecordBatch>(BATCHES_AHEAD);
        let file = OnDisk { path: path.clone(), _folder: folder };
        let writer = tokio::task::spawn_blocking(move || {
            let file = File::create_new(&path).map_err(datafusion::common::DataFusionError::from).translated()?;
            let mut writer = FileWriter::try_new(BufWriter::new(file), &stored).translated()?;
            let plain = output::Output::new(stored, 0, 0);
            while let Some(batch) = waiting.blocking_recv() {
                writer.write(&plain.convert(&batch)?).translated()?;
            }
            writer.finish().translated()
        });
        Ok(Self { batches, writer, file })
    }

    async fn write(&mut self, batch: RecordBatch) -> Result<()> {
        if self.batches.send(batch).await.is_ok() {
            return Ok(());
        }
        match (&mut self.writer).await {
            Ok(Err(error)) => Err(error),
            _ => Err(Error::internal("the writer of local data ended early")),
        }
    }

    async fn finish(self, core: &Core) -> Result<(Arc<dyn TableProvider>, OnDisk)> {
        let Self { batches, writer, file } = self;
        drop(batches);
        writer.await.map_err(|error| Error::internal("the writer of local data ended early").with_source(error))??;
        let table = core.session_file(&file.path).await?;
        Ok((table, file))
    }
}
