//! Tests that need several crates: the corpus, the registry's examples and TPC-H through every door, and wrong input as a user meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod catalog;
mod corpus;
mod programs;
mod quickstart;
mod registry;
mod tpch;
mod wrong_input;
