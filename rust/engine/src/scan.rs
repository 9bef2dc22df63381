//! Scans whose errors name the file, and for lines of text the line in the whole file: readers know neither, since a large file is
//! read in parts by several tasks.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result as DataFusionResult;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::filter_pushdown::FilterPushdownPropagation;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};
use datafusion_datasource::morsel::{Morsel, MorselPlan, MorselPlanner, Morselizer, PendingMorselPlanner};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use polybolos_protocol::{Code, Error, Result};

use crate::error::{OrTranslated, from_datafusion, into_datafusion};
use crate::files::in_file;
use crate::storage::Storage;

/// The largest part of a file that is read again to find the number of a bad line.
const REREAD_BYTES_MAX: u64 = 4 << 30;

/// The plan with scans that name files in their errors.
pub(crate) fn with_file_names(plan: Arc<dyn ExecutionPlan>, storage: &Storage) -> Result<Arc<dyn ExecutionPlan>> {
    let named = plan.transform_up(|node| {
        let files = node.downcast_ref::<DataSourceExec>().and_then(|scan| scan.data_source().downcast_ref::<FileScanConfig>());
        Ok(match files {
            Some(files) => Transformed::yes(Arc::new(naming(files, storage)) as Arc<dyn ExecutionPlan>),
            None => Transformed::no(node),
        })
    });
    named.map(|named| named.data).translated()
}

fn naming(files: &FileScanConfig, storage: &Storage) -> DataSourceExec {
    let mut naming = files.clone();
    naming.file_source = Arc::new(NamingSource { source: Arc::clone(&files.file_source), storage: storage.clone() });
    DataSourceExec::new(Arc::new(naming))
}

/// A source of files that names the file in each error. It stands in finished plans only: rules that look for a certain kind
/// of source have run.
#[derive(Clone)]
struct NamingSource {
    source: Arc<dyn FileSource>,
    storage: Storage,
}

impl FileSource for NamingSource {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> DataFusionResult<Arc<dyn FileOpener>> {
        self.source.create_file_opener(store, config, partition)
    }

    fn create_morselizer(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> DataFusionResult<Box<dyn Morselizer>> {
        let inner = self.source.create_morselizer(store, config, partition)?;
        Ok(Box::new(Naming { inner, file: self.storage.clone() }))
    }

    fn table_schema(&self) -> &TableSchema {
        self.source.table_schema()
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { source: self.source.with_batch_size(batch_size), storage: self.storage.clone() })
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.source.filter()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        self.source.projection()
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        self.source.metrics()
    }

    fn file_type(&self) -> &str {
        self.source.file_type()
    }

    fn fmt_extra(&self, kind: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        self.source.fmt_extra(kind, f)
    }

    fn supports_repartitioning(&self) -> bool {
        self.source.supports_repartitioning()
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        config: &ConfigOptions,
    ) -> DataFusionResult<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        self.source.try_pushdown_filters(filters, config)
    }

    fn reorder_files(&self, files: Vec<PartitionedFile>) -> Vec<PartitionedFile> {
        self.source.reorder_files(files)
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        self.source.apply_expressions(f)
    }
}

/// A step of reading, and what its errors are named after: the storage for all files, then the one file.
#[derive(Debug)]
struct Naming<S: ?Sized, F> {
    file: F,
    inner: Box<S>,
}

/// One file, or a part of it.
#[derive(Debug, Clone)]
struct Part {
    storage: Storage,
    path: Path,
    start: u64,
}

impl Morselizer for Naming<dyn Morselizer, Storage> {
    fn plan_file(&self, file: PartitionedFile) -> DataFusionResult<Box<dyn MorselPlanner>> {
        let start = file.range.as_ref().map_or(0, |range| u64::try_from(range.start).unwrap_or_default());
        let part = Part { storage: self.file.clone(), path: file.object_meta.location.clone(), start };
        match self.inner.plan_file(file) {
            Ok(inner) => Ok(Box::new(Naming { file: part, inner })),
            Err(error) => Err(part.named(error)),
        }
    }
}

impl MorselPlanner for Naming<dyn MorselPlanner, Part> {
    fn plan(self: Box<Self>) -> DataFusionResult<Option<MorselPlan>> {
        let Self { file, inner } = *self;
        let Some(mut plan) = inner.plan().map_err(|error| file.named(error))? else { return Ok(None) };
        let morsels = plan.take_morsels().into_iter().map(|inner| Box::new(Naming { file: file.clone(), inner }) as Box<dyn Morsel>);
        let planners = plan.take_ready_planners().into_iter().map(|inner| file.planner(inner));
        let named = MorselPlan::new().with_morsels(morsels.collect()).with_planners(planners.collect());
        Ok(Some(match plan.take_pending_planner() {
            Some(pending) => named.with_pending_planner(file.pending(pending)),
            None => named,
        }))
    }
}

impl Morsel for Naming<dyn Morsel, Part> {
    fn into_stream(self: Box<Self>) -> BoxStream<'static, DataFusionResult<RecordBatch>> {
        let Self { file, inner } = *self;
        inner.into_stream().or_else(move |error| file.clone().with_line(error)).boxed()
    }
}

impl Part {
    fn planner(&self, inner: Box<dyn MorselPlanner>) -> Box<dyn MorselPlanner> {
        Box::new(Naming { file: self.clone(), inner })
    }

    fn pending(&self, planner: PendingMorselPlanner) -> impl Future<Output = DataFusionResult<Box<dyn MorselPlanner>>> + Send + use<> {
        let file = self.clone();
        async move {
            match planner.into_future().await {
                Ok(inner) => Ok(file.planner(inner)),
                Err(error) => Err(file.named(error)),
            }
        }
    }

    /// The error, naming the file where the file is to blame. Expressions run inside scans, too; their errors stay theirs.
    fn named(&self, error: datafusion::common::DataFusionError) -> datafusion::common::DataFusionError {
        let error = from_datafusion(error);
        into_datafusion(match error.code() {
            Code::DataInvalid | Code::DataCorrupt => in_file(error, &self.storage.shown(&self.path)),
            _ => error,
        })
    }

    /// The error, with the line counted from the start of the file.
    async fn with_line(self, error: datafusion::common::DataFusionError) -> DataFusionResult<RecordBatch> {
        let error = from_datafusion(error);
        if error.code() != Code::DataInvalid {
            return Err(self.named(into_datafusion(error)));
        }
        // Readers count the lines of their part from 0.
        let lines = 1 + if self.start == 0 { 0 } else { self.lines_before().await.unwrap_or_default() };
        Err(self.named(into_datafusion(later_line(error, lines))))
    }

    /// The lines that end before this part of the file begins: the part begins after the first line end at or after its start.
    async fn lines_before(&self) -> Option<u64> {
        if self.start > REREAD_BYTES_MAX {
            return None;
        }
        let mut bytes = self.storage.get(&self.path).await.ok()?.into_stream();
        let mut lines = 0;
        let mut position = 0;
        while let Some(chunk) = bytes.try_next().await.ok()? {
            for byte in chunk {
                position += 1;
                if byte == b'\n' {
                    lines += 1;
                    if position >= self.start {
                        return Some(lines);
                    }
                }
            }
        }
        Some(lines)
    }
}

/// Adds to the number in `line 17` of the message.
fn later_line(error: Error, lines: u64) -> Error {
    let Some((before, after)) = error.message().split_once("line ") else { return error };
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let Ok(line) = digits.parse::<u64>() else { return error };
    let rest = after.get(digits.len()..).unwrap_or_default();
    let message = format!("{before}line {}{rest}", line + lines);
    error.reworded(message)
}
