//! Messages of the contract as they travel in Flight's: packed in `google.protobuf.Any`, told apart by their type URL.

use bytes::Bytes;
use polybolos_protocol::error::Code;
use polybolos_protocol::transport::ExecuteRequest;
use polybolos_protocol::wire::flight::{ClientInfo, ExecutePlan};
use polybolos_protocol::{Error, Result};
use prost::{Message, Name};
use prost_types::Any;

use crate::plan::CONTRACT_MINOR;

const URL_PREFIX: &str = "type.googleapis.com/";
/// The field `ExecutePlan.plan`.
const EXECUTE_PLAN_PLAN: u32 = 2;

/// Who we are, and what we can read.
pub(super) fn client_info() -> ClientInfo {
    ClientInfo {
        language: "rust".to_owned(),
        library: concat!("polybolos-client ", env!("CARGO_PKG_VERSION")).to_owned(),
        contract_minor: CONTRACT_MINOR,
        accepts: ["ipc.lz4", "ipc.zstd"].map(str::to_owned).to_vec(),
    }
}

pub(super) fn pack<M: Message + Name>(message: &M) -> Bytes {
    packed::<M>(message.encode_to_vec())
}

fn packed<M: Name>(value: Vec<u8>) -> Bytes {
    Any { type_url: format!("{URL_PREFIX}{}", M::full_name()), value }.encode_to_vec().into()
}

/// The message of this type.
pub(super) fn unpack<M: Message + Name + Default>(bytes: &[u8]) -> Result<M> {
    let any = any(bytes)?;
    unpack_any(&any)?.ok_or_else(|| unexpected(&M::full_name(), &any.type_url))
}

pub(super) fn any(bytes: &[u8]) -> Result<Any> {
    Any::decode(bytes).map_err(unreadable)
}

/// The message, if it is of this type.
pub(super) fn unpack_any<M: Message + Name + Default>(any: &Any) -> Result<Option<M>> {
    if any.type_url.rsplit('/').next() != Some(&M::full_name()) {
        return Ok(None);
    }
    M::decode(any.value.as_slice()).map(Some).map_err(unreadable)
}

fn unreadable(error: prost::DecodeError) -> Error {
    Error::new(Code::Internal, "the server's answer is not a message of the contract").with_source(error)
}

fn unexpected(wanted: &str, came: &str) -> Error {
    Error::internal(format!("the server answered {came:?} instead of {wanted}"))
}

/// The ticket of a query: `ExecutePlan`, written without copying the plan first. Fields of a message may stand in any order,
/// so the plan's follows the others.
pub(super) fn execute_ticket(request: &ExecuteRequest) -> Bytes {
    let head = ExecutePlan {
        operation_id: request.operation_id.clone(),
        plan: None,
        parameters: request.parameters.clone(),
        client: Some(client_info()),
        result: Some(request.options),
        tags: request.tags.clone(),
    };
    let mut value = head.encode_to_vec();
    prost::encoding::message::encode(EXECUTE_PLAN_PLAN, request.plan.plan(), &mut value);
    packed::<ExecutePlan>(value)
}
