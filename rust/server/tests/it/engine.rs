//! An engine that does what a statement says, in words: `rows 10`, `hang`, `fail`, `fail after 3`, `views 1000`, `slow plan`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch, StringArray, StringViewArray, UInt64Array};
use arrow::datatypes::Int32Type;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;
use polybolos_protocol::error::PlanPlace;
use polybolos_protocol::transport::{AnalyzeRequest, BatchStream, Engine, ExecuteRequest, QueryHandle, QueryStream, Transport};
use polybolos_protocol::wire::flight::{
    AnalyzeResult, CancelOutcome, Capabilities, Limits, PutReceipt, QueryInfo, ResultProgress, ResultTrailer,
};
use polybolos_protocol::wire::plan::{Plan, command, plan, relation};
use polybolos_protocol::{Code, Error, Result};

pub const BATCH_ROWS: usize = 8192;

#[derive(Debug, Default)]
pub struct FakeEngine {
    /// Streams that were dropped before their end.
    pub abandoned: Arc<AtomicUsize>,
    /// Batches made so far.
    pub made: Arc<AtomicUsize>,
    /// Sessions that were closed.
    pub closed: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct FakeSession {
    principal: String,
    abandoned: Arc<AtomicUsize>,
    made: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
    options: Mutex<HashMap<String, String>>,
    views: Mutex<Vec<String>>,
}

#[async_trait]
impl Engine for FakeEngine {
    async fn open_session(&self, principal: &str, options: Vec<(String, String)>) -> Result<Arc<dyn Transport>> {
        let session = FakeSession {
            principal: principal.to_owned(),
            abandoned: Arc::clone(&self.abandoned),
            made: Arc::clone(&self.made),
            closed: Arc::clone(&self.closed),
            options: Mutex::default(),
            views: Mutex::default(),
        };
        session.set_options(options).await?;
        Ok(Arc::new(session))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { etag: "e1".to_owned(), engine: "fake".to_owned(), ..Capabilities::default() }
    }
}

#[derive(Debug)]
struct Handle(String);

impl QueryHandle for Handle {
    fn query_id(&self) -> &str {
        &self.0
    }
    fn progress(&self) -> ResultProgress {
        ResultProgress { fraction: -1.0, ..ResultProgress::default() }
    }
    fn trailer(&self) -> Option<ResultTrailer> {
        Some(ResultTrailer { query_id: self.0.clone(), rows: 42, ..ResultTrailer::default() })
    }
}

/// Counts a stream that is dropped before its end.
struct Watch {
    abandoned: Arc<AtomicUsize>,
    ended: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.ended {
            self.abandoned.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn statement(plan: &Plan) -> String {
    let relation = plan.relations.iter().find_map(|relation| match &relation.kind {
        Some(relation::Kind::Sql(sql)) => Some((sql.text.clone(), sql.positional_args.len())),
        _ => None,
    });
    match (&plan.root, relation) {
        (Some(plan::Root::Command(command)), _) => match &command.kind {
            Some(command::Kind::Sql(sql)) => sql.text.clone(),
            _ => String::new(),
        },
        (_, Some((text, 0))) => text,
        (_, Some((text, count))) => format!("{text} with {count}"),
        _ => String::new(),
    }
}

fn int_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]))
}

fn int_batch(from: usize, rows: usize) -> RecordBatch {
    let column: ArrayRef = Arc::new(Int64Array::from_iter_values((from as i64)..((from + rows) as i64)));
    RecordBatch::try_new(int_schema(), vec![column]).unwrap()
}

fn text_batch(rows: usize) -> RecordBatch {
    let long = |row: usize| format!("a string that is longer than twelve bytes, number {row}");
    let views: ArrayRef = Arc::new(StringViewArray::from_iter_values((0..rows).map(long)));
    let flags: ArrayRef = Arc::new(StringViewArray::from_iter_values((0..rows).map(|row| if row % 2 == 0 { "A" } else { "N" })));
    let dictionary: DictionaryArray<Int32Type> = (0..rows).map(|row| if row % 3 == 0 { "red" } else { "green" }).collect();
    let batch = RecordBatch::try_from_iter([("long", views), ("flag", flags), ("colour", Arc::new(dictionary) as ArrayRef)]).unwrap();
    // What a filter leaves of a large array: a slice that shares all its buffers.
    batch.slice(rows / 4, rows / 2)
}

fn number(text: &str) -> usize {
    text.split_whitespace().filter_map(|word| word.parse().ok()).next_back().unwrap_or(1)
}

fn words_in_catalog(sql: &str) -> RecordBatch {
    let column = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
    if sql.contains("schemata") {
        return RecordBatch::try_from_iter([("catalog_name", column(vec!["main"])), ("schema_name", column(vec!["public"]))]).unwrap();
    }
    RecordBatch::try_from_iter([
        ("table_catalog", column(vec!["main", "main"])),
        ("table_schema", column(vec!["public", "public"])),
        ("table_name", column(vec!["trips", "zones"])),
        ("table_type", column(vec!["BASE TABLE", "VIEW"])),
    ])
    .unwrap()
}

/// The one row that a command answers.
fn done(rows: Option<u64>) -> RecordBatch {
    let number = |value: Option<u64>| Arc::new(UInt64Array::from(vec![value])) as ArrayRef;
    let path: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
    RecordBatch::try_from_iter_with_nullable([
        ("rows", number(rows), true),
        ("files", number(None), true),
        ("bytes", number(None), true),
        ("path", path, true),
    ])
    .unwrap()
}

