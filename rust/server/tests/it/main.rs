//! The server by its public door: a fake engine behind it, raw Flight clients in front.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod auth;
mod config;
mod engine;
mod execute;
mod harness;
mod hostile;
mod local;
mod results;
mod sessions;
mod shutdown;
mod sql;
mod tickets;
