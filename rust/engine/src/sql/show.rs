//! Statements that are answered from what the session knows: `SHOW option`, `SHOW ALL`, `DESCRIBE`.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::catalog::MemTable;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use polybolos_protocol::Result;

use crate::error::OrTranslated;
use crate::session::QueryContext;

/// The value of one option, or all options.
pub(super) fn options(context: &QueryContext, key: &str) -> Result<LogicalPlan> {
    let options = context.session().options();
    let key = if key == "timezone" || key == "time.zone" { "time_zone" } else { key };
    let rows = if key == "all" { options.list() } else { vec![(key.to_owned(), options.get(key)?)] };
    let (names, values): (Vec<String>, Vec<String>) = rows.into_iter().unzip();
    table("options", [("name", names), ("value", values)])
}

/// `DESCRIBE table` as rows; any other plan as it is.
pub(super) fn described(plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::DescribeTable(describe) = &plan else { return Ok(plan) };
    let column = |of: fn(&Field) -> String| describe.schema.fields().iter().map(|field| of(field)).collect::<Vec<String>>();
    let nullable = |field: &Field| if field.is_nullable() { "YES" } else { "NO" }.to_owned();
    let columns = [
        ("column_name", column(|field| field.name().clone())),
        ("data_type", column(|field| field.data_type().to_string())),
        ("is_nullable", column(nullable)),
    ];
    table("description", columns)
}

/// Rows of text as a plan.
fn table<const N: usize>(name: &str, columns: [(&str, Vec<String>); N]) -> Result<LogicalPlan> {
    let schema = Arc::new(Schema::new(columns.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, false)).collect::<Vec<_>>()));
    let arrays = columns.into_iter().map(|(_, values)| Arc::new(StringArray::from(values)) as ArrayRef).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).translated()?;
    rows(name, schema, vec![batch])
}

/// Batches as a plan.
pub(super) fn rows(name: &str, schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<LogicalPlan> {
    let rows = MemTable::try_new(schema, vec![batches]).translated()?;
    LogicalPlanBuilder::scan(name, provider_as_source(Arc::new(rows)), None).and_then(LogicalPlanBuilder::build).translated()
}
