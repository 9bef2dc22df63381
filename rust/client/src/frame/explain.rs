//! How a frame would run, or ran, as text for people.

use polybolos_protocol::wire::flight::AnalyzeWhat;
use polybolos_protocol::{Error, Result};

use super::DataFrame;

/// What [`DataFrame::explain`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMode {
    /// The plan as it is bound and optimized.
    Logical,
    /// The plan as it would run.
    Physical,
    /// The plan as it ran, with metrics: the query runs, its rows are thrown away.
    Analyze,
}

impl DataFrame {
    /// The engine's plan as text. Its form is for people and may change.
    pub async fn explain(&self, mode: ExplainMode) -> Result<String> {
        let what = match mode {
            ExplainMode::Logical => AnalyzeWhat::ExplainLogical,
            ExplainMode::Physical => AnalyzeWhat::ExplainPhysical,
            ExplainMode::Analyze => AnalyzeWhat::ExplainAnalyze,
        };
        let texts = self.analyze(vec![what]).await?.explain;
        texts.into_iter().next().map(|explained| explained.text).ok_or_else(|| Error::internal("the engine explained nothing"))
    }
}
