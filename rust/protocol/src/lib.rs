//! The contract's Rust face: what clients, servers and engines agree on.
//!
//! ```text
//! bytes ----> decode ----> validate ----> CheckedPlan ----> binder of an engine
//! .txtpb, JSON -> text -/                     |
//!                                             +-> text::display (EXPLAIN), encode::plan (bytes)
//! ```
//!
//! * [`wire`]: the types generated from `proto/`.
//! * [`decode`] and [`CheckedPlan`]: the single door from bytes to a plan that cannot be wrong in structure.
//! * [`encode`]: plans to bytes; deep expressions are hoisted into shared ones first.
//! * [`text`]: the protobuf text format and JSON both ways, and one line per relation for people.
//! * [`error`]: the one error type and its code table (`docs/errors.md`).
//! * [`limits`]: every number that a plan can reach (`docs/limits.md`).
//! * [`functions`]: the registry of functions that plans call; [`features`]: the contract's features by name.
//! * [`transport`]: a plan in, Arrow streams out; implemented by the engine and by the Flight client.
//!
//! No runtime, no engine, no I/O: this crate builds in seconds.

mod blame;
mod checked;
pub mod decode;
pub mod encode;
pub mod error;
pub mod features;
pub mod functions;
pub mod limits;
#[doc(hidden)]
pub mod mutate;
pub mod names;
pub mod text;
pub mod transport;
mod validate;
mod walk;
pub mod wire;

pub use blame::ESTIMATED_ROWS;
pub use checked::CheckedPlan;
pub use error::{Class, Code, Error, Result};
