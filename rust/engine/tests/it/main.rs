//! The engine, tested by its public door.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod harness;
mod sql;
