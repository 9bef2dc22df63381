//! What the operators of a query measure: progress while it runs, totals after it.

use std::fmt;
use std::sync::Arc;

use datafusion::common::stats::Precision;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use polybolos_protocol::wire::flight::{NodeMetrics, ResultProgress, StageProgress};

/// The name of this engine in metrics.
pub(crate) const ENGINE: &str = "datafusion";

/// A running plan, to be asked for its metrics.
#[derive(Clone)]
pub(crate) struct Measured {
    plan: Arc<dyn ExecutionPlan>,
    /// The relation that the plan answers.
    relation: u32,
    scans: Arc<Vec<Scan>>,
}

/// One scan and what it has to do in all, where that is known.
struct Scan {
    node: Arc<dyn ExecutionPlan>,
    rows: Option<usize>,
    bytes: Option<u64>,
}

impl fmt::Debug for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Measured").field("relation", &self.relation).finish_non_exhaustive()
    }
}

impl Measured {
    pub(crate) fn new(plan: &Arc<dyn ExecutionPlan>, relation: u32) -> Self {
        let mut scans = Vec::new();
        visit(plan, &mut |node| {
            if node.children().is_empty() {
                scans.push(Scan { node: Arc::clone(node), rows: rows_in_all(node.as_ref()), bytes: bytes_in_all(node.as_ref()) });
            }
        });
        Self { plan: Arc::clone(plan), relation, scans: Arc::new(scans) }
    }

    /// Rows and bytes that scans have read, of all they have to read.
    pub(crate) fn progress(&self) -> ResultProgress {
        let shares: Vec<f64> = self.scans.iter().filter_map(Scan::share).collect();
        let known = !shares.is_empty() && shares.len() == self.scans.len();
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let fraction = if known { (shares.iter().sum::<f64>() / shares.len() as f64).min(0.999) } else { -1.0 };
        let tasks = self.plan.output_partitioning().partition_count() as u64;
        let stage = StageProgress {
            stage: 1,
            tasks,
            tasks_done: 0,
            rows: self.scans.iter().map(|scan| scan.rows_done() as u64).sum(),
            bytes: self.scans.iter().map(|scan| scan.bytes_done() as u64).sum(),
            engine: ENGINE.to_owned(),
        };
        ResultProgress { fraction, stages: vec![stage] }
    }

    /// The totals, for the relation that the plan answers.
    pub(crate) fn totals(&self, rows_out: u64) -> Vec<NodeMetrics> {
        let mut cpu_nanos = 0;
        let mut spilled_bytes = 0;
        visit(&self.plan, &mut |node| {
            if let Some(metrics) = node.metrics() {
                cpu_nanos += metrics.elapsed_compute().unwrap_or_default() as u64;
                spilled_bytes += metrics.spilled_bytes().unwrap_or_default() as u64;
            }
        });
        vec![NodeMetrics { relation: self.relation, engine: ENGINE.to_owned(), rows_out, cpu_nanos, spilled_bytes }]
    }
}

impl Scan {
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    fn share(&self) -> Option<f64> {
        let share = |done: f64, all: f64| if all > 0.0 { (done / all).min(1.0) } else { 1.0 };
        match (self.rows, self.bytes) {
            (Some(rows), _) => Some(share(self.rows_done() as f64, rows as f64)),
            (None, Some(bytes)) => Some(share(self.bytes_done() as f64, bytes as f64)),
            _ => None,
        }
    }

    fn rows_done(&self) -> usize {
        self.metrics().and_then(|metrics| metrics.output_rows()).unwrap_or_default()
    }

    fn bytes_done(&self) -> usize {
        self.metrics().and_then(|metrics| metrics.sum_by_name("bytes_scanned").map(|value| value.as_usize())).unwrap_or_default()
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.node.metrics()
    }
}

fn rows_in_all(node: &dyn ExecutionPlan) -> Option<usize> {
    let statistics = node.statistics_from_inputs(&[], &StatisticsArgs::new()).ok()?;
    match statistics.num_rows {
        Precision::Exact(rows) | Precision::Inexact(rows) => Some(rows),
        Precision::Absent => None,
    }
}

fn bytes_in_all(node: &dyn ExecutionPlan) -> Option<u64> {
    let source = node.downcast_ref::<DataSourceExec>()?.data_source();
    let files = source.downcast_ref::<FileScanConfig>()?;
    Some(files.file_groups.iter().flat_map(|group| group.iter()).map(|file| file.effective_size()).sum())
}

/// Visits every operator, without recursion.
pub(crate) fn visit(plan: &Arc<dyn ExecutionPlan>, see: &mut impl FnMut(&Arc<dyn ExecutionPlan>)) {
    let mut waiting = vec![plan];
    while let Some(node) = waiting.pop() {
        see(node);
        waiting.extend(node.children());
    }
}
