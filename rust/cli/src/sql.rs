//! `polybolos sql`: statements from the command line, a file or a shell, run one after the other.

use std::fs;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::{ExecuteRequest, QueryStream, Transport};
use polybolos_protocol::wire::plan::{Command, ContractVersion, Plan, Profile, SqlCommand, command, plan};
use polybolos_protocol::{CheckedPlan, Code, Error, Result};

use crate::args::{Format, SqlArgs};
use crate::output::{self, Writer};
use crate::{connect, progress, shell, statements};

/// How statements are run and shown; the shell changes it as it goes.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) format: Format,
    pub(crate) rows_max: usize,
    pub(crate) timing: bool,
}

pub(crate) async fn run(args: SqlArgs) -> Result<()> {
    let session = connect::open(&args.target).await?;
    let settings = Settings { format: args.format, rows_max: args.max_rows, timing: args.timing };
    let result = match text(&args)? {
        Some(text) => run_all(&session, &text, &settings, args.output.as_deref()).await,
        None => shell::run(&session, settings).await,
    };
    let closed = session.close().await;
    result.and(closed)
}

fn text(args: &SqlArgs) -> Result<Option<String>> {
    match (&args.command, &args.file) {
        (Some(text), _) => Ok(Some(text.clone())),
        (None, Some(path)) if path.as_os_str() == "-" => read_stdin().map(Some),
        (None, Some(path)) => {
            let read = fs::read_to_string(path);
            read.map(Some)
                .map_err(|error| Error::new(Code::FileNotFound, format!("cannot read {}: {error}", path.display())).with_source(error))
        }
        // Only a person needs a shell: what is piped in is a script.
        (None, None) if !io::stdin().is_terminal() => read_stdin().map(Some),
        (None, None) => Ok(None),
    }
}

fn read_stdin() -> Result<String> {
    let mut text = String::new();
    let read = io::stdin().read_to_string(&mut text);
    read.map(|_| text).map_err(|error| Error::new(Code::External, format!("cannot read standard input: {error}")).with_source(error))
}

async fn run_all(session: &Arc<dyn Transport>, text: &str, settings: &Settings, path: Option<&Path>) -> Result<()> {
    let statements = statements::split(text);
    if statements.is_empty() {
        return Err(Error::invalid_argument("there is no statement to run"));
    }
    // A file of these formats holds one result, the last one's.
    let one = matches!(settings.format, Format::Arrow | Format::Parquet);
    let last = statements.len() - 1;
    for (number, statement) in statements.into_iter().enumerate() {
        match one && number < last {
            true => run_for_effect(session, statement).await?,
            false => run_statement(session, statement, settings, Target { path, first: one || number == 0 }).await?,
        }
    }
    Ok(())
}

/// Where the result of a statement goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    path: Option<&'a Path>,
    /// Begins the file anew.
    first: bool,
}

impl Target<'_> {
    /// Standard output.
    pub(crate) const TERMINAL: Self = Self { path: None, first: true };
}

async fn run_for_effect(session: &Arc<dyn Transport>, statement: &str) -> Result<()> {
    let stream = progress::unless_interrupted(start(session, statement)).await?;
    progress::drain(stream, |_| Ok(true)).await
}

/// Runs one statement and writes its result.
pub(crate) async fn run_statement(session: &Arc<dyn Transport>, statement: &str, settings: &Settings, target: Target<'_>) -> Result<()> {
    let started = Instant::now();
    let stream = progress::unless_interrupted(start(session, statement)).await?;
    let out = output::open(target.path, target.first)?;
    let mut writer = Writer::new(settings.format, Arc::clone(stream.schema()), settings.rows_max, out)?;
    progress::drain(stream, |batch| writer.write(batch)).await?;
    if writer.finish()? {
        say(&format!("(the first {} rows; --max-rows shows more, --format csv all)", settings.rows_max))?;
    }
    if settings.timing {
        say(&format!("Time: {}", readable(started.elapsed())))?;
    }
    Ok(())
}

/// Starts one statement of any kind.
pub(crate) async fn start(session: &Arc<dyn Transport>, statement: &str) -> Result<QueryStream> {
    let kind = command::Kind::Sql(SqlCommand { text: statement.to_owned(), ..SqlCommand::default() });
    let plan = Plan {
        version: Some(ContractVersion { minor: 0, producer: concat!("polybolos-cli ", env!("CARGO_PKG_VERSION")).to_owned() }),
        profile: Profile::Surface as i32,
        root: Some(plan::Root::Command(Command { input: 0, kind: Some(kind) })),
        ..Default::default()
    };
    let request = ExecuteRequest {
        plan: CheckedPlan::check(plan, &PlanLimits::default())?,
        parameters: Vec::new(),
        operation_id: uuid::Uuid::new_v4().to_string(),
        options: Default::default(),
        tags: Vec::new(),
    };
    session.execute(request).await
}

/// A line for the person at the terminal, apart from the result.
pub(crate) fn say(line: &str) -> Result<()> {
    writeln!(io::stderr(), "{line}").map_err(|error| output::write_error(&"to the terminal", error))
}

fn readable(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) {
        format!("{:.1} ms", elapsed.as_secs_f64() * 1e3)
    } else {
        format!("{:.2} s", elapsed.as_secs_f64())
    }
}
