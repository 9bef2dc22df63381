//! What the tests share: engines over temporary folders, plans of one SQL text, results as text.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use futures::StreamExt;
use polybolos_engine::{Access, EngineBuilder, LocalEngine};
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::{ExecuteRequest, QueryStream, Transport};
use polybolos_protocol::wire::flight::ResultOptions;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{CheckedPlan, Error, Result};
use tempfile::TempDir;

/// Nothing a test waits for takes longer.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An engine with one writable root, `data`, in a temporary folder.
pub struct Bench {
    pub folder: TempDir,
    pub engine: LocalEngine,
    pub session: Arc<dyn Transport>,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub fn with(change: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = EngineBuilder::new().with_root("data", folder.path(), Access::ReadWrite).with_memory_bytes(1 << 30);
        let engine = change(builder).build().unwrap();
        let session = engine.session("tester", &[]).unwrap();
        Self { folder, engine, session }
    }

    /// Writes a file below the root.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The rows of a SQL query, as text.
    pub async fn sql(&self, text: &str) -> Result<String> {
        rows(&self.session, sql_plan(text)).await
    }

    /// The rows of a SQL query that the caller made up.
    pub async fn sql_owned(&self, text: String) -> Result<String> {
        self.sql(&text).await
    }

    /// Runs a SQL statement of any kind.
    pub async fn run(&self, text: &str) -> Result<String> {
        rows(&self.session, sql_command(text)).await
    }

    /// The rows of files, as text.
    pub async fn read(&self, path: &str, format: pb::read_files::Format) -> Result<String> {
        rows(&self.session, read_plan(path, format)).await
    }

    /// The one error of a SQL query.
    pub async fn sql_error(&self, text: &str) -> Error {
        self.sql(text).await.expect_err(text)
    }

    /// The one error of a SQL statement.
    pub async fn run_error(&self, text: &str) -> Error {
        self.run(text).await.expect_err(text)
    }
}

pub fn checked(plan: pb::Plan) -> CheckedPlan {
    CheckedPlan::check(plan, &PlanLimits::default()).unwrap()
}

/// An empty plan of this contract version.
pub fn plan(relations: Vec<pb::Relation>, root: pb::plan::Root) -> CheckedPlan {
    checked(pb::Plan {
        version: Some(pb::ContractVersion { minor: 0, producer: "test".to_owned() }),
        profile: pb::Profile::Surface as i32,
        relations,
        root: Some(root),
        ..Default::default()
    })
}

/// A query that is one SQL text.
pub fn sql_plan(text: &str) -> CheckedPlan {
    let sql = pb::SqlQuery { text: text.to_owned(), dialect: "datafusion".to_owned(), ..Default::default() };
    plan(vec![relation(1, &[], pb::relation::Kind::Sql(sql))], pb::plan::Root::Relation(1))
}

/// A command that is one SQL text.
pub fn sql_command(text: &str) -> CheckedPlan {
    let sql = pb::SqlCommand { text: text.to_owned(), dialect: "datafusion".to_owned(), ..Default::default() };
    plan(vec![], command(0, pb::command::Kind::Sql(sql)))
}

pub fn command(input: u32, kind: pb::command::Kind) -> pb::plan::Root {
    pb::plan::Root::Command(pb::Command { input, kind: Some(kind) })
}

pub fn parquet() -> pb::read_files::Format {
    pb::read_files::Format::Parquet(pb::ParquetFormat::default())
}

pub fn csv() -> pb::read_files::Format {
    pb::read_files::Format::Csv(pb::CsvFormat { header: Some(true), ..Default::default() })
}

/// A query that reads files.
pub fn read_plan(path: &str, format: pb::read_files::Format) -> CheckedPlan {
    plan(vec![relation(1, &[], read_kind(path, format))], pb::plan::Root::Relation(1))
}

pub fn read_kind(path: &str, format: pb::read_files::Format) -> pb::relation::Kind {
    pb::relation::Kind::ReadFiles(pb::ReadFiles { paths: vec![path.to_owned()], format: Some(format), ..Default::default() })
}

/// Names of a plan.
pub fn identifier(name: &str) -> Option<pb::Identifier> {
    Some(pb::Identifier { parts: name.split('.').map(str::to_owned).collect() })
}

/// A command over the rows of a SQL text.
pub fn sql_into(text: &str, kind: pb::command::Kind) -> CheckedPlan {
    let sql = pb::SqlQuery { text: text.to_owned(), ..Default::default() };
    plan(vec![relation(1, &[], pb::relation::Kind::Sql(sql))], command(1, kind))
}

pub fn relation(id: u32, inputs: &[u32], kind: pb::relation::Kind) -> pb::Relation {
    pb::Relation { id, inputs: inputs.to_vec(), kind: Some(kind), ..Default::default() }
}

pub fn request(plan: CheckedPlan) -> ExecuteRequest {
    ExecuteRequest { plan, parameters: vec![], operation_id: String::new(), options: ResultOptions::default(), tags: vec![] }
}

pub async fn start(session: &Arc<dyn Transport>, plan: CheckedPlan) -> Result<QueryStream> {
    session.execute(request(plan)).await
}

pub async fn collect(mut stream: QueryStream) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = tokio::time::timeout(PATIENCE, stream.next()).await.expect("a result within the test's patience") {
        batches.push(batch?);
    }
    Ok(batches)
}

pub async fn rows(session: &Arc<dyn Transport>, plan: CheckedPlan) -> Result<String> {
    let stream = start(session, plan).await?;
    let schema = Arc::clone(stream.schema());
    let batches = collect(stream).await?;
    let batches = if batches.is_empty() { vec![RecordBatch::new_empty(schema)] } else { batches };
    Ok(pretty_format_batches(&batches).unwrap().to_string())
}

/// Waits until the condition holds.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !condition() {
        assert!(std::time::Instant::now() < deadline, "waited too long for: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
