//! Waiting: futures run on a runtime of this process, the GIL is given up meanwhile, and Ctrl-C ends the wait.
//!
//! A runtime does not survive a fork (its threads stay in the parent), so each process has its own, made when it is first needed.

use std::future::Future;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tokio::runtime::{Builder, Runtime};

/// How often a waiting thread looks whether Ctrl-C was pressed.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

struct Entry {
    process: u32,
    runtime: Runtime,
}

static ENTRY: AtomicPtr<Entry> = AtomicPtr::new(ptr::null_mut());
static MAIN_THREAD: AtomicU64 = AtomicU64::new(0);

/// The runtime of this process. It lives as long as the process does.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    let found = ENTRY.load(Ordering::Acquire);
    // SAFETY: a pointer in ENTRY comes from a leaked box and is never freed.
    #[expect(unsafe_code, reason = "a lock could be held by a thread that a fork left behind")]
    if let Some(entry) = unsafe { found.as_ref() }.filter(|entry| entry.process == std::process::id()) {
        return Ok(&entry.runtime);
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("polybolos-client").enable_all().build();
    let runtime = runtime.map_err(|error| PyRuntimeError::new_err(format!("cannot start the threads of the client: {error}")))?;
    let made: &'static Entry = Box::leak(Box::new(Entry { process: std::process::id(), runtime }));
    match ENTRY.compare_exchange(found, ptr::from_ref(made).cast_mut(), Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Ok(&made.runtime),
        // Another thread was faster; ours idles.
        Err(_) => runtime_again(),
    }
}

fn runtime_again() -> PyResult<&'static Runtime> {
    runtime()
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
    let runtime = runtime()?;
    let signals = on_main_thread(py);
    py.detach(|| runtime.block_on(interruptible(future, signals, interval, tick)))
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

/// Whether this is Python's main thread, the only one that gets signals.
fn on_main_thread(py: Python<'_>) -> bool {
    static SELF: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let ident = || -> PyResult<u64> {
        let get_ident = SELF.get_or_try_init(py, || py.import("threading")?.getattr("get_ident").map(Bound::unbind))?;
        get_ident.bind(py).call0()?.extract()
    };
    let main = match MAIN_THREAD.load(Ordering::Relaxed) {
        0 => main_thread(py).unwrap_or(0),
        known => known,
    };
    main != 0 && ident().is_ok_and(|ident| ident == main)
}

fn main_thread(py: Python<'_>) -> PyResult<u64> {
    let main: u64 = py.import("threading")?.call_method0("main_thread")?.getattr("ident")?.extract()?;
    MAIN_THREAD.store(main, Ordering::Relaxed);
    Ok(main)
}

/// Whether the calling thread may look for signals while it waits inside a C callback, where nobody knows who holds the GIL.
///
/// Only the main thread may: it either holds the GIL itself or has given it up, so that taking it cannot block on another
/// thread that waits for this one.
pub(crate) fn callback_may_check_signals() -> bool {
    let main = MAIN_THREAD.load(Ordering::Relaxed);
    // SAFETY: pthread_self() has no preconditions; Python's thread ident is its value on the platforms that have it.
    #[cfg(unix)]
    #[expect(unsafe_code, reason = "pthread_self is a C function")]
    let this = unsafe { libc::pthread_self() } as u64;
    #[cfg(not(unix))]
    let this = 1;
    main != 0 && main == this
}

/// Waits inside a C callback: as [`wait`], whoever holds the GIL.
pub(crate) fn wait_in_callback<T>(future: impl Future<Output = T>) -> PyResult<T> {
    runtime()?.block_on(interruptible(future, callback_may_check_signals(), None, || Ok(())))
}
