//! Strict decoding: bytes to messages, refusing what this build does not know.
//!
//! ```text
//! bytes -> scan (iterative, allocates nothing from input) -> prost -> message
//! ```
//!
//! Protobuf ignores fields and enum values that it does not know, truncates numbers that are too wide, merges what is sent
//! twice: each a wrong answer with status OK. The scan walks the bytes once against the descriptors and refuses all of it,
//! names the relation and the field, and enforces size, count and depth before a single message is allocated. Only
//! `annotations` and the value of a `google.protobuf.Any` pass unseen.

mod blame;
pub(crate) mod reader;
mod scan;
pub(crate) mod shape;

use prost::{Message, Name};

use crate::error::{Code, Error, Result};
use crate::limits::PlanLimits;
use crate::wire::plan::Plan;
use shape::SHAPES;

/// The contract's minor version that this build was generated from.
pub const CONTRACT_MINOR: u32 = 0;

/// Decodes the bytes of a plan strictly.
pub fn plan(bytes: &[u8], limits: &PlanLimits) -> Result<Plan> {
    message(&Plan::full_name(), bytes, limits)
}

/// Decodes any message of the contract strictly; `name` is its full name, such as `polybolos.flight.v1.ExecutePlan`.
pub fn message<M: Message + Default>(name: &str, bytes: &[u8], limits: &PlanLimits) -> Result<M> {
    let shape = SHAPES
        .find(name)
        .ok_or_else(|| Error::internal(format!("{name} is no message of the contract")))?;
    scan::scan(shape, bytes, limits)?;
    M::decode(bytes).map_err(|e| Error::new(Code::PlanMalformed, format!("the bytes are no {name}: {e}")).with_source(e))
}
