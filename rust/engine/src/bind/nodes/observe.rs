//! Passes rows on unchanged and aggregates them on the side.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Accumulator, Expr, LogicalPlan};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::aggregate::{AggregateFunctionExpr, LoweredAggregateBuilder};
use datafusion::physical_plan::PhysicalExpr;
use datafusion::scalar::ScalarValue;
use parking_lot::Mutex;
use polybolos_protocol::Error;

use super::exec::{MapPartition, Mapper};
use super::{Mapped, Mapping};
use crate::bind::expr::{Calls, Typed};
use crate::bind::fault::planned;

/// The metrics of one observe relation, to be read when the query has ended.
#[derive(Debug)]
pub(crate) struct Observation {
    name: String,
    runs: Mutex<Vec<Arc<Run>>>,
}

impl Observation {
    pub(crate) fn new(name: String) -> Self {
        Self { name, runs: Mutex::new(Vec::new()) }
    }

    /// The name that the plan gives it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// One row with the metrics of the rows that have passed; none when the relation has not run. A relation with several users
    /// runs several times; the first run counts.
    pub(crate) fn row(&self) -> polybolos_protocol::Result<Option<RecordBatch>> {
        let run = self.runs.lock().first().cloned();
        run.map(|run| planned(run.row())).transpose()
    }
}

/// The plan that observes the rows of the input.
pub(crate) fn over(
    input: Arc<LogicalPlan>,
    observation: Arc<Observation>,
    calls: Calls,
    metrics: Vec<(String, Typed)>,
) -> polybolos_protocol::Result<LogicalPlan> {
    let ordered = |call: &Expr| matches!(call, Expr::AggregateFunction(function) if !function.params.order_by.is_empty());
    if calls.keys().any(ordered) {
        return Err(Error::unsupported("an observed metric whose result depends on the order of the rows"));
    }
    let schema = Arc::clone(input.schema());
    let mapping = Observe { reads: schema.columns(), observation, calls, metrics };
    Ok(Mapped::plan(Arc::unwrap_or_clone(input), Arc::new(mapping), schema))
}

#[derive(Debug)]
struct Observe {
    reads: Vec<Column>,
    observation: Arc<Observation>,
    calls: Calls,
    metrics: Vec<(String, Typed)>,
}

impl Mapping for Observe {
    fn name(&self) -> &'static str {
        "Observe"
    }

    fn describe(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Observe: {}, {} metrics", self.observation.name, self.metrics.len())
    }

    fn reads(&self) -> &[Column] {
        &self.reads
    }

    fn mapper(&self, input: &LogicalPlan, session: &dyn Session, planning: &PhysicalPlanningContext) -> Result<Arc<dyn Mapper>> {
        let schema = input.schema();
        let mut calls = Vec::with_capacity(self.calls.len());
        for call in self.calls.keys() {
            let call = simplified(call.clone(), schema, session)?;
            let lowered = LoweredAggregateBuilder::new(&call, schema, schema.as_arrow(), session.execution_props(), planning)
                .with_name("metric")
                .build()?;
            calls.push(Call { aggregate: lowered.aggregate, filter: lowered.filter });
        }
        let results = self
            .calls
            .values()
            .map(|(column, field)| (None, Arc::new(field.as_ref().clone().with_name(column.name.clone()).with_nullable(true))));
        let results = DFSchema::new_with_metadata(results.collect(), HashMap::new())?;
        let mut metrics = Vec::with_capacity(self.metrics.len());
        let mut fields = Vec::with_capacity(self.metrics.len());
        for (name, metric) in &self.metrics {
            metrics.push(session.create_physical_expr(simplified(metric.expr.clone(), &results, session)?, &results)?);
            fields.push(Field::new(name.clone(), metric.ty().clone(), true));
        }
        let output = Arc::new(Schema::new(fields));
        Ok(Arc::new(ObserveMapper {
            observation: Arc::clone(&self.observation),
            calls: calls.into(),
            results: Arc::clone(results.inner()),
            metrics: metrics.into(),
            output,
        }))
    }
}

fn simplified(expr: Expr, schema: &DFSchema, session: &dyn Session) -> Result<Expr> {
    let context = SimplifyContext::builder()
        .with_schema(Arc::new(schema.clone()))
        .with_config_options(Arc::clone(session.config().options()))
        .with_query_execution_start_time(session.execution_props().query_execution_start_time)
        .build();
    let simplifier = ExprSimplifier::new(context);
    simplifier.coerce(expr, schema)
}

/// An aggregate call and its filter.
#[derive(Debug)]
struct Call {
    aggregate: Arc<AggregateFunctionExpr>,
    filter: Option<Arc<dyn PhysicalExpr>>,
}

