//! What the tests that need several crates share: the conformance corpus, comparison of results and of plans, the DataFrame
//! programs, TPC-H. Test support only, so a failure is a panic that says what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod compare;
pub mod corpus;
pub mod doors;
pub mod examples;
pub mod normal;
pub mod programs;
pub mod tpch;
