//! DoAction: one name, one message in, messages out.

use arrow_flight::{Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, RenewFlightEndpointRequest};
use bytes::Bytes;
use polybolos_protocol::transport::AnalyzeRequest;
use polybolos_protocol::wire::flight::{
    Analyze, AnalyzeWhat, CancelOutcome, CancelQuery, CancelQueryResult, Capabilities, CloseSession, FetchErrorDetails, GetCapabilities,
    GetFunctionRegistry, ListQueries, ListQueriesResult, OpenSession, ResultTicket,
};
use polybolos_protocol::{CheckedPlan, Code, Error, Result, functions};
use prost::Message;

use super::{Door, operation_id};
use crate::caller::Caller;
use crate::encode::{plain_schema, schema_bytes, schema_from_bytes};
use crate::flight_sql;
use crate::messages::{Packed, pack};
use crate::sessions::Session;
use crate::ticket::Purpose;

const PACKAGE: &str = "polybolos.flight.v1.";
const REGISTRY_CHUNK_BYTES: usize = 1 << 20;

/// Ours, then Flight's own, then Flight SQL's: name and what it does.
const ACTIONS: [(&str, &str); 15] = [
    ("polybolos.flight.v1.OpenSession", "Opens a session; answers SessionOpened."),
    ("polybolos.flight.v1.CloseSession", "Closes the session of the polybolos-session header."),
    ("polybolos.flight.v1.Analyze", "Schema, EXPLAIN texts and requirements of a plan; answers AnalyzeResult."),
    ("polybolos.flight.v1.GetCapabilities", "What this server can do; answers Capabilities."),
    ("polybolos.flight.v1.GetFunctionRegistry", "The function registry as JSON, in chunks."),
    ("polybolos.flight.v1.FetchErrorDetails", "The whole of an error that was too long for a status; answers PlanErrors."),
    ("polybolos.flight.v1.CancelQuery", "Cancels a query; answers CancelQueryResult."),
    ("polybolos.flight.v1.ListQueries", "The caller's queries; answers ListQueriesResult."),
    ("CancelFlightInfo", "Cancels the query of a FlightInfo."),
    ("RenewFlightEndpoint", "Renews the ticket of an endpoint."),
    ("SetSessionOptions", "Sets options of the session; opens one for the cookie where there is none."),
    ("GetSessionOptions", "The options of the session."),
    ("CloseSession", "Closes the session of the cookie."),
    ("CreatePreparedStatement", "Prepares a SQL statement (Flight SQL)."),
    ("ClosePreparedStatement", "Forgets a prepared statement (Flight SQL)."),
];

/// What an action answers: bodies, and perhaps the id of a session to keep in a cookie.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) bodies: Vec<Bytes>,
    pub(crate) session: Option<String>,
}

impl Answer {
    fn one(body: Vec<u8>) -> Self {
        Self { bodies: vec![body.into()], session: None }
    }

    fn ours(name: &str, message: &impl Message) -> Self {
        Self::one(pack(&format!("{PACKAGE}{name}"), message).encode_to_vec())
    }
}

