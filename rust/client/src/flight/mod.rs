//! The transport to a server: Arrow Flight on one HTTP/2 connection.
//!
//! ```text
//! connect ── OpenSession ──▶ session id, a header of every later call
//! execute ── one DoGet ────▶ schema, batches ..., trailer       a result without its trailer is an error, never short
//! put ────── DoPut ────────▶ receipt                            local data
//! the rest ─ DoAction                                           analyze, cancel, queries, capabilities, options, close
//! ```
//!
//! A query is started again, at most twice, where the server could not be reached before anything came back; a command
//! never is. A stream that is dropped resets its call, which cancels the query.

mod address;
mod connect;
mod headers;
mod messages;
mod options;
mod rows;
mod status;
mod transport;
mod upload;

pub use address::Address;
pub use connect::{Connect, connect};
pub use transport::FlightTransport;
