//! The protocol by its public door: bytes, texts and plans in; plans or typed errors out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, missing_docs)]

mod blame;
mod bombs;
mod decode;
mod docs;
mod encode;
mod error;
mod functions;
mod fuzz;
mod plans;
mod text;
mod validate;
mod validate_expressions;
