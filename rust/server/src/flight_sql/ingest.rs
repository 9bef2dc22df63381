//! Bulk ingestion: the rows of a DoPut become rows of a table. They are taken in first and written by one command, so that a table has
//! all of them or none.

use arrow_flight::sql::{CommandStatementIngest, TableExistsOption, TableNotExistOption};
use polybolos_protocol::transport::ExecuteRequest;
use polybolos_protocol::wire::flight::ResultOptions;
use polybolos_protocol::wire::plan::{
    ColumnMatch, Command, ContractVersion, Identifier, LocalData, Plan, Profile, Relation, WriteMode, WriteTable, command, local_data,
    plan, relation,
};
use polybolos_protocol::{CheckedPlan, Code, Error, Result};

use super::statement::PRODUCER;
use crate::caller::Caller;
use crate::door::{Door, Upload, operation_id};

/// Writes the rows; answers how many they are.
pub(super) async fn ingest(door: &Door, caller: &Caller, command: CommandStatementIngest, upload: Upload) -> Result<Option<i64>> {
    if command.transaction_id.as_ref().is_some_and(|id| !id.is_empty()) {
        return Err(Error::unsupported("transactions are not served; leave transaction_id out"));
    }
    if let Some(option) = command.options.keys().min() {
        return Err(Error::unsupported(format!("bulk ingestion has no option {option:?}")).param("option", option));
    }
    let modes = modes(&command)?;
    let session = door.sessions.of(caller).await?;
    let (schema, batches) = upload.batches().await?;
    let receipt = session.transport.put(schema, batches).await?;
    let written = write(door, caller, &command, &receipt.id, modes).await;
    session.transport.discard(&receipt.id).await?;
    written
}

/// Writes in the first mode, or in the next where there is no such table.
async fn write(door: &Door, caller: &Caller, command: &CommandStatementIngest, data_id: &str, modes: &[WriteMode]) -> Result<Option<i64>> {
    let mut written = Err(Error::internal("a table is written in no mode"));
    for &mode in modes {
        written = door.run_to_end(caller, request(door, command, data_id, mode)?).await;
        if !written.as_ref().is_err_and(|error| error.code() == Code::TableNotFound) {
            break;
        }
    }
    written
}

/// The modes of writing to try, in their order.
fn modes(command: &CommandStatementIngest) -> Result<&'static [WriteMode]> {
    let options = command.table_definition_options.unwrap_or_default();
    Ok(match (options.if_not_exist(), options.if_exists()) {
        (TableNotExistOption::Create, TableExistsOption::Fail | TableExistsOption::Unspecified) => &[WriteMode::Create],
        (TableNotExistOption::Create, TableExistsOption::Append) => &[WriteMode::Append, WriteMode::Create],
        (TableNotExistOption::Create, TableExistsOption::Replace) => &[WriteMode::CreateOrReplace],
        (TableNotExistOption::Fail | TableNotExistOption::Unspecified, TableExistsOption::Append) => &[WriteMode::Append],
        (not_exist, exists) => {
            return Err(Error::unsupported(format!(
                "a table that is written {} where it exists and {} where it does not; create, append, replace, or create and append",
                exists.as_str_name(),
                not_exist.as_str_name()
            )));
        }
    })
}

fn request(door: &Door, command: &CommandStatementIngest, data_id: &str, mode: WriteMode) -> Result<ExecuteRequest> {
    let data = LocalData { source: Some(local_data::Source::DataId(data_id.to_owned())), ..LocalData::default() };
    let write = WriteTable {
        table: Some(identifier(command)?),
        mode: mode as i32,
        column_match: ColumnMatch::ByName as i32,
        ..WriteTable::default()
    };
    let plan = Plan {
        version: Some(ContractVersion { minor: 0, producer: PRODUCER.to_owned() }),
        profile: Profile::Surface as i32,
        relations: vec![Relation { id: 1, kind: Some(relation::Kind::LocalData(data)), ..Relation::default() }],
        root: Some(plan::Root::Command(Command { input: 1, kind: Some(command::Kind::WriteTable(write)) })),
        ..Plan::default()
    };
    Ok(ExecuteRequest {
        plan: CheckedPlan::check(plan, &door.limits)?,
        parameters: Vec::new(),
        operation_id: operation_id(String::new())?,
        options: ResultOptions::default(),
        tags: Vec::new(),
    })
}

fn identifier(command: &CommandStatementIngest) -> Result<Identifier> {
    let part = |part: &Option<String>| part.clone().filter(|part| !part.is_empty());
    let (catalog, schema) = (part(&command.catalog), part(&command.schema));
    if catalog.is_some() && schema.is_none() {
        return Err(Error::invalid_argument("a catalog needs a schema beside it"));
    }
    Ok(Identifier { parts: catalog.into_iter().chain(schema).chain([command.table.clone()]).collect() })
}
