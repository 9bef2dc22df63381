//! Looking before fetching: GetFlightInfo, GetSchema, PollFlightInfo.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, PollInfo, SchemaResult, Ticket};
use arrow_schema::SchemaRef;
use polybolos_protocol::transport::{AnalyzeRequest, ExecuteRequest};
use polybolos_protocol::wire::flight::{AnalyzeWhat, ExecutePlan, PollState, ResultTicket};
use polybolos_protocol::{Code, Error, Result};
use prost::Message;

use super::{Door, wire_schema};
use crate::caller::Caller;
use crate::encode::{schema_bytes, schema_from_bytes};
use crate::flight_sql;
use crate::messages::{Packed, pack};
use crate::queries::{Phase, Query, cancelled};
use crate::ticket::Purpose;

/// How long a poll waits for the result before it tells how far the query is.
const POLL_WAIT: Duration = Duration::from_secs(1);

impl Door {
    /// GetFlightInfo: plans the query, answers its schema and a ticket. The same operation id gets the same query.
    pub(crate) async fn flight_info(&self, caller: &Caller, descriptor: FlightDescriptor) -> Result<FlightInfo> {
        let packed = command(&descriptor)?;
        match (packed.ours(), packed.flight_sql()) {
            (Some("ExecutePlan"), _) => {
                let request = self.request(packed.strict::<ExecutePlan>(&self.limits)?)?;
                self.prepared_info(caller, descriptor, request).await
            }
            (_, Some(name)) => flight_sql::flight_info(self, caller, name, &packed, descriptor).await,
            _ => Err(packed.unknown("GetFlightInfo")),
        }
    }

    /// GetSchema: binds the plan, runs nothing.
    pub(crate) async fn schema(&self, caller: &Caller, descriptor: FlightDescriptor) -> Result<SchemaResult> {
        let packed = command(&descriptor)?;
        let schema = match (packed.ours(), packed.flight_sql()) {
            (Some("ExecutePlan"), _) => {
                let request = self.request(packed.strict::<ExecutePlan>(&self.limits)?)?;
                self.schema_of(caller, request).await?
            }
            (_, Some(name)) => flight_sql::schema(self, caller, name, &packed).await?,
            _ => return Err(packed.unknown("GetSchema")),
        };
        Ok(SchemaResult { schema: schema_bytes(&schema)? })
    }

    /// PollFlightInfo: plans and runs the query without anybody reading it yet; answers soon, how far it is, until its result
    /// can be fetched without waiting for it.
    pub(crate) async fn poll_info(&self, caller: &Caller, descriptor: FlightDescriptor) -> Result<PollInfo> {
        let packed = command(&descriptor)?;
        match packed.ours() {
            Some("ExecutePlan") => {
                let request = self.request(packed.strict::<ExecutePlan>(&self.limits)?)?;
                let query = match self.known(caller, &request.operation_id) {
                    Some(query) => query,
                    None => self.queries.run_ahead(caller, self.sessions.of(caller).await?, request)?,
                };
                self.poll(caller, descriptor, &query).await
            }
            Some("PollState") => {
                let state: PollState = packed.strict(&self.limits)?;
                let id = self.sealer.open(Purpose::Poll, &caller.principal, &state.sealed)?;
                let query = self.queries.get(&caller.principal, &id).ok_or_else(|| forgotten(&id))?;
                self.poll(caller, descriptor, &query).await
            }
            _ => {
                let info = self.flight_info(caller, descriptor).await?;
                Ok(PollInfo { info: Some(info), ..PollInfo::default() })
            }
        }
    }

    async fn poll(&self, caller: &Caller, descriptor: FlightDescriptor, query: &Arc<Query>) -> Result<PollInfo> {
        query.touch();
        // A client that waits for less is answered in its time.
        let wait = caller.deadline.map_or(POLL_WAIT, |deadline| deadline.saturating_duration_since(Instant::now()).min(POLL_WAIT));
        let settled = query.settled(wait).await;
        match query.failure() {
            Some(error) => return Err(error),
            None if query.phase() == Phase::Cancelled => return Err(cancelled(query)),
            None => {}
        }
        let info = match query.schema() {
            Some(_) => Some(self.info_of(caller, descriptor, query)?),
            None => None,
        };
        let (again, expiry) = self.poll_state(caller, query);
        Ok(PollInfo {
            info,
            flight_descriptor: (!settled).then_some(again),
            progress: fraction(query),
            expiration_time: Some(expiry.into()),
        })
    }

    /// The descriptor to ask again with, and until when it is good.
    fn poll_state(&self, caller: &Caller, query: &Query) -> (FlightDescriptor, SystemTime) {
        let expiry = SystemTime::now() + self.queries.ticket_life();
        let state = PollState { sealed: self.sealer.seal(Purpose::Poll, &caller.principal, &query.operation_id, expiry).into() };
        (FlightDescriptor::new_cmd(pack("polybolos.flight.v1.PollState", &state).encode_to_vec()), expiry)
    }

