//! The engine, tested by its public door.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod bind_deep;
mod bind_expressions;
mod bind_names;
mod bind_relations;
mod harness;
mod plans;
mod sql;
