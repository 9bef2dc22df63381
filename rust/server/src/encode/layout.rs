//! Plain layouts: what goes over the wire holds the rows and nothing else.
//!
//! A slice of a view array drags all the buffers of the whole array along (24 times its rows, measured), and a short string
//! costs 16 bytes as a view; a dictionary may be larger than the rows that use it. Types are logical on the wire, so views,
//! dictionaries and run-end encoded columns become plain ones here.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use polybolos_protocol::{Error, Result};

/// The schema with plain types; the same one where it is plain already.
pub(crate) fn plain_schema(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<_> = schema.fields().iter().map(plain_field).collect();
    let same = fields.iter().zip(schema.fields()).all(|(plain, field)| Arc::ptr_eq(plain, field));
    if same { Arc::clone(schema) } else { Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())) }
}

/// The batch in the plain schema of its own; columns that are plain already are not touched.
pub(crate) fn plain_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| plain_column(column, field));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .map_err(|e| Error::internal(format!("the engine gave a batch that is not of its schema: {e}")).with_source(e))
}

fn plain_column(column: &ArrayRef, field: &Field) -> Result<ArrayRef> {
    if column.data_type() == field.data_type() {
        return Ok(Arc::clone(column));
    }
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(column, field.data_type(), &options)
        .map_err(|e| Error::internal(format!("column {:?} cannot be laid out as {}: {e}", field.name(), field.data_type())).with_source(e))
}

fn plain_field(field: &FieldRef) -> FieldRef {
    match plain_type(field.data_type()) {
        Some(data_type) => Arc::new(Field::clone(field).with_data_type(data_type)),
        None => Arc::clone(field),
    }
}

/// The plain type; nothing where the type is plain already. Unions stay as they are: casting them is not defined.
fn plain_type(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Utf8View => Some(DataType::Utf8),
        DataType::BinaryView => Some(DataType::Binary),
        DataType::Dictionary(_, values) => Some(plain_type(values).unwrap_or_else(|| DataType::clone(values))),
        DataType::RunEndEncoded(_, values) => Some(plain_field(values).data_type().clone()),
        DataType::List(item) => changed(item).map(DataType::List),
        DataType::LargeList(item) => changed(item).map(DataType::LargeList),
        DataType::FixedSizeList(item, length) => changed(item).map(|item| DataType::FixedSizeList(item, *length)),
        DataType::Map(entries, sorted) => changed(entries).map(|entries| DataType::Map(entries, *sorted)),
        DataType::Struct(fields) => {
            let plain: Vec<_> = fields.iter().map(plain_field).collect();
            let same = plain.iter().zip(fields).all(|(plain, field)| Arc::ptr_eq(plain, field));
            (!same).then(|| DataType::Struct(plain.into()))
        }
        _ => None,
    }
}

fn changed(field: &FieldRef) -> Option<FieldRef> {
    let plain = plain_field(field);
    (!Arc::ptr_eq(&plain, field)).then_some(plain)
}
