//! Wrong input, each tried as a new user would, through both doors: the error has the right code, says what is wrong and what would
//! be right, points at the caller's line, and the session answers afterwards as if nothing had happened.

mod alone;
mod cancel;
mod damaged;
mod files;
mod killed;
mod memory;
mod misuse;
mod names;
mod paths;
mod process;
mod sessions;
mod size;
mod slow_reader;
mod sql;
mod tokens;
mod unreachable;
mod values;
mod writes;

use std::fmt::Debug;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use polybolos_client::{Code, DataFrame, Error, Result, Session};
use polybolos_engine::{Access, EngineBuilder, LocalEngine, StorageRoots};
use polybolos_integration_tests::corpus;
use polybolos_integration_tests::doors::Server;
use polybolos_protocol::transport::Engine;
use tempfile::TempDir;

/// One engine behind both doors: the corpus' data (`people.parquet` and so on, read only) and a folder to write to (`root://scratch/`).
pub(crate) struct Doors {
    engine: Arc<LocalEngine>,
    server: Server,
    scratch: TempDir,
}

impl Doors {
    pub(crate) async fn open() -> Self {
        Self::open_with(|engine| engine).await
    }

    /// The same, with an engine that is built in another way.
    pub(crate) async fn open_with(change: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let scratch = tempfile::tempdir().expect("a folder");
        let data = corpus::folder().join("data");
        let roots = StorageRoots::none().with_folder("data", data, Access::Read).with_folder("scratch", scratch.path(), Access::ReadWrite);
        let engine = Arc::new(change(EngineBuilder::new().with_roots(roots)).build().expect("an engine"));
        let server = Server::start(Arc::clone(&engine) as Arc<dyn Engine>).await;
        Self { engine, server, scratch }
    }

    /// A session through each door.
    pub(crate) async fn each(&self) -> [Door; 2] {
        [self.embedded(), self.flight().await]
    }

    pub(crate) fn embedded(&self) -> Door {
        let session = self.engine.session("tester", &[]).expect("a session");
        Door { name: "embedded", session: Session::over(session) }
    }

    pub(crate) async fn flight(&self) -> Door {
        Door { name: "over Flight", session: self.server.session().await }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// Writes a file; its path as a query says it.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.folder().join(name), bytes).expect("a writable folder");
        format!("root://scratch/{name}")
    }
}

/// A session, and which door it came through.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) name: &'static str,
    pub(crate) session: Session,
}

impl Deref for Door {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Door {
    /// The session works.
    pub(crate) async fn still_answers(&self) {
        let answer = in_time(10, self.number("select 1")).await;
        assert_eq!(answer, 1, "{}: select 1", self.name);
    }

    /// The one number that a query answers.
    pub(crate) async fn number(&self, text: &str) -> i64 {
        let frame = self.sql(text).unwrap_or_else(|error| panic!("{}: {text}: {error}", self.name));
        number(&frame).await.unwrap_or_else(|error| panic!("{}: {text}: {error}", self.name))
    }

    /// What a statement fails with.
    pub(crate) async fn fails(&self, text: &str) -> Told {
        let outcome = match self.execute(text).await {
            Ok(result) => result.collect().await,
            Err(error) => Err(error),
        };
        self.told(text, outcome)
    }

    /// The error that `what` failed with.
    pub(crate) fn told<T: Debug>(&self, what: impl Into<String>, outcome: Result<T>) -> Told {
        let about = format!("{}: {}", self.name, what.into().chars().take(200).collect::<String>());
        match outcome {
            Ok(answer) => panic!("{about}: expected an error, got {answer:?}"),
            Err(error) => Told { about, error },
        }
    }
}

/// The one number of a frame of one row and one column.
pub(crate) async fn number(frame: &DataFrame) -> Result<i64> {
    let value = frame.scalar().await?;
    let value = arrow::compute::cast(&value, &arrow::datatypes::DataType::Int64).expect("a number");
    Ok(value.as_primitive::<Int64Type>().value(0))
}

/// An error under test; each check shows the whole of it where it fails.
#[derive(Debug)]
pub(crate) struct Told {
    about: String,
    pub(crate) error: Error,
}

impl Told {
    #[track_caller]
    pub(crate) fn code(self, code: Code) -> Self {
        assert_eq!(self.error.code(), code, "{}\n{}", self.about, self.error);
        self
    }

    /// The message holds each of these parts, in whatever case.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        let message = self.error.message().to_lowercase();
        for part in parts {
            assert!(message.contains(&part.to_lowercase()), "{}: the message should hold {part:?}\n{}", self.about, self.error);
        }
        self
    }

    /// The message holds this nowhere: neither itself nor in its causes.
    #[track_caller]
    pub(crate) fn never_says(self, secret: &str) -> Self {
        let whole = format!("{} {:?} {:?}", self.error, self.error, self.error.params());
        assert!(!whole.contains(secret), "{}: the error gives {secret:?} away\n{whole}", self.about);
        self
    }

    /// This name is among those that the caller may have meant, and the message shows it.
    #[track_caller]
    pub(crate) fn near(self, name: &str) -> Self {
        assert!(self.error.candidates().contains(&name), "{}: {name:?} should be a candidate\n{}", self.about, self.error);
        self.says(&[name])
    }

    /// The error is told at this line of the caller's program.
    #[track_caller]
    pub(crate) fn at(self, file: &str, line: u32) -> Self {
        let site = self.error.call_site().unwrap_or_else(|| panic!("{}: no call site, expected {file}:{line}\n{}", self.about, self.error));
        assert_eq!((site.file.as_str(), site.line), (file, line), "{}\n{}", self.about, self.error);
        self
    }
}

/// The work's outcome, which must come within so many seconds.
#[track_caller]
pub(crate) fn in_time<T>(seconds: u64, work: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let done = tokio::time::timeout(Duration::from_secs(seconds), work).await;
        done.unwrap_or_else(|_| panic!("not done within {seconds} s: {caller}"))
    }
}

/// Waits until the condition holds; it must within so many seconds.
pub(crate) async fn until(seconds: u64, what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let mut look = tokio::time::interval(Duration::from_millis(20));
    while !condition().await {
        assert!(Instant::now() < deadline, "{what}: not within {seconds} s");
        look.tick().await;
    }
}

/// All files below a folder, hidden ones too.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect();
    files.sort();
    files
}
