//! DataFusion's errors while a plan is bound, as ours.

use datafusion::error::DataFusionError;
use polybolos_protocol::{Code, Error, Result};

use crate::error::from_datafusion;

/// A step of planning whose parts the binder has already checked.
pub(crate) fn planned<T>(result: datafusion::error::Result<T>) -> Result<T> {
    result.map_err(from_datafusion)
}

/// A failure that means that types do not fit; the sentence says which and what would be right.
pub(crate) fn mistyped<T>(result: datafusion::error::Result<T>, what: impl FnOnce() -> String) -> Result<T> {
    result.map_err(|error| match root(&error) {
        DataFusionError::NotImplemented(_) => from_datafusion(error),
        _ => Error::new(Code::TypeMismatch, what()).with_source(error),
    })
}

fn root(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => root(inner),
        other => other,
    }
}
