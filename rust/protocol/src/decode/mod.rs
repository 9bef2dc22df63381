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

use prost::{DecodeError, Message, Name};

use crate::error::{Code, Error, Result};
use crate::limits::PlanLimits;
use crate::wire::plan::Plan;
use shape::{MessageShape, SHAPES};

/// The contract's minor version that this build was generated from.
pub const CONTRACT_MINOR: u32 = 0;

/// Decodes the bytes of a plan strictly.
pub fn plan(bytes: &[u8], limits: &PlanLimits) -> Result<Plan> {
    let name = Plan::full_name();
    let relations = scan::scan(find(&name)?, bytes, limits)?;
    // Relations are large: a vector that grows would copy them over and over.
    let mut plan = Plan { relations: Vec::with_capacity(relations), ..Plan::default() };
    plan.merge(bytes).map_err(|e| malformed(&name, e))?;
    Ok(plan)
}

/// Decodes any message of the contract strictly; `name` is its full name, such as `polybolos.flight.v1.ExecutePlan`.
pub fn message<M: Message + Default>(name: &str, bytes: &[u8], limits: &PlanLimits) -> Result<M> {
    scan::scan(find(name)?, bytes, limits)?;
    M::decode(bytes).map_err(|e| malformed(name, e))
}

fn find(name: &str) -> Result<&'static MessageShape> {
    SHAPES.find(name).ok_or_else(|| Error::internal(format!("{name} is no message of the contract")))
}

fn malformed(name: &str, error: DecodeError) -> Error {
    Error::new(Code::PlanMalformed, format!("the bytes are no {name}: {error}")).with_source(error)
}
