//! The progress bar of a terminal. Notebooks draw their own, in Python.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pyo3::prelude::*;

/// A bar on standard error; it appears with the first update and is gone after `close()`.
#[pyclass(frozen, module = "polybolos._native")]
pub(crate) struct TerminalBar(ProgressBar);

#[pymethods]
impl TerminalBar {
    #[new]
    fn new() -> Self {
        Self(ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr()))
    }

    /// Shows a fraction from 0 to 1 (negative: nobody can know) and the rows that have come so far.
    fn update(&self, fraction: f64, rows: u64) {
        let template = if fraction < 0.0 { "{spinner} {elapsed} {msg}" } else { "{spinner} {bar:40} {percent}% {elapsed} {msg}" };
        self.0.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.0.set_message(if rows > 0 { format!("{rows} rows") } else { String::new() });
        self.0.set_position((fraction.clamp(0.0, 1.0) * 1000.0) as u64);
        self.0.enable_steady_tick(Duration::from_millis(100));
    }

    /// Removes the bar.
    fn close(&self) {
        self.0.finish_and_clear();
    }
}
