//! Values of a column to columns.

use std::collections::HashMap;

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Sort};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use super::aggregate::{grouped, key_column};
use super::{Binder, Draft, Here, Rel, missing};
use crate::bind::expr::operator::{Family, binary, family};
use crate::bind::expr::reference::item_expr;
use crate::bind::expr::{Calls, Clause, Typed};
use crate::bind::fault::planned;
use crate::bind::literal;
use crate::bind::place::{Located, Path};
use crate::bind::rows::references;

/// Columns that a pivot may find by itself.
const VALUES_MAX: usize = 1_000;

/// A value of the pivoted column: its text in the names of columns, and the value.
struct Value {
    text: String,
    value: ScalarValue,
}

impl Binder<'_> {
    pub(super) async fn pivot(&mut self, here: Here<'_>, pivot: &pb::Pivot, path: &Path<'_>) -> Result<Rel> {
        let values = if pivot.values.is_empty() { self.found_values(here, pivot, path).await? } else { Vec::new() };
        self.pivoted(here, pivot, values, path)
    }

    /// The different values of the column, in order.
    async fn found_values(&mut self, here: Here<'_>, pivot: &pb::Pivot, path: &Path<'_>) -> Result<Vec<Value>> {
        let plan = self.values_plan(here, pivot, path)?;
        let batches = self.core.context.run_now(plan, VALUES_MAX).await.at(&path.field("column"))?;
        let mut values = Vec::new();
        for batch in batches {
            values.extend(values_of(&batch)?);
        }
        Ok(values)
    }

    fn values_plan(&self, here: Here, pivot: &pb::Pivot, path: &Path) -> Result<LogicalPlan> {
        let input = self.input(here, 0)?;
        if let Some(outer) = input.outer.first() {
            return Err(Error::unsupported("a pivot without values inside of a subquery that refers to an outer query")
                .relocated(Some(outer.place.clone())));
        }
        let mut draft = Draft::rowwise(input);
        let column = self.pivot_column(here, pivot, &mut draft, path)?;
        let plan = draft.rows.plan(std::slice::from_ref(&column))?;
        let aggregate = planned(Aggregate::try_new(plan, vec![Expr::Column(column.clone())], Vec::new()))?;
        let order = vec![Expr::Column(column).sort(true, true)];
        Ok(LogicalPlan::Sort(Sort { expr: order, input: std::sync::Arc::new(LogicalPlan::Aggregate(aggregate)), fetch: None }))
    }

    fn pivot_column(&self, here: Here, pivot: &pb::Pivot, draft: &mut Draft, path: &Path) -> Result<Column> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, Clause::rows("a pivot"));
        let value = binder.bind_required(pivot.column.as_ref(), &path.field("column"))?;
        if matches!(family(value.ty()), Family::Nested | Family::Other) {
            return Err(Error::new(
                Code::TypeMismatch,
                format!("values of type {} are no names of columns", crate::bind::types::show(value.ty())),
            ))
            .at(&path.field("column"));
        }
        draft.absorb(binder, input, &[])?;
        Ok(draft.place(self.core, "pivot", &value))
    }

    fn pivoted(&mut self, here: Here, pivot: &pb::Pivot, found: Vec<Value>, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        if pivot.measures.is_empty() {
            return Err(missing(&path.field("measures")));
        }
        let mut draft = Draft::rowwise(input);
        draft.order = None;
        let column = self.pivot_column(here, pivot, &mut draft, path)?;
        let keys = self.keys(here, &pivot.keys, &mut draft, path)?;
        let pivoted = self.pivot_typed(here, pivot, path)?;
        let values = if pivot.values.is_empty() { found } else { self.given_values(pivot, &pivoted, path)? };
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, Clause { hoists: false, ..Clause::with_aggregates("a measure of a pivot") });
        let mut measures = Vec::with_capacity(pivot.measures.len());
        for (number, measure) in pivot.measures.iter().enumerate() {
            let path = path.item("measures", number);
            let value = binder.bind(item_expr(measure, &path)?, &path.field("expr"))?;
            only_calls(&value, &binder.calls).at(&path.field("expr"))?;
            measures.push((measure.name.clone(), value));
        }
        draft.outer.append(&mut binder.outer);
        let (calls, below) = (binder.calls, binder.below);
        let mut all = Calls::new();
        let mut outputs = Vec::with_capacity(values.len() * measures.len());
        for value in &values {
            let renamed = self.calls_for(&calls, &column, &value.value, &mut all)?;
            for (name, measure) in &measures {
                let name = if measures.len() == 1 { value.text.clone() } else { format!("{}_{name}", value.text) };
                outputs.push((name, Typed { expr: with_columns(measure.expr.clone(), &renamed)?, ..measure.clone() }));
            }
        }
        let group = keys.iter().map(|key| Expr::Column(key.column.clone())).collect::<indexmap::IndexSet<_>>().into_iter().collect();
        draft.rows = grouped(&draft.rows, group, &all, &below).at(path)?;
        for key in keys {
            draft.columns.push(key_column(key, here, true));
        }
        for (name, value) in outputs {
            draft.add(self.core, here, &name, value);
        }
        Ok(draft.finish(here))
    }

    fn pivot_typed(&self, here: Here, pivot: &pb::Pivot, path: &Path) -> Result<Typed> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        self.over(&scopes, Clause::rows("a pivot")).bind_required(pivot.column.as_ref(), &path.field("column"))
    }

    fn given_values(&self, pivot: &pb::Pivot, column: &Typed, path: &Path) -> Result<Vec<Value>> {
        let value = |(number, value): (usize, &pb::Literal)| {
            let path = path.item("values", number);
            let value = Typed::literal(literal::scalar(value).at(&path)?);
            binary(column.clone(), datafusion::logical_expr::Operator::Eq, value.clone(), &self.core.semantics).at(&path)?;
            let value = value.cast(column.ty()).at(&path)?;
            let value = value.value().cloned().unwrap_or(ScalarValue::Null);
            Ok(Value { text: text_of(&value)?, value })
        };
        pivot.values.iter().enumerate().map(value).collect()
    }

    /// The calls over the rows that have this value, added to all; answers their columns by those of the plain calls.
    fn calls_for(&self, calls: &Calls, column: &Column, value: &ScalarValue, all: &mut Calls) -> Result<HashMap<Column, Column>> {
        let column = Expr::Column(column.clone());
        let condition = if value.is_null() { column.is_null() } else { column.eq(Expr::Literal(value.clone(), None)) };
        let mut renamed = HashMap::new();
        for (call, (plain, field)) in calls {
            let Expr::AggregateFunction(mut function) = call.clone() else {
                return Err(Error::internal("a pivot's measure is no aggregate"));
            };
            function.params.filter = Some(Box::new(match function.params.filter.take() {
                Some(filter) => filter.and(condition.clone()),
                None => condition.clone(),
            }));
            let fresh = self.core.fresh(&plain.name);
            let (fresh, _) = all.entry(Expr::AggregateFunction(function)).or_insert((fresh, field.clone())).clone();
            renamed.insert(plain.clone(), fresh);
        }
        Ok(renamed)
    }
}