    /// Plans a query and describes it.
    async fn prepared_info(&self, caller: &Caller, descriptor: FlightDescriptor, request: ExecuteRequest) -> Result<FlightInfo> {
        let query = self.prepare(caller, request).await?;
        self.info_of(caller, descriptor, &query)
    }

    /// Plans a query for a later DoGet, unless this operation id has been planned already.
    pub(crate) async fn prepare(&self, caller: &Caller, request: ExecuteRequest) -> Result<Arc<Query>> {
        let Some(query) = self.known(caller, &request.operation_id) else {
            return self.queries.prepare(caller, self.sessions.of(caller).await?, request).await;
        };
        // A second request for the same operation waits with the first.
        query.planned(self.queries.ticket_life()).await;
        Ok(query)
    }

    /// A query that waits for its DoGet under this operation id.
    fn known(&self, caller: &Caller, operation_id: &str) -> Option<Arc<Query>> {
        let query = self.queries.get(&caller.principal, operation_id);
        query.filter(|query| query.phase().is_before_reading() && query.is_two_step())
    }

    fn info_of(&self, caller: &Caller, descriptor: FlightDescriptor, query: &Query) -> Result<FlightInfo> {
        let schema = self.schema_of_planned(query)?;
        let (ticket, expiry) = self.ticket(caller, &query.operation_id);
        let mut info = info(descriptor, &schema, ticket, Some(expiry))?;
        if let Some((rows, bytes)) = query.whole() {
            info.total_records = i64::try_from(rows).unwrap_or(-1);
            info.total_bytes = i64::try_from(bytes).unwrap_or(-1);
        }
        if let Some(progress) = query.progress() {
            info.app_metadata = pack("polybolos.flight.v1.ResultProgress", &progress).encode_to_vec().into();
        }
        Ok(info)
    }

    /// The schema of a planned query, as it goes over the wire.
    pub(crate) fn schema_of_planned(&self, query: &Query) -> Result<SchemaRef> {
        query.schema().map(wire_schema).ok_or_else(|| forgotten(&query.operation_id))
    }

    /// A ticket for an operation, and until when it is good.
    pub(super) fn ticket(&self, caller: &Caller, operation_id: &str) -> (Vec<u8>, SystemTime) {
        let (sealed, expiry) = self.seal_result(caller, operation_id);
        let ticket = ResultTicket { sealed: sealed.into() };
        (pack("polybolos.flight.v1.ResultTicket", &ticket).encode_to_vec(), expiry)
    }

    /// The sealed name of an operation, and until when it is good.
    pub(crate) fn seal_result(&self, caller: &Caller, operation_id: &str) -> (Vec<u8>, SystemTime) {
        let expiry = SystemTime::now() + self.queries.ticket_life();
        (self.sealer.seal(Purpose::Result, &caller.principal, operation_id, expiry), expiry)
    }

    /// The schema that running this request would give.
    pub(crate) async fn schema_of(&self, caller: &Caller, request: ExecuteRequest) -> Result<SchemaRef> {
        let session = self.sessions.of(caller).await?;
        let analyze = AnalyzeRequest {
            plan: request.plan,
            parameters: request.parameters,
            what: vec![AnalyzeWhat::Schema],
            operation_id: request.operation_id,
        };
        let result = session.transport.analyze(analyze).await?;
        Ok(wire_schema(&Arc::new(schema_from_bytes(result.arrow_schema)?)))
    }
}

/// What a client needs to fetch a result from this same server.
pub(crate) fn info(descriptor: FlightDescriptor, schema: &SchemaRef, ticket: Vec<u8>, expiry: Option<SystemTime>) -> Result<FlightInfo> {
    let endpoint = FlightEndpoint {
        ticket: Some(Ticket::new(ticket)),
        location: Vec::new(),
        expiration_time: expiry.map(Into::into),
        ..Default::default()
    };
    Ok(FlightInfo {
        schema: schema_bytes(schema)?,
        flight_descriptor: Some(descriptor),
        endpoint: vec![endpoint],
        total_records: -1,
        total_bytes: -1,
        ordered: true,
        ..Default::default()
    })
}

/// The message in a descriptor of kind CMD.
pub(crate) fn command(descriptor: &FlightDescriptor) -> Result<Packed> {
    if descriptor.cmd.is_empty() {
        return Err(Error::invalid_argument("the descriptor must be of type CMD and hold a command; there are no paths here"));
    }
    Packed::read(&descriptor.cmd)
}

/// The share of the work that is done, 0 to 1; nothing where nobody can know.
fn fraction(query: &Query) -> Option<f64> {
    let known = query.progress().map(|progress| progress.fraction).filter(|fraction| *fraction >= 0.0);
    if query.whole().is_some() { Some(1.0) } else { known.map(|fraction| fraction.min(1.0)) }
}

fn forgotten(operation_id: &str) -> Error {
    Error::new(Code::QueryNotFound, "the query has been fetched, has ended or has expired; run it again").with_query_id(operation_id)
}
