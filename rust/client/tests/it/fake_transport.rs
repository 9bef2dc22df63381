//! A transport that answers what a test says, and remembers what it was asked.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;
use polybolos_client::Session;
use polybolos_client::protocol::transport::{AnalyzeRequest, BatchStream, ExecuteRequest, QueryHandle, QueryStream, Transport};
use polybolos_client::protocol::wire::flight::{
    AnalyzeResult, CancelOutcome, Capabilities, ExplainText, PutReceipt, QueryInfo, ResultProgress, ResultTrailer,
};
use polybolos_client::protocol::{CheckedPlan, Error, Result};

/// What every query answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// This batch.
    Rows(RecordBatch),
    /// An error, made from the ids of the plan's relations.
    FailingAt(fn(&[u32]) -> Error),
}

/// What a transport was asked.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) executed: Vec<ExecuteRequest>,
    pub(crate) put_rows: Vec<usize>,
    pub(crate) cancelled: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct FakeTransport {
    answer: Answer,
    pub(crate) asked: Mutex<Asked>,
}

pub(crate) fn session_that(answer: Answer) -> Session {
    Session::over(Arc::new(FakeTransport { answer, asked: Mutex::default() }))
}

pub(crate) fn session_and_transport(answer: Answer) -> (Session, Arc<FakeTransport>) {
    let transport = Arc::new(FakeTransport { answer, asked: Mutex::default() });
    (Session::over(Arc::clone(&transport) as Arc<dyn Transport>), transport)
}

/// A batch of two rows: a number and a text with a null.
pub(crate) fn two_rows() -> RecordBatch {
    let columns: [(&str, ArrayRef); 2] =
        [("id", Arc::new(Int64Array::from(vec![1, 2]))), ("name", Arc::new(StringArray::from(vec![Some("one"), None])))];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// What a write answers.
pub(crate) fn written() -> RecordBatch {
    let path = Arc::new(StringArray::from(vec!["out/"])) as ArrayRef;
    let number = |n: u64| Arc::new(UInt64Array::from(vec![n])) as ArrayRef;
    RecordBatch::try_from_iter([("rows", number(7)), ("files", number(2)), ("bytes", number(900)), ("path", path)]).unwrap()
}

impl FakeTransport {
    fn answer(&self, plan: &CheckedPlan) -> Result<RecordBatch> {
        match &self.answer {
            Answer::Rows(batch) => Ok(batch.clone()),
            Answer::FailingAt(error) => Err(error(&plan.plan().relations.iter().map(|relation| relation.id).collect::<Vec<_>>())),
        }
    }
}

#[derive(Debug)]
struct Query;

impl QueryHandle for Query {
    fn query_id(&self) -> &str {
        "q-1"
    }

    fn progress(&self) -> ResultProgress {
        ResultProgress { fraction: 0.5, ..Default::default() }
    }

    fn trailer(&self) -> Option<ResultTrailer> {
        Some(ResultTrailer { rows: 2, ..Default::default() })
    }
}

#[async_trait]
impl Transport for FakeTransport {
    async fn execute(&self, request: ExecuteRequest) -> Result<QueryStream> {
        let answer = self.answer(&request.plan);
        self.asked.lock().executed.push(request);
        let batch = answer?;
        Ok(QueryStream::new(batch.schema(), stream::iter([Ok(batch)]).boxed(), Arc::new(Query)))
    }

    async fn analyze(&self, request: AnalyzeRequest) -> Result<AnalyzeResult> {
        let batch = self.answer(&request.plan)?;
        let schema = arrow::ipc::writer::IpcWriteOptions::default();
        let message = arrow_flight::SchemaAsIpc::new(batch.schema_ref(), &schema);
        let message: arrow_flight::IpcMessage = message.try_into().unwrap();
        let told = |format: &str, text: &str| ExplainText { kind: "logical".into(), format: format.into(), text: text.into() };
        let explain = vec![told("text", "a plan"), told("json", "{}")];
        Ok(AnalyzeResult { arrow_schema: message.0, explain, ..Default::default() })
    }

    async fn put(&self, _schema: SchemaRef, batches: BatchStream) -> Result<PutReceipt> {
        let batches: Vec<RecordBatch> = batches.try_collect().await?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let mut asked = self.asked.lock();
        asked.put_rows.push(rows);
        Ok(PutReceipt { id: format!("data-{}", asked.put_rows.len()), rows_received: rows as u64, ..Default::default() })
    }

    async fn cancel(&self, query_id: &str) -> Result<CancelOutcome> {
        self.asked.lock().cancelled.push(query_id.to_owned());
        Ok(CancelOutcome::Cancelled)
    }

    async fn queries(&self, _all_states: bool) -> Result<Vec<QueryInfo>> {
        Ok(Vec::new())
    }

    async fn capabilities(&self) -> Result<Capabilities> {
        Ok(Capabilities::default())
    }

    async fn set_options(&self, options: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
        Ok(options)
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
