//! Our errors as Python exceptions. The classes are Python's own, in `polybolos.errors`; here is only the way over.

use polybolos_protocol::{Code, Error};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// A result whose error becomes an exception.
pub(crate) trait OrRaise<T> {
    fn or_raise(self) -> PyResult<T>;
}

impl<T> OrRaise<T> for polybolos_protocol::Result<T> {
    fn or_raise(self) -> PyResult<T> {
        self.map_err(|error| Python::attach(|py| exception(py, &error)))
    }
}

/// The exception of an error.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    match instance(py, error) {
        Ok(instance) => PyErr::from_value(instance),
        Err(failed) => failed,
    }
}

fn instance<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.get_or_try_init(py, || py.import("polybolos.errors")?.getattr("_from_native").map(Bound::unbind))?;
    let facts = PyDict::new(py);
    facts.set_item("message", message(error))?;
    facts.set_item("query_id", error.query_id())?;
    facts.set_item("candidates", error.candidates())?;
    facts.set_item("retry_after_ms", error.retry_after_millis())?;
    facts.set_item("file", error.call_site().map(|site| site.file.as_str()))?;
    facts.set_item("line", error.call_site().map(|site| site.line))?;
    facts.set_item("expression", error.expression())?;
    facts.set_item("relation", error.location().map_or(0, |place| place.relation))?;
    facts.set_item("path", error.location().map_or("", |place| place.path.as_str()))?;
    let others = error.others().iter().map(|other| instance(py, other)).collect::<PyResult<Vec<_>>>()?;
    facts.set_item("others", others)?;
    make.bind(py).call1((error.code().name(), facts))
}

/// The sentence, with the cause where it says more (a missing file, a refused connection).
fn message(error: &Error) -> String {
    let message = error.message();
    // A cause that is one of ours was reworded into this one.
    let cause = std::error::Error::source(error).filter(|cause| !cause.is::<Error>());
    match cause.map(ToString::to_string) {
        Some(cause) if !message.contains(&cause) && !cause.contains(message) => format!("{message}: {cause}"),
        _ => message.to_owned(),
    }
}

/// Every code: its name, its class, whether a retry may help, and what it means.
#[pyfunction]
pub(crate) fn error_codes() -> Vec<(&'static str, String, bool, &'static str)> {
    Code::ALL.iter().map(|code| (code.name(), format!("{:?}", code.class()), code.retryable(), code.meaning())).collect()
}

/// What a call in Rust refuses, as `INVALID_ARGUMENT`.
pub(crate) fn invalid(message: impl Into<String>) -> PyErr {
    Python::attach(|py| exception(py, &Error::invalid_argument(message)))
}