fn only_calls(value: &Typed, calls: &Calls) -> Result<()> {
    let mut read = std::collections::HashSet::new();
    references(&value.expr, &mut read)?;
    if read.is_empty() || !read.iter().all(|column| calls.values().any(|(call, _)| call == column)) {
        return Err(Error::new(Code::InvalidExpression, "a measure of a pivot is made of aggregates only"));
    }
    Ok(())
}

fn with_columns(expr: Expr, renamed: &HashMap<Column, Column>) -> Result<Expr> {
    let replaced = expr.transform_up(|node| {
        Ok(match &node {
            Expr::Column(column) => match renamed.get(column) {
                Some(column) => Transformed::yes(Expr::Column(column.clone())),
                None => Transformed::no(node),
            },
            _ => Transformed::no(node),
        })
    });
    planned(replaced).map(|replaced| replaced.data)
}

fn values_of(batch: &RecordBatch) -> Result<Vec<Value>> {
    let Some(column) = batch.columns().first() else {
        return Ok(Vec::new());
    };
    (0..column.len())
        .map(|row| {
            let value = planned(ScalarValue::try_from_array(column, row))?;
            Ok(Value { text: text_of(&value)?, value })
        })
        .collect()
}

/// A value as the name of a column.
fn text_of(value: &ScalarValue) -> Result<String> {
    if value.is_null() {
        return Ok("null".to_owned());
    }
    let array = planned(value.to_array())?;
    let text = planned(cast(&array, &DataType::Utf8).map_err(Into::into))?;
    let text = text.as_any().downcast_ref::<StringArray>().map(|text| text.value(0).to_owned());
    text.ok_or_else(|| Error::internal("a value has no text"))
}
