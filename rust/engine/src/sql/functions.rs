//! The functions that a text may call, for the error that names near ones.

use std::collections::BTreeSet;

use datafusion::execution::SessionState;
use polybolos_protocol::{Code, Error};

use crate::error::{listed, near_names};

/// `UNRESOLVED_FUNCTION` with the near names.
pub(super) fn not_found(state: &SessionState, name: &str) -> Error {
    let names: BTreeSet<&str> = state
        .scalar_functions()
        .keys()
        .chain(state.aggregate_functions().keys())
        .chain(state.window_functions().keys())
        .chain(state.table_functions().keys())
        .map(String::as_str)
        .collect();
    let near = near_names(name, names);
    let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", listed(&near)) };
    Error::new(Code::UnresolvedFunction, format!("no function named '{name}'{hint}")).param("name", name).with_candidates(near)
}
