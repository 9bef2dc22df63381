//! Waiting for the engine on a thread of the JVM.
//!
//! ```text
//! Java's thread ── start ──> our threads (large stacks): the engine
//!       ^ waits, and looks for interrupts        │
//!       └───────────────── outcome ──────────────┘
//! ```
//! Java's threads have small stacks, and what lies below them is not ours: an overflow there ends the process. So nothing of the engine
//! runs on them. And no thread of ours calls into Java.

use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use futures::FutureExt;
use jni::vm::JavaVM;
use polybolos_protocol::{Code, Error, Result};
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::failure::panicked;

/// How often a waiting thread looks whether it was interrupted.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(50);

/// Virtual memory, touched only as it is needed.
const STACK_BYTES: usize = 32 << 20;

jni::bind_java_type! {
    Thread => "java.lang.Thread",
    methods {
        static fn current_thread() -> Thread,
        fn is_interrupted() -> jboolean,
    }
}

fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: LazyLock<io::Result<Runtime>> =
        LazyLock::new(|| Builder::new_multi_thread().thread_stack_size(STACK_BYTES).thread_name("polybolos-jvm").enable_all().build());
    RUNTIME.as_ref().map_err(|error| Error::internal(format!("cannot start a thread: {error}")))
}

/// Work that runs on our threads. Dropping it stops it.
pub(crate) struct Started<T> {
    work: AbortHandle,
    outcome: Receiver<Result<T>>,
}

/// Starts work on our threads; a panic of it is an error.
pub(crate) fn start<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<Started<T>> {
    let (done, outcome) = sync_channel(1);
    let work = async move {
        let outcome = AssertUnwindSafe(work).catch_unwind().await;
        // Who waited may have been interrupted.
        drop(done.send(outcome.unwrap_or_else(|payload| Err(panicked(payload.as_ref())))));
    };
    Ok(Started { work: runtime()?.spawn(work).abort_handle(), outcome })
}

impl<T> Started<T> {
    /// Waits until the work is done, or the calling thread is interrupted, which stops the work. The thread stays interrupted.
    pub(crate) fn wait(self) -> Result<T> {
        loop {
            check_interrupt()?;
            match self.outcome.recv_timeout(INTERRUPT_INTERVAL) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Disconnected) => return Err(lost()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Waits for what takes no time, such as an end: an interrupted thread can clean up.
    pub(crate) fn finish(self) -> Result<T> {
        self.outcome.recv().unwrap_or_else(|_| Err(lost()))
    }
}

impl<T> Drop for Started<T> {
    fn drop(&mut self) {
        self.work.abort();
    }
}

fn lost() -> Error {
    Error::internal("the threads of the native library have ended")
}

/// Starts work and waits for it; see [`Started::wait`].
pub(crate) fn wait<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    start(work)?.wait()
}

/// Starts work and waits for it; see [`Started::finish`].
pub(crate) fn finish<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    start(work)?.finish()
}

/// Waits on the calling thread, for something that computes nothing itself, until the thread is interrupted.
pub(crate) fn wait_here<T>(future: impl Future<Output = T>) -> Result<T> {
    let interruptible = async {
        let mut future = pin!(future);
        loop {
            check_interrupt()?;
            if let Ok(done) = timeout(INTERRUPT_INTERVAL, &mut future).await {
                return Ok(done);
            }
        }
    };
    runtime()?.block_on(interruptible)
}

/// An error where the calling thread was interrupted.
pub(crate) fn check_interrupt() -> Result<()> {
    // A thread that is none of Java's has nobody to interrupt it.
    let interrupted = JavaVM::singleton().and_then(|vm| vm.attach_current_thread(|env| Thread::current_thread(env)?.is_interrupted(env)));
    match interrupted {
        Ok(true) => Err(Error::new(Code::Cancelled, "the thread that waited for the query was interrupted")),
        _ => Ok(()),
    }
}
