//! One file of a scan, or a part of it: the steps of reading it, each with the file in its errors, and a panic of the reader as an
//! error.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use datafusion::arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result as DataFusionResult};
use datafusion::datasource::listing::PartitionedFile;
use datafusion_datasource::morsel::{Morsel, MorselPlan, MorselPlanner, Morselizer, PendingMorselPlanner};
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use polybolos_protocol::{Code, Error};

use crate::error::{from_datafusion, into_datafusion};
use crate::files::in_file;
use crate::storage::Storage;

/// The largest part of a file that is read again to find the number of a bad line.
const REREAD_BYTES_MAX: u64 = 4 << 30;

/// The parameter of an error that says which row of its batch is to blame, counted from 0.
pub(crate) const BATCH_ROW: &str = "batch_row";

/// A step of reading, and what its errors are named after: all files, then the one file.
#[derive(Debug)]
pub(super) struct Naming<S: ?Sized, F> {
    pub(super) file: F,
    pub(super) inner: Box<S>,
}

/// The files of a scan.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) storage: Storage,
    /// The first line of each is no row.
    pub(super) header: bool,
}

/// One file, or a part of it.
#[derive(Debug, Clone)]
struct Part {
    files: Files,
    path: Path,
    start: u64,
}

impl Morselizer for Naming<dyn Morselizer, Files> {
    fn plan_file(&self, file: PartitionedFile) -> DataFusionResult<Box<dyn MorselPlanner>> {
        let start = file.range.as_ref().map_or(0, |range| u64::try_from(range.start).unwrap_or_default());
        let part = Part { files: self.file.clone(), path: file.object_meta.location.clone(), start };
        let inner = part.caught(|| self.inner.plan_file(file))?;
        Ok(Box::new(Naming { file: part, inner }))
    }
}

impl MorselPlanner for Naming<dyn MorselPlanner, Part> {
    fn plan(self: Box<Self>) -> DataFusionResult<Option<MorselPlan>> {
        let Self { file, inner } = *self;
        let Some(mut plan) = file.caught(|| inner.plan())? else { return Ok(None) };
        let morsels = plan.take_morsels().into_iter().map(|inner| Box::new(Naming { file: file.clone(), inner }) as Box<dyn Morsel>);
        let planners = plan.take_ready_planners().into_iter().map(|inner| file.planner(inner));
        let named = MorselPlan::new().with_morsels(morsels.collect()).with_planners(planners.collect());
        Ok(Some(match plan.take_pending_planner() {
            Some(pending) => named.with_pending_planner(file.pending(pending)),
            None => named,
        }))
    }
}

impl Morsel for Naming<dyn Morsel, Part> {
    fn into_stream(self: Box<Self>) -> BoxStream<'static, DataFusionResult<RecordBatch>> {
        let Self { file, inner } = *self;
        let batches = match file.caught(|| Ok(inner.into_stream())) {
            Ok(batches) => batches,
            Err(error) => return stream::once(std::future::ready(Err(error))).boxed(),
        };
        let caught = AssertUnwindSafe(batches).catch_unwind();
        let mut rows = 0;
        let counted = caught.map(move |read| {
            let before = rows;
            rows += read.as_ref().ok().and_then(|read| read.as_ref().ok()).map_or(0, |batch| batch.num_rows() as u64);
            (before, read)
        });
        counted.then(move |(before, read)| file.clone().read(read, before)).boxed()
    }
}

impl Part {
    fn planner(&self, inner: Box<dyn MorselPlanner>) -> Box<dyn MorselPlanner> {
        Box::new(Naming { file: self.clone(), inner })
    }

    fn pending(&self, planner: PendingMorselPlanner) -> impl Future<Output = DataFusionResult<Box<dyn MorselPlanner>>> + Send + use<> {
        let file = self.clone();
        async move {
            match AssertUnwindSafe(planner.into_future()).catch_unwind().await {
                Ok(Ok(inner)) => Ok(file.planner(inner)),
                Ok(Err(error)) => Err(file.named(error)),
                Err(panic) => Err(file.damaged(panic.as_ref())),
            }
        }
    }

