//! A running query: its batches as they come, how far it is, and the way to stop it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow_schema::SchemaRef;
use futures::{Stream, StreamExt, TryStreamExt};
use polybolos_protocol::transport::{QueryHandle, QueryStream, Transport};
use polybolos_protocol::wire::flight::{CancelOutcome, ResultProgress, ResultTrailer};
use polybolos_protocol::{Error, Result};

use crate::arrow_ipc;
use crate::frame::DataFrame;

/// The rows of a query, as they are made: a stream of record batches. Dropping it cancels the query.
///
/// ```no_run
/// use futures::TryStreamExt;
///
/// # async fn example(trips: polybolos_client::DataFrame) -> polybolos_client::Result<()> {
/// let mut rows = trips.stream().await?;
/// while let Some(batch) = rows.try_next().await? {
///     println!("{} rows, {:.0} % done", batch.num_rows(), rows.progress().fraction * 100.0);
/// }
/// # Ok(())
/// # }
/// ```
pub struct QueryResult {
    stream: QueryStream,
    transport: Arc<dyn Transport>,
    operation_id: String,
    frame: Option<DataFrame>,
}

impl QueryResult {
    pub(crate) fn new(stream: QueryStream, transport: Arc<dyn Transport>, operation_id: String) -> Self {
        Self { stream, transport, operation_id, frame: None }
    }

    /// Errors are told at the lines of this frame.
    pub(crate) fn blaming(mut self, frame: &DataFrame) -> Self {
        self.frame = Some(frame.clone());
        self
    }

    /// The columns of every batch.
    pub fn schema(&self) -> &SchemaRef {
        self.stream.schema()
    }

    /// The id of the query, for [`Session::cancel`](crate::Session::cancel), lists and logs.
    pub fn query_id(&self) -> String {
        self.stream.query().query_id().to_owned()
    }

    /// How far the query is; its fraction is negative where nobody can know. Over Flight its one stage counts the rows and
    /// bytes that have come.
    pub fn progress(&self) -> ResultProgress {
        self.stream.query().progress()
    }

    /// Metrics and warnings, once the last batch has come.
    pub fn trailer(&self) -> Option<ResultTrailer> {
        self.stream.query().trailer()
    }

    /// What to stop the query with, from another task.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle { transport: Arc::clone(&self.transport), operation_id: self.operation_id.clone(), query: self.stream.query() }
    }

    /// What the frame's [`observe`](DataFrame::observe) steps measured, one row each, once the last batch has come.
    pub fn observed(&self) -> Result<Vec<(String, RecordBatch)>> {
        let observed = self.trailer().map(|trailer| trailer.observed).unwrap_or_default();
        let rows = observed.into_iter().map(|metrics| {
            let row = arrow_ipc::batches_of(&metrics.arrow_row)?.into_iter().next();
            Ok((metrics.name, row.ok_or_else(|| Error::internal("an observation has no row"))?))
        });
        rows.collect()
    }

    /// All batches.
    pub async fn collect(self) -> Result<Vec<RecordBatch>> {
        self.try_collect().await
    }

    /// Reads to the end and throws the rows away.
    pub async fn finish(mut self) -> Result<ResultTrailer> {
        while self.try_next().await?.is_some() {}
        Ok(self.trailer().unwrap_or_default())
    }
}

impl Stream for QueryResult {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.stream.poll_next_unpin(cx);
        polled.map_err(|error| match &self.frame {
            Some(frame) => frame.blame(error),
            None => error,
        })
    }
}

impl fmt::Debug for QueryResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryResult").field("query_id", &self.query_id()).field("schema", self.schema()).finish_non_exhaustive()
    }
}

/// Stops a query, and tells how far it is, from another task. Cheap to clone.
#[derive(Clone)]
pub struct CancelHandle {
    transport: Arc<dyn Transport>,
    operation_id: String,
    query: Arc<dyn QueryHandle>,
}

impl CancelHandle {
    /// Cancels the query; its stream ends with `CANCELLED`.
    pub async fn cancel(&self) -> Result<CancelOutcome> {
        self.transport.cancel(&self.operation_id).await
    }

    /// How far the query is; its fraction is negative where nobody can know.
    pub fn progress(&self) -> ResultProgress {
        self.query.progress()
    }

    /// The id of the query.
    pub fn query_id(&self) -> &str {
        self.query.query_id()
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelHandle").field("operation_id", &self.operation_id).finish_non_exhaustive()
    }
}

/// Each value of an array as text; nulls are empty.
pub(crate) fn texts(array: &ArrayRef) -> Result<Vec<String>> {
    let broken = |error| Error::internal("a value cannot be written as text").with_source(error);
    let formatter = ArrayFormatter::try_new(array, &FormatOptions::default()).map_err(broken)?;
    (0..array.len()).map(|row| formatter.value(row).try_to_string().map_err(broken)).collect()
}
