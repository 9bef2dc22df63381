//! Prepared statements: a text under a handle in a session, and the values that a client bound to it.

use arrow::array::RecordBatch;
use arrow_flight::PutResult;
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult,
    DoPutPreparedStatementResult,
};
use bytes::Bytes;
use futures::TryStreamExt;
use polybolos_protocol::transport::ExecuteRequest;
use polybolos_protocol::wire::plan::Literal;
use polybolos_protocol::{Code, Error, Result};
use prost::Message;

use super::{parameter, statement};
use crate::caller::Caller;
use crate::door::{Door, Upload};
use crate::encode::schema_bytes;
use crate::messages::{Packed, pack};

/// Rows of parameters that one DoPut may bind.
const ROWS_MAX: usize = 10_000;

/// A prepared statement.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    text: String,
    parameters: Vec<Literal>,
}

/// Keeps the statement; answers its handle and, where it can be told without parameters, its schema.
pub(super) async fn create(door: &Door, caller: &Caller, packed: &Packed) -> Result<Bytes> {
    let message: ActionCreatePreparedStatementRequest = packed.lenient()?;
    if message.transaction_id.is_some_and(|id| !id.is_empty()) {
        return Err(Error::unsupported("transactions are not served; leave transaction_id out"));
    }
    let session = door.sessions.of(caller).await?;
    let limit = door.config.sessions.prepared_statements;
    if session.prepared.len() >= limit {
        return Err(Error::new(
            Code::LimitExceeded,
            format!("the session has {limit} prepared statements, which is the limit; close one first"),
        ));
    }
    let dataset_schema = match door.schema_of(caller, statement::request(door, &message.query, Vec::new())?).await {
        Ok(schema) => schema_bytes(&schema)?,
        // Without its parameters, or as a command, a statement has no schema yet; it is told when it runs.
        Err(error) if matches!(error.code(), Code::ParameterMismatch | Code::Unsupported) => Bytes::new(),
        Err(error) => return Err(error),
    };
    let handle = uuid::Uuid::new_v4().to_string();
    session.prepared.insert(handle.clone(), Prepared { text: message.query, parameters: Vec::new() });
    let result =
        ActionCreatePreparedStatementResult { prepared_statement_handle: handle.into(), dataset_schema, parameter_schema: Bytes::new() };
    Ok(pack("arrow.flight.protocol.sql.ActionCreatePreparedStatementResult", &result).encode_to_vec().into())
}

/// Forgets the statement.
pub(super) async fn close(door: &Door, caller: &Caller, packed: &Packed) -> Result<()> {
    let message: ActionClosePreparedStatementRequest = packed.lenient()?;
    let session = door.sessions.of(caller).await?;
    session.prepared.remove(&handle(&message.prepared_statement_handle)?);
    Ok(())
}

/// Binds one row of values for the next run of a query.
pub(super) async fn bind(door: &Door, caller: &Caller, statement: &Bytes, upload: Upload) -> Result<PutResult> {
    let mut rows = parameter_rows(upload).await?;
    if rows.len() > 1 {
        return Err(Error::unsupported(format!("a query takes one row of parameters, {} were bound; run it once for each", rows.len())));
    }
    let session = door.sessions.of(caller).await?;
    let mut prepared = session.prepared.get_mut(&handle(statement)?).ok_or_else(unknown)?;
    prepared.parameters = rows.pop().unwrap_or_default();
    let result = DoPutPreparedStatementResult { prepared_statement_handle: Some(statement.clone()) };
    Ok(PutResult { app_metadata: result.encode_to_vec().into() })
}

/// The request of a prepared query with what was bound to it.
pub(super) async fn query(door: &Door, caller: &Caller, statement: &Bytes) -> Result<ExecuteRequest> {
    let prepared = find(door, caller, statement).await?;
    statement::request(door, &prepared.text, prepared.parameters)
}

/// One request of a prepared update for each row of parameters; one where there are none.
pub(super) async fn requests(door: &Door, caller: &Caller, statement: &Bytes, rows: Vec<Vec<Literal>>) -> Result<Vec<ExecuteRequest>> {
    let prepared = find(door, caller, statement).await?;
    if rows.is_empty() {
        return Ok(vec![statement::request(door, &prepared.text, prepared.parameters)?]);
    }
    rows.into_iter().map(|row| statement::request(door, &prepared.text, row)).collect()
}

async fn find(door: &Door, caller: &Caller, statement: &Bytes) -> Result<Prepared> {
    let session = door.sessions.of(caller).await?;
    let prepared = session.prepared.get(&handle(statement)?).map(|prepared| prepared.clone());
    prepared.ok_or_else(unknown)
}

/// The rows of an upload as values; a client that has no parameters sends no schema.
pub(super) async fn parameter_rows(upload: Upload) -> Result<Vec<Vec<Literal>>> {
    let Some((_, batches)) = upload.batches_if_any().await? else { return Ok(Vec::new()) };
    let batches: Vec<RecordBatch> = batches.try_collect().await?;
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if total > ROWS_MAX {
        return Err(Error::new(Code::LimitExceeded, format!("{total} rows of parameters were bound; the limit is {ROWS_MAX}")));
    }
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| parameter::row(batch, row))).collect()
}

fn handle(bytes: &Bytes) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| unknown())
}

fn unknown() -> Error {
    Error::new(Code::QueryNotFound, "the session has no prepared statement of this handle; prepare it again")
}
