//! SQL: queries as frames, statements as commands.
//!
//! [`Session::sql`] makes a frame of a *query* (`select`, `with`, `values`): lazy like any other frame, and more can be
//! built on top. [`Session::execute`] runs *any* statement that the session's policy allows, at once; the engine, which
//! parses it, knows whether it answers rows. So this client need not read SQL to tell the two apart.

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
    /// `set` ...) one row of `rows`, `files`, `bytes` and `path`.
    ///
    /// ```no_run
    /// # async fn example(session: polybolos_client::Session) -> polybolos_client::Result<()> {
    /// session.execute("create view cheap as select * from trips where fare < 10").await?.finish().await?;
    /// let tables = session.execute("show tables").await?.collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn execute(&self, text: impl Into<String>) -> Result<QueryResult> {
        self.command(pb::command::Kind::Sql(pb::SqlCommand { text: text.into(), ..Default::default() })).await
    }
}
