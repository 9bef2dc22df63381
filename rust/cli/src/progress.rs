//! A progress bar on a terminal, nothing when piped, and Ctrl-C that cancels the query instead of the program.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use polybolos_protocol::transport::{QueryHandle, QueryStream};
use polybolos_protocol::{Code, Error, Result};

/// Queries that end sooner show no bar.
const PATIENCE: Duration = Duration::from_millis(400);
const REFRESH: Duration = Duration::from_millis(100);

/// Reads a result, showing how far the query is, and passes each batch on until `each` says that it has enough.
///
/// Ctrl-C gives a `CANCELLED` error; the stream is dropped, which cancels the query wherever it runs.
pub(crate) async fn drain(mut stream: QueryStream, mut each: impl FnMut(arrow::array::RecordBatch) -> Result<bool>) -> Result<()> {
    let mut bar = Bar::new(stream.query());
    let mut refresh = tokio::time::interval(REFRESH);
    loop {
        tokio::select! {
            next = stream.next() => match next {
                Some(batch) => {
                    bar.hide();
                    if !each(batch?)? {
                        return Ok(());
                    }
                }
                None => return Ok(()),
            },
            _ = tokio::signal::ctrl_c() => return Err(interrupted()),
            _ = refresh.tick() => bar.show(),
        }
    }
}

/// The work, such as starting a query that may have to queue, unless Ctrl-C comes first.
pub(crate) async fn unless_interrupted<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => Err(interrupted()),
    }
}

fn interrupted() -> Error {
    Error::new(Code::Cancelled, "cancelled by Ctrl-C")
}

/// A bar for work of a known size, such as files to write; silent unless stderr is a terminal.
pub(crate) fn of_size(size: u64, unit: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(&format!("{{bar:40}} {{human_pos}}/{{human_len}} {unit} {{elapsed}}"));
    ProgressBar::new(size).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

struct Bar {
    query: Arc<dyn QueryHandle>,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Bar {
    fn new(query: Arc<dyn QueryHandle>) -> Self {
        Self { query, started: Instant::now(), bar: None }
    }

    fn show(&mut self) {
        if self.started.elapsed() < PATIENCE || !std::io::stderr().is_terminal() {
            return;
        }
        let fraction = self.query.progress().fraction;
        // What nobody can know is not shown as nothing done.
        let template = if fraction < 0.0 { "{spinner} {elapsed}" } else { "{spinner} {bar:40} {percent}% {elapsed}" };
        let bar = self.bar.get_or_insert_with(|| ProgressBar::new(1000));
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_position((fraction.clamp(0.0, 1.0) * 1000.0) as u64);
        bar.tick();
    }

    fn hide(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.started = Instant::now();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.hide();
    }
}
