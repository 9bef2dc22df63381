//! The conformance corpus: cases from files, and running one against a session. See `conformance/README.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::TryStreamExt;
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::{ExecuteRequest, Transport};
use polybolos_protocol::wire::flight::ParameterValue;
use polybolos_protocol::wire::plan::Plan;
use polybolos_protocol::{CheckedPlan, Error, text};
use serde::Deserialize;

/// The folder of the corpus.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

/// One case, as its file says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `<area>/<name>`.
    #[serde(skip)]
    pub name: String,
    /// What the case shows.
    pub about: String,
    plan: Option<String>,
    plan_hex: Option<String>,
    #[serde(default)]
    setup: Vec<String>,
    #[serde(default)]
    parameters: Vec<String>,
    /// Whether the order of rows counts.
    #[serde(default)]
    pub ordered: bool,
    /// Relative tolerance for floating point columns.
    #[serde(default)]
    pub float_tolerance: f64,
    /// SQL for DuckDB that gives the same rows.
    pub oracle: Option<String>,
    /// Why there is none.
    pub no_oracle: Option<String>,
    /// Whether clients state the plan as a program.
    #[serde(default)]
    pub program: bool,
    /// The error that the case expects.
    pub error: Option<Expected>,
}

/// The error that a case expects.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// `PlanError.code`.
    pub code: String,
    /// Relation that must be named.
    pub relation: Option<u32>,
    /// Path in it.
    pub path: Option<String>,
    /// Names that must be among the error's candidates.
    #[serde(default)]
    pub candidates: Vec<String>,
}

/// What a plan gave.
pub type Outcome = Result<(SchemaRef, Vec<RecordBatch>), Error>;

/// Every case, by name.
pub fn cases() -> Vec<Case> {
    let root = folder().join("cases");
    let mut cases: Vec<Case> = folders(&root).iter().flat_map(|area| files(area)).map(|path| load(&root, &path)).collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn folders(root: &Path) -> Vec<PathBuf> {
    entries(root).into_iter().filter(|path| path.is_dir()).collect()
}

fn files(area: &Path) -> Vec<PathBuf> {
    entries(area).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("a folder entry").path()).collect()
}

fn load(root: &Path, path: &Path) -> Case {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let relative = path.strip_prefix(root).expect("a case lies in the corpus").with_extension("");
    case.name = relative.to_string_lossy().replace('\\', "/");
    case
}

impl Case {
    /// The plan, as a message.
    pub fn plan(&self, scratch: &str) -> Result<Plan, Error> {
        let source = self.plan.as_deref().unwrap_or_else(|| panic!("{}: the case has no text plan", self.name));
        text::from_text(&source.replace("{scratch}", scratch))
    }

    fn checked(&self, scratch: &str) -> Result<CheckedPlan, Error> {
        let limits = PlanLimits::default();
        match &self.plan_hex {
            Some(hex) => CheckedPlan::decode(&unhex(hex), &limits),
            None => CheckedPlan::check(self.plan(scratch)?, &limits),
        }
    }

    /// Where the expected result stands.
    pub fn expected_path(&self) -> PathBuf {
        folder().join("cases").join(format!("{}.arrow", self.name))
    }

    /// The expected result.
    pub fn expected(&self) -> (SchemaRef, Vec<RecordBatch>) {
        let path = self.expected_path();
        let file = fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let reader = arrow_ipc::reader::StreamReader::try_new(file, None).expect("an Arrow stream");
        (reader.schema(), reader.map(|batch| batch.expect("a batch")).collect())
    }

    /// Runs the case in a session.
    pub async fn run(&self, session: &Arc<dyn Transport>, scratch: &str) -> Outcome {
        for statement in &self.setup {
            run_plan(session, sql_command(&statement.replace("{scratch}", scratch))?, Vec::new()).await?;
        }
        let parameters =
            self.parameters.iter().enumerate().map(|(position, literal)| parameter(position, literal)).collect::<Result<_, _>>()?;
        run_plan(session, self.checked(scratch)?, parameters).await
    }
}

async fn run_plan(session: &Arc<dyn Transport>, plan: CheckedPlan, parameters: Vec<ParameterValue>) -> Outcome {
    let operation_id = uuid::Uuid::new_v4().to_string();
    let request = ExecuteRequest { plan, parameters, operation_id, options: Default::default(), tags: Vec::new() };
    let stream = session.execute(request).await?;
    let schema = Arc::clone(stream.schema());
    Ok((schema, stream.try_collect().await?))
}

/// A plan that runs one SQL statement of any kind.
fn sql_command(statement: &str) -> Result<CheckedPlan, Error> {
    use polybolos_protocol::wire::plan::{Command, ContractVersion, Profile, SqlCommand, command, plan};
    let kind = command::Kind::Sql(SqlCommand { text: statement.to_owned(), dialect: "datafusion".to_owned(), ..SqlCommand::default() });
    let plan = Plan {
        version: Some(ContractVersion::default()),
        profile: Profile::Surface as i32,
        root: Some(plan::Root::Command(Command { input: 0, kind: Some(kind) })),
        ..Default::default()
    };
    CheckedPlan::check(plan, &PlanLimits::default())
}

fn parameter(position: usize, literal: &str) -> Result<ParameterValue, Error> {
    Ok(ParameterValue { index: position as u32 + 1, value: Some(text::message_from_text(literal)?) })
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect()
}
