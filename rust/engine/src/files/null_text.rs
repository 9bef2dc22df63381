//! A CSV file in which another text than the empty one stands for null. DataFusion's reader knows only the empty text, so such
//! columns are read as text and turned into their types above the scan.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::{Expr, cast, lit, when};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

/// The columns of the files, all as text.
pub(super) fn as_text(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| Field::new(field.name(), DataType::Utf8, true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The scan of text columns, as the table's types. `table` is the schema of the scan's columns.
pub(super) fn typed(
    scan: Arc<dyn ExecutionPlan>,
    session: &dyn Session,
    table: &Schema,
    file_columns: &Schema,
    null_text: &str,
) -> Result<Arc<dyn ExecutionPlan>> {
    let scanned = scan.schema();
    let schema = DFSchema::try_from(Arc::clone(&scanned))?;
    let columns = scanned.fields().iter().map(|field| {
        let column = Expr::Column(Column::new_unqualified(field.name()));
        let wanted = table.field_with_name(field.name())?.data_type();
        let is_text = file_columns.field_with_name(field.name()).is_ok();
        let expr = if is_text { value(column, wanted, null_text)? } else { column };
        Ok(ProjectionExpr { expr: session.create_physical_expr(expr, &schema)?, alias: field.name().clone() })
    });
    Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Result<Vec<_>>>()?, scan)?))
}

/// The reader gives null for the empty text, which is a text like others here; a number cannot be empty.
fn value(column: Expr, wanted: &DataType, null_text: &str) -> Result<Expr> {
    let null = lit(ScalarValue::try_from(wanted)?);
    let text = matches!(wanted, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8);
    let present = if text { when(column.clone().is_null(), lit("")).otherwise(column.clone())? } else { column.clone() };
    when(column.eq(lit(null_text)), null).otherwise(cast(present, wanted.clone()))
}
