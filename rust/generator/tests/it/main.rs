//! The generator from outside: the committed files, the rules of the registry, and what bad YAML is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bad_yaml;
mod kotlin;
mod python;
mod registry;
mod wrappers;
