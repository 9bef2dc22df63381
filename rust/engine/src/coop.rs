//! Joins that can be stopped. No join of DataFusion yields to its runtime (upstream issue 19358), and one whose condition holds
//! for no pair of rows does not even answer a batch, so that a large product could neither be cancelled nor let others run.
//!
//! Here every join yields after each batch that it answers, and every condition of a join looks whether the query was stopped.
//! A product without any condition whose estimate is absurd is refused before it starts.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow_schema::{DataType, Schema};
use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result as DataFusionResult;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::functions_table::generate_series::GenericSeriesState;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, NestedLoopJoinExecBuilder, PiecewiseMergeJoinExec, SortMergeJoinExec,
};
use datafusion::physical_plan::memory::LazyMemoryExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use polybolos_protocol::{Code, ESTIMATED_ROWS, Error, Result};
use tokio_util::sync::CancellationToken;

use crate::error::{OrTranslated, into_datafusion};
use crate::limits::EngineLimits;
use crate::metrics::visit;

/// The plan with joins that yield and that stop when the token is cancelled.
pub(crate) fn cancellable(plan: Arc<dyn ExecutionPlan>, stop: &CancellationToken) -> Result<Arc<dyn ExecutionPlan>> {
    let mut joins = 0;
    visit(&plan, &mut |node| joins += usize::from(is_join(node.as_ref())));
    if joins == 0 {
        return Ok(plan);
    }
    let wrapped = plan.transform_up(|node| {
        if !is_join(node.as_ref()) {
            return Ok(Transformed::no(node));
        }
        let checked = checked(node, stop)?;
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(checked)) as Arc<dyn ExecutionPlan>))
    });
    wrapped.map(|wrapped| wrapped.data).translated()
}

fn is_join(node: &dyn ExecutionPlan) -> bool {
    node.is::<CrossJoinExec>()
        || node.is::<NestedLoopJoinExec>()
        || node.is::<HashJoinExec>()
        || node.is::<SortMergeJoinExec>()
        || node.is::<PiecewiseMergeJoinExec>()
}

/// The join with a condition that looks whether the query was stopped.
fn checked(node: Arc<dyn ExecutionPlan>, stop: &CancellationToken) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
    if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() {
        if let Some(filter) = join.filter() {
            let built = NestedLoopJoinExecBuilder::from(join).with_filter(Some(stoppable(filter, stop))).build()?;
            return Ok(Arc::new(built));
        }
    } else if let Some(join) = node.downcast_ref::<HashJoinExec>()
        && let Some(filter) = join.filter()
    {
        return join.builder().with_filter(Some(stoppable(filter, stop))).build_exec();
    }
    Ok(node)
}

fn stoppable(filter: &JoinFilter, stop: &CancellationToken) -> JoinFilter {
    let expression = Arc::new(StopCheck { condition: Arc::clone(filter.expression()), stop: stop.clone() });
    JoinFilter::new(expression, filter.column_indices().to_vec(), Arc::clone(filter.schema()))
}

/// A condition that fails once the query was stopped.
#[derive(Debug)]
struct StopCheck {
    condition: Arc<dyn PhysicalExpr>,
    stop: CancellationToken,
}

impl PartialEq for StopCheck {
    fn eq(&self, other: &Self) -> bool {
        self.condition.eq(&other.condition)
    }
}

impl Eq for StopCheck {}

impl Hash for StopCheck {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.condition.hash(state);
    }
}

impl fmt::Display for StopCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}

impl PhysicalExpr for StopCheck {
    fn data_type(&self, input: &Schema) -> DataFusionResult<DataType> {
        self.condition.data_type(input)
    }

    fn nullable(&self, input: &Schema) -> DataFusionResult<bool> {
        self.condition.nullable(input)
    }

    fn evaluate(&self, batch: &RecordBatch) -> DataFusionResult<ColumnarValue> {
        if self.stop.is_cancelled() {
            return Err(into_datafusion(Error::new(Code::Cancelled, "the query was cancelled")));
        }
        self.condition.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.condition]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> DataFusionResult<Arc<dyn PhysicalExpr>> {
        let condition = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.condition));
        Ok(Arc::new(Self { condition, stop: self.stop.clone() }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt_sql(f)
    }
}

/// Refuses products without a condition whose estimated rows exceed the limit.
pub(crate) fn check_products(plan: &Arc<dyn ExecutionPlan>, limits: &EngineLimits) -> Result<()> {
    let Some(most) = limits.product_rows else { return Ok(()) };
    let mut refused = None;
    visit(plan, &mut |node| {
        if refused.is_none() && is_product(node.as_ref()) {
            refused = estimate(node.as_ref()).filter(|rows| *rows > u128::from(most));
        }
    });
    match refused {
        None => Ok(()),
        Some(rows) => {
            let message = format!(
                "a join without a condition would make about {rows} rows, more than the limit of {most}; say how the tables belong together"
            );
            Err(Error::new(Code::LimitExceeded, message).param(ESTIMATED_ROWS, rows.to_string()))
        }
    }
}

fn is_product(node: &dyn ExecutionPlan) -> bool {
    node.is::<CrossJoinExec>() || node.downcast_ref::<NestedLoopJoinExec>().is_some_and(|join| join.filter().is_none())
}

/// The rows of the inputs, multiplied; `None` where an input cannot tell.
fn estimate(product: &dyn ExecutionPlan) -> Option<u128> {
    let inputs = product.children().into_iter().map(|input| rows_of(input.as_ref()));
    inputs.collect::<Option<Vec<u128>>>().map(|rows| rows.into_iter().fold(1, u128::saturating_mul))
}

/// The rows of a plan by its statistics, or by the series that it starts from: those have none.
fn rows_of(node: &dyn ExecutionPlan) -> Option<u128> {
    let known = StatisticsContext::new().compute(node, &StatisticsArgs::new()).ok().map(|statistics| statistics.num_rows);
    if let Some(Precision::Exact(rows) | Precision::Inexact(rows)) = known {
        return Some(rows as u128);
    }
    if let Some(series) = node.downcast_ref::<LazyMemoryExec>() {
        return series.generators().iter().map(|generator| series_rows(generator.read().as_any())).sum();
    }
    match node.children().as_slice() {
        [input] if matches!(node.cardinality_effect(), CardinalityEffect::Equal) => rows_of(input.as_ref()),
        _ if is_product(node) => estimate(node),
        _ => None,
    }
}

fn series_rows(generator: &dyn Any) -> Option<u128> {
    let series = generator.downcast_ref::<GenericSeriesState<i64>>()?;
    let step = u128::from(series.step().unsigned_abs()).max(1);
    Some(u128::from(series.end().abs_diff(*series.start())) / step)
}
