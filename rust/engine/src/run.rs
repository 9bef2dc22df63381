//! A bound query on its way: optimised, planned, run on the operator threads, merged into one stream.
//!
//! ```text
//! LogicalPlan --optimize--> --plan--> ExecutionPlan --guard--> one task a partition
//!                                                                 |  bounded channel: a slow reader stops the operators
//! caller <-- QueryStream <-- row and byte limits, public types <--+
//! ```
//! A plan whose rows are in order has one partition and keeps it. Dropping the stream, a cancel and the deadline abort all tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_schema::SchemaRef;
use datafusion::arrow::array::RecordBatch;
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::{Stream, StreamExt, stream};
use polybolos_protocol::transport::QueryStream;
use polybolos_protocol::wire::flight::{ObservedMetrics, QueryState, ResultTrailer};
use polybolos_protocol::{Code, Error, Result};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::bind::nodes::observe::Observation;
use crate::error::OrTranslated;
use crate::functions::wide;
use crate::limits::EngineLimits;
use crate::metrics::{Measured, visit};
use crate::output::{self, Output};
use crate::queries::{Queries, Query, sleep_until};
use crate::runtime::{Threads, join_error};
use crate::storage::Storage;
use crate::{coop, scan};

/// Batches that wait for the reader, for each partition.
const BATCHES_AHEAD: usize = 2;

/// A query that is ready to run.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) plan: Arc<dyn ExecutionPlan>,
    pub(crate) task: Arc<TaskContext>,
    /// As clients see it.
    pub(crate) schema: SchemaRef,
    /// The relation that the plan answers; 0 where there is none.
    pub(crate) relation: u32,
    pub(crate) trailer: ResultTrailer,
    pub(crate) observed: Vec<Arc<Observation>>,
}

/// Optimises and plans; runs on a planning thread.
pub(crate) async fn plan(
    state: &SessionState,
    storage: &Storage,
    plan: &LogicalPlan,
    query: &Query,
    limits: &EngineLimits,
) -> Result<Arc<dyn ExecutionPlan>> {
    let optimized = state.optimize(plan).and_then(wide::bounded).translated()?;
    let planned = state.query_planner().create_physical_plan(&optimized, state).await.translated()?;
    coop::check_products(&planned, limits)?;
    let cancellable = coop::cancellable(planned, query.stop())?;
    scan::with_file_names(cancellable, storage)
}

/// The logical plan's public schema.
pub(crate) fn schema_of(plan: &LogicalPlan, names: &[String]) -> Result<SchemaRef> {
    output::schema(plan.schema().as_arrow(), names)
}

/// Runs the plan and hands its batches out as they come.
pub(crate) async fn start(
    prepared: Prepared,
    query: Arc<Query>,
    queries: Arc<Queries>,
    threads: &Threads,
    output: Output,
    limits: &EngineLimits,
) -> Result<QueryStream> {
    if is_one_row(&prepared.plan) {
        return answered(prepared, query, &queries, &output, Caps::of(limits)).await;
    }
    let partitions = prepared.plan.output_partitioning().partition_count();
    let (sender, receiver) = mpsc::channel(partitions.max(1) * BATCHES_AHEAD);
    query.running(Measured::new(&prepared.plan, prepared.relation));
    let schema = Arc::clone(&prepared.schema);
    let handle = Arc::clone(&query);
    let run = Arc::new(Run { prepared, query, queries, output, caps: Caps::of(limits), sender, unfinished: AtomicUsize::new(partitions) });
    let mut tasks = JoinSet::new();
    let operators = threads.operators()?;
    for partition in 0..partitions {
        tasks.spawn_on(Arc::clone(&run).partition(partition), operators);
    }
    threads.light()?.spawn(run.watched(tasks));
    Ok(QueryStream::new(schema, received(receiver).boxed(), handle))
}

/// Whether the plan only computes expressions for one row, such as `SELECT 1`: no thread is worth that.
fn is_one_row(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let mut is_one_row = true;
    visit(plan, &mut |node| is_one_row &= node.is::<ProjectionExec>() || node.is::<PlaceholderRowExec>());
    is_one_row
}

/// The answer of a plan that makes one row, made here and now.
async fn answered(prepared: Prepared, query: Arc<Query>, queries: &Queries, output: &Output, caps: Caps) -> Result<QueryStream> {
    let mut made = Vec::new();
    let mut batches = prepared.plan.execute(0, Arc::clone(&prepared.task)).translated()?;
    while let Some(batch) = batches.next().await {
        let batch = output.convert(&batch.translated()?)?;
        caps.count(&query, &batch)?;
        made.extend(output.pieces(batch).map(Ok));
    }
    set_trailer(&query, &prepared);
    queries.end(&query, QueryState::Finished);
    Ok(QueryStream::new(prepared.schema, stream::iter(made).boxed(), query))
}

/// What the reader gets: batches, and a word at the end of a whole result, so that one that was cut cannot be taken for it.
type Part = Result<Option<RecordBatch>>;

fn received(receiver: mpsc::Receiver<Part>) -> impl Stream<Item = Result<RecordBatch>> {
    stream::unfold(Some(receiver), |receiver| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Ok(Some(batch))) => Some((Ok(batch), Some(receiver))),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Err(Error::new(Code::Unavailable, "the engine was shut down while the query ran")), None)),
        }
    })
}

/// What one result may hold.
#[derive(Debug, Clone, Copy)]
struct Caps {
    rows: u64,
    bytes: u64,
}

impl Caps {
    fn of(limits: &EngineLimits) -> Self {
        Self { rows: limits.result_rows.unwrap_or(u64::MAX), bytes: limits.result_bytes.unwrap_or(u64::MAX) }
    }

