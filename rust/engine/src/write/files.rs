//! Rows into files.

use std::sync::Arc;

use arrow_schema::DataType;
use datafusion::arrow::array::{Array, RecordBatch, UInt64Array};
use datafusion::catalog::Session;
use datafusion::common::TableReference;
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::datasource::physical_plan::{FileOutputMode, FileSinkConfig};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream};
use futures::TryStreamExt;
use polybolos_protocol::{Error, Result};

use super::WriteFormat;
use super::publish::{Mode, Published, Staging};
use crate::commands::Outcome;
use crate::context::BindContext;
use crate::error::OrTranslated;
use crate::session::QueryContext;
use crate::storage::{Location, Storage};

/// A write of files, planned.
pub(crate) struct FilesWrite {
    input: Arc<dyn ExecutionPlan>,
    target: Location,
    single: bool,
    format: WriteFormat,
    partition_by: Vec<String>,
    mode: Mode,
}

impl FilesWrite {
    /// Plans the rows; `plan` has the names and types of the files.
    pub(crate) async fn plan(
        context: &QueryContext,
        plan: &LogicalPlan,
        target: Location,
        format: WriteFormat,
        partition_by: Vec<String>,
        mode: Mode,
    ) -> Result<Self> {
        let single = is_file(&target, &format) && partition_by.is_empty();
        let input = context.physical(plan).await?;
        Ok(Self { input, target, single, format, partition_by, mode })
    }

    /// Writes, then lets the files appear.
    pub(crate) async fn run(self, context: &QueryContext) -> Result<Outcome> {
        let storage = &context.session().core.files.storage;
        let shown = self.target.shown();
        let Some(staging) = Staging::open(storage, self.target.clone(), self.single, self.mode).await? else {
            return Ok(Outcome::of(shown));
        };
        let rows = self.write(context, &staging).await?;
        let Published { files, bytes } = staging.publish().await?;
        Ok(Outcome { rows, files, bytes, path: Some(shown) })
    }

    async fn write(&self, context: &QueryContext, staging: &Staging) -> Result<u64> {
        let (path, folder) = staging.path();
        let url = Storage::table_url(&path, folder)?;
        let rows = run_sink(self.sink(context.state(), Arc::clone(&self.input), url.clone()).await?, context.task()).await?;
        if rows == 0 && self.partition_by.is_empty() {
            // No rows make no file by themselves; one file still tells the columns.
            let empty = RecordBatch::new_empty(self.input.schema());
            let one =
                datafusion::datasource::memory::MemorySourceConfig::try_new_exec(&[vec![empty]], self.input.schema(), None).translated()?;
            run_sink(self.sink(context.state(), one, url).await?, context.task()).await?;
        }
        Ok(rows)
    }

    async fn sink(&self, session: &dyn Session, input: Arc<dyn ExecutionPlan>, url: ListingTableUrl) -> Result<Arc<dyn ExecutionPlan>> {
        let config = FileSinkConfig {
            original_url: String::new(),
            object_store_url: Storage::url()?,
            file_group: Vec::new().into(),
            table_paths: vec![url.with_table_ref(TableReference::bare("written"))],
            output_schema: input.schema(),
            table_partition_cols: self.partition_by.iter().map(|name| (name.clone(), DataType::Utf8)).collect(),
            insert_op: InsertOp::Append,
            keep_partition_by_columns: false,
            file_extension: self.format.extension.clone(),
            file_output_mode: if self.single { FileOutputMode::SingleFile } else { FileOutputMode::Directory },
        };
        let input = if input.output_partitioning().partition_count() > 1 { merged(input) } else { input };
        self.format.sink(input, session, config).await
    }
}

/// One partition, in order where the rows are in order.
fn merged(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
    use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
    match input.output_ordering().cloned() {
        Some(ordering) => Arc::new(SortPreservingMergeExec::new(ordering, input)),
        None => Arc::new(CoalescePartitionsExec::new(input)),
    }
}

async fn run_sink(sink: Arc<dyn ExecutionPlan>, task: &Arc<TaskContext>) -> Result<u64> {
    let counts: Vec<RecordBatch> = execute_stream(sink, Arc::clone(task)).translated()?.try_collect().await.translated()?;
    let count = |batch: &RecordBatch| -> Option<u64> {
        batch.column(0).as_any().downcast_ref::<UInt64Array>().map(|rows| rows.iter().flatten().sum())
    };
    counts.iter().map(count).sum::<Option<u64>>().ok_or_else(|| Error::internal("a sink answered no count"))
}

/// Whether the path names one file: its last part has the extension of the format.
fn is_file(target: &Location, format: &WriteFormat) -> bool {
    let name = target.key.filename().unwrap_or_default().to_ascii_lowercase();
    let ends_as = |extension: &str| name.strip_suffix(extension).is_some_and(|stem| stem.ends_with('.'));
    !target.folder && (ends_as(&format.extension) || format.kind.extensions().iter().any(|extension| ends_as(extension)))
}
