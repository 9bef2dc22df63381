//! The client's tests, by its public door: plans that programs build, names, errors, and both ends of a Flight connection.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod call_sites;
mod depth;
mod fake_server;
mod fake_transport;
mod flight;
mod mistakes;
mod names;
mod plans;
mod sessions;
mod tables;
