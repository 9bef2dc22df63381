//! The contract's Rust face: what clients, servers and engines agree on.
//!
//! * [`wire`]: the types generated from `proto/`.
//! * [`decode`] and [`CheckedPlan`]: the single door from bytes to a plan that cannot be wrong in structure.
//! * [`error`]: the one error type and its code table.
//! * [`limits`]: every number that a plan can reach.
//! * [`transport`]: a plan in, Arrow streams out; implemented by the engine and by the Flight client.
//!
//! No runtime, no engine, no I/O: this crate builds in seconds.

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

pub use checked::CheckedPlan;
pub use error::{Class, Code, Error, Result};
