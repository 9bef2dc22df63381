//! The door for results: one stable set of Arrow types and the plan's own names, the same in process and over Flight.
//!
//! Inside the engine strings are views, which are cheap to filter and join. A result leaves as plain `Utf8` and `Binary`
//! (nested ones too): every client reads them, and a slice of them never drags the bytes of other rows along, as a slice of
//! views does. Dictionaries stay dictionaries. Names are given back by position, so that an output may hold a name twice.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use polybolos_protocol::{Error, Result};

use crate::error::OrTranslated;

/// The schema of a result: types as clients see them, names by position.
pub(crate) fn schema(planned: &Schema, names: &[String]) -> Result<SchemaRef> {
    if names.len() != planned.fields().len() {
        return Err(Error::internal(format!("a result of {} columns has {} names", planned.fields().len(), names.len())));
    }
    let fields = planned.fields().iter().zip(names).map(|(field, name)| Arc::new(plain_field(field).with_name(name.as_str())));
    Ok(Arc::new(Schema::new(fields.collect::<Vec<FieldRef>>())))
}

/// The names of a schema, for results that keep their own.
pub(crate) fn names(schema: &Schema) -> Vec<String> {
    schema.fields().iter().map(|field| field.name().clone()).collect()
}

fn plain_field(field: &Field) -> Field {
    field.clone().with_data_type(plain(field.data_type()))
}

fn plain_ref(field: &FieldRef) -> FieldRef {
    Arc::new(plain_field(field))
}

/// The type without views.
fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::List(field) | DataType::ListView(field) => DataType::List(plain_ref(field)),
        DataType::LargeList(field) | DataType::LargeListView(field) => DataType::LargeList(plain_ref(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(plain_ref(field), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_ref).collect::<Fields>()),
        DataType::Map(entries, sorted) => DataType::Map(plain_ref(entries), *sorted),
        DataType::Dictionary(keys, values) => DataType::Dictionary(keys.clone(), Box::new(plain(values))),
        other => other.clone(),
    }
}

/// Gives batches their public types, their names and a size that clients asked for.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    schema: SchemaRef,
    rows_max: usize,
    bytes_max: usize,
}

impl Output {
    /// `rows_max` and `bytes_max` bound each batch; 0 is no bound.
    pub(crate) fn new(schema: SchemaRef, rows_max: u64, bytes_max: u64) -> Self {
        let bound = |max: u64| if max == 0 { usize::MAX } else { usize::try_from(max).unwrap_or(usize::MAX) };
        Self { schema, rows_max: bound(rows_max), bytes_max: bound(bytes_max) }
    }

    /// The batch as clients see it.
    pub(crate) fn convert(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let columns = batch.columns().iter().zip(self.schema.fields()).map(|(column, field)| to_type(column, field.data_type()));
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns.collect::<Result<_>>()?, &options).translated()
    }

    /// The batch in pieces that keep the bounds.
    pub(crate) fn pieces(&self, batch: RecordBatch) -> impl Iterator<Item = RecordBatch> + use<> {
        let rows = batch.num_rows();
        let bytes = if self.bytes_max == usize::MAX { 0 } else { batch.get_array_memory_size() };
        let per_row = bytes.checked_div(rows).unwrap_or_default().max(1);
        let piece = self.rows_max.min(if bytes > self.bytes_max { self.bytes_max / per_row } else { usize::MAX }).max(1);
        let starts = (0..rows.max(1)).step_by(piece.min(rows.max(1)));
        starts.map(move |start| batch.slice(start, piece.min(rows - start)))
    }
}

fn to_type(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    if column.data_type() == data_type {
        return Ok(Arc::clone(column));
    }
    let strict = CastOptions { safe: false, ..Default::default() };
    cast_with_options(column.as_ref(), data_type, &strict).translated()
}
