//! The targets: each turns the registry into files. A new language is a new module and one more line in [`all`].

mod docs;
mod kotlin_wrappers;
mod protocol_table;
mod python_wrappers;
mod registry_json;
mod rust_wrappers;
mod text;

use crate::files::Generated;
use crate::registry::Registry;

/// One kind of output.
pub struct Target {
    /// For messages.
    pub name: &'static str,
    /// The files with their whole contents.
    pub render: fn(&Registry) -> Vec<Generated>,
}

/// Every target.
pub fn all() -> &'static [Target] {
    &[
        Target { name: "protocol table", render: protocol_table::render },
        Target { name: "registry as JSON", render: registry_json::render },
        Target { name: "Rust wrappers", render: rust_wrappers::render },
        Target { name: "Python wrappers", render: python_wrappers::render },
        Target { name: "Kotlin wrappers", render: kotlin_wrappers::render },
        Target { name: "documentation", render: docs::render },
    ]
}
