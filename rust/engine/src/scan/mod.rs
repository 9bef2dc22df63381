//! Scans whose errors name the file, and for lines of text the line in the whole file: readers know neither, since a large file is
//! read in parts by several tasks.

mod avro;
mod avro_file;
mod part;

use std::fmt;
use std::sync::Arc;

use datafusion::common::Result as DataFusionResult;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{CsvSource, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::filter_pushdown::FilterPushdownPropagation;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};
use datafusion_datasource::morsel::Morselizer;
use object_store::ObjectStore;
use polybolos_protocol::Result;

use crate::error::OrTranslated;
use crate::storage::Storage;
pub(crate) use part::{BATCH_ROW, damaged};
use part::{Files, Naming};

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
    naming.file_source = Arc::new(NamingSource { source: avro::by_blocks(&files.file_source), storage: storage.clone() });
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
        let header = self.source.downcast_ref::<CsvSource>().is_some_and(CsvSource::has_header);
        Ok(Box::new(Naming { inner, file: Files { storage: self.storage.clone(), header } }))
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
