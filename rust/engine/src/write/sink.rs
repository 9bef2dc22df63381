//! The end of a plan that writes files by an [`Encoder`]: one for each file that DataFusion splits the rows into.

use std::fmt;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::runtime::{JoinSet, SpawnedTask};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::physical_plan::FileSinkConfig;
use datafusion::datasource::sink::DataSink;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType};
use datafusion_datasource::file_sink_config::FileSink;
use datafusion_datasource::write::demux::DemuxedStreamReceiver;
use datafusion_datasource::write::{ObjectWriterBuilder, get_writer_schema};
use object_store::ObjectStore;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;

use super::encode::{Encoder, Encoding};
use crate::error::into_datafusion;

/// Bytes that are gathered before they are handed on.
const CHUNK_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct EncodedSink {
    pub(super) config: FileSinkConfig,
    pub(super) encoding: Encoding,
    pub(super) compression: FileCompressionType,
}

#[async_trait]
impl FileSink for EncodedSink {
    fn config(&self) -> &FileSinkConfig {
        &self.config
    }

    async fn spawn_writer_tasks_and_join(
        &self,
        context: &Arc<TaskContext>,
        split: SpawnedTask<Result<()>>,
        mut files: DemuxedStreamReceiver,
        store: Arc<dyn ObjectStore>,
    ) -> Result<u64> {
        let schema = get_writer_schema(&self.config);
        let buffer = context.session_config().options().execution.objectstore_writer_buffer_size;
        let mut writing = JoinSet::new();
        while let Some((path, batches)) = files.recv().await {
            let builder = ObjectWriterBuilder::new(self.compression, &path, Arc::clone(&store)).with_buffer_size(Some(buffer));
            let encoder = Encoder::new(self.encoding, &schema).map_err(into_datafusion)?;
            writing.spawn(write(encoder, batches, builder.build()?));
        }
        let mut rows = 0;
        while let Some(written) = writing.join_next().await {
            rows += written.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        }
        split.join().await.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        Ok(rows)
    }
}

/// Writes one file and answers its rows.
async fn write(mut encoder: Encoder, mut batches: Receiver<RecordBatch>, mut file: Box<dyn AsyncWrite + Send + Unpin>) -> Result<u64> {
    let (mut rows, mut chunk) = (0, Vec::new());
    while let Some(batch) = batches.recv().await {
        rows += batch.num_rows() as u64;
        encoder.write(&batch).map_err(into_datafusion)?;
        chunk.append(&mut encoder.take());
        if chunk.len() >= CHUNK_BYTES {
            file.write_all(&chunk).await?;
            chunk.clear();
        }
    }
    encoder.finish().map_err(into_datafusion)?;
    chunk.append(&mut encoder.take());
    file.write_all(&chunk).await?;
    file.shutdown().await?;
    Ok(rows)
}

#[async_trait]
impl DataSink for EncodedSink {
    fn schema(&self) -> &SchemaRef {
        self.config.output_schema()
    }

    async fn write_all(&self, data: SendableRecordBatchStream, context: &Arc<TaskContext>) -> Result<u64> {
        FileSink::write_all(self, data, context).await
    }
}

impl DisplayAs for EncodedSink {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "EncodedSink({:?})", self.encoding)
    }
}
