//! The statements that a session may run: a closed list. What is not named here is `SQL_NOT_ALLOWED`, whatever a later version of
//! the parser learns to read.

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ObjectType, Query, Set, SetExpr, Statement as Sql};
use polybolos_protocol::{Code, Error, Result};

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Answers rows: a query, EXPLAIN, DESCRIBE, SHOW of tables, columns, functions.
    Rows,
    /// `SHOW option`, or `SHOW ALL`.
    ShowOption(String),
    /// Changes something; the statement's name.
    Command(String),
    /// `SET option = value`, or `RESET option` without a value.
    Set { name: String, option: String, value: Option<String> },
}

/// Holds a statement against the policy.
pub(super) fn kind(statement: &Statement, text: &str) -> Result<Kind> {
    match statement {
        Statement::Statement(sql) => sql_kind(sql, text),
        Statement::CreateExternalTable(_) => Ok(command("CREATE EXTERNAL TABLE")),
        Statement::CopyTo(_) => Ok(command("COPY")),
        Statement::Explain(explain) => kind(&explain.statement, text).and_then(explained),
        Statement::Reset(_) => Err(refused("RESET")),
    }
}

fn sql_kind(sql: &Sql, text: &str) -> Result<Kind> {
    match sql {
        Sql::Query(query) => query_kind(query),
        Sql::Explain { statement, .. } => sql_kind(statement, text).and_then(explained),
        Sql::ExplainTable { .. }
        | Sql::ShowTables { .. }
        | Sql::ShowColumns { .. }
        | Sql::ShowFunctions { .. }
        | Sql::ShowCreate { .. } => Ok(Kind::Rows),
        Sql::ShowVariable { variable } => {
            Ok(Kind::ShowOption(variable.iter().map(|part| part.value.to_lowercase()).collect::<Vec<_>>().join(".")))
        }
        Sql::Set(Set::SingleAssignment { variable, values, .. }) => {
            set(&variable.to_string(), values.iter().map(ToString::to_string).collect())
        }
        Sql::Set(Set::SetTimeZone { value, .. }) => set("time_zone", vec![value.to_string()]),
        Sql::CreateTable(_) => Ok(command("CREATE TABLE")),
        Sql::CreateView(view) if !view.materialized => Ok(command("CREATE VIEW")),
        Sql::CreateSchema { .. } => Ok(command("CREATE SCHEMA")),
        Sql::Insert(_) => Ok(command("INSERT")),
        Sql::Drop { object_type: ObjectType::Table, .. } => Ok(command("DROP TABLE")),
        Sql::Drop { object_type: ObjectType::View, .. } => Ok(command("DROP VIEW")),
        Sql::Drop { object_type: ObjectType::Schema, .. } => Ok(command("DROP SCHEMA")),
        _ => Err(refused(&first_words(text))),
    }
}

/// A query that hides a change in its body or its WITH clause is none.
fn query_kind(query: &Query) -> Result<Kind> {
    let with = query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| cte.query.as_ref());
    with.map(query_kind).collect::<Result<Vec<_>>>()?;
    let mut bodies = vec![query.body.as_ref()];
    while let Some(body) = bodies.pop() {
        match body {
            SetExpr::Select(_) | SetExpr::Values(_) | SetExpr::Table(_) => {}
            SetExpr::Query(query) => drop(query_kind(query)?),
            SetExpr::SetOperation { left, right, .. } => bodies.extend([left.as_ref(), right.as_ref()]),
            _ => return Err(refused("a change inside a query")),
        }
    }
    Ok(Kind::Rows)
}

fn explained(kind: Kind) -> Result<Kind> {
    match kind {
        Kind::Rows => Ok(Kind::Rows),
        _ => Err(refused("EXPLAIN of anything but a query")),
    }
}

fn set(option: &str, mut values: Vec<String>) -> Result<Kind> {
    let unquoted = |value: String| value.trim_matches(['\'', '"']).to_owned();
    match (values.pop(), values.is_empty()) {
        (Some(value), true) => Ok(Kind::Set { name: "SET".to_owned(), option: option.to_lowercase(), value: Some(unquoted(value)) }),
        _ => Err(Error::new(Code::SqlSyntax, format!("SET {option} takes one value"))),
    }
}

fn command(name: &str) -> Kind {
    Kind::Command(name.to_owned())
}

fn refused(name: &str) -> Error {
    let message = format!(
        "{name} is not allowed; a session may run queries, EXPLAIN, DESCRIBE, SHOW, CREATE [EXTERNAL] TABLE, CREATE VIEW, CREATE SCHEMA, INSERT, COPY, DROP, and SET of its own options"
    );
    Error::new(Code::SqlNotAllowed, message).param("statement", name)
}

/// The first two words of a statement, which name it.
fn first_words(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let words: Vec<String> =
        lines.flat_map(str::split_whitespace).take(2).map(|word| word.trim_end_matches([';', '(']).to_uppercase()).collect();
    words.join(" ")
}
