//! A plan in, Arrow streams out: the one interface behind every client.
//!
//! `polybolos-client` implements [`Transport`] over Flight, `polybolos-engine` in this process, and a server holds one per
//! session, so that all three speak the same language and a DataFrame runs unchanged on each.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};

use crate::CheckedPlan;
use crate::error::{Error, Result};
use crate::wire::flight::{
    AnalyzeResult, AnalyzeWhat, CancelOutcome, Capabilities, ParameterValue, PutReceipt, QueryInfo, ResultOptions, ResultProgress,
    ResultTrailer,
};

/// A plan to run, checked, with the values of its parameters.
#[derive(Debug, Clone)]
pub struct ExecuteRequest {
    /// The plan: a query or a command.
    pub plan: CheckedPlan,
    /// One value for each of `Plan.parameters`.
    pub parameters: Vec<ParameterValue>,
    /// A UUID that the client chose; it names the query for cancel and makes a retried write run once.
    pub operation_id: String,
    /// Batch sizes and codec of the result.
    pub options: ResultOptions,
    /// Labels for lists of queries.
    pub tags: Vec<String>,
}

/// A plan to look at without reading its result (`EXPLAIN ANALYZE` does run it).
#[derive(Debug, Clone)]
pub struct AnalyzeRequest {
    /// The plan.
    pub plan: CheckedPlan,
    /// One value for each of `Plan.parameters`.
    pub parameters: Vec<ParameterValue>,
    /// What to find out.
    pub what: Vec<AnalyzeWhat>,
    /// Names the query for cancel, where it runs.
    pub operation_id: String,
}

/// Record batches on their way in, such as local data for [`Transport::put`].
pub type BatchStream = BoxStream<'static, Result<RecordBatch>>;

/// One session, on whatever runs it.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Starts a query or command. It runs as its stream is polled; dropping the stream cancels it.
    async fn execute(&self, request: ExecuteRequest) -> Result<QueryStream>;

    /// Schema, EXPLAIN texts, requirements of a plan.
    async fn analyze(&self, request: AnalyzeRequest) -> Result<AnalyzeResult>;

    /// Stores local data in the session; the receipt's id is a `LocalData.data_id`.
    async fn put(&self, schema: SchemaRef, batches: BatchStream) -> Result<PutReceipt>;

    /// Forgets data that [`Transport::put`] stored; data that is not there is no error. What cannot forget by itself keeps it until
    /// the session ends.
    async fn discard(&self, _data_id: &str) -> Result<()> {
        Ok(())
    }

    /// Cancels a query of this session's principal by its operation or query id.
    async fn cancel(&self, query_id: &str) -> Result<CancelOutcome>;

    /// The queries of this session's principal.
    async fn queries(&self, all_states: bool) -> Result<Vec<QueryInfo>>;

    /// What the other side can do, its limits, and the session's semantics.
    async fn capabilities(&self) -> Result<Capabilities>;

    /// Sets session options (see `docs/contract.md`); unknown keys are errors. Answers all options as they are now.
    async fn set_options(&self, options: Vec<(String, String)>) -> Result<Vec<(String, String)>>;

    /// Ends the session: its views and data are gone, its queries cancelled. A second call does nothing.
    async fn close(&self) -> Result<()>;
}

/// Whatever runs plans: one process or a cluster. Sessions of it do not see each other's views and data.
#[async_trait]
pub trait Engine: fmt::Debug + Send + Sync {
    /// Opens a session for this principal with these options (see `docs/contract.md`); unknown keys are errors.
    async fn open_session(&self, principal: &str, options: Vec<(String, String)>) -> Result<Arc<dyn Transport>>;

    /// What the engine can do, without a session.
    fn capabilities(&self) -> Capabilities;
}

/// What is known of a query while it runs and after it.
pub trait QueryHandle: fmt::Debug + Send + Sync {
    /// The id of the query.
    fn query_id(&self) -> &str;
    /// How far it is; a fraction below 0 when nobody can know.
    fn progress(&self) -> ResultProgress;
    /// Metrics and warnings, once the stream has ended.
    fn trailer(&self) -> Option<ResultTrailer>;
}

/// The result of a query: its schema and its batches, as they are made.
pub struct QueryStream {
    schema: SchemaRef,
    batches: BatchStream,
    query: Arc<dyn QueryHandle>,
}

impl QueryStream {
    /// A result with this schema; every batch must have it.
    pub fn new(schema: SchemaRef, batches: BatchStream, query: Arc<dyn QueryHandle>) -> Self {
        Self { schema, batches, query }
    }

    /// The same result, with each error as `told` makes it.
    #[must_use]
    pub fn map_err(self, told: impl FnMut(Error) -> Error + Send + 'static) -> Self {
        Self { batches: self.batches.map_err(told).boxed(), ..self }
    }

    /// The schema of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The query behind the stream; it outlives it.
    pub fn query(&self) -> Arc<dyn QueryHandle> {
        Arc::clone(&self.query)
    }
}

impl Stream for QueryStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.batches.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for QueryStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryStream").field("schema", &self.schema).field("query", &self.query).finish_non_exhaustive()
    }
}
