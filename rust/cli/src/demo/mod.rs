//! `polybolos demo`: data to play with, and the taxi job end to end.

mod job;
pub mod taxi;
pub mod tpch;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use polybolos_protocol::{Code, Error, Result};

pub use job::{columns as job_columns, taxi_job};

use crate::progress;
use crate::sql::say;

/// `polybolos demo tpch`
pub(crate) fn write_tpch(scale_factor: f64, output: &Path) -> Result<()> {
    let bar = progress::of_size(tpch::file_count(scale_factor) as u64, "files");
    tpch::generate(scale_factor, output, &|_| bar.inc(1))?;
    bar.finish_and_clear();
    say(&format!("TPC-H at scale factor {scale_factor} is in {}: one folder a table", output.display()))
}

/// `polybolos demo taxi`
pub(crate) async fn run_taxi(trips: taxi::Trips, output: Option<PathBuf>) -> Result<()> {
    let folder = output.unwrap_or_else(|| std::env::temp_dir().join("polybolos-taxi"));
    make_trips(trips, &folder)?;
    // Absolute, so that it means the same to the server, for which a relative path begins at its root.
    let folder = std::fs::canonicalize(&folder).map_err(|error| storage_error(&folder, error))?;
    job::run(&folder).await
}

/// Makes the trips, unless the folder holds the same ones already.
fn make_trips(trips: taxi::Trips, folder: &Path) -> Result<()> {
    let stamp = folder.join("trips.stamp");
    let wanted = format!("{trips:?}");
    if std::fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return say(&format!("The trips are in {} already", folder.display()));
    }
    say(&format!("Making {} taxi trips in {} ({} files)", trips.rows, folder.display(), trips.files))?;
    let bar = progress::of_size(trips.rows, "trips");
    trips.generate(folder, &|rows| bar.inc(rows))?;
    bar.finish_and_clear();
    std::fs::write(&stamp, wanted).map_err(|error| storage_error(&stamp, error))
}

/// Runs `each` over the work on as many threads as there are cores; the first error stops the rest.
fn run_on_all_cores<T: Sync>(work: &[T], each: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    let worker = || {
        while let Some(item) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = each(item) {
                next.store(work.len(), Ordering::Relaxed);
                failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(worker);
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

fn storage_error(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::External, format!("cannot write {}: {error}", path.display())).with_source(error)
}
