//! A long list of columns and conditions, each built on those before it, evaluated in a loop.
//!
//! Nested projections cost stack per level, both when a plan is made and when it runs, and a loop of `with_columns` makes
//! thousands. Here depth costs nothing: a step reads a small batch of just the columns that it uses.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{filter, prep_null_mask_filter};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, DFSchema, DFSchemaRef, Result, internal_datafusion_err, internal_err};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_plan::PhysicalExpr;
use indexmap::IndexSet;

use super::exec::{MapPartition, Mapper};
use super::{Mapped, Mapping};
use crate::bind::fault::planned;
use crate::bind::rows::references;

/// One entry of the list.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Adds a column.
    Add(Column, Expr),
    /// Keeps the rows for which the condition is true.
    Keep(Expr),
}

impl Step {
    fn expr(&self) -> &Expr {
        match self {
            Self::Add(_, expr) | Self::Keep(expr) => expr,
        }
    }

    /// Subqueries become joins and cannot stand inside the list.
    pub(crate) fn has_subquery(&self) -> bool {
        let is_subquery = |expr: &Expr| {
            let found = matches!(
                expr,
                Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_) | Expr::OuterReferenceColumn(..)
            );
            Ok(found)
        };
        self.expr().exists(is_subquery).unwrap_or(true)
    }
}

/// The node's own description.
#[derive(Debug)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    output: Vec<Column>,
    reads: Vec<Column>,
}

impl Steps {
    /// The plan that runs the steps over the input and gives these columns.
    pub(crate) fn over(input: Arc<LogicalPlan>, steps: Vec<Step>, output: Vec<Column>) -> polybolos_protocol::Result<Arc<LogicalPlan>> {
        if steps.is_empty() {
            return Ok(input);
        }
        let mut reads: IndexSet<Column> = output.iter().cloned().collect();
        for step in &steps {
            references(step.expr(), &mut reads)?;
        }
        reads.retain(|column| input.schema().has_column(column));
        let schema = planned(output_schema(input.schema(), &steps, &output))?;
        let mapping = Self { steps, output, reads: reads.into_iter().collect() };
        Ok(Arc::new(Mapped::plan(Arc::unwrap_or_clone(input), Arc::new(mapping), schema)))
    }
}

fn output_schema(input: &DFSchema, steps: &[Step], output: &[Column]) -> Result<DFSchemaRef> {
    let mut types = Types::new(input);
    for step in steps {
        types.add(step)?;
    }
    let fields = output.iter().map(|column| types.field(column)).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(DFSchema::new_with_metadata(fields, input.metadata().clone())?))
}

type QualifiedField = (Option<datafusion::common::TableReference>, arrow::datatypes::FieldRef);

/// The fields of the columns so far.
struct Types {
    fields: HashMap<Column, QualifiedField>,
}

impl Types {
    fn new(input: &DFSchema) -> Self {
        let fields = input.iter().map(|(qualifier, field)| (Column::from((qualifier, field)), (qualifier.cloned(), Arc::clone(field))));
        Self { fields: fields.collect() }
    }

    fn field(&self, column: &Column) -> Result<QualifiedField> {
        self.fields.get(column).cloned().ok_or_else(|| internal_datafusion_err!("no column {column} among the steps"))
    }

    /// The schema of the columns that an expression reads, and those columns.
    fn read_by(&self, expr: &Expr) -> Result<(DFSchema, Vec<Column>)> {
        let mut reads: IndexSet<Column> = IndexSet::new();
        references(expr, &mut reads).map_err(crate::error::into_datafusion)?;
        let fields = reads.iter().map(|column| self.field(column)).collect::<Result<Vec<_>>>()?;
        Ok((DFSchema::new_with_metadata(fields, HashMap::new())?, reads.into_iter().collect()))
    }

    fn add(&mut self, step: &Step) -> Result<()> {
        if let Step::Add(column, expr) = step {
            let (schema, _) = self.read_by(expr)?;
            let (_, field) = expr.to_field(&schema)?;
            let field = field.as_ref().clone().with_name(column.name.clone());
            self.fields.insert(column.clone(), (None, Arc::new(field)));
        }
        Ok(())
    }
}

impl Mapping for Steps {
    fn name(&self) -> &'static str {
        "Steps"
    }

    fn describe(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Steps: {} steps, {} columns", self.steps.len(), self.output.len())
    }

    fn reads(&self) -> &[Column] {
        &self.reads
    }

    fn mapper(&self, input: &LogicalPlan, session: &dyn Session, _: &PhysicalPlanningContext) -> Result<Arc<dyn Mapper>> {
        let mut types = Types::new(input.schema());
        let mut slots: HashMap<Column, usize> = input.schema().columns().into_iter().enumerate().map(|(at, column)| (column, at)).collect();
        let mut steps = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            steps.push(compiled(step, &types, &slots, session)?);
            types.add(step)?;
            if let Step::Add(column, _) = step {
                slots.insert(column.clone(), slots.len());
            }
        }
        let output = self.output.iter().map(|column| slot(&slots, column)).collect::<Result<Vec<_>>>()?;
        let schema = output_schema(input.schema(), &self.steps, &self.output)?;
        let last_use = last_uses(&steps, &output, slots.len());
        Ok(Arc::new(StepsMapper(Arc::new(Compiled { steps, output, last_use, schema: Arc::clone(schema.inner()) }))))
    }
}

