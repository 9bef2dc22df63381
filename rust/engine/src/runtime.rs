//! The engine's threads: a runtime of its own for operators, so that a busy query never stops the caller's tasks (health,
//! authentication, cancel), a light one that watches queries and asks remote storage, whose clock goes on while every operator
//! thread is busy, and planning threads with a large stack, because binding and optimising a deep plan recurses. Only what is
//! surely small is planned where its caller is.
//!
//! ```text
//! caller's task --- plan() ---> planning thread (256 MiB of stack) --- physical plan
//!               --- light() --> watcher: deadline, cancel, reader --- operators (one thread a core, 32 MiB) --> batches
//! ```
//! A panic in a plan or an operator becomes `INTERNAL`; it never takes the process.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt;
use parking_lot::{Condvar, Mutex};
use polybolos_protocol::{Code, Error, Result};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinSet};

use crate::queries::Query;

/// Virtual memory, touched only as deep plans need it.
const OPERATOR_STACK_BYTES: usize = 32 << 20;
const LIGHT_STACK_BYTES: usize = 4 << 20;
const PLANNING_STACK_BYTES: usize = 256 << 20;
/// What planning a small query needs at most.
const SMALL_STACK_BYTES: usize = 1 << 20;
const PLANNING_THREADS_MAX: usize = 32;
const BLOCKING_THREADS_MAX: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// The threads of one engine; dropping the last clone ends them without waiting.
#[derive(Debug, Clone)]
pub(crate) struct Threads(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    operators: Option<Runtime>,
    light: Option<Runtime>,
    planners: Planners,
}

#[derive(Debug)]
struct Planners {
    queue: Arc<Queue>,
    threads: AtomicUsize,
    busy: Arc<AtomicUsize>,
}

/// Jobs that wait for a planning thread; `None` once there will be no more.
#[derive(Default)]
struct Queue {
    jobs: Mutex<Option<VecDeque<Job>>>,
    ready: Condvar,
}

impl Threads {
    /// Starts the operator threads; planning threads start as they are needed.
    pub(crate) fn start(operator_threads: usize) -> Result<Self> {
        let queue = Arc::new(Queue { jobs: Mutex::new(Some(VecDeque::new())), ready: Condvar::new() });
        Ok(Self(Arc::new(Inner {
            operators: Some(runtime("pb-operator", operator_threads.max(1), OPERATOR_STACK_BYTES)?),
            light: Some(runtime("pb-light", 1, LIGHT_STACK_BYTES)?),
            planners: Planners { queue, threads: AtomicUsize::new(0), busy: Arc::default() },
        })))
    }

    /// Where operators run.
    pub(crate) fn operators(&self) -> Result<&Handle> {
        self.0.operators.as_ref().map(Runtime::handle).ok_or_else(|| Error::internal("the engine has been shut down"))
    }

    /// Where queries are watched and requests to remote storage run: nothing here computes for long.
    pub(crate) fn light(&self) -> Result<&Handle> {
        self.0.light.as_ref().map(Runtime::handle).ok_or_else(|| Error::internal("the engine has been shut down"))
    }

    /// Runs a future on a planning thread. Dropping the returned future stops it at its next await.
    pub(crate) async fn plan<T, F>(&self, future: F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let handle = self.light()?.clone();
        let (mut answer, result) = oneshot::channel();
        self.0.planners.submit(Box::new(move || {
            let stopped = handle.block_on(async {
                tokio::select! {
                    biased;
                    () = answer.closed() => None,
                    outcome = AssertUnwindSafe(future).catch_unwind() => Some(outcome.unwrap_or_else(|panic| Err(panicked(panic.as_ref())))),
                }
            });
            if let Some(outcome) = stopped {
                drop(answer.send(outcome));
            }
        }))?;
        result.await.unwrap_or_else(|_| Err(Error::internal("a planning thread ended early")))
    }

    /// Runs a future that plans something small where its caller is, which saves two changes of threads.
    pub(crate) async fn plan_here<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        let light = self.light()?;
        let mut future = pin!(AssertUnwindSafe(future).catch_unwind());
        let outcome = poll_fn(|cx| {
            let _clock = light.enter();
            stacker::maybe_grow(SMALL_STACK_BYTES, PLANNING_STACK_BYTES, || future.as_mut().poll(cx))
        });
        outcome.await.unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
    }

    /// Runs work on the operator threads until it ends or its query is stopped; nothing of it runs afterwards.
    pub(crate) async fn operate<T, F>(&self, query: &Query, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        tasks.spawn_on(work, self.operators()?);
        let ended = async {
            tasks.join_next().await.unwrap_or_else(|| Ok(Err(Error::internal("an operator task is missing")))).map_err(join_error)?
        };
        let outcome = query.until_stopped(ended).await;
        if outcome.is_err() {
            query.stop().cancel();
        }
        tasks.shutdown().await;
        outcome
    }
}

impl Planners {
    fn submit(&self, job: Job) -> Result<()> {
        let waiting = self.busy.fetch_add(1, Ordering::AcqRel) + 1;
        self.queue.put(job);
        let threads = self.threads.load(Ordering::Acquire);
        if waiting > threads && threads < PLANNING_THREADS_MAX {
            self.start_thread()?;
        }
        Ok(())
    }

    fn start_thread(&self) -> Result<()> {
        let queue = Arc::clone(&self.queue);
        let busy = Arc::clone(&self.busy);
        std::thread::Builder::new()
            .name("pb-planner".to_owned())
            .stack_size(PLANNING_STACK_BYTES)
            .spawn(move || {
                while let Some(job) = queue.next() {
                    // A panic of the job itself was caught inside; this one guards the thread against drops that panic.
                    drop(std::panic::catch_unwind(AssertUnwindSafe(job)));
                    busy.fetch_sub(1, Ordering::AcqRel);
                }
            })
            .map_err(|error| Error::internal("cannot start a planning thread").with_source(error))?;
        self.threads.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }
}

impl Queue {
    fn put(&self, job: Job) {
        if let Some(jobs) = self.jobs.lock().as_mut() {
            jobs.push_back(job);
        }
        self.ready.notify_one();
    }

    /// The next job, when there is one; `None` when the engine ends.
    fn next(&self) -> Option<Job> {
        let mut jobs = self.jobs.lock();
        loop {
            if let Some(job) = jobs.as_mut()?.pop_front() {
                return Some(job);
            }
            self.ready.wait(&mut jobs);
        }
    }

    fn close(&self) {
        *self.jobs.lock() = None;
        self.ready.notify_all();
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

impl Drop for Planners {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A runtime may not be dropped inside another one's task, where it would wait.
        for runtime in [self.operators.take(), self.light.take()].into_iter().flatten() {
            runtime.shutdown_background();
        }
    }
}

fn runtime(name: &'static str, threads: usize, stack_bytes: usize) -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name(name)
        .thread_stack_size(stack_bytes)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .enable_all()
        .build()
        .map_err(|error| Error::internal("cannot start the engine's threads").with_source(error))
}

/// The error of a task that did not end by itself.
pub(crate) fn join_error(error: JoinError) -> Error {
    match error.try_into_panic() {
        Ok(panic) => panicked(panic.as_ref()),
        Err(_) => Error::new(Code::Cancelled, "a part of the query was cancelled"),
    }
}

/// The error for a panic that was caught.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::internal(format!("the engine panicked: {}", text.unwrap_or("no message")))
}
