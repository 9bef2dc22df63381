//! `polybolos plan`: show, validate, explain a plan from a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::AnalyzeRequest;
use polybolos_protocol::wire::flight::AnalyzeWhat;
use polybolos_protocol::wire::plan::Plan;
use polybolos_protocol::{CheckedPlan, Code, Error, Result, encode, text};

use crate::args::{PlanCommand, PlanForm, Target};
use crate::{connect, output, sql};

/// The form of an explained plan that is for people.
const TEXT: &str = "text";

pub(crate) async fn run(command: PlanCommand) -> Result<()> {
    match command {
        PlanCommand::Show { file, form } => show(&read(&file)?, form),
        PlanCommand::Validate { file } => validate(&file),
        PlanCommand::Explain { file, target, analyze } => explain(read(&file)?, &target, analyze).await,
    }
}

fn read(file: &Path) -> Result<Plan> {
    let bytes = fs::read(file)
        .map_err(|error| Error::new(Code::FileNotFound, format!("cannot read {}: {error}", file.display())).with_source(error))?;
    text::read(&bytes, file.extension().and_then(|extension| extension.to_str()))
}

fn show(plan: &Plan, form: PlanForm) -> Result<()> {
    match form {
        PlanForm::Summary => print(text::display(plan).as_bytes()),
        PlanForm::Txtpb => print(text::to_text(plan).as_bytes()),
        PlanForm::Json => print(text::to_json(plan)?.as_bytes()),
        PlanForm::Binary => io::stdout().write_all(&encode::plan(plan)).map_err(|error| output::write_error(&"the plan", error)),
    }
}

fn validate(file: &Path) -> Result<()> {
    let plan = read(file)?;
    match CheckedPlan::check(plan, &PlanLimits::default()) {
        Ok(checked) => print(format!("{}: a valid plan of {} relations", file.display(), checked.plan().relations.len()).as_bytes()),
        Err(error) => {
            for other in error.others() {
                sql::say(&format!("error: {other}"))?;
            }
            Err(error)
        }
    }
}

async fn explain(plan: Plan, target: &Target, analyze: bool) -> Result<()> {
    let session = connect::open(target).await?;
    let what = if analyze { vec![AnalyzeWhat::ExplainAnalyze] } else { vec![AnalyzeWhat::ExplainLogical, AnalyzeWhat::ExplainPhysical] };
    let request = AnalyzeRequest {
        plan: CheckedPlan::check(plan, &PlanLimits::default())?,
        parameters: Vec::new(),
        what,
        operation_id: uuid::Uuid::new_v4().to_string(),
    };
    let result = session.analyze(request).await;
    for explained in result?.explain.iter().filter(|explained| explained.format == TEXT) {
        print(format!("-- {}\n{}", explained.kind, explained.text.trim_end()).as_bytes())?;
    }
    session.close().await
}

fn print(text: &[u8]) -> Result<()> {
    let mut out = io::stdout();
    let newline: &[u8] = if text.ends_with(b"\n") { b"" } else { b"\n" };
    out.write_all(text).and_then(|()| out.write_all(newline)).map_err(|error| output::write_error(&"the plan", error))
}
