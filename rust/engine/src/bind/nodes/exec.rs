//! The physical operator behind every node of this folder: maps batches one by one, keeping partitions and order.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PhysicalExpr,
    PlanProperties, ReplaceChildrenOptions,
};
use futures::{Stream, StreamExt};

/// What an operator does, for all partitions.
pub(crate) trait Mapper: fmt::Debug + Send + Sync {
    /// Its name in EXPLAIN.
    fn name(&self) -> &'static str;
    /// One line for EXPLAIN.
    fn describe(&self, f: &mut fmt::Formatter) -> fmt::Result;
    /// Starts one of `partitions` partitions.
    fn start(&self, partition: usize, partitions: usize) -> Result<Box<dyn MapPartition>>;
    /// Whether every row of the input is in the output, unchanged, in its place.
    fn keeps_rows(&self) -> bool;
}

/// What an operator does with the batches of one partition.
pub(crate) trait MapPartition: Send {
    /// The output of one batch; it may have no rows.
    fn map(&mut self, batch: RecordBatch) -> Result<RecordBatch>;
    /// Called after the last batch.
    fn end(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The operator.
#[derive(Debug, Clone)]
pub(crate) struct MapExec {
    input: Arc<dyn ExecutionPlan>,
    mapper: Arc<dyn Mapper>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl MapExec {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, mapper: Arc<dyn Mapper>, schema: SchemaRef) -> Self {
        let properties = if mapper.keeps_rows() && input.schema() == schema {
            PlanProperties::new(
                input.equivalence_properties().clone(),
                input.output_partitioning().clone(),
                input.pipeline_behavior(),
                input.boundedness(),
            )
        } else {
            let partitioning = Partitioning::UnknownPartitioning(input.output_partitioning().partition_count());
            PlanProperties::new(
                EquivalenceProperties::new(Arc::clone(&schema)),
                partitioning,
                input.pipeline_behavior(),
                input.boundedness(),
            )
        };
        Self { input, mapper, schema, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for MapExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        self.mapper.describe(f)
    }
}

impl ExecutionPlan for MapExec {
    fn name(&self) -> &str {
        self.mapper.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![self.mapper.keeps_rows() && self.input.schema() == self.schema]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(&self, _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) if children.is_empty() => Ok(Arc::new(Self::new(input, Arc::clone(&self.mapper), Arc::clone(&self.schema)))),
            _ => internal_err!("{} has one input", self.mapper.name()),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let partitions = self.properties.output_partitioning().partition_count();
        Ok(Box::pin(MapStream {
            input: self.input.execute(partition, context)?,
            partition: self.mapper.start(partition, partitions)?,
            schema: Arc::clone(&self.schema),
            metrics: BaselineMetrics::new(&self.metrics, partition),
            ended: false,
        }))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

struct MapStream {
    input: SendableRecordBatchStream,
    partition: Box<dyn MapPartition>,
    schema: SchemaRef,
    metrics: BaselineMetrics,
    ended: bool,
}

impl MapStream {
    fn mapped(&mut self, polled: Option<Result<RecordBatch>>) -> Option<Result<RecordBatch>> {
        match polled {
            Some(batch) => {
                let time = self.metrics.elapsed_compute().clone();
                let _timer = time.timer();
                Some(batch.and_then(|batch| self.partition.map(batch)))
            }
            None if self.ended => None,
            None => {
                self.ended = true;
                self.partition.end().err().map(Err)
            }
        }
    }
}

impl Stream for MapStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let polled = ready!(self.input.poll_next_unpin(cx));
            match self.mapped(polled) {
                Some(Ok(batch)) if batch.num_rows() == 0 => {}
                mapped => return self.metrics.record_poll(Poll::Ready(mapped)),
            }
        }
    }
}

impl RecordBatchStream for MapStream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
