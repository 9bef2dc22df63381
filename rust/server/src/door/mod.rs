//! The door: Flight's verbs, each handed to whom its message belongs.
//!
//! It implements Flight itself, because arrow-flight's Flight SQL service leaves PollFlightInfo, GetSchema and ListFlights
//! out. A request's message says whose it is: ours (`polybolos.flight.v1`) or Flight SQL's.

mod actions;
mod info;
mod put;
mod results;
mod service;
mod sessions;

pub(crate) use info::info;
pub(crate) use put::Upload;
pub(crate) use results::Trailer;

use std::sync::Arc;

use arrow_schema::SchemaRef;
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::ExecuteRequest;
use polybolos_protocol::wire::flight::ExecutePlan;
use polybolos_protocol::{CheckedPlan, Error, Result};
use tonic::Status;

use crate::auth::Gate;
use crate::caller::Caller;
use crate::config::ServerConfig;
use crate::errors::Errors;
use crate::queries::Queries;
use crate::sessions::Sessions;
use crate::ticket::Sealer;

/// Everything that requests share. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Door(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) queries: Arc<Queries>,
    pub(crate) errors: Errors,
    pub(crate) sealer: Sealer,
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) limits: PlanLimits,
    pub(crate) gate: Arc<Gate>,
}

impl std::ops::Deref for Door {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Door {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// The status that tells this caller of an error.
    pub(crate) fn status(&self, caller: &Caller, error: &Error) -> Status {
        self.errors.status(&caller.principal, error)
    }

    /// The request that a message of ours asks for. Without an operation id it gets one.
    fn request(&self, message: ExecutePlan) -> Result<ExecuteRequest> {
        let plan = message.plan.ok_or_else(|| Error::new(polybolos_protocol::Code::PlanMissingField, "ExecutePlan.plan is required"))?;
        Ok(ExecuteRequest {
            plan: CheckedPlan::check(plan, &self.limits)?,
            parameters: message.parameters,
            operation_id: operation_id(message.operation_id)?,
            options: message.result.unwrap_or_default(),
            tags: message.tags,
        })
    }
}

/// The client's operation id, or a new one. It is a UUID, so that it can stand in logs and lists.
pub(crate) fn operation_id(given: String) -> Result<String> {
    if given.is_empty() {
        return Ok(uuid::Uuid::now_v7().to_string());
    }
    let id = uuid::Uuid::parse_str(&given).map_err(|_| Error::invalid_argument(format!("operation_id {given:?} is not a UUID")))?;
    Ok(id.to_string())
}

/// The schema that clients see: types are logical on the wire.
pub(crate) fn wire_schema(schema: &SchemaRef) -> SchemaRef {
    crate::encode::plain_schema(schema)
}
