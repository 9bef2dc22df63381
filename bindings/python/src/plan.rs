//! Plans as bytes, text and JSON.

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{CheckedPlan, text};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::OrRaise;

/// A plan of the contract.
#[pyclass(frozen, module = "polybolos._native")]
pub(crate) struct Plan(pub(crate) CheckedPlan);

#[pymethods]
impl Plan {
    /// Decodes and checks the bytes of a plan.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        CheckedPlan::decode(bytes, &PlanLimits::default()).or_raise().map(Self)
    }

    /// Reads and checks a plan in protobuf's text format.
    #[staticmethod]
    fn from_text(source: &str) -> PyResult<Self> {
        text::from_text(source).and_then(|plan| CheckedPlan::check(plan, &PlanLimits::default())).or_raise().map(Self)
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    fn to_text(&self) -> String {
        text::to_text(self.0.plan())
    }

    fn to_json(&self) -> PyResult<String> {
        text::to_json(self.0.plan()).or_raise()
    }

    /// One line per relation, for people.
    fn display(&self) -> String {
        text::display(self.0.plan())
    }
}

/// A literal in protobuf's text format, the value of a plan's parameter.
pub(crate) fn literal(source: &str) -> PyResult<pb::Literal> {
    text::message_from_text(source).or_raise()
}
