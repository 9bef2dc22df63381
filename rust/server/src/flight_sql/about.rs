//! What the server says of itself: Flight SQL's GetSqlInfo.

use arrow::array::RecordBatch;
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder};
use arrow_flight::sql::{CommandGetSqlInfo, SqlInfo, SqlSupportedCaseSensitivity, SqlSupportedTransaction};
use arrow_schema::SchemaRef;
use polybolos_protocol::Result;

use super::catalog::not_built;
use crate::door::Door;

pub(super) fn schema() -> SchemaRef {
    SchemaRef::new(SqlInfoDataBuilder::schema().clone())
}

pub(super) fn answer(door: &Door, question: &CommandGetSqlInfo) -> Result<RecordBatch> {
    let facts = facts(door)?;
    question.clone().into_builder(&facts).build().map_err(not_built)
}

fn facts(door: &Door) -> Result<SqlInfoData> {
    let mut facts = SqlInfoDataBuilder::new();
    facts.append(SqlInfo::FlightSqlServerName, "polybolos");
    facts.append(SqlInfo::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    facts.append(SqlInfo::FlightSqlServerArrowVersion, arrow::ARROW_VERSION);
    facts.append(SqlInfo::FlightSqlServerReadOnly, false);
    facts.append(SqlInfo::FlightSqlServerSql, true);
    facts.append(SqlInfo::FlightSqlServerSubstrait, false);
    facts.append(SqlInfo::FlightSqlServerTransaction, SqlSupportedTransaction::None as i32);
    facts.append(SqlInfo::FlightSqlServerCancel, true);
    facts.append(SqlInfo::FlightSqlServerBulkIngestion, true);
    facts.append(SqlInfo::FlightSqlServerIngestTransactionsSupported, false);
    facts.append(SqlInfo::FlightSqlServerStatementTimeout, millis(door.config.admission.query_time));
    facts.append(SqlInfo::FlightSqlServerTransactionTimeout, 0);
    facts.append(SqlInfo::SqlIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32);
    facts.append(SqlInfo::SqlIdentifierQuoteChar, "\"");
    facts.append(SqlInfo::SqlQuotedIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityUnknown as i32);
    facts.build().map_err(not_built)
}

/// Milliseconds of a limit; 0 is Flight SQL's "no timeout".
fn millis(limit: crate::config::Limit<crate::config::Span>) -> i32 {
    limit.at().map_or(0, |span| i32::try_from(span.0.as_millis()).unwrap_or(i32::MAX))
}
