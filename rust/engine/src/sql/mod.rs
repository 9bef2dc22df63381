//! The only door for SQL texts. A text is one statement; it is parsed, held against a closed policy ([`policy`]), and planned by
//! DataFusion over the session's catalog. `SET` reaches the session's own options and nothing else.

mod arithmetic;
mod depth;
mod excerpt;
mod functions;
mod parameters;
mod parse;
mod policy;
mod show;
mod tables;

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use polybolos_protocol::{Code, Error, Result};

pub(crate) use parameters::Parameters;
pub(crate) use policy::Kind;

use crate::context::BindContext;
use crate::error::from_datafusion;
use crate::session::QueryContext;

const EXPLAIN_ROWS_MAX: usize = 10_000;

/// A statement that passed the policy.
#[derive(Debug)]
pub(crate) struct Allowed {
    pub(crate) statement: Statement,
    pub(crate) kind: Kind,
}

/// Parses a text and holds it against the policy.
pub(crate) fn allowed(context: &QueryContext, text: &str) -> Result<Allowed> {
    let statement = parse::statement(context.state(), text)?;
    let kind = policy::kind(&statement, text)?;
    Ok(Allowed { statement, kind })
}

/// Plans a text that answers rows; any other statement is refused.
pub(crate) async fn query(
    context: &QueryContext,
    text: &str,
    inputs: &[(String, LogicalPlan)],
    parameters: &Parameters,
) -> Result<LogicalPlan> {
    let Allowed { statement, kind } = allowed(context, text)?;
    match kind {
        Kind::Rows => plan(context, text, statement, inputs, parameters).await,
        Kind::ShowOption(key) => show::options(context, &key),
        Kind::Command(name) | Kind::Set { name, .. } => {
            Err(Error::new(Code::SqlNotAllowed, format!("{name} is a command, not a query; run it as a statement of its own"))
                .param("statement", name))
        }
    }
}

/// EXPLAIN answers its rows now: DataFusion explains only at the root of a plan, and a relation has others above it.
pub(crate) async fn explained(context: &QueryContext, plan: LogicalPlan) -> Result<LogicalPlan> {
    if !matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) {
        return Ok(plan);
    }
    let schema = Arc::new(plan.schema().as_arrow().clone());
    let rows = context.run_now(plan, EXPLAIN_ROWS_MAX).await?;
    show::rows("plan", schema, rows)
}

/// Plans a statement over the session's tables.
pub(crate) async fn plan(
    context: &QueryContext,
    text: &str,
    statement: Statement,
    inputs: &[(String, LogicalPlan)],
    parameters: &Parameters,
) -> Result<LogicalPlan> {
    let state = tables::visible(context, &statement, inputs).await.map_err(|error| located(error, text))?;
    let state = state.as_ref().unwrap_or_else(|| context.state());
    let planned = state.statement_to_plan(statement).await.map_err(|error| describe(context, text, error))?;
    tables::check_plan(&planned)?;
    let planned = parameters.fill(planned).map_err(|error| located(error, text))?;
    arithmetic::ruled(state, show::described(planned)?)
}

/// The error of planning, with the place in the text and the names that stand near.
fn describe(context: &QueryContext, text: &str, error: DataFusionError) -> Error {
    let span = parse::span_of(&error);
    let translated = from_datafusion(error);
    let translated = match (translated.code(), translated.params().iter().find(|(key, _)| key == "name")) {
        (Code::TableNotFound, Some((_, name))) => tables::not_found(context, name).with_source(translated),
        (Code::UnresolvedFunction, Some((_, name))) => functions::not_found(context.state(), name).with_source(translated),
        _ => translated,
    };
    match span {
        Some(span) => excerpt::at(translated, text, span),
        None => located(translated, text),
    }
}

/// Points at the name that the error is about, where the text holds it once.
fn located(error: Error, text: &str) -> Error {
    let range = error.params().iter().find(|(key, _)| key == "name").and_then(|(_, name)| excerpt::only_place(text, name));
    match range {
        Some(range) => excerpt::at_range(error, text, range),
        None => error,
    }
}
