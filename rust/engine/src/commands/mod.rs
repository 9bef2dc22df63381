//! From a plan to work: a query answers its rows, a command changes something and answers one row.
//!
//! The row of a command has a fixed schema ([`Outcome`]). A command whose `operation_id` was seen before is not run again: its
//! first answer is given once more ([`Operations`]).

mod operations;
mod outcome;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use datafusion::arrow::array::RecordBatch;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use polybolos_protocol::transport::{QueryHandle, QueryStream};
use polybolos_protocol::wire::flight::{ParameterValue, QueryState, ResultTrailer};
use polybolos_protocol::{CheckedPlan, Error, Result};

pub(crate) use operations::Operations;
pub(crate) use outcome::Outcome;

use crate::bind::{self, Bound, BoundQuery};
use crate::run::{self, Prepared};
use crate::runtime::panicked;
use crate::session::QueryContext;

/// What a plan asks for, ready to run.
pub(crate) enum Work {
    /// Rows to stream.
    Rows(Prepared),
    /// A change to make.
    Command(Command),
}

/// A change, ready to make; it has checked what can be checked without making it.
pub(crate) struct Command(Box<dyn FnOnce(Arc<QueryContext>) -> BoxFuture<'static, Result<Outcome>> + Send>);

impl Command {
    /// A change that this function makes.
    pub(crate) fn new<F>(run: impl FnOnce(Arc<QueryContext>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Outcome>> + Send + 'static,
    {
        Self(Box::new(move |context| run(context).boxed()))
    }
}

/// Binds and plans; runs on a planning thread.
pub(crate) async fn prepare(context: &QueryContext, plan: &CheckedPlan, parameters: &[ParameterValue], fingerprint: Vec<u8>) -> Result<Work> {
    match bind::bind(context, plan, parameters).await? {
        Bound::Query(query) => rows(context, query, fingerprint).await.map(Work::Rows),
        Bound::Command(_) => Err(Error::unsupported("commands")),
    }
}

/// A bound query, planned.
pub(crate) async fn rows(context: &QueryContext, query: BoundQuery, fingerprint: Vec<u8>) -> Result<Prepared> {
    let plan = context.physical(&query.plan).await?;
    let schema = run::schema_of(&query.plan, &query.output_names)?;
    let trailer = ResultTrailer { plan_fingerprint: fingerprint.into(), ..Default::default() };
    Ok(Prepared { plan, task: Arc::clone(context.task()), schema, relation: 0, trailer })
}

/// Makes the change on the operator threads and answers its row. `operation` is the client's id and the plan's fingerprint.
pub(crate) fn start(command: Command, context: Arc<QueryContext>, operation: Option<(String, Vec<u8>)>) -> Result<QueryStream> {
    let core = Arc::clone(&context.session().core);
    let query = Arc::clone(context.query());
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let ended = Arc::clone(&query);
    let threads = core.threads.operators()?.clone();
    threads.spawn(async move {
        let mut sender: tokio::sync::oneshot::Sender<Result<RecordBatch>> = sender;
        let outcome = tokio::select! {
            biased;
            () = sender.closed() => return core.queries.end(&ended, QueryState::Cancelled),
            outcome = once(command, &context, operation) => outcome,
        };
        let answer = outcome.and_then(|outcome| outcome.row()).map_err(|error| error.with_query_id(ended.query_id()));
        core.queries.end(&ended, answer.as_ref().map_or_else(run::state_of, |_| QueryState::Finished));
        drop(sender.send(answer));
    });
    let row = stream::once(async move { receiver.await.unwrap_or_else(|_| Err(Error::internal("a command ended early"))) });
    Ok(QueryStream::new(Outcome::schema(), row.boxed(), query))
}

/// Runs the command, or waits for the run that has the same id.
async fn once(command: Command, context: &Arc<QueryContext>, operation: Option<(String, Vec<u8>)>) -> Result<Outcome> {
    let run = guarded(command, Arc::clone(context));
    match operation.filter(|(id, _)| !id.is_empty()) {
        Some((id, fingerprint)) => {
            let session = context.session();
            session.core.operations.once(&session.id, &id, &fingerprint, run).await
        }
        None => run.await,
    }
}

async fn guarded(command: Command, context: Arc<QueryContext>) -> Result<Outcome> {
    let query = Arc::clone(context.query());
    let work = AssertUnwindSafe(async move { command.0(context).await }).catch_unwind();
    query.until_stopped(async { work.await.unwrap_or_else(|panic| Err(panicked(panic.as_ref()))) }).await
}

/// The schema of a command's answer.
pub(crate) fn outcome_schema() -> SchemaRef {
    Outcome::schema()
}
