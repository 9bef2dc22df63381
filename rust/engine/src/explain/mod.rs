//! What a plan means and how it would run: its schema, its texts, its features; and how it did run, with metrics. Each text is
//! followed by its [`tree`] for programs.

mod tree;

use std::sync::Arc;

use arrow_ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteOptions, write_message};
use arrow_schema::Schema;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::execute_stream;
use futures::TryStreamExt;
use polybolos_protocol::transport::AnalyzeRequest;
use polybolos_protocol::wire::flight::{AnalyzeResult, AnalyzeWhat, ExplainText};
use polybolos_protocol::wire::plan::command::Kind;
use polybolos_protocol::{Code, Error, Result};

use crate::bind::{self, Bound, BoundQuery};
use crate::commands::{self, Outcome};
use crate::context::BindContext;
use crate::error::OrTranslated;
use crate::features;
use crate::metrics::Measured;
use crate::run;
use crate::session::QueryContext;

/// Answers each question about the plan; runs on a planning thread.
pub(crate) async fn analyze(context: &QueryContext, request: &AnalyzeRequest, fingerprint: Vec<u8>) -> Result<AnalyzeResult> {
    let mut result = AnalyzeResult::default();
    let mut bound = None;
    for what in &request.what {
        match what {
            AnalyzeWhat::Unspecified => return Err(Error::new(Code::PlanUnknownEnum, "analyze asks for nothing")),
            AnalyzeWhat::Fingerprint => result.fingerprint = fingerprint.clone().into(),
            AnalyzeWhat::Requirements => result.requirements = polybolos_protocol::features::used_by(request.plan.plan()),
            _ => {
                let subject = match &mut bound {
                    Some(subject) => subject,
                    none => none.insert(Subject::of(context, request).await?),
                };
                subject.answer(context, *what, &mut result).await?;
            }
        }
    }
    Ok(result)
}

/// What is looked at: a query, or a command with the query that it uses.
struct Subject {
    query: Option<BoundQuery>,
    command: Option<String>,
}

impl Subject {
    async fn of(context: &QueryContext, request: &AnalyzeRequest) -> Result<Self> {
        match bind::bind(context, &request.plan, &request.parameters).await? {
            Bound::Query(query) => Ok(Self { query: Some(query), command: None }),
            Bound::Command(command) => match &command.kind {
                Kind::Sql(sql) => Ok(match commands::statement_query(context, sql).await? {
                    Some(query) => Self { query: Some(query), command: None },
                    None => Self { query: None, command: Some("Sql".to_owned()) },
                }),
                kind => Ok(Self { command: Some(features::variant(kind)), query: command.input }),
            },
        }
    }

    async fn answer(&self, context: &QueryContext, what: AnalyzeWhat, result: &mut AnalyzeResult) -> Result<()> {
        match what {
            AnalyzeWhat::Schema => result.arrow_schema = self.schema()?.into(),
            AnalyzeWhat::ExplainLogical => result.explain.extend(self.logical(context)?),
            AnalyzeWhat::ExplainPhysical => result.explain.extend(self.physical(context).await?),
            _ => self.run(context, result).await?,
        }
        Ok(())
    }

    fn schema(&self) -> Result<Vec<u8>> {
        match (&self.query, &self.command) {
            (Some(query), None) => encapsulated(run::schema_of(&query.plan, &query.output_names)?.as_ref()),
            _ => encapsulated(Outcome::schema().as_ref()),
        }
    }

    fn logical(&self, context: &QueryContext) -> Result<[ExplainText; 2]> {
        let plan = self.query.as_ref().map(|query| context.state().optimize(&query.plan).translated()).transpose()?;
        let text = plan.as_ref().map_or_else(String::new, |plan| plan.display_indent().to_string());
        Ok(told("logical", self.below_command(&text), tree::logical(self.command.as_deref(), plan.as_ref())?))
    }

    async fn physical(&self, context: &QueryContext) -> Result<[ExplainText; 2]> {
        let plan = match &self.query {
            Some(query) => Some(context.physical(&query.plan).await?),
            None => None,
        };
        let text = plan.as_ref().map_or_else(String::new, |plan| DisplayableExecutionPlan::new(plan.as_ref()).indent(true).to_string());
        Ok(told("physical", self.below_command(&text), tree::physical(self.command.as_deref(), plan.as_ref(), false)?))
    }

    /// Runs the query and throws its rows away.
    async fn run(&self, context: &QueryContext, result: &mut AnalyzeResult) -> Result<()> {
        let (Some(query), None) = (&self.query, &self.command) else {
            return Err(Error::invalid_argument("EXPLAIN ANALYZE runs queries only; run the command, and look at its answer"));
        };
        let plan = context.physical(&query.plan).await?;
        let (running, task) = (Arc::clone(&plan), Arc::clone(context.task()));
        let count = async move {
            let batches = execute_stream(running, task).translated()?;
            batches
                .map_err(crate::error::from_datafusion)
                .try_fold(0, |rows, batch| async move { Ok(rows + batch.num_rows() as u64) })
                .await
        };
        let rows = context.session().core.threads.operate(context.query(), count).await?;
        result.nodes = Measured::new(&plan, 0).totals(rows);
        let text = DisplayableExecutionPlan::with_metrics(plan.as_ref()).indent(true).to_string();
        result.explain.extend(told("analyze", text, tree::physical(None, Some(&plan), true)?));
        Ok(())
    }

    /// The text of the query, below the name of the command that uses it.
    fn below_command(&self, text: &str) -> String {
        match &self.command {
            None => text.to_owned(),
            Some(command) => {
                std::iter::once(command.clone()).chain(text.lines().map(|line| format!("  {line}"))).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// One answer in both of its forms.
fn told(kind: &str, text: String, json: String) -> [ExplainText; 2] {
    [("text", text), ("json", json)].map(|(format, text)| ExplainText { kind: kind.to_owned(), format: format.to_owned(), text })
}

/// One encapsulated Arrow IPC schema message.
fn encapsulated(schema: &Schema) -> Result<Vec<u8>> {
    let options = IpcWriteOptions::default();
    let mut dictionaries = DictionaryTracker::new(true);
    let message = IpcDataGenerator::default().schema_to_bytes_with_dictionary_tracker(schema, &mut dictionaries, &options);
    let mut bytes = Vec::new();
    write_message(&mut bytes, message, &options).translated()?;
    Ok(bytes)
}
