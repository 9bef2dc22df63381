//! Waiting: futures run on a runtime of this process, the GIL is given up meanwhile, and Ctrl-C ends the wait.
//!
//! A runtime does not survive a fork (its threads stay in the parent), so each process has its own, made when it is first needed.

use std::future::Future;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

/// How often a waiting thread looks whether Ctrl-C was pressed.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// What a process has once.
struct Process {
    id: u32,
    runtime: Runtime,
    /// Python's main thread, the only one that gets signals.
    main_thread: u64,
}

static PROCESS: AtomicPtr<Process> = AtomicPtr::new(ptr::null_mut());

/// The runtime of this process. It lives as long as the process does.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    process().map(|process| &process.runtime)
}

fn process() -> PyResult<&'static Process> {
    let found = PROCESS.load(Ordering::Acquire);
    // SAFETY: a pointer in PROCESS comes from a leaked box and is never freed.
    #[expect(unsafe_code, reason = "a lock could be held by a thread that a fork left behind")]
    if let Some(process) = unsafe { found.as_ref() }.filter(|process| process.id == std::process::id()) {
        return Ok(process);
    }
    let made = ptr::from_mut(Box::leak(Box::new(Process::new()?)));
    // Where another thread was faster, what this one made idles.
    let _ = PROCESS.compare_exchange(found, made, Ordering::AcqRel, Ordering::Acquire);
    process()
}

impl Process {
    fn new() -> PyResult<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("polybolos-client").enable_all().build();
        let runtime = runtime.map_err(|error| PyRuntimeError::new_err(format!("cannot start the threads of the client: {error}")))?;
        let main_thread = Python::attach(|py| py.import("threading")?.call_method0("main_thread")?.getattr("ident")?.extract())?;
        Ok(Self { id: std::process::id(), runtime, main_thread })
    }

    /// Whether the calling thread is Python's main thread, which may look for signals whoever holds the GIL: it either holds it
    /// itself or has given it up, so that taking it cannot block on another thread that waits for this one.
    fn is_on_main_thread(&self) -> bool {
        // SAFETY: pthread_self() has no preconditions; it is what Python calls the ident of a thread.
        #[cfg(unix)]
        #[expect(unsafe_code, reason = "pthread_self is a C function")]
        let this = unsafe { libc::pthread_self() } as u64;
        #[cfg(not(unix))]
        let this = 0;
        this == self.main_thread
    }
}

/// Waits for the future without the GIL. On the main thread Ctrl-C drops the future, which stops what it was doing, and raises
/// `KeyboardInterrupt`.
pub(crate) fn wait<T: Send>(py: Python<'_>, future: impl Future<Output = T> + Send) -> PyResult<T> {
    wait_watching(py, future, None, || Ok(()))
}

/// As [`wait`], and calls `tick` every `interval` meanwhile.
pub(crate) fn wait_watching<T: Send>(
    py: Python<'_>,
    future: impl Future<Output = T> + Send,
    interval: Option<Duration>,
    tick: impl Fn() -> PyResult<()> + Send,
) -> PyResult<T> {
    let process = process()?;
    py.detach(|| process.runtime.block_on(interruptible(future, process.is_on_main_thread(), interval, tick)))
}

async fn interruptible<T>(
    future: impl Future<Output = T>,
    signals: bool,
    interval: Option<Duration>,
    tick: impl Fn() -> PyResult<()>,
) -> PyResult<T> {
    let mut future = std::pin::pin!(future);
    // Most calls are answered before a timer is worth setting.
    if let std::task::Poll::Ready(done) = futures::poll!(&mut future) {
        return Ok(done);
    }
    let mut next_tick = interval.map(|interval| tokio::time::Instant::now() + interval);
    loop {
        tokio::select! {
            biased;
            done = &mut future => return Ok(done),
            () = tokio::time::sleep(SIGNAL_INTERVAL), if signals || interval.is_some() => {}
        }
        if signals {
            Python::attach(|py| py.check_signals())?;
        }
        if let (Some(interval), Some(due)) = (interval, next_tick)
            && tokio::time::Instant::now() >= due
        {
            tick()?;
            next_tick = Some(tokio::time::Instant::now() + interval);
        }
    }
}

/// Waits inside a C callback: as [`wait`], whoever holds the GIL.
pub(crate) fn wait_in_callback<T>(future: impl Future<Output = T>) -> PyResult<T> {
    let process = process()?;
    process.runtime.block_on(interruptible(future, process.is_on_main_thread(), None, || Ok(())))
}