impl FakeSession {
    fn batches(&self, text: &str) -> Result<(SchemaRef, BatchStream)> {
        let count = number(text);
        let one = |batch: RecordBatch| (batch.schema(), stream::iter([Ok(batch)]).boxed());
        Ok(if text.starts_with("rows") {
            let made = Arc::clone(&self.made);
            let batches = (0..count.div_ceil(BATCH_ROWS)).map(move |part| {
                made.fetch_add(1, Ordering::SeqCst);
                Ok(int_batch(part * BATCH_ROWS, BATCH_ROWS.min(count - part * BATCH_ROWS)))
            });
            (int_schema(), stream::iter(batches).boxed())
        } else if text.starts_with("hang") {
            (int_schema(), stream::iter([Ok(int_batch(0, 1))]).chain(stream::pending()).boxed())
        } else if text.starts_with("fail after") {
            let late = Err(Error::new(Code::DivisionByZero, "division by zero"));
            (int_schema(), stream::iter((0..count).map(|part| Ok(int_batch(part, 1)))).chain(stream::iter([late])).boxed())
        } else if text.starts_with("fail many") {
            let other = |at: usize| Error::new(Code::UnresolvedColumn, format!("no column named c{at}: {}", "x".repeat(100)));
            return Err(Error::new(Code::UnresolvedColumn, "no column named first").with_others((0..100).map(other)));
        } else if text.starts_with("fail") {
            let place = PlanPlace::exact(7, "filter.predicate");
            return Err(Error::new(Code::UnresolvedColumn, "no column named amout").at(place).with_candidates(["amount"]));
        } else if text.starts_with("views") {
            one(text_batch(count))
        } else if text.starts_with("nothing") {
            one(RecordBatch::new_empty(Arc::new(Schema::empty())))
        } else if text.starts_with("who") {
            one(RecordBatch::try_from_iter([("who", Arc::new(StringArray::from(vec![self.principal.as_str()])) as ArrayRef)]).unwrap())
        } else if text.starts_with("create") {
            self.views.lock().push(text.to_owned());
            one(done(None))
        } else if text.starts_with("insert") {
            one(done(Some(3)))
        } else if text.contains("information_schema") {
            one(words_in_catalog(text))
        } else if text.contains("count views") {
            one(int_batch(self.views.lock().len(), 1))
        } else {
            let column: ArrayRef = Arc::new(StringArray::from(vec![text]));
            one(RecordBatch::try_from_iter([("said", column)]).unwrap())
        })
    }
}

#[async_trait]
impl Transport for FakeSession {
    async fn execute(&self, request: ExecuteRequest) -> Result<QueryStream> {
        let text = statement(request.plan.plan());
        let text = text.strip_prefix("SELECT ").unwrap_or(&text).to_owned();
        if text.starts_with("slow plan") {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        let (schema, batches) = self.batches(&text)?;
        let watch = Watch { abandoned: Arc::clone(&self.abandoned), ended: false };
        let watched = stream::unfold((batches, watch), |(mut batches, mut watch)| async move {
            let next = batches.next().await;
            watch.ended = !matches!(next, Some(Ok(_)));
            next.map(|next| (next, (batches, watch)))
        });
        Ok(QueryStream::new(schema, watched.boxed(), Arc::new(Handle(format!("q-{}", request.operation_id)))))
    }

    async fn analyze(&self, request: AnalyzeRequest) -> Result<AnalyzeResult> {
        let text = statement(request.plan.plan());
        let text = text.strip_prefix("SELECT ").unwrap_or(&text).to_owned();
        if text.contains('$') {
            return Err(Error::new(Code::ParameterMismatch, "no value for $1"));
        }
        let (schema, _) = self.batches(&text)?;
        let options = arrow_ipc::writer::IpcWriteOptions::default();
        let message = arrow_flight::IpcMessage::try_from(arrow_flight::SchemaAsIpc::new(&schema, &options)).unwrap();
        Ok(AnalyzeResult { arrow_schema: message.0, ..AnalyzeResult::default() })
    }

    async fn put(&self, _: SchemaRef, batches: BatchStream) -> Result<PutReceipt> {
        let batches: Vec<RecordBatch> = batches.try_collect().await?;
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        Ok(PutReceipt { id: "data-1".to_owned(), rows_received: rows, ..PutReceipt::default() })
    }

    async fn cancel(&self, _: &str) -> Result<CancelOutcome> {
        Ok(CancelOutcome::NotFound)
    }

    async fn queries(&self, _: bool) -> Result<Vec<QueryInfo>> {
        Ok(Vec::new())
    }

    async fn capabilities(&self) -> Result<Capabilities> {
        let limits = Limits { plan_bytes: 1 << 30, ..Limits::default() };
        Ok(Capabilities { etag: "e1".to_owned(), engine: "fake".to_owned(), limits: Some(limits), ..Capabilities::default() })
    }

    async fn set_options(&self, options: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
        let mut set = self.options.lock();
        for (key, value) in options {
            if key != "time_zone" {
                return Err(Error::invalid_argument(format!("there is no option {key:?}")).with_candidates(["time_zone"]));
            }
            set.insert(key, value);
        }
        Ok(set.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    async fn close(&self) -> Result<()> {
        self.closed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}
