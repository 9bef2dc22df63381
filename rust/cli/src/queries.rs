//! `polybolos queries`: what a server is doing, and an end to it.

use std::io::{self, Write as _};

use comfy_table::{Table, presets};
use polybolos_protocol::wire::flight::{CancelOutcome, QueryInfo, QueryState};
use polybolos_protocol::{Code, Error, Result};

use crate::args::QueriesArgs;
use crate::{connect, output};

pub(crate) async fn run(args: QueriesArgs) -> Result<()> {
    let session = connect::open_server(&args.target).await?;
    match &args.cancel {
        Some(id) => report(id, session.cancel(id).await?)?,
        None => print(&table(&session.queries(args.all).await?).to_string())?,
    }
    session.close().await
}

fn report(id: &str, outcome: CancelOutcome) -> Result<()> {
    match outcome {
        CancelOutcome::Cancelled => print(&format!("{id} is cancelled")),
        CancelOutcome::AlreadyEnded => print(&format!("{id} had ended already")),
        CancelOutcome::NotFound | CancelOutcome::Unspecified => {
            Err(Error::new(Code::QueryNotFound, format!("the server knows no query {id} of yours; 'polybolos queries' lists them")))
        }
    }
}

fn table(queries: &[QueryInfo]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_header(["query", "state", "who", "seconds", "rows", "done", "statement"]);
    for query in queries {
        table.add_row([
            query.query_id.clone(),
            state(query).to_owned(),
            query.principal.clone(),
            format!("{:.1}", query.elapsed_micros as f64 / 1e6),
            query.rows.to_string(),
            done(query),
            query.statement.clone(),
        ]);
    }
    table
}

fn state(query: &QueryInfo) -> &'static str {
    match QueryState::try_from(query.state).unwrap_or(QueryState::Unspecified) {
        QueryState::Unspecified => "?",
        QueryState::Queued => "queued",
        QueryState::Planning => "planning",
        QueryState::Running => "running",
        QueryState::Finished => "finished",
        QueryState::Failed => "failed",
        QueryState::Cancelled => "cancelled",
    }
}

fn done(query: &QueryInfo) -> String {
    let fraction = query.progress.as_ref().map_or(-1.0, |progress| progress.fraction);
    if fraction < 0.0 { String::new() } else { format!("{:.0}%", fraction * 100.0) }
}

fn print(text: &str) -> Result<()> {
    writeln!(io::stdout(), "{text}").map_err(|error| output::write_error(&"the list", error))
}