    /// Counts a batch.
    fn count(self, query: &Query, batch: &RecordBatch) -> Result<()> {
        let rows = batch.num_rows() as u64;
        let bytes = batch.get_array_memory_size() as u64;
        if query.rows.fetch_add(rows, Ordering::Relaxed) + rows > self.rows {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("the result has more than {} rows; limit or aggregate it, or write it to files", self.rows),
            ));
        }
        if query.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > self.bytes {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("the result has more than {} bytes; limit or aggregate it, or write it to files", self.bytes),
            ));
        }
        Ok(())
    }
}

/// A query that runs: its partitions and the watcher share it.
struct Run {
    prepared: Prepared,
    query: Arc<Query>,
    queries: Arc<Queries>,
    output: Output,
    caps: Caps,
    sender: mpsc::Sender<Part>,
    /// Partitions that have not ended well yet; the last one ends the query.
    unfinished: AtomicUsize,
}

impl Run {
    async fn partition(self: Arc<Self>, partition: usize) -> Result<()> {
        // Operators start tasks of their own where they are started.
        let batches = self.prepared.plan.execute(partition, Arc::clone(&self.prepared.task)).translated()?;
        self.pump(batches).await?;
        match self.unfinished.fetch_sub(1, Ordering::AcqRel) {
            1 => self.finish().await,
            _ => Ok(()),
        }
    }

    /// Moves the batches of one partition to the reader, at the reader's pace.
    async fn pump(&self, mut batches: SendableRecordBatchStream) -> Result<()> {
        while let Some(batch) = batches.next().await {
            let batch = batch.translated()?;
            if batch.num_rows() == 0 {
                continue;
            }
            let batch = self.output.convert(&batch)?;
            self.caps.count(&self.query, &batch)?;
            for piece in self.output.pieces(batch) {
                self.sender.send(Ok(Some(piece))).await.map_err(|_| reader_gone())?;
            }
        }
        Ok(())
    }

    async fn finish(&self) -> Result<()> {
        let last = self.sender.reserve().await.map_err(|_| reader_gone())?;
        self.end(QueryState::Finished);
        last.send(Ok(None));
        Ok(())
    }

    /// Only the first end counts.
    fn end(&self, state: QueryState) {
        set_trailer(&self.query, &self.prepared);
        self.queries.end(&self.query, state);
    }

    /// Ends the query where its partitions do not: at their first error, a cancel, the deadline, or the reader's end.
    async fn watched(self: Arc<Self>, mut tasks: JoinSet<Result<()>>) {
        let Err(error) = self.watch(&mut tasks).await else { return };
        self.query.stop().cancel();
        // After this nothing of the query runs any more.
        tasks.shutdown().await;
        self.end(state_of(&error));
        let error = error.with_query_id(polybolos_protocol::transport::QueryHandle::query_id(self.query.as_ref()));
        drop(self.sender.send(Err(error)).await);
    }

    async fn watch(&self, tasks: &mut JoinSet<Result<()>>) -> Result<()> {
        let all = async {
            while let Some(ended) = tasks.join_next().await {
                ended.map_err(join_error)??;
            }
            // A plan without partitions has nobody else to end it.
            if self.unfinished.load(Ordering::Acquire) == 0 && !self.query.ended() { self.finish().await } else { Ok(()) }
        };
        tokio::select! {
            biased;
            () = self.query.token().cancelled() => Err(self.query.cancelled()),
            () = sleep_until(self.query.deadline()) => Err(self.query.too_late()),
            outcome = all => outcome,
            () = self.sender.closed() => Err(reader_gone()),
        }
    }
}

fn reader_gone() -> Error {
    Error::new(Code::Cancelled, "the reader of the result went away")
}

/// How a query ended that answered an error.
pub(crate) fn state_of(error: &Error) -> QueryState {
    if error.code() == Code::Cancelled { QueryState::Cancelled } else { QueryState::Failed }
}

fn set_trailer(query: &Query, prepared: &Prepared) {
    let rows = query.rows.load(Ordering::Relaxed);
    let mut trailer = prepared.trailer.clone();
    trailer.nodes = Measured::new(&prepared.plan, prepared.relation).totals(rows);
    trailer.rows = rows;
    trailer.elapsed_micros = query.elapsed_micros();
    polybolos_protocol::transport::QueryHandle::query_id(query).clone_into(&mut trailer.query_id);
    trailer.observed = prepared.observed.iter().filter_map(|observation| observed(observation)).collect();
    query.set_trailer(trailer);
}

/// The metrics of an observation as a one-row Arrow IPC stream.
fn observed(observation: &Observation) -> Option<ObservedMetrics> {
    let row = observation.row().ok().flatten()?;
    let mut stream = Vec::new();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut stream, row.schema_ref()).ok()?;
    writer.write(&row).ok()?;
    writer.finish().ok()?;
    drop(writer);
    Some(ObservedMetrics { name: observation.name().to_owned(), arrow_row: stream.into() })
}

/// Runs a plan to its end and keeps its rows, for the few places that need them all; refuses more than `rows_max`.
pub(crate) async fn collect(plan: Arc<dyn ExecutionPlan>, task: Arc<TaskContext>, rows_max: usize) -> Result<Vec<RecordBatch>> {
    let mut batches = datafusion::physical_plan::execute_stream(plan, task).translated()?;
    let mut kept = Vec::new();
    let mut rows = 0;
    while let Some(batch) = batches.next().await {
        let batch = batch.translated()?;
        rows += batch.num_rows();
        if rows > rows_max {
            return Err(Error::new(Code::LimitExceeded, format!("more than {rows_max} rows where at most so many are allowed")));
        }
        kept.push(batch);
    }
    Ok(kept)
}
