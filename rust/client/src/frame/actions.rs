//! What makes a frame run: rows, counts, tables on the terminal.

use std::io::{self, Write};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use arrow_schema::SchemaRef;
use polybolos_protocol::error::Code;
use polybolos_protocol::transport::AnalyzeRequest;
use polybolos_protocol::wire::flight::{AnalyzeResult, AnalyzeWhat};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Error, Result};

use crate::arrow_ipc;
use crate::expr::aggregate_call;
use crate::plan::{self, Prepared};
use crate::result::QueryResult;
use crate::show;

use super::DataFrame;

/// Rows that [`DataFrame::show`] prints.
const SHOWN_ROWS: usize = 20;

impl DataFrame {
    /// Runs the query: its rows as a stream of batches. The call returns as soon as the columns are known.
    pub async fn stream(&self) -> Result<QueryResult> {
        self.session().upload(self).await?;
        let prepared = plan::of_query(self)?;
        let result = self.session().run(prepared).await.map_err(|error| self.blame(error))?;
        Ok(result.blaming(self))
    }

    /// Runs the query: all its batches. See [`stream`](Self::stream) for a result that does not fit into memory.
    pub async fn collect(&self) -> Result<Vec<RecordBatch>> {
        self.stream().await?.collect().await
    }

    /// Runs the query: all its rows in one batch, also where there are none.
    pub async fn collect_one(&self) -> Result<RecordBatch> {
        let result = self.stream().await?;
        let schema = result.schema().clone();
        let batches = result.collect().await?;
        concat_batches(&schema, &batches).map_err(|error| Error::internal("the batches of a result do not fit together").with_source(error))
    }

    /// Runs the query: the one value of its one row, as an array of length one.
    ///
    /// # Errors
    ///
    /// `CARDINALITY_VIOLATION` where the result has not exactly one row and one column.
    #[track_caller]
    pub fn scalar(&self) -> impl Future<Output = Result<ArrayRef>> + Send + use<> {
        let (frame, first) = (self.clone(), self.limit(2));
        async move {
            let batch = first?.collect_one().await?;
            match (batch.columns(), batch.num_rows()) {
                ([value], 1) => Ok(value.clone()),
                (columns, rows) => {
                    let message = format!("scalar() needs one row of one column, not {rows} rows of {} columns", columns.len());
                    Err(frame.blame(Error::new(Code::CardinalityViolation, message).in_relation(frame.id())))
                }
            }
        }
    }

    /// Runs the query: how many rows it has.
    #[track_caller]
    pub fn count(&self) -> impl Future<Output = Result<u64>> + Send + use<> {
        let counted = self.agg(aggregate_call("std", "count", Vec::new()).alias("count"));
        async move {
            let value = counted?.collect_one().await?;
            let text = value.columns().first().map(crate::result::texts).transpose()?.and_then(|texts| texts.into_iter().next());
            let count = text.as_deref().and_then(|count| count.parse().ok());
            count.ok_or_else(|| Error::internal(format!("a count came back as {text:?}")))
        }
    }

    /// The columns of the result, without running the query.
    pub async fn schema(&self) -> Result<SchemaRef> {
        let analyzed = self.analyze(vec![AnalyzeWhat::Schema]).await?;
        arrow_ipc::schema_of(&analyzed.arrow_schema)
    }

    /// Prints the first 20 rows as a table, as wide as the terminal.
    #[track_caller]
    pub fn show(&self) -> impl Future<Output = Result<()>> + Send + use<> {
        self.show_rows(SHOWN_ROWS)
    }

    /// Prints the first so many rows as a table, as wide as the terminal.
    #[track_caller]
    pub fn show_rows(&self, rows: usize) -> impl Future<Output = Result<()>> + Send + use<> {
        let table = self.to_table_string_with(rows, show::terminal_width());
        async move {
            let table = table.await?;
            let mut out = io::stdout().lock();
            let printed = out.write_all(table.as_bytes()).and_then(|()| out.flush());
            printed.map_err(|error| Error::new(Code::External, "the table cannot be printed").with_source(error))
        }
    }

    /// The first 20 rows as a table, as [`show`](Self::show) prints it. It ends with a line end.
    #[track_caller]
    pub fn to_table_string(&self) -> impl Future<Output = Result<String>> + Send + use<> {
        self.to_table_string_with(SHOWN_ROWS, show::terminal_width())
    }

    /// The first so many rows as a table, not wider than `width` characters where that is given. See [`show`](mod@crate::show) for the form.
    #[track_caller]
    pub fn to_table_string_with(&self, rows: usize, width: Option<usize>) -> impl Future<Output = Result<String>> + Send + use<> {
        let first = self.limit((rows as u64).saturating_add(1));
        async move {
            let result = first?.stream().await?;
            let schema = result.schema().clone();
            show::table_of_width(&schema, &result.collect().await?, rows, width)
        }
    }

    /// Keeps the result in the session: the query runs now, and the frame that comes back reads what was kept.
    ///
    /// It is kept until the session ends or [`uncache`](Self::uncache) is called on the frame that came back.
    #[track_caller]
    pub fn cache(&self) -> impl Future<Output = Result<DataFrame>> + Send + use<> {
        let (frame, cache_id) = (self.clone(), uuid::Uuid::new_v4().to_string());
        let cached = pb::CachedRef { cache_id: cache_id.clone() };
        let reader = Self::leaf(self.session(), super::RelationOp::plain(pb::relation::Kind::Cached(cached)));
        async move {
            let cache = pb::Cache { cache_id, durable: false, eager: true };
            frame.session().upload(&frame).await?;
            frame.run_command(plan::of_command(&frame, |_| Ok(pb::command::Kind::Cache(cache)))?).await?;
            reader
        }
    }

    /// Gives up what [`cache`](Self::cache) kept. Frames that read it fail from now on.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where the frame did not come from `cache()`.
    pub async fn uncache(&self) -> Result<()> {
        let super::RelationOp::Plain(kind) = &self.relation().op else {
            return Err(not_cached());
        };
        let pb::relation::Kind::Cached(cached) = kind.as_ref() else {
            return Err(not_cached());
        };
        let name = pb::Identifier { parts: vec![cached.cache_id.clone()] };
        self.session().drop_object(pb::ObjectKind::Cache, name, true).await
    }

    /// Runs a command over the frame's rows: the one row that it answers.
    pub(crate) async fn run_command(&self, prepared: Prepared) -> Result<Vec<RecordBatch>> {
        let result = self.session().run(prepared).await.map_err(|error| self.blame(error))?;
        result.blaming(self).collect().await
    }

    pub(super) async fn analyze(&self, what: Vec<AnalyzeWhat>) -> Result<AnalyzeResult> {
        self.session().upload(self).await?;
        let prepared = plan::of_query(self)?;
        // A plan that is only looked at may leave its parameters open.
        let parameters = match what.contains(&AnalyzeWhat::ExplainAnalyze) {
            true => prepared.parameters()?,
            false => prepared.parameters().unwrap_or_default(),
        };
        let operation_id = uuid::Uuid::new_v4().to_string();
        let request = AnalyzeRequest { plan: prepared.plan, parameters, what, operation_id };
        self.session().transport().analyze(request).await.map_err(|error| self.blame(error))
    }
}

fn not_cached() -> Error {
    Error::invalid_argument("uncache() is for the frame that cache() gave back")
}
