//! From a plan to work: a query answers its rows, a command changes something and answers one row.
//!
//! The row of a command has a fixed schema ([`Outcome`]). A command whose `operation_id` was seen before is not run again: its
//! first answer is given once more ([`Operations`]).

mod objects;
mod operations;
mod outcome;
mod statements;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use polybolos_protocol::transport::{QueryHandle, QueryStream};
use polybolos_protocol::wire::flight::{ParameterValue, QueryState, ResultTrailer};
use polybolos_protocol::wire::plan::command::Kind;
use polybolos_protocol::wire::plan::{Cache, WriteFiles};
use polybolos_protocol::{CheckedPlan, Code, Error, Result};
use tokio::sync::oneshot;

pub(crate) use operations::Operations;
pub(crate) use outcome::Outcome;
pub(crate) use statements::query as statement_query;

use crate::bind::{self, Bound, BoundCommand, BoundQuery};
use crate::context::BindContext;
use crate::run::{self, Prepared};
use crate::session::QueryContext;
use crate::write::{self, FilesWrite, Mode, TableWrite, WriteFormat, plain_rows};

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

    /// A change that needs no waiting.
    pub(crate) fn now(run: impl FnOnce(&QueryContext) -> Result<Outcome> + Send + 'static) -> Self {
        Self::new(move |context| std::future::ready(run(&context)))
    }

    fn files(write: FilesWrite) -> Self {
        Self::new(|context| async move { write.run(&context).await })
    }

    fn table(write: TableWrite) -> Self {
        Self::new(|context| async move { write.run(&context).await })
    }
}

/// Binds and plans; runs on a planning thread.
pub(crate) async fn prepare(
    context: &QueryContext,
    plan: &CheckedPlan,
    parameters: &[ParameterValue],
    fingerprint: Vec<u8>,
) -> Result<Work> {
    match bind::bind(context, plan, parameters).await? {
        Bound::Query(query) => rows(context, query, plan, fingerprint).await.map(Work::Rows),
        Bound::Command(command) => match &command.kind {
            Kind::Sql(sql) => statements::prepare(context, sql, fingerprint).await,
            _ => change(context, command).await.map(Work::Command),
        },
    }
}

/// A bound query, planned.
async fn rows(context: &QueryContext, query: BoundQuery, plan: &CheckedPlan, fingerprint: Vec<u8>) -> Result<Prepared> {
    let relation = match plan.plan().root {
        Some(polybolos_protocol::wire::plan::plan::Root::Relation(id)) => id,
        _ => 0,
    };
    prepared(context, query, relation, fingerprint).await
}

async fn prepared(context: &QueryContext, query: BoundQuery, relation: u32, fingerprint: Vec<u8>) -> Result<Prepared> {
    let BoundQuery { plan, output_names, observed, warnings } = query;
    let physical = context.physical(&plan).await?;
    let schema = run::schema_of(&plan, &output_names)?;
    let trailer = ResultTrailer { plan_fingerprint: fingerprint.into(), warnings, ..Default::default() };
    Ok(Prepared { plan: physical, task: Arc::clone(context.task()), schema, relation, trailer, observed })
}

async fn change(context: &QueryContext, command: BoundCommand) -> Result<Command> {
    let BoundCommand { kind, input, overwrite_where } = command;
    let input = || input.ok_or_else(|| Error::new(Code::PlanMissingField, "the command has no input"));
    match kind {
        Kind::CreateView(view) => objects::create_view(&view, &input()?),
        Kind::Drop(drop) => objects::drop_object(&drop),
        Kind::WriteFiles(write) => write_files(context, &write, &input()?).await.map(Command::files),
        Kind::WriteTable(write) => TableWrite::plan(context, &write, &input()?, overwrite_where).await.map(Command::table),
        Kind::Cache(cache) => keep(context, cache, &input()?).await,
        Kind::RegisterFunction(_) => Err(Error::unsupported("registering foreign functions")),
        Kind::Extension(extension) => Err(Error::unsupported(format!("the command '{}'", extension.type_url))),
        Kind::Sql(_) => Err(Error::internal("a SQL statement reached the wrong door")),
    }
}

async fn write_files(context: &QueryContext, write: &WriteFiles, query: &BoundQuery) -> Result<FilesWrite> {
    let target = context.session().core.files.storage.locate_writable(&write.path, &write.storage_profile)?;
    let format = WriteFormat::of_plan(write.format.as_ref(), &write.options, context.state())?;
    let mode = Mode::of_plan(write.mode())?;
    let rows = plain_rows(query, &write.partition_by)?;
    FilesWrite::plan(context, &rows, target, format, write.partition_by.clone(), mode).await
}

/// Keeps a result in the session. It is computed now, whether the plan asks for that or leaves it open.
async fn keep(context: &QueryContext, cache: Cache, query: &BoundQuery) -> Result<Command> {
    if cache.durable {
        return Err(Error::unsupported("a cached result that outlives its session; write files instead"));
    }
    let rows = plain_rows(query, &[])?;
    let schema = run::schema_of(&rows, &query.output_names)?;
    let plan = context.physical(&rows).await?;
    Ok(Command::new(move |context| async move {
        let (held, rows, bytes) = write::hold(&context, &plan, schema).await?;
        context.session().uploads.keep(&cache.cache_id, held);
        Ok(Outcome { rows, files: 0, bytes, path: Some(cache.cache_id) })
    }))
}

/// Makes the change on the operator threads and answers its row. `operation` is the client's id and the plan's fingerprint.
pub(crate) fn start(command: Command, context: Arc<QueryContext>, operation: Option<(String, Vec<u8>)>) -> Result<QueryStream> {
    let core = Arc::clone(&context.session().core);
    let watcher = core.threads.light()?.clone();
    let query = Arc::clone(context.query());
    let (sender, receiver) = oneshot::channel();
    watcher.spawn(async move {
        let mut sender: oneshot::Sender<Result<RecordBatch>> = sender;
        let query = Arc::clone(context.query());
        let outcome = tokio::select! {
            biased;
            () = sender.closed() => return core.queries.end(&query, QueryState::Cancelled),
            outcome = once(command, &context, operation) => outcome,
        };
        let answer = outcome.and_then(|outcome| outcome.row()).map_err(|error| error.with_query_id(query.query_id()));
        core.queries.end(&query, answer.as_ref().map_or_else(run::state_of, |_| QueryState::Finished));
        drop(sender.send(answer));
    });
    let row = stream::once(async move { receiver.await.unwrap_or_else(|_| Err(Error::internal("a command ended early"))) });
    Ok(QueryStream::new(Outcome::schema(), row.boxed(), query))
}

/// Runs the command, or waits for the run that has the same id.
async fn once(command: Command, context: &Arc<QueryContext>, operation: Option<(String, Vec<u8>)>) -> Result<Outcome> {
    let run = watched(command, Arc::clone(context));
    match operation.filter(|(id, _)| !id.is_empty()) {
        Some((id, fingerprint)) => {
            let session = context.session();
            session.core.operations.once(&session.id, &id, &fingerprint, run).await
        }
        None => run.await,
    }
}

async fn watched(command: Command, context: Arc<QueryContext>) -> Result<Outcome> {
    let query = Arc::clone(context.query());
    let core = Arc::clone(&context.session().core);
    core.threads.operate(&query, async move { command.0(context).await }).await
}
