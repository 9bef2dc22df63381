//! Relations whose rows stand in the plan: values and ranges.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::catalog::{TableFunctionArgs, TableProvider};
use datafusion::common::{Column, DFSchema, DFSchemaRef};
use datafusion::logical_expr::{EmptyRelation, Expr, LogicalPlan, Partitioning, Repartition, Values, lit};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use super::{Binder, Draft, Here, Rel, missing, visible};
use crate::bind::expr::conditional::union_type;
use crate::bind::expr::{Clause, ExprBinder};
use crate::bind::fault::planned;
use crate::bind::place::{Located, Path};
use crate::bind::rows::Rows;
use crate::bind::types::{field_to_arrow, show};

const VALUES: Clause = Clause::in_place("values");

impl Binder<'_> {
    pub(super) fn values(&mut self, here: Here, values: &pb::Values, path: &Path) -> Result<Rel> {
        let schema = values.schema.as_ref().ok_or_else(|| missing(&path.field("schema")))?;
        let fields =
            schema.fields.iter().enumerate().map(|(number, field)| field_to_arrow(field).at(&path.field("schema").item("fields", number)));
        let fields = fields.collect::<Result<Vec<_>>>()?;
        let columns: Vec<Column> = fields.iter().map(|field| self.core.fresh(field.name())).collect();
        let inner = fields
            .iter()
            .zip(&columns)
            .map(|(field, column)| (None, Arc::new(field.clone().with_name(column.name.clone()).with_nullable(true))));
        let inner: DFSchemaRef = Arc::new(planned(DFSchema::new_with_metadata(inner.collect(), HashMap::new()))?);
        let mut binder = self.over(&[], VALUES);
        let mut rows = Vec::with_capacity(values.rows.len());
        for (number, row) in values.rows.iter().enumerate() {
            rows.push(bound_row(&mut binder, row, &fields, &path.item("rows", number))?);
        }
        let outer = std::mem::take(&mut binder.outer);
        let plan = if rows.is_empty() || fields.is_empty() {
            LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema: inner })
        } else {
            LogicalPlan::Values(Values { schema: inner, values: rows })
        };
        let visibles = fields.into_iter().zip(columns).map(|(field, column)| visible(here, &field.name().clone(), column, Arc::new(field)));
        let mut draft = Draft::leaf(Rows::base(plan), visibles.collect());
        draft.outer = outer;
        Ok(draft.finish(here))
    }

    pub(super) fn range(&mut self, here: Here, range: &pb::Range, path: &Path) -> Result<Rel> {
        if range.step == 0 {
            return Err(Error::new(Code::PlanInvalidValue, "the step of a range is not 0")).at(&path.field("step"));
        }
        let name = if range.column.is_empty() { "id" } else { range.column.as_str() };
        let empty = if range.step > 0 { range.start >= range.end } else { range.start <= range.end };
        if empty {
            let column = self.core.fresh(name);
            let field = Arc::new(Field::new(name, DataType::Int64, false));
            let schema = DFSchema::new_with_metadata(
                vec![(None, Arc::new(Field::new(column.name.clone(), DataType::Int64, false)))],
                HashMap::new(),
            );
            let plan = LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema: Arc::new(planned(schema)?) });
            return Ok(Draft::leaf(Rows::base(plan), vec![visible(here, name, column, field)]).finish(here));
        }
        let provider = self.series("range", &[lit(range.start), lit(range.end), lit(range.step)]).at(path)?;
        let mut rel = self.named(here, provider, name)?;
        if let Some(partitions) = range.partitions.filter(|partitions| *partitions > 1) {
            let scheme = Partitioning::RoundRobinBatch(usize::try_from(partitions).unwrap_or(1));
            rel.rows =
                Rows::base(LogicalPlan::Repartition(Repartition { input: rel.rows.plan(&rel.columns())?, partitioning_scheme: scheme }));
        }
        Ok(rel)
    }

    /// The table of one of DataFusion's series functions.
    pub(super) fn series(&self, name: &str, args: &[Expr]) -> Result<Arc<dyn TableProvider>> {
        let state = self.core.state();
        let functions = datafusion::functions_table::all_default_table_functions();
        let function = functions.iter().find(|function| function.name() == name);
        let function = function.ok_or_else(|| Error::unsupported(format!("this engine has no table function {name}")))?;
        planned(function.create_table_provider_with_args(TableFunctionArgs::new(args, state)))
    }

    /// A table of one column, under another name.
    pub(super) fn named(&self, here: Here, provider: Arc<dyn TableProvider>, name: &str) -> Result<Rel> {
        let rel = self.provided(here, "series", provider)?;
        let columns = rel.scope.columns().iter().map(|column| visible(here, name, column.column.clone(), Arc::clone(&column.field)));
        let columns = columns.collect();
        Ok(Draft::leaf(rel.rows.clone(), columns).finish(here))
    }
}

fn bound_row(binder: &mut ExprBinder, row: &pb::ValuesRow, fields: &[Field], path: &Path) -> Result<Vec<Expr>> {
    if row.values.len() != fields.len() {
        let message = format!("the row holds {} values, the schema has {} fields", row.values.len(), fields.len());
        return Err(Error::new(Code::PlanInvalidValue, message)).at(path);
    }
    let bind = |(number, (value, field)): (usize, (&pb::Expression, &Field))| {
        let path = path.item("values", number);
        let value = binder.bind(value, &path)?;
        if union_type(value.ty(), field.data_type()).is_none() {
            let message =
                format!("field '{}' is of type {}, the value of type {}", field.name(), show(field.data_type()), show(value.ty()));
            return Err(Error::new(Code::TypeMismatch, message)).at(&path);
        }
        if !field.is_nullable() && value.value().is_some_and(datafusion::scalar::ScalarValue::is_null) {
            return Err(Error::new(Code::PlanInvalidValue, format!("field '{}' takes no null", field.name()))).at(&path);
        }
        value.cast(field.data_type()).map(|value| value.expr).at(&path)
    };
    row.values.iter().zip(fields).enumerate().map(bind).collect()
}
