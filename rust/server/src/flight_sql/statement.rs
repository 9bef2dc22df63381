//! SQL text to a plan: a query becomes a relation, anything else a command.

use polybolos_protocol::transport::ExecuteRequest;
use polybolos_protocol::wire::flight::ResultOptions;
use polybolos_protocol::wire::plan::{
    Command, ContractVersion, Expression, Literal, Plan, Profile, Relation, SqlCommand, SqlQuery, command, expression, plan, relation,
};
use polybolos_protocol::{CheckedPlan, Result};

use crate::door::{Door, operation_id};

pub(super) const PRODUCER: &str = "flight-sql";
/// The words that queries begin with; a parenthesis may stand before them.
const QUERY_WORDS: [&str; 5] = ["SELECT", "WITH", "VALUES", "TABLE", "FROM"];

/// The request that runs this statement with these values for `$1`, `$2` ... or for each `?`.
pub(crate) fn request(door: &Door, text: &str, parameters: Vec<Literal>) -> Result<ExecuteRequest> {
    Ok(ExecuteRequest {
        plan: CheckedPlan::check(plan_of(text, parameters)?, &door.limits)?,
        parameters: Vec::new(),
        operation_id: operation_id(String::new())?,
        options: ResultOptions::default(),
        tags: Vec::new(),
    })
}

fn plan_of(text: &str, parameters: Vec<Literal>) -> Result<Plan> {
    let plan = Plan {
        version: Some(ContractVersion { minor: 0, producer: PRODUCER.to_owned() }),
        profile: Profile::Surface as i32,
        ..Plan::default()
    };
    let positional_args = parameters.into_iter().map(|value| Expression { kind: Some(expression::Kind::Literal(value)) }).collect();
    if is_query(text) {
        let sql = SqlQuery { text: text.to_owned(), positional_args, ..SqlQuery::default() };
        let relation = Relation { id: 1, kind: Some(relation::Kind::Sql(sql)), ..Relation::default() };
        return Ok(Plan { relations: vec![relation], root: Some(plan::Root::Relation(1)), ..plan });
    }
    let sql = SqlCommand { text: text.to_owned(), positional_args, ..SqlCommand::default() };
    let command = Command { kind: Some(command::Kind::Sql(sql)), ..Command::default() };
    Ok(Plan { root: Some(plan::Root::Command(command)), ..plan })
}

/// Whether the statement is a query, told by its first word. The engine parses it; a wrong guess is its error to tell.
fn is_query(text: &str) -> bool {
    let start = after_comments(text).trim_start_matches(|c: char| c == '(' || c.is_whitespace());
    let word: String = after_comments(start).chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    QUERY_WORDS.iter().any(|query| word.eq_ignore_ascii_case(query))
}

/// The text after blanks and comments at its start.
fn after_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let rest = match (text.strip_prefix("--"), text.strip_prefix("/*")) {
            (Some(comment), _) => comment.split_once('\n'),
            (_, Some(comment)) => comment.split_once("*/"),
            _ => return text,
        };
        text = rest.map_or("", |(_, rest)| rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_told_from_commands_by_their_first_word() {
        for query in
            ["select 1", "  WITH x AS (SELECT 1) SELECT * FROM x", "-- why\nSELECT 1", "/* a */ (SELECT 1) UNION (SELECT 2)", "values (1)"]
        {
            assert!(is_query(query), "{query}");
        }
        for command in ["CREATE VIEW v AS SELECT 1", "insert into t values (1)", "SHOW TABLES", "EXPLAIN SELECT 1", "", "selection"] {
            assert!(!is_query(command), "{command}");
        }
    }
}
