//! How a frame would run, or ran: as text for people, as JSON for programs.

use polybolos_protocol::wire::flight::AnalyzeWhat;
use polybolos_protocol::{Error, Result};

use super::DataFrame;

/// What [`DataFrame::explain`] and [`DataFrame::explain_json`] tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMode {
    /// The plan as it is bound and optimized.
    Logical,
    /// The plan as it would run.
    Physical,
    /// The plan as it ran, with metrics: the query runs, its rows are thrown away.
    Analyze,
}

impl ExplainMode {
    fn question(self) -> AnalyzeWhat {
        match self {
            Self::Logical => AnalyzeWhat::ExplainLogical,
            Self::Physical => AnalyzeWhat::ExplainPhysical,
            Self::Analyze => AnalyzeWhat::ExplainAnalyze,
        }
    }
}

impl DataFrame {
    /// The engine's plan as text. Its form is for people and may change.
    pub async fn explain(&self, mode: ExplainMode) -> Result<String> {
        self.explained(mode).await.map(|told| told.text)
    }

    /// The engine's plan as one JSON object, a tree: each node has `name`, `details` and `children`, and, where it ran and the
    /// engine measured it, `rows`, `time_ns` and `spilled_bytes`. A node that is named `…` stands for those that were left out of
    /// a very large plan. `UNSUPPORTED` where the engine only has the text.
    pub async fn explain_json(&self, mode: ExplainMode) -> Result<String> {
        self.explain_both(mode).await.map(|(_, json)| json)
    }

    /// The text of [`explain`](Self::explain) and the tree of [`explain_json`](Self::explain_json), of one run.
    pub async fn explain_both(&self, mode: ExplainMode) -> Result<(String, String)> {
        let told = self.explained(mode).await?;
        let json = told.json.ok_or_else(|| Error::unsupported("this engine explains a plan as text only; use explain()"))?;
        Ok((told.text, json))
    }

    async fn explained(&self, mode: ExplainMode) -> Result<Told> {
        let answers = self.analyze(vec![mode.question()]).await?.explain;
        let of_format = |format: &str| answers.iter().find(|answer| answer.format == format).map(|answer| answer.text.clone());
        let text = of_format("text").ok_or_else(|| Error::internal("the engine explained nothing"))?;
        Ok(Told { text, json: of_format("json") })
    }
}

/// An explanation in its two forms.
struct Told {
    text: String,
    json: Option<String>,
}