/// ListActions.
pub(crate) fn list() -> Vec<ActionType> {
    ACTIONS.iter().map(|(name, about)| ActionType { r#type: (*name).to_owned(), description: (*about).to_owned() }).collect()
}

impl Door {
    /// DoAction.
    pub(crate) async fn act(&self, caller: &Caller, action: &Action) -> Result<Answer> {
        match action.r#type.strip_prefix(PACKAGE) {
            Some(name) => self.act_ours(caller, name, action).await,
            None => self.act_standard(caller, action).await,
        }
    }

    async fn act_ours(&self, caller: &Caller, name: &str, action: &Action) -> Result<Answer> {
        let packed = Packed::read(&action.body)?;
        if packed.ours() != Some(name) {
            return Err(packed.unknown(&format!("the action {}", action.r#type)));
        }
        match name {
            "OpenSession" => {
                let opened = self.open_session(caller, packed.strict::<OpenSession>(&self.limits)?).await?;
                Ok(Answer::ours("SessionOpened", &opened))
            }
            "CloseSession" => {
                packed.strict::<CloseSession>(&self.limits)?;
                self.sessions.close(caller).await?;
                Ok(Answer::default())
            }
            "Analyze" => self.analyze(caller, packed.strict(&self.limits)?).await,
            "GetCapabilities" => self.capabilities(caller, &packed.strict(&self.limits)?).await,
            "GetFunctionRegistry" => Ok(registry(&packed.strict(&self.limits)?)),
            "FetchErrorDetails" => {
                let message: FetchErrorDetails = packed.strict(&self.limits)?;
                Ok(Answer::ours("PlanErrors", &self.errors.fetch(&caller.principal, &message.error_id)?))
            }
            "CancelQuery" => {
                let message: CancelQuery = packed.strict(&self.limits)?;
                let outcome = self.cancel(caller, &message.query_id).await?;
                Ok(Answer::ours("CancelQueryResult", &CancelQueryResult { outcome: outcome as i32 }))
            }
            "ListQueries" => {
                let message: ListQueries = packed.strict(&self.limits)?;
                let queries = self.queries.list(&caller.principal, message.all_states);
                Ok(Answer::ours("ListQueriesResult", &ListQueriesResult { queries }))
            }
            _ => Err(unknown(&action.r#type)),
        }
    }

    async fn act_standard(&self, caller: &Caller, action: &Action) -> Result<Answer> {
        match action.r#type.as_str() {
            "CancelFlightInfo" => self.cancel_info(caller, action),
            "RenewFlightEndpoint" => self.renew(caller, action),
            "SetSessionOptions" => {
                let (result, session) = self.set_session_options(caller, &action.body).await?;
                Ok(Answer { session, ..Answer::one(result.encode_to_vec()) })
            }
            "GetSessionOptions" => Ok(Answer::one(self.get_session_options(caller, &action.body).await?.encode_to_vec())),
            "CloseSession" => Ok(Answer::one(self.close_session(caller).await?.encode_to_vec())),
            name => match flight_sql::act(self, caller, name, &action.body).await? {
                Some(bodies) => Ok(Answer { bodies, session: None }),
                None => Err(unknown(name)),
            },
        }
    }

    async fn analyze(&self, caller: &Caller, message: Analyze) -> Result<Answer> {
        let plan = message.plan.ok_or_else(|| Error::new(Code::PlanMissingField, "Analyze.plan is required"))?;
        let what = message.what.iter().map(|&what| {
            let known = AnalyzeWhat::try_from(what).ok().filter(|what| *what != AnalyzeWhat::Unspecified);
            known.ok_or_else(|| Error::new(Code::PlanUnknownEnum, format!("Analyze.what {what} is not known")))
        });
        let request = AnalyzeRequest {
            plan: CheckedPlan::check(plan, &self.limits)?,
            parameters: message.parameters,
            what: what.collect::<Result<_>>()?,
            operation_id: operation_id(message.operation_id)?,
        };
        let session = self.sessions.of(caller).await?;
        let mut result = session.transport.analyze(request).await?;
        if !result.arrow_schema.is_empty() {
            let schema = std::sync::Arc::new(schema_from_bytes(result.arrow_schema)?);
            result.arrow_schema = schema_bytes(&plain_schema(&schema))?;
        }
        Ok(Answer::ours("AnalyzeResult", &result))
    }

    /// What the session can do, within this door's own limits.
    pub(super) async fn capabilities_of(&self, session: &Session) -> Result<Capabilities> {
        let mut capabilities = session.transport.capabilities().await?;
        let message_bytes = self.config.transport.message_bytes.0;
        let limits = capabilities.limits.get_or_insert_default();
        limits.message_bytes = message_bytes;
        limits.plan_bytes = limits.plan_bytes.min(message_bytes);
        Ok(capabilities)
    }

    async fn capabilities(&self, caller: &Caller, message: &GetCapabilities) -> Result<Answer> {
        let session = self.sessions.of(caller).await?;
        let mut capabilities = self.capabilities_of(&session).await?;
        if !message.if_not_etag.is_empty() && message.if_not_etag == capabilities.etag {
            capabilities = Capabilities { etag: capabilities.etag, ..Capabilities::default() };
        }
        Ok(Answer::ours("Capabilities", &capabilities))
    }

    /// Cancels a query of this door, or what the session runs without one (an EXPLAIN ANALYZE).
    async fn cancel(&self, caller: &Caller, id: &str) -> Result<CancelOutcome> {
        match self.queries.cancel(&caller.principal, id) {
            CancelOutcome::NotFound => self.sessions.of(caller).await?.transport.cancel(id).await,
            outcome => Ok(outcome),
        }
    }

    fn cancel_info(&self, caller: &Caller, action: &Action) -> Result<Answer> {
        let request = standard::<CancelFlightInfoRequest>(&action.body, "CancelFlightInfoRequest")?;
        let info = request.info.unwrap_or_default();
        let ticket = info.endpoint.first().and_then(|endpoint| endpoint.ticket.as_ref()).map(|ticket| &ticket.ticket);
        let operation = match ticket {
            Some(ticket) => self.operation_of(caller, ticket)?,
            None => return Err(Error::invalid_argument("the FlightInfo has no endpoint with a ticket")),
        };
        let status = match self.queries.cancel(&caller.principal, &operation) {
            CancelOutcome::Cancelled => CancelStatus::Cancelled,
            _ => CancelStatus::NotCancellable,
        };
        Ok(Answer::one(CancelFlightInfoResult { status: status as i32 }.encode_to_vec()))
    }

    fn renew(&self, caller: &Caller, action: &Action) -> Result<Answer> {
        let request = standard::<RenewFlightEndpointRequest>(&action.body, "RenewFlightEndpointRequest")?;
        let mut endpoint = request.endpoint.unwrap_or_default();
        let ticket = endpoint.ticket.take().unwrap_or_default();
        let operation = self.operation_of(caller, &ticket.ticket)?;
        if let Some(query) = self.queries.get(&caller.principal, &operation) {
            query.touch();
        }
        let (ticket, expiry) = self.ticket(caller, &operation);
        endpoint.ticket = Some(arrow_flight::Ticket::new(ticket));
        endpoint.expiration_time = Some(expiry.into());
        Ok(Answer::one(endpoint.encode_to_vec()))
    }

    /// The operation that a ticket of this caller names.
    fn operation_of(&self, caller: &Caller, ticket: &[u8]) -> Result<String> {
        let packed = Packed::read(ticket)?;
        match packed.ours() {
            Some("ResultTicket") => {
                let ticket: ResultTicket = packed.strict(&self.limits)?;
                self.sealer.open(Purpose::Result, &caller.principal, &ticket.sealed)
            }
            _ => Err(packed.unknown("this action")),
        }
    }
}

fn registry(message: &GetFunctionRegistry) -> Answer {
    let json = functions::REGISTRY_JSON;
    if message.if_not_sha256 == functions::registry_sha256() {
        return Answer::default();
    }
    let bodies = json.chunks(REGISTRY_CHUNK_BYTES).map(Bytes::from_static).collect();
    Answer { bodies, session: None }
}

fn standard<M: Message + Default>(body: &Bytes, name: &str) -> Result<M> {
    M::decode(body.clone()).map_err(|e| Error::new(Code::PlanMalformed, format!("the action's body is no {name}")).with_source(e))
}

fn unknown(name: &str) -> Error {
    let known: Vec<_> = ACTIONS.iter().map(|(name, _)| *name).collect();
    Error::unsupported(format!("there is no action {name:?}; known are {}", known.join(", "))).param("action", name)
}
