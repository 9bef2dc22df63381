//! Scans of Avro files, block by block. The reader of the format never ends where a block holds more records than it counts, and
//! passes over those that it counts and does not hold. Here it gets one block at a time, with a count that no block reaches, and
//! must make of it the rows that the block counts and then be at its end.

use std::io::{BufRead, Read};
use std::sync::Arc;

use arrow::compute::concat_batches;
use arrow_schema::{Schema, SchemaRef};
use async_stream::try_stream;
use bytes::Bytes;
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow_avro::reader::{Reader, ReaderBuilder};
use datafusion::common::Result as DataFusionResult;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{AvroSource, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr_adapter::BatchAdapterFactory;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion_datasource::file_stream::FileOpenFuture;
use datafusion_datasource::projection::{ProjectionOpener, SplitProjection};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use object_store::ObjectStore;
use polybolos_protocol::{Code, Error, Result};

use super::avro_file::{AvroFile, Block};
use crate::error::{OrTranslated, into_datafusion};

/// `i64::MAX`, as Avro writes it.
const ENDLESS: &[u8] = &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
/// Records may take no bytes at all; a block of more would keep the reader busy for long.
const BLOCK_RECORDS_MAX: u64 = 1 << 26;
const BATCH_ROWS: usize = 8192;

/// The source, reading block by block if it reads Avro.
pub(super) fn by_blocks(source: &Arc<dyn FileSource>) -> Arc<dyn FileSource> {
    if source.is::<AvroSource>() {
        return Arc::new(BlockSource { source: Arc::clone(source), batch_rows: BATCH_ROWS });
    }
    Arc::clone(source)
}

/// A source of Avro files that opens them on its own.
#[derive(Clone)]
struct BlockSource {
    source: Arc<dyn FileSource>,
    batch_rows: usize,
}

impl FileSource for BlockSource {
    fn create_file_opener(&self, store: Arc<dyn ObjectStore>, _: &FileScanConfig, _: usize) -> DataFusionResult<Arc<dyn FileOpener>> {
        let table = self.source.table_schema();
        let columns = table.file_schema();
        let split = match self.source.projection() {
            Some(projection) => SplitProjection::new(columns, projection),
            None => SplitProjection::unprojected(table),
        };
        // Without any column of the file, its rows are still to be counted.
        let read = if split.file_indices.is_empty() { Arc::clone(columns) } else { Arc::new(columns.project(&split.file_indices)?) };
        let opener = Arc::new(BlockOpener { store, columns: read, batch_rows: self.batch_rows.max(1) });
        ProjectionOpener::try_new(split, opener, columns)
    }

    fn table_schema(&self) -> &TableSchema {
        self.source.table_schema()
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { source: self.source.with_batch_size(batch_size), batch_rows: batch_size })
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

    fn supports_repartitioning(&self) -> bool {
        false
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        self.source.apply_expressions(f)
    }
}

#[derive(Clone)]
struct BlockOpener {
    store: Arc<dyn ObjectStore>,
    /// The columns that are read.
    columns: SchemaRef,
    batch_rows: usize,
}

impl FileOpener for BlockOpener {
    fn open(&self, file: PartitionedFile) -> DataFusionResult<FileOpenFuture> {
        let opener = self.clone();
        Ok(async move { opener.read(&file).await }.boxed())
    }
}

impl BlockOpener {
    async fn read(self, file: &PartitionedFile) -> DataFusionResult<BoxStream<'static, DataFusionResult<RecordBatch>>> {
        let opened = AvroFile::open(self.store.as_ref(), &file.object_meta.location).await;
        let (mut file, header) = opened.map_err(into_datafusion)?;
        let records = Records::new(header, &self.columns).map_err(into_datafusion)?;
        let adapter = BatchAdapterFactory::new(Arc::clone(&self.columns)).make_adapter(&records.schema)?;
        let mut batches = Batches { schema: Arc::clone(&records.schema), rows: self.batch_rows, waiting: Vec::new(), waiting_rows: 0 };
        let read = try_stream! {
            while let Some(block) = file.block().await.map_err(into_datafusion)? {
                // Many small blocks may be at hand: the runtime gets its turn between them.
                tokio::task::consume_budget().await;
                let Some(rows) = records.read(&block).map_err(into_datafusion)? else { continue };
                for batch in batches.add(rows)? {
                    yield adapter.adapt_batch(&batch)?;
                }
            }
            for batch in batches.take()? {
                yield adapter.adapt_batch(&batch)?;
            }
        };
        Ok(read.boxed())
    }
}

