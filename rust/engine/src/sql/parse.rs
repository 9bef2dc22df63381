//! From text to one statement.

use datafusion::common::{DataFusionError, Span};
use datafusion::execution::SessionState;
use datafusion::sql::parser::{DFParserBuilder, ParserInput, Statement};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use polybolos_protocol::{Code, Error, Result};

use super::excerpt;
use crate::error::from_datafusion;

/// The one statement of a text.
pub(super) fn statement(state: &SessionState, text: &str) -> Result<Statement> {
    let depth = state.config_options().sql_parser.recursion_limit.get();
    let parsed = DFParserBuilder::new(input(text)?)
        .with_dialect(&GenericDialect {})
        .with_recursion_limit(depth)
        .build()
        .and_then(|mut parser| parser.parse_statements());
    let mut statements = parsed.map_err(|error| syntax(text, depth, error))?;
    match (statements.pop_front(), statements.len()) {
        (Some(statement), 0) => Ok(statement),
        (Some(_), more) => Err(Error::new(Code::SqlSyntax, format!("the text holds {} statements; send one at a time", more + 1))),
        (None, _) => Err(Error::new(Code::SqlSyntax, "the text holds no statement")),
    }
}

/// The text, or its tokens where `?` stands in it for the next of `$1`, `$2` and so on, as drivers of databases write it.
fn input(text: &str) -> Result<ParserInput<'_>> {
    if !text.contains('?') {
        return Ok(text.into());
    }
    // What cannot be cut into tokens is the parser's to tell.
    let Ok(mut tokens) = Tokenizer::new(&GenericDialect {}, text).tokenize_with_location() else { return Ok(text.into()) };
    let (mut count, mut numbered) = (0, false);
    for token in &mut tokens {
        match &mut token.token {
            Token::Placeholder(name) if name == "?" => {
                count += 1;
                *name = format!("${count}");
            }
            Token::Placeholder(_) => numbered = true,
            _ => {}
        }
    }
    if count > 0 && numbered {
        return Err(Error::new(Code::ParameterMismatch, "the text has parameters both as ? and by number or name; use one way"));
    }
    Ok(tokens.into())
}

fn syntax(text: &str, depth: usize, error: DataFusionError) -> Error {
    if let DataFusionError::SQL(parser, _) = &error
        && matches!(parser.as_ref(), ParserError::RecursionLimitExceeded)
    {
        return Error::new(Code::PlanTooDeep, format!("the SQL text nests deeper than {depth} levels")).with_source(error);
    }
    let translated = from_datafusion(error);
    let Some((message, line, column)) = split_position(translated.message()) else { return translated };
    let cleaned = Error::new(Code::SqlSyntax, message).with_source(translated);
    excerpt::at_position(cleaned, text, line, column)
}

/// The parser appends `at Line: 1, Column: 15`.
fn split_position(message: &str) -> Option<(String, u64, u64)> {
    let (before, after) = message.rsplit_once("Line: ")?;
    let (line, after) = after.split_once(", Column: ")?;
    let column: String = after.chars().take_while(char::is_ascii_digit).collect();
    let message = before.trim_end().trim_end_matches(" at").trim_end();
    Some((message.to_owned(), line.trim().parse().ok()?, column.parse().ok()?))
}

/// The place that a diagnostic of planning names.
pub(super) fn span_of(error: &DataFusionError) -> Option<Span> {
    match error {
        DataFusionError::Diagnostic(diagnostic, _) => diagnostic.span,
        DataFusionError::Context(_, cause) => span_of(cause),
        DataFusionError::Shared(cause) => span_of(cause),
        DataFusionError::Collection(causes) => causes.iter().find_map(span_of),
        _ => None,
    }
}