    /// A step that does not wait.
    fn caught<T>(&self, step: impl FnOnce() -> DataFusionResult<T>) -> DataFusionResult<T> {
        match catch_unwind(AssertUnwindSafe(step)) {
            Ok(done) => done.map_err(|error| self.named(error)),
            Err(panic) => Err(self.damaged(panic.as_ref())),
        }
    }

    /// A batch, or what kept the reader from it after so many rows.
    async fn read(self, read: Result<DataFusionResult<RecordBatch>, Box<dyn Any + Send>>, rows: u64) -> DataFusionResult<RecordBatch> {
        match read {
            Ok(Ok(batch)) => Ok(batch),
            Ok(Err(error)) => self.with_line(error, rows).await,
            Err(panic) => Err(self.damaged(panic.as_ref())),
        }
    }

    /// A reader that panicked met bytes that it took for impossible.
    fn damaged(&self, panic: &(dyn Any + Send)) -> DataFusionError {
        self.named(into_datafusion(damaged(panic)))
    }

    /// The error, naming the file where the file is to blame. Expressions run inside scans, too; their errors stay theirs.
    fn named(&self, error: DataFusionError) -> DataFusionError {
        let error = from_datafusion(error);
        into_datafusion(match error.code() {
            Code::DataInvalid | Code::DataCorrupt | Code::External => in_file(error, &self.files.storage.shown(&self.path)),
            _ => error,
        })
    }

    /// The error, with the line counted from the start of the file.
    async fn with_line(self, error: DataFusionError, rows: u64) -> DataFusionResult<RecordBatch> {
        let error = from_datafusion(error);
        if error.code() != Code::DataInvalid {
            return Err(self.named(into_datafusion(error)));
        }
        let before = if self.start == 0 { 0 } else { self.lines_before().await.unwrap_or_default() };
        let row = error.params().iter().find(|(key, _)| key == BATCH_ROW).and_then(|(_, row)| row.parse::<u64>().ok());
        let told = match row {
            Some(row) => {
                let line = before + u64::from(self.files.header && self.start == 0) + rows + row + 1;
                let message = format!("{} at line {line}", error.message());
                error.reworded(message)
            }
            None => later_line(error, before),
        };
        Err(self.named(into_datafusion(told)))
    }

    /// The lines that end before this part of the file begins: the part begins after the first line end at or after its start.
    async fn lines_before(&self) -> Option<u64> {
        if self.start > REREAD_BYTES_MAX {
            return None;
        }
        let mut bytes = self.files.storage.get(&self.path).await.ok()?.into_stream();
        let mut lines = 0;
        let mut position = 0;
        while let Some(chunk) = bytes.try_next().await.ok()? {
            for byte in chunk {
                position += 1;
                if byte == b'\n' {
                    lines += 1;
                    if position >= self.start {
                        return Some(lines);
                    }
                }
            }
        }
        Some(lines)
    }
}

/// `DATA_CORRUPT` for a reader that panicked.
pub(crate) fn damaged(panic: &(dyn Any + Send)) -> Error {
    let told = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let told = told.and_then(|told| told.lines().next()).unwrap_or("no reason given");
    Error::new(Code::DataCorrupt, format!("the reader met bytes that it does not expect ({told}): the data is damaged"))
}

/// The error with the line of the whole file. The reader of CSV counts the lines of its part from 0 where it speaks of a value
/// ("at line 17"), and from 1 where it speaks of a line ("for line 17").
fn later_line(error: Error, lines_before: u64) -> Error {
    let told = |phrase: &str, from: u64| {
        let (before, after) = error.message().split_once(phrase)?;
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        let line = digits.parse::<u64>().ok()?.checked_add(lines_before)?.checked_sub(from)?.checked_add(1)?;
        Some(format!("{before}{phrase}{line}{}", after.get(digits.len()..).unwrap_or_default()))
    };
    match told(" at line ", 0).or_else(|| told(" for line ", 1)) {
        Some(message) => error.reworded(message),
        None => error,
    }
}