#[derive(Debug)]
struct ObserveMapper {
    observation: Arc<Observation>,
    calls: Arc<[Call]>,
    results: SchemaRef,
    metrics: Arc<[Arc<dyn PhysicalExpr>]>,
    output: SchemaRef,
}

impl ObserveMapper {
    /// The run that all partitions of one execution share.
    fn run(&self, partition: usize) -> Result<Arc<Run>> {
        let mut runs = self.observation.runs.lock();
        if let Some(run) = runs.iter().find(|run| Arc::ptr_eq(&run.calls, &self.calls) && !run.begun.lock().contains(&partition)) {
            run.begun.lock().push(partition);
            return Ok(Arc::clone(run));
        }
        let run = Arc::new(Run {
            calls: Arc::clone(&self.calls),
            results: Arc::clone(&self.results),
            metrics: Arc::clone(&self.metrics),
            output: Arc::clone(&self.output),
            begun: Mutex::new(vec![partition]),
            totals: Mutex::new(accumulators(&self.calls)?),
            row: Mutex::new(None),
        });
        runs.push(Arc::clone(&run));
        Ok(run)
    }
}

impl Mapper for ObserveMapper {
    fn name(&self) -> &'static str {
        "ObserveExec"
    }

    fn describe(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ObserveExec: {}", self.observation.name)
    }

    fn start(&self, partition: usize, _: usize) -> Result<Box<dyn MapPartition>> {
        Ok(Box::new(ObservePartition { run: self.run(partition)?, parts: accumulators(&self.calls)? }))
    }

    fn keeps_rows(&self) -> bool {
        true
    }
}

fn accumulators(calls: &[Call]) -> Result<Vec<Box<dyn Accumulator>>> {
    calls.iter().map(|call| call.aggregate.create_accumulator()).collect()
}

/// The totals of one execution.
struct Run {
    calls: Arc<[Call]>,
    results: SchemaRef,
    metrics: Arc<[Arc<dyn PhysicalExpr>]>,
    output: SchemaRef,
    begun: Mutex<Vec<usize>>,
    totals: Mutex<Vec<Box<dyn Accumulator>>>,
    row: Mutex<Option<RecordBatch>>,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Run({} partitions)", self.begun.lock().len())
    }
}

impl Run {
    fn merge(&self, parts: Vec<Box<dyn Accumulator>>) -> Result<()> {
        let mut totals = self.totals.lock();
        for (total, mut part) in totals.iter_mut().zip(parts) {
            let state = part.state()?.iter().map(ScalarValue::to_array).collect::<Result<Vec<ArrayRef>>>()?;
            total.merge_batch(&state)?;
        }
        Ok(())
    }

    fn row(&self) -> Result<RecordBatch> {
        let mut row = self.row.lock();
        if let Some(row) = row.as_ref() {
            return Ok(row.clone());
        }
        let values = self.totals.lock().iter_mut().map(|total| total.evaluate()?.to_array()).collect::<Result<Vec<_>>>()?;
        let values = RecordBatch::try_new(Arc::clone(&self.results), values)?;
        let metrics = self.metrics.iter().map(|metric| metric.evaluate(&values)?.into_array(1)).collect::<Result<Vec<_>>>()?;
        let made = RecordBatch::try_new(Arc::clone(&self.output), metrics)?;
        Ok(row.insert(made).clone())
    }
}

struct ObservePartition {
    run: Arc<Run>,
    parts: Vec<Box<dyn Accumulator>>,
}

impl MapPartition for ObservePartition {
    fn map(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        for (call, part) in self.run.calls.iter().zip(&mut self.parts) {
            let kept;
            let rows = match &call.filter {
                None => &batch,
                Some(filter) => {
                    let mask = filter.evaluate(&batch)?.into_array(batch.num_rows())?;
                    kept = filter_record_batch(&batch, mask.as_boolean())?;
                    &kept
                }
            };
            let args = call
                .aggregate
                .expressions()
                .iter()
                .map(|arg| arg.evaluate(rows)?.into_array(rows.num_rows()))
                .collect::<Result<Vec<_>>>()?;
            part.update_batch(&args)?;
        }
        Ok(batch)
    }

    fn end(&mut self) -> Result<()> {
        self.run.merge(std::mem::take(&mut self.parts))
    }
}

/// A limit above may drop a partition before its end: what it has seen counts.
impl Drop for ObservePartition {
    fn drop(&mut self) {
        let _ = self.run.merge(std::mem::take(&mut self.parts));
    }
}
