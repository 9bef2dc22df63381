//! Frames that start at data of this process.
//!
//! Little data (up to 64 KiB) travels inside each plan. Larger data is sent once, when an action needs it for the first
//! time, as a stream beside the plan, and stays in the session until that ends; all frames on top of it share the one copy.

use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;
use futures::StreamExt;
use polybolos_protocol::transport::BatchStream;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::local_data::Source;
use polybolos_protocol::wire::plan::relation::Kind;
use polybolos_protocol::{Error, Result};

use crate::arrow_ipc;
use crate::call_site::Site;
use crate::expr::{IntoColumns, Literal};
use crate::frame::{DataFrame, LocalSource, RelationOp};
use crate::plan::{self, INLINE_BYTES_MAX};
use crate::types;

use super::Session;

impl Session {
    /// The rows of these batches.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow::array::{Int64Array, RecordBatch};
    /// use polybolos_client::Session;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let batch = RecordBatch::try_from_iter([("x", Arc::new(Int64Array::from(vec![1, 2, 3])) as _)])?;
    /// let frame = Session::detached().from_batches(batch.schema(), [batch])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where a batch has another schema, or a type that the contract does not have.
    #[track_caller]
    pub fn from_batches(&self, schema: SchemaRef, batches: impl IntoIterator<Item = RecordBatch>) -> Result<DataFrame> {
        let site = Site::caller();
        let source = local_source(schema, batches.into_iter().collect()).map_err(|error| error.with_call_site(site.to_call_site()))?;
        DataFrame::leaf(self, RelationOp::Local(Arc::new(source)))
    }

    /// The rows of a stream that can be read once: they are sent now, batch by batch, and stay in the session until that ends. Use it
    /// for data that does not fit into memory.
    ///
    /// # Errors
    ///
    /// Those of the stream, after which nothing of it is kept; `INVALID_ARGUMENT` for a type that the contract does not have.
    #[track_caller]
    pub fn from_stream(&self, schema: SchemaRef, batches: BatchStream) -> impl Future<Output = Result<DataFrame>> + Send + use<> {
        let (session, site) = (self.clone(), Site::caller());
        async move {
            let source = session.send(schema, batches).await.map_err(|error| error.with_call_site(site.to_call_site()))?;
            DataFrame::leaf_at(&session, RelationOp::Local(Arc::new(source)), site)
        }
    }

    async fn send(&self, schema: SchemaRef, batches: BatchStream) -> Result<LocalSource> {
        types::schema(&schema)?;
        let receipt = self.transport().put(Arc::clone(&schema), batches).await?;
        let uploaded = tokio::sync::OnceCell::new_with(Some(receipt.id));
        Ok(LocalSource { schema, batches: Vec::new(), bytes: usize::MAX, inline: OnceLock::new(), uploaded })
    }