fn slot(slots: &HashMap<Column, usize>, column: &Column) -> Result<usize> {
    slots.get(column).copied().ok_or_else(|| internal_datafusion_err!("no column {column} among the steps"))
}

fn compiled(step: &Step, types: &Types, slots: &HashMap<Column, usize>, session: &dyn Session) -> Result<CompiledStep> {
    let (schema, columns) = types.read_by(step.expr())?;
    let simplify = SimplifyContext::builder()
        .with_schema(Arc::new(schema.clone()))
        .with_config_options(Arc::clone(session.config().options()))
        .with_query_execution_start_time(session.execution_props().query_execution_start_time)
        .build();
    let simplifier = ExprSimplifier::new(simplify);
    let expr = simplifier.simplify(simplifier.coerce(step.expr().clone(), &schema)?)?;
    Ok(CompiledStep {
        adds: matches!(step, Step::Add(..)),
        expr: session.create_physical_expr(expr, &schema)?,
        reads: columns.iter().map(|column| slot(slots, column)).collect::<Result<_>>()?,
        schema: Arc::clone(schema.inner()),
    })
}

/// For each slot, the number of the last step that reads it; `usize::MAX` for the output.
fn last_uses(steps: &[CompiledStep], output: &[usize], slots: usize) -> Vec<usize> {
    let mut last = vec![0; slots];
    let uses = steps.iter().enumerate().flat_map(|(number, step)| step.reads.iter().map(move |slot| (*slot, number)));
    for (slot, number) in uses.chain(output.iter().map(|slot| (*slot, usize::MAX))) {
        if let Some(at) = last.get_mut(slot) {
            *at = number;
        }
    }
    last
}

#[derive(Debug)]
struct CompiledStep {
    adds: bool,
    expr: Arc<dyn PhysicalExpr>,
    reads: Vec<usize>,
    schema: SchemaRef,
}

#[derive(Debug)]
struct Compiled {
    steps: Vec<CompiledStep>,
    output: Vec<usize>,
    last_use: Vec<usize>,
    schema: SchemaRef,
}

#[derive(Debug)]
struct StepsMapper(Arc<Compiled>);

impl Mapper for StepsMapper {
    fn name(&self) -> &'static str {
        "StepsExec"
    }

    fn describe(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "StepsExec: {} steps, {} columns", self.0.steps.len(), self.0.output.len())
    }

    fn start(&self, _: usize, _: usize) -> Result<Box<dyn MapPartition>> {
        Ok(Box::new(StepsPartition(Arc::clone(&self.0))))
    }

    fn keeps_rows(&self) -> bool {
        false
    }
}

struct StepsPartition(Arc<Compiled>);

impl MapPartition for StepsPartition {
    fn map(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let mut rows = batch.num_rows();
        let mut slots: Vec<Option<ArrayRef>> = batch.columns().iter().cloned().map(Some).collect();
        for (number, step) in self.0.steps.iter().enumerate() {
            let value = step.expr.evaluate(&gathered(&slots, &step.reads, &step.schema, rows)?)?.into_array(rows)?;
            if step.adds {
                slots.push(Some(value));
            } else {
                rows = keep(&mut slots, &value)?;
            }
            for slot in step.reads.iter().filter(|slot| self.0.last_use.get(**slot) == Some(&number)) {
                if let Some(value) = slots.get_mut(*slot) {
                    *value = None;
                }
            }
        }
        gathered(&slots, &self.0.output, &self.0.schema, rows)
    }
}

fn gathered(slots: &[Option<ArrayRef>], wanted: &[usize], schema: &SchemaRef, rows: usize) -> Result<RecordBatch> {
    let columns = wanted.iter().map(|slot| slots.get(*slot).cloned().flatten()).collect::<Option<Vec<_>>>();
    let Some(columns) = columns else {
        return internal_err!("a step reads a column that is gone");
    };
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// Filters every column that is still needed; answers how many rows are left.
fn keep(slots: &mut [Option<ArrayRef>], condition: &ArrayRef) -> Result<usize> {
    if condition.data_type() != &DataType::Boolean {
        return internal_err!("a condition is of type {}", condition.data_type());
    }
    let condition: &BooleanArray = condition.as_boolean();
    let mask = if condition.nulls().is_some() { prep_null_mask_filter(condition) } else { condition.clone() };
    for column in slots.iter_mut().flatten() {
        *column = filter(column, &mask)?;
    }
    Ok(mask.true_count())
}
