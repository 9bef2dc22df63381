//! What travels in `Any`: our messages and Flight SQL's, told apart by their type url.

use bytes::Bytes;
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::{Code, Error, Result, decode};
use prost::Message;
use prost_types::Any;

const URL_PREFIX: &str = "type.googleapis.com/";
const OURS: &str = "polybolos.flight.v1.";
const FLIGHT_SQL: &str = "arrow.flight.protocol.sql.";

/// What a descriptor or ticket may hold, for the message that refuses everything else.
const KNOWN: &str =
    "polybolos.flight.v1.{ExecutePlan, ResultTicket, PollState, PutLocalData} and Flight SQL's commands (arrow.flight.protocol.sql.*)";

/// Packs a message under its full name.
pub(crate) fn pack(name: &str, message: &impl Message) -> Any {
    Any { type_url: format!("{URL_PREFIX}{name}"), value: message.encode_to_vec() }
}

/// A packed message whose type is known by name only.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    name: String,
    value: Bytes,
}

impl Packed {
    /// Reads the `Any` of a descriptor, ticket or action body.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let any = Any::decode(bytes).map_err(|e| {
            Error::new(Code::PlanMalformed, format!("a command or ticket must be a google.protobuf.Any holding one of {KNOWN}"))
                .with_source(e)
        })?;
        let name = any.type_url.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Self { name, value: any.value.into() })
    }

    /// Our message's name without its package, if it is ours.
    pub(crate) fn ours(&self) -> Option<&str> {
        self.name.strip_prefix(OURS)
    }

    /// Flight SQL's message name without its package, if it is Flight SQL's.
    pub(crate) fn flight_sql(&self) -> Option<&str> {
        self.name.strip_prefix(FLIGHT_SQL)
    }

    /// Decodes one of our messages, strictly.
    pub(crate) fn strict<M: Message + Default>(&self, limits: &PlanLimits) -> Result<M> {
        decode::message(&self.name, &self.value, limits)
    }

    /// Decodes a message of Flight's or Flight SQL's, which may have fields that this build does not know.
    pub(crate) fn lenient<M: Message + Default>(&self) -> Result<M> {
        M::decode(self.value.clone()).map_err(|e| Error::new(Code::PlanMalformed, format!("the bytes are no {}", self.name)).with_source(e))
    }

    /// The error for a message that does not belong where it came.
    pub(crate) fn unknown(&self, place: &str) -> Error {
        Error::unsupported(format!("{place} does not take {:?}; known are {KNOWN}", self.name)).param("type_url", self.name.clone())
    }
}