    /// Rows written out: each has one value per column of the schema, and is cast to its types.
    ///
    /// ```
    /// use arrow_schema::{DataType, Field, Schema};
    /// use polybolos_client::{IntoLiteral, Session};
    ///
    /// # fn main() -> polybolos_client::Result<()> {
    /// let schema = Schema::new(vec![Field::new("id", DataType::Int64, false), Field::new("name", DataType::Utf8, true)]);
    /// let rows = [[1.into_literal(), "one".into_literal()], [2.into_literal(), None::<&str>.into_literal()]];
    /// let frame = Session::detached().values(&schema, rows)?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn values<R: IntoIterator<Item = Literal>>(&self, schema: &Schema, rows: impl IntoIterator<Item = R>) -> Result<DataFrame> {
        let site = Site::caller();
        let values = values(schema, rows).map_err(|error| error.with_call_site(site.to_call_site()))?;
        DataFrame::leaf(self, RelationOp::plain(Kind::Values(values)))
    }

    /// The numbers from `start` up to, but without, `end`, as a column `id` of `int64`.
    #[track_caller]
    pub fn range(&self, start: i64, end: i64) -> Result<DataFrame> {
        self.range_by(start, end, 1)
    }

    /// The numbers from `start` towards `end`, `step` apart, without `end`, as a column `id` of `int64`.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where the step is zero.
    #[track_caller]
    pub fn range_by(&self, start: i64, end: i64, step: i64) -> Result<DataFrame> {
        if step == 0 {
            return Err(Error::invalid_argument("the step of a range cannot be 0").with_call_site(Site::caller().to_call_site()));
        }
        let range = pb::Range { start, end, step, column: "id".to_owned(), partitions: None };
        DataFrame::leaf(self, RelationOp::plain(Kind::Range(range)))
    }

    /// The rows that a function gives, such as `generate_series`.
    #[track_caller]
    pub fn table_function(&self, name: impl Into<String>, args: impl IntoColumns) -> Result<DataFrame> {
        let op = RelationOp::TableFunction { namespace: "std".to_owned(), name: name.into(), args: args.into_columns(), outer: false };
        DataFrame::leaf(self, op)
    }

    /// Sends the local data that the frame's plan cannot hold. An action does so by itself.
    pub(crate) async fn upload(&self, frame: &DataFrame) -> Result<()> {
        for source in plan::pending_uploads(frame) {
            source.uploaded.get_or_try_init(|| self.put(&source)).await?;
        }
        Ok(())
    }

    async fn put(&self, source: &LocalSource) -> Result<String> {
        let batches = futures::stream::iter(source.batches.clone().into_iter().map(Ok)).boxed();
        let receipt = self.transport().put(Arc::clone(&source.schema), batches).await?;
        let rows: u64 = source.batches.iter().map(|batch| batch.num_rows() as u64).sum();
        if receipt.rows_received != rows {
            return Err(Error::internal(format!("{rows} rows of local data were sent and {} arrived", receipt.rows_received)));
        }
        Ok(receipt.id)
    }
}

fn local_source(schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<LocalSource> {
    types::schema(&schema)?;
    if let Some(other) = batches.iter().find(|batch| batch.schema_ref().fields() != schema.fields()) {
        return Err(Error::invalid_argument(format!("a batch has the schema {:?}, not {schema:?}", other.schema_ref())));
    }
    let batches: Vec<_> = batches.into_iter().map(arrow_ipc::compacted).collect();
    let bytes = batches.iter().map(RecordBatch::get_array_memory_size).sum();
    Ok(LocalSource { schema, batches, bytes, inline: OnceLock::new(), uploaded: tokio::sync::OnceCell::new() })
}

fn values<R: IntoIterator<Item = Literal>>(schema: &Schema, rows: impl IntoIterator<Item = R>) -> Result<pb::Values> {
    let mut values = pb::Values { schema: Some(types::schema(schema)?), rows: Vec::new() };
    for (position, row) in rows.into_iter().enumerate() {
        let literal = |literal: Literal| pb::Expression { kind: Some(pb::expression::Kind::Literal(literal.0)) };
        let row: Vec<_> = row.into_iter().map(literal).collect();
        if row.len() != schema.fields().len() {
            let (given, wanted) = (row.len(), schema.fields().len());
            return Err(Error::invalid_argument(format!("row {position} has {given} values, the schema has {wanted} columns")));
        }
        values.rows.push(pb::ValuesRow { values: row });
    }
    Ok(values)
}

impl LocalSource {
    /// The data, or where it is.
    pub(crate) fn to_wire(&self) -> Result<pb::LocalData> {
        let source = match self.uploaded.get() {
            Some(id) => Source::DataId(id.clone()),
            None if self.bytes <= INLINE_BYTES_MAX => Source::ArrowIpc(self.inline()?),
            None => {
                let message = format!("{} bytes of local data are too large for a plan; an action sends them beside it", self.bytes);
                return Err(Error::invalid_argument(message));
            }
        };
        Ok(pb::LocalData { source: Some(source), schema: None })
    }

    fn inline(&self) -> Result<Bytes> {
        if let Some(bytes) = self.inline.get() {
            return Ok(bytes.clone());
        }
        let bytes = arrow_ipc::stream_of(&self.schema, &self.batches)?;
        Ok(self.inline.get_or_init(|| bytes).clone())
    }
}
