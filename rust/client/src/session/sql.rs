//! SQL: queries as frames, statements as commands.
//!
//! [`Session::sql`] makes a frame of a *query* (`select`, `with`, `values`): lazy like any other frame, and more can be
//! built on top. [`Session::execute`] runs *any* statement that the session's policy allows, at once.
//!
//! Which of the two a text is, is told by its first word, after comments and opening parentheses: `select`, `with`,
//! `values`, `table` and `from` begin a query, everything else is a command.

use polybolos_protocol::Result;
use polybolos_protocol::wire::plan as pb;

use crate::expr::{Expr, IntoOperand};
use crate::frame::{DataFrame, RelationOp};
use crate::result::QueryResult;

use super::Session;

/// What goes with a SQL text: values for its parameters, frames for its table names.
///
/// ```
/// use polybolos_client::{Session, SqlOptions};
///
/// # fn main() -> polybolos_client::Result<()> {
/// let session = Session::detached();
/// let trips = session.table("trips")?;
/// session.sql_with("select * from t where fare > $1", SqlOptions::new().input("t", &trips).value(50))?;
/// session.sql_with("select * from trips where fare > $least", SqlOptions::new().named("least", 50))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct SqlOptions {
    dialect: String,
    positional: Vec<Expr>,
    named: Vec<Expr>,
    inputs: Vec<(String, DataFrame)>,
}

impl SqlOptions {
    /// No parameters, no inputs, the engine's own dialect.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of the next of `$1`, `$2` and so on.
    #[must_use]
    pub fn value(mut self, value: impl IntoOperand) -> Self {
        self.positional.push(value.into_operand());
        self
    }

    /// The values of `$1`, `$2` and so on.
    #[must_use]
    pub fn values<V: IntoOperand>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.positional.extend(values.into_iter().map(IntoOperand::into_operand));
        self
    }

    /// The value of `$name`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>, value: impl IntoOperand) -> Self {
        self.named.push(value.into_operand().alias(name));
        self
    }

    /// The frame that the text calls by this name; it hides a table of that name.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, frame: &DataFrame) -> Self {
        self.inputs.push((name.into(), frame.clone()));
        self
    }

    /// The dialect of the text, one of those that the capabilities name.
    #[must_use]
    pub fn dialect(mut self, dialect: impl Into<String>) -> Self {
        self.dialect = dialect.into();
        self
    }
}

impl Session {
    /// The rows of a query in SQL. Nothing runs yet; a text that is wrong is told by the action.
    #[track_caller]
    pub fn sql(&self, text: impl Into<String>) -> Result<DataFrame> {
        self.sql_with(text, SqlOptions::default())
    }

    /// The rows of a query in SQL, with parameters and inputs.
    #[track_caller]
    pub fn sql_with(&self, text: impl Into<String>, options: SqlOptions) -> Result<DataFrame> {
        let SqlOptions { dialect, positional, named, inputs } = options;
        let input_names = inputs.iter().map(|(name, _)| name.clone()).collect();
        let op = RelationOp::Sql { text: text.into(), dialect, input_names, positional, named };
        DataFrame::leaf_over(self, inputs.iter().map(|(_, frame)| frame), op)
    }

    /// Runs one statement in SQL at once, whatever it is: a query answers its rows, a command (`create table`, `insert`,
    /// `set`, `show`, `explain` ...) what it has to say.
    ///
    /// ```no_run
    /// # async fn example(session: polybolos_client::Session) -> polybolos_client::Result<()> {
    /// session.execute("create view cheap as select * from trips where fare < 10").await?.finish().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn execute<T: Into<String>>(&self, text: T) -> impl Future<Output = Result<QueryResult>> + Send + use<T> {
        let (session, text) = (self.clone(), text.into());
        let frame = is_query(&text).then(|| self.sql(text.as_str()));
        async move {
            match frame {
                Some(frame) => frame?.stream().await,
                None => session.command(pb::command::Kind::Sql(pb::SqlCommand { text, dialect: String::new() })).await,
            }
        }
    }
}

/// Whether the statement gives rows that a plan can build on.
fn is_query(text: &str) -> bool {
    let start = start_of_statement(text);
    let word: String = start.chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    matches!(word.to_ascii_lowercase().as_str(), "select" | "with" | "values" | "table" | "from")
}

/// The text after white space, comments and opening parentheses.
fn start_of_statement(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = after_block_comment(comment);
        } else {
            return rest;
        }
    }
}

/// The text after a block comment whose opening is gone; block comments nest.
fn after_block_comment(text: &str) -> &str {
    let (mut rest, mut depth) = (text, 1_u32);
    while depth > 0 {
        let (open, close) = (rest.find("/*"), rest.find("*/"));
        let at = match (open, close) {
            (Some(open), Some(close)) if open < close => {
                depth += 1;
                open
            }
            (_, Some(close)) => {
                depth -= 1;
                close
            }
            _ => return "",
        };
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::is_query;

    #[test]
    fn the_first_word_tells_a_query_from_a_command() {
        for query in ["select 1", " \n(SELECT 1)", "-- a\n/* b /* c */ */ with x as (select 1) select * from x", "values (1)", "from t"] {
            assert!(is_query(query), "{query}");
        }
        for command in
            ["create table t (a int)", "-- select\ninsert into t values (1)", "selection", "/* open", "", "show tables", "explain select 1"]
        {
            assert!(!is_query(command), "{command}");
        }
    }
}
