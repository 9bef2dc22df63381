//! Basic Flight SQL for stock clients: statements become plans, catalog questions become queries of `information_schema`.

mod about;
mod catalog;
mod ingest;
mod parameter;
mod prepared;
mod statement;

use arrow_flight::sql::{
    CommandPreparedStatementQuery, CommandPreparedStatementUpdate, CommandStatementQuery, CommandStatementUpdate, DoPutUpdateResult,
    TicketStatementQuery,
};
use arrow_flight::{FlightDescriptor, FlightInfo, PutResult};
use arrow_schema::SchemaRef;
use bytes::Bytes;
use polybolos_protocol::transport::ExecuteRequest;
use polybolos_protocol::wire::plan::plan::Root;
use polybolos_protocol::{Error, Result};
use prost::Message;

pub(crate) use prepared::Prepared;

use crate::caller::Caller;
use crate::door::{self, Door, Upload};
use crate::encode::Outgoing;
use crate::messages::{Packed, pack};
use catalog::Question;

/// What is served, for the message that refuses the rest.
const SERVED: &str = "CommandStatementQuery, CommandStatementUpdate, CommandPreparedStatementQuery, CommandPreparedStatementUpdate, \
CommandStatementIngest, CommandGetCatalogs, CommandGetDbSchemas, CommandGetTables, CommandGetTableTypes, CommandGetSqlInfo";

/// GetFlightInfo of a Flight SQL command.
pub(crate) async fn flight_info(
    door: &Door,
    caller: &Caller,
    name: &str,
    packed: &Packed,
    descriptor: FlightDescriptor,
) -> Result<FlightInfo> {
    if let Some(question) = Question::read(name, packed)? {
        // The question itself is the ticket: it is answered when it is fetched.
        let ticket = descriptor.cmd.to_vec();
        return door::info(descriptor, &question.schema(), ticket, None);
    }
    let request = query(door, caller, name, packed).await?.ok_or_else(|| unknown(name))?;
    let is_command = matches!(request.plan.plan().root, Some(Root::Command(_)));
    let query = door.prepare(caller, request).await?;
    let (sealed, expiry) = door.seal_result(caller, &query.operation_id);
    let ticket = pack("arrow.flight.protocol.sql.TicketStatementQuery", &TicketStatementQuery { statement_handle: sealed.into() });
    let mut info = door::info(descriptor, &door.schema_of_planned(&query)?, ticket.encode_to_vec(), Some(expiry))?;
    if is_command {
        // A driver without a schema waits for that of the result, which comes when the command is done.
        info.schema = Bytes::new();
    }
    Ok(info)
}

/// GetSchema of a Flight SQL command.
pub(crate) async fn schema(door: &Door, caller: &Caller, name: &str, packed: &Packed) -> Result<SchemaRef> {
    if let Some(question) = Question::read(name, packed)? {
        return Ok(question.schema());
    }
    let request = query(door, caller, name, packed).await?.ok_or_else(|| unknown(name))?;
    door.schema_of(caller, request).await
}

/// DoGet of a statement's ticket or of a catalog question.
pub(crate) async fn get(door: &Door, caller: &Caller, name: &str, packed: &Packed) -> Result<Outgoing> {
    if name == "TicketStatementQuery" {
        let ticket: TicketStatementQuery = packed.lenient()?;
        return door.fetch(caller, &ticket.statement_handle, door::Trailer::Omitted).await;
    }
    let question = Question::read(name, packed)?.ok_or_else(|| unknown(name))?;
    let answer = question.answer(door, caller).await?;
    door.one_batch(answer)
}

/// DoPut: an update, or parameters for a prepared statement.
pub(crate) async fn put(door: &Door, caller: &Caller, name: &str, packed: &Packed, upload: Upload) -> Result<Option<PutResult>> {
    match name {
        "CommandStatementUpdate" => {
            let command: CommandStatementUpdate = packed.lenient()?;
            let request = statement::request(door, &command.query, Vec::new())?;
            updated(door.run_to_end(caller, request).await?)
        }
        "CommandPreparedStatementUpdate" => {
            let command: CommandPreparedStatementUpdate = packed.lenient()?;
            let rows = prepared::parameter_rows(upload).await?;
            let requests = prepared::requests(door, caller, &command.prepared_statement_handle, rows).await?;
            let mut changed = Some(0);
            for request in requests {
                changed = add(changed, door.run_to_end(caller, request).await?);
            }
            updated(changed)
        }
        "CommandStatementIngest" => updated(ingest::ingest(door, caller, packed.lenient()?, upload).await?),
        "CommandPreparedStatementQuery" => {
            let command: CommandPreparedStatementQuery = packed.lenient()?;
            prepared::bind(door, caller, &command.prepared_statement_handle, upload).await.map(Some)
        }
        _ => Err(unknown(name)),
    }
}

/// DoAction; nothing where Flight SQL has no such action here.
pub(crate) async fn act(door: &Door, caller: &Caller, name: &str, body: &[u8]) -> Result<Option<Vec<Bytes>>> {
    match name {
        "CreatePreparedStatement" => prepared::create(door, caller, &Packed::read(body)?).await.map(|result| Some(vec![result])),
        "ClosePreparedStatement" => prepared::close(door, caller, &Packed::read(body)?).await.map(|()| Some(Vec::new())),
        _ => Ok(None),
    }
}

/// The request that a statement command asks for.
async fn query(door: &Door, caller: &Caller, name: &str, packed: &Packed) -> Result<Option<ExecuteRequest>> {
    match name {
        "CommandStatementQuery" => {
            let command: CommandStatementQuery = packed.lenient()?;
            if command.transaction_id.is_some_and(|id| !id.is_empty()) {
                return Err(Error::unsupported("transactions are not served; leave transaction_id out"));
            }
            statement::request(door, &command.query, Vec::new()).map(Some)
        }
        "CommandPreparedStatementQuery" => {
            let command: CommandPreparedStatementQuery = packed.lenient()?;
            prepared::query(door, caller, &command.prepared_statement_handle).await.map(Some)
        }
        _ => Ok(None),
    }
}

fn updated(record_count: Option<i64>) -> Result<Option<PutResult>> {
    // -1 is Flight SQL's "unknown".
    let result = DoPutUpdateResult { record_count: record_count.unwrap_or(-1) };
    Ok(Some(PutResult { app_metadata: result.encode_to_vec().into() }))
}

fn add(sum: Option<i64>, changed: Option<i64>) -> Option<i64> {
    sum?.checked_add(changed?)
}

fn unknown(name: &str) -> Error {
    Error::unsupported(format!("Flight SQL's {name} is not served here; served are {SERVED}")).param("type_url", name)
}
