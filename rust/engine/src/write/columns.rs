//! The columns of rows on their way into files and tables: public names, plain types, the table's order.

use arrow_schema::{DataType, Schema, SchemaRef};
use datafusion::common::{Column, ScalarValue};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, lit};
use polybolos_protocol::wire::plan::ColumnMatch;
use polybolos_protocol::{Code, Error, Result};

use crate::bind::BoundQuery;
use crate::error::{OrTranslated, unresolved_column};
use crate::output;

/// The folder name of a null.
const NULL_FOLDER: &str = "__HIVE_DEFAULT_PARTITION__";

/// The query with its public names, each of which stands once.
pub(crate) fn named(query: &BoundQuery) -> Result<LogicalPlan> {
    check_unique(&query.output_names)?;
    let columns = columns(&query.plan).zip(&query.output_names).map(|(column, name)| column.alias(name));
    project(&query.plan, columns.collect())
}

/// The query with its public names and plain types; nulls of the `partition_by` columns get a folder name.
pub(crate) fn plain_rows(query: &BoundQuery, partition_by: &[String]) -> Result<LogicalPlan> {
    check_unique(&query.output_names)?;
    if !partition_by.is_empty() && partition_by.len() >= query.output_names.len() {
        return Err(Error::invalid_argument("every column names folders, so that none is left for the files"));
    }
    let schema = output::schema(query.plan.schema().as_arrow(), &query.output_names)?;
    let columns = columns(&query.plan).zip(schema.fields()).zip(query.plan.schema().fields()).map(|((column, plain), planned)| {
        if partition_by.contains(plain.name()) {
            return coalesce(vec![cast(column, DataType::Utf8), lit(NULL_FOLDER)]).alias(plain.name());
        }
        let typed = if plain.data_type() == planned.data_type() { column } else { cast(column, plain.data_type().clone()) };
        typed.alias(plain.name())
    });
    project(&query.plan, columns.collect())
}

/// The query as rows of a table.
pub(super) fn aligned(query: &BoundQuery, table: &SchemaRef, matching: ColumnMatch) -> Result<LogicalPlan> {
    let found = match matching {
        ColumnMatch::ByPosition => by_position(query, table)?,
        _ => by_name(query, table)?,
    };
    let planned = query.plan.schema().as_arrow();
    let columns = found.into_iter().zip(table.fields()).map(|(source, field)| {
        let Some(index) = source else {
            return Ok(Expr::Literal(ScalarValue::try_from(field.data_type()).translated()?, None).alias(field.name()));
        };
        let column = columns(&query.plan).nth(index).ok_or_else(|| Error::internal("a column of the rows is missing"))?;
        let from = planned.field(index).data_type();
        if from == field.data_type() {
            return Ok(column.alias(field.name()));
        }
        if !datafusion::arrow::compute::can_cast_types(from, field.data_type()) {
            return Err(Error::new(
                Code::TypeMismatch,
                format!("column '{}' of the table is {}, and the rows have {from}", field.name(), field.data_type()),
            ));
        }
        Ok(cast(column, field.data_type().clone()).alias(field.name()))
    });
    project(&query.plan, columns.collect::<Result<_>>()?)
}

fn by_position(query: &BoundQuery, table: &Schema) -> Result<Vec<Option<usize>>> {
    let (given, wanted) = (query.output_names.len(), table.fields().len());
    if given != wanted {
        return Err(Error::new(Code::TypeMismatch, format!("the table has {wanted} columns, and the rows have {given}")));
    }
    Ok((0..wanted).map(Some).collect())
}

fn by_name(query: &BoundQuery, table: &Schema) -> Result<Vec<Option<usize>>> {
    check_unique(&query.output_names)?;
    let names: Vec<String> = output::names(table);
    if let Some(unknown) = query.output_names.iter().find(|name| !names.contains(name)) {
        return Err(unresolved_column(unknown, &names));
    }
    Ok(names.iter().map(|name| query.output_names.iter().position(|given| given == name)).collect())
}

fn columns(plan: &LogicalPlan) -> impl Iterator<Item = Expr> {
    plan.schema().iter().map(|(qualifier, field)| Expr::Column(Column::from((qualifier, field)))).collect::<Vec<_>>().into_iter()
}

fn project(plan: &LogicalPlan, columns: Vec<Expr>) -> Result<LogicalPlan> {
    LogicalPlanBuilder::from(plan.clone()).project(columns).and_then(LogicalPlanBuilder::build).translated()
}

fn check_unique(names: &[String]) -> Result<()> {
    let twice = names.iter().enumerate().find(|(index, name)| names.iter().take(*index).any(|earlier| earlier == *name));
    match twice {
        Some((_, name)) => {
            Err(Error::new(Code::DuplicateColumn, format!("two columns are named '{name}'; rename one before it is stored"))
                .param("name", name))
        }
        None => Ok(()),
    }
}
