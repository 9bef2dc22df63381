//! The interactive shell: history, completion, input over several lines, Ctrl-C that cancels the running query only.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::AsArray;
use futures::TryStreamExt;
use polybolos_protocol::transport::Transport;
use polybolos_protocol::{Code, Error, Result, functions};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Context, Editor, Helper, Hinter};

use crate::args::Format;
use crate::sql::{self, Settings, Target};
use crate::statements;

const HELP: &str = "\
  statement;        runs; may go over several lines
  \\d                tables and views
  \\d NAME           columns of a table
  \\format NAME      table, csv, json
  \\rows N           rows that a table shows at most
  \\timing           time of each statement, on or off
  \\help             this text
  \\q, exit, Ctrl-D  leave; Ctrl-C cancels the running statement";

const KEYWORDS: &[&str] = &[
    "select",
    "from",
    "where",
    "group by",
    "order by",
    "having",
    "limit",
    "offset",
    "join",
    "left join",
    "on",
    "using",
    "union all",
    "with",
    "as",
    "distinct",
    "case",
    "when",
    "then",
    "else",
    "end",
    "between",
    "in",
    "like",
    "is null",
    "is not null",
    "and",
    "or",
    "not",
    "create table",
    "create view",
    "create external table",
    "stored as parquet location",
    "insert into",
    "copy",
    "drop table",
    "drop view",
    "explain",
    "explain analyze",
    "show tables",
    "describe",
    "values",
    "cast",
    "over",
    "partition by",
    "nulls last",
    "desc",
    "asc",
];

/// Reads and runs statements until the user leaves. Errors are printed and the shell goes on.
pub(crate) async fn run(session: &Arc<dyn Transport>, mut settings: Settings) -> Result<()> {
    let history = history_path();
    let mut editor = editor()?;
    if let Some(path) = &history {
        // No history yet is no error.
        let _ = editor.load_history(path);
    }
    refresh_names(session, &mut editor).await;
    sql::say("polybolos: SQL ends with ';', \\help helps")?;
    loop {
        let line = tokio::task::block_in_place(|| editor.readline("> "));
        match line {
            Ok(line) => {
                let _ = editor.add_history_entry(line.trim());
                if let Flow::Leave = turn(session, line.trim(), &mut settings).await? {
                    break;
                }
                refresh_names(session, &mut editor).await;
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Error::new(Code::External, format!("cannot read from the terminal: {error}")).with_source(error)),
        }
    }
    if let Some(path) = &history {
        let _ = editor.save_history(path);
    }
    Ok(())
}

enum Flow {
    Stay,
    Leave,
}

/// One input: a command of the shell, or statements.
async fn turn(session: &Arc<dyn Transport>, line: &str, settings: &mut Settings) -> Result<Flow> {
    if let Some(command) = line.strip_prefix('\\') {
        return meta(session, command, settings).await;
    }
    if is_farewell(line) {
        return Ok(Flow::Leave);
    }
    for statement in statements::split(line) {
        if let Err(error) = sql::run_statement(session, statement, settings, Target::TERMINAL).await {
            sql::say(&format!("error: {error}"))?;
            break;
        }
    }
    Ok(Flow::Stay)
}

/// What people type to leave who know other shells.
fn is_farewell(line: &str) -> bool {
    matches!(line.trim().trim_end_matches(';').to_ascii_lowercase().as_str(), "exit" | "quit")
}

async fn meta(session: &Arc<dyn Transport>, command: &str, settings: &mut Settings) -> Result<Flow> {
    let (word, argument) = command.split_once(char::is_whitespace).map_or((command, ""), |(word, argument)| (word, argument.trim()));
    let done = match word {
        "q" | "quit" | "exit" => return Ok(Flow::Leave),
        "d" if argument.is_empty() => sql::run_statement(session, "show tables", settings, Target::TERMINAL).await,
        "d" => sql::run_statement(session, &format!("describe {}", argument.trim_end_matches(';')), settings, Target::TERMINAL).await,
        "timing" => {
            settings.timing = !settings.timing;
            sql::say(if settings.timing { "timing is on" } else { "timing is off" })
        }
        "format" => set_format(argument, settings),
        "rows" => set_rows(argument, settings),
        _ => sql::say(HELP),
    };
    if let Err(error) = done {
        sql::say(&format!("error: {error}"))?;
    }
    Ok(Flow::Stay)
}

fn set_format(name: &str, settings: &mut Settings) -> Result<()> {
    settings.format = match name {
        "table" => Format::Table,
        "csv" => Format::Csv,
        "json" => Format::Json,
        other => return Err(Error::invalid_argument(format!("no format '{other}' for a terminal; there are table, csv and json"))),
    };
    Ok(())
}

fn set_rows(number: &str, settings: &mut Settings) -> Result<()> {
    settings.rows_max = number.parse().map_err(|_| Error::invalid_argument(format!("\\rows takes a number, not '{number}'")))?;
    Ok(())
}

fn history_path() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
    let folder = base.join("polybolos");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

fn editor() -> Result<Editor<SqlHelper, FileHistory>> {
    let config = Config::builder().auto_add_history(false).completion_type(rustyline::CompletionType::List).build();
    let mut editor =
        Editor::with_config(config).map_err(|error| Error::internal(format!("cannot open the terminal: {error}")).with_source(error))?;
    editor.set_helper(Some(SqlHelper { names: Vec::new() }));
    Ok(editor)
}

/// Tables and columns for completion; a session that cannot tell completes keywords and functions only.
async fn refresh_names(session: &Arc<dyn Transport>, editor: &mut Editor<SqlHelper, FileHistory>) {
    let query = "select distinct table_name as name from information_schema.tables where table_schema <> 'information_schema'
                 union select distinct column_name from information_schema.columns where table_schema <> 'information_schema' limit 10000";
    if let (Ok(names), Some(helper)) = (names(session, query).await, editor.helper_mut()) {
        helper.names = names;
    }
}

async fn names(session: &Arc<dyn Transport>, query: &str) -> Result<Vec<String>> {
    let batches: Vec<_> = sql::start(session, query).await?.try_collect().await?;
    let columns = batches.iter().filter_map(|batch| arrow::compute::cast(batch.column(0), &arrow_schema::DataType::Utf8).ok());
    Ok(columns.flat_map(|column| column.as_string::<i32>().iter().flatten().map(str::to_owned).collect::<Vec<_>>()).collect())
}

/// What the line editor asks about SQL.
#[derive(Helper, Hinter)]
struct SqlHelper {
    names: Vec<String>,
}

impl Completer for SqlHelper {
    type Candidate = String;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..position).unwrap_or(line);
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
        let word = before.get(start..).unwrap_or_default();
        if word.is_empty() {
            return Ok((start, Vec::new()));
        }
        Ok((start, self.candidates(word)))
    }
}

impl SqlHelper {
    fn candidates(&self, word: &str) -> Vec<String> {
        let lower = word.to_lowercase();
        let functions = functions::FUNCTIONS.iter().flat_map(|function| function.sql.iter().copied());
        let known = self.names.iter().map(String::as_str).chain(KEYWORDS.iter().copied()).chain(functions);
        let mut found: Vec<String> = known.filter(|name| name.to_lowercase().starts_with(&lower)).map(str::to_owned).collect();
        found.sort();
        found.dedup();
        found
    }
}

impl Validator for SqlHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let input = context.input();
        let whole = input.trim().is_empty() || input.starts_with('\\') || is_farewell(input) || statements::is_complete(input);
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Highlighter for SqlHelper {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Borrowed(prompt)
    }
}
