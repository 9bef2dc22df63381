//! What tables there are: Flight SQL's catalog questions, answered from `information_schema`.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow_flight::sql::{CommandGetCatalogs, CommandGetDbSchemas, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables};
use arrow_schema::{DataType, Schema, SchemaRef};
use futures::TryStreamExt;
use polybolos_protocol::{Code, Error, Result};

use super::{about, statement};
use crate::caller::Caller;
use crate::door::Door;
use crate::messages::Packed;

const TABLES: &str = "SELECT table_catalog, table_schema, table_name, table_type FROM information_schema.tables ORDER BY 1, 2, 3";
const SCHEMAS: &str = "SELECT DISTINCT catalog_name, schema_name FROM information_schema.schemata ORDER BY 1, 2";
const TABLE_TYPES: [&str; 2] = ["BASE TABLE", "VIEW"];

/// A question about the catalog or the server.
#[derive(Debug)]
pub(super) enum Question {
    Catalogs(CommandGetCatalogs),
    Schemas(CommandGetDbSchemas),
    Tables(CommandGetTables),
    TableTypes(CommandGetTableTypes),
    SqlInfo(CommandGetSqlInfo),
}

impl Question {
    /// Reads a command that is such a question; nothing where it is another.
    pub(super) fn read(name: &str, packed: &Packed) -> Result<Option<Self>> {
        Ok(Some(match name {
            "CommandGetCatalogs" => Self::Catalogs(packed.lenient()?),
            "CommandGetDbSchemas" => Self::Schemas(packed.lenient()?),
            "CommandGetTables" => Self::Tables(packed.lenient()?),
            "CommandGetTableTypes" => Self::TableTypes(packed.lenient()?),
            "CommandGetSqlInfo" => Self::SqlInfo(packed.lenient()?),
            _ => return Ok(None),
        }))
    }

    /// The schema that Flight SQL prescribes for the answer.
    pub(super) fn schema(&self) -> SchemaRef {
        match self {
            Self::Catalogs(question) => question.into_builder().schema(),
            Self::Schemas(question) => question.clone().into_builder().schema(),
            Self::Tables(question) => question.clone().into_builder().schema(),
            Self::TableTypes(question) => question.into_builder().schema(),
            Self::SqlInfo(_) => about::schema(),
        }
    }

    /// The answer.
    pub(super) async fn answer(self, door: &Door, caller: &Caller) -> Result<RecordBatch> {
        let built = match self {
            Self::Catalogs(question) => {
                let mut builder = question.into_builder();
                let mut names: Vec<_> = rows(door, caller, SCHEMAS).await?.into_iter().filter_map(|row| row.into_iter().next()).collect();
                names.dedup();
                names.into_iter().for_each(|name| builder.append(name));
                builder.build()
            }
            Self::Schemas(question) => {
                let mut builder = question.into_builder();
                for row in rows(door, caller, SCHEMAS).await? {
                    if let [catalog, schema] = row.as_slice() {
                        builder.append(catalog, schema);
                    }
                }
                builder.build()
            }
            Self::Tables(question) => return tables(door, caller, question).await,
            Self::TableTypes(question) => {
                let mut builder = question.into_builder();
                TABLE_TYPES.iter().for_each(|name| builder.append(name));
                builder.build()
            }
            Self::SqlInfo(question) => return about::answer(door, &question),
        };
        built.map_err(not_built)
    }
}

async fn tables(door: &Door, caller: &Caller, question: CommandGetTables) -> Result<RecordBatch> {
    let with_schema = question.include_schema;
    let mut builder = question.into_builder();
    for row in rows(door, caller, TABLES).await? {
        let [catalog, schema, table, table_type] = row.as_slice() else { continue };
        let columns = match with_schema {
            true => columns(door, caller, [catalog, schema, table]).await,
            false => Ok(Schema::empty()),
        };
        // A table that the session may see the name of and not read has no columns to tell.
        let columns = match columns {
            Err(error) if matches!(error.code(), Code::SqlNotAllowed | Code::PermissionDenied) => continue,
            columns => columns?,
        };
        builder.append(catalog, schema, table, table_type, &columns).map_err(not_built)?;
    }
    builder.build().map_err(not_built)
}

async fn columns(door: &Door, caller: &Caller, name: [&String; 3]) -> Result<Schema> {
    let name = name.map(|part| format!("\"{}\"", part.replace('"', "\"\""))).join(".");
    let request = statement::request(door, &format!("SELECT * FROM {name}"), Vec::new())?;
    door.schema_of(caller, request).await.map(|schema| schema.as_ref().clone())
}

/// The rows of a query whose columns are all text.
async fn rows(door: &Door, caller: &Caller, sql: &str) -> Result<Vec<Vec<String>>> {
    let session = door.sessions.of(caller).await?;
    let stream = session.transport.execute(statement::request(door, sql, Vec::new())?).await?;
    let batches: Vec<RecordBatch> = stream.try_collect().await?;
    let mut rows = Vec::new();
    for batch in &batches {
        let columns = batch.columns().iter().map(|column| cast(column, &DataType::Utf8)).collect::<std::result::Result<Vec<_>, _>>();
        let columns = columns.map_err(not_built)?;
        rows.extend(
            (0..batch.num_rows()).map(|row| columns.iter().map(|column| column.as_string::<i32>().value(row).to_owned()).collect()),
        );
    }
    Ok(rows)
}

pub(super) fn not_built(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal("the answer about the catalog cannot be built").with_source(error)
}