/// Makes rows of blocks.
struct Records {
    header: Bytes,
    /// The columns that are read, by their place in the file; `None` for all as they are.
    projection: Option<Vec<usize>>,
    schema: SchemaRef,
    /// No column of the file ever has a value: its records take no bytes.
    weightless: bool,
}

impl Records {
    fn new(header: Bytes, columns: &Schema) -> Result<Self> {
        let mut records = Self { header, projection: None, schema: Arc::new(Schema::empty()), weightless: false };
        let written = records.reader(std::io::empty(), 1)?.schema();
        records.weightless = written.fields().iter().all(|field| field.data_type().is_null());
        let wanted = columns.fields().iter().filter_map(|field| written.column_with_name(field.name()).map(|(index, _)| index));
        let wanted: Vec<usize> = wanted.collect();
        records.projection = (!wanted.iter().copied().eq(0..written.fields().len())).then_some(wanted);
        let schema = records.reader(std::io::empty(), 1)?.schema();
        records.schema = schema;
        Ok(records)
    }

    fn reader<'a>(&'a self, blocks: impl BufRead + 'a, rows: usize) -> Result<Reader<impl BufRead + 'a>> {
        let builder = ReaderBuilder::new().with_batch_size(rows);
        let builder = match &self.projection {
            Some(projection) => builder.with_projection(projection.clone()),
            None => builder,
        };
        builder.build((&*self.header).chain(blocks)).translated()
    }

    /// The rows of the block; `None` if it has none.
    fn read(&self, block: &Block) -> Result<Option<RecordBatch>> {
        let counted = usize::try_from(block.records.min(BLOCK_RECORDS_MAX)).unwrap_or(usize::MAX);
        if counted as u64 != block.records {
            return Err(corrupt(format!("a block of the Avro file counts {} records, more than a block can hold", block.records)));
        }
        if self.weightless {
            let columns = self.schema.fields().iter().map(|field| new_null_array(field.data_type(), counted)).collect();
            let rows = RecordBatchOptions::new().with_row_count(Some(counted));
            return RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &rows).translated().map(Some);
        }
        let mut reader = self.reader(ENDLESS.chain(&*block.rest), counted.max(1))?;
        let rows = reader.next().transpose().translated().map_err(|error| unreadable(error, counted))?;
        let found = rows.as_ref().map_or(0, RecordBatch::num_rows);
        if found != counted || reader.next().is_some() {
            return Err(corrupt(format!("a block of the Avro file counts {counted} records and holds another number of them")));
        }
        Ok(rows)
    }
}

/// Batches of about as many rows as are wanted, whatever the blocks hold.
struct Batches {
    schema: SchemaRef,
    rows: usize,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
}

impl Batches {
    /// The batches that are ready with these rows.
    fn add(&mut self, rows: RecordBatch) -> DataFusionResult<Vec<RecordBatch>> {
        self.waiting_rows += rows.num_rows();
        self.waiting.push(rows);
        if self.waiting_rows < self.rows { Ok(Vec::new()) } else { self.take() }
    }

    /// All that is left.
    fn take(&mut self) -> DataFusionResult<Vec<RecordBatch>> {
        let count = std::mem::take(&mut self.waiting_rows);
        let waiting = std::mem::take(&mut self.waiting);
        let whole = match waiting.as_slice() {
            [only] => only.clone(),
            several => concat_batches(&self.schema, several)?,
        };
        Ok((0..count).step_by(self.rows).map(|start| whole.slice(start, self.rows.min(count - start))).collect())
    }
}

fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Code::DataCorrupt, message)
}

/// The reader failed within a block: the block is damaged, whatever its parser met first.
fn unreadable(error: Error, counted: usize) -> Error {
    match error.code() {
        Code::Unsupported | Code::LimitExceeded | Code::ResourcesExhausted => error,
        _ => corrupt(format!("a block of the Avro file does not hold the {counted} records that it counts: {}", error.message()))
            .with_source(error),
    }
}
