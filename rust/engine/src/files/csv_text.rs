//! CSV whose values are written in ways that DataFusion's reader does not know: another text than the empty one for null, a pattern
//! for timestamps. Such columns are read as text and become their types within the scan, where the file and the line are known.

use std::str::FromStr;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, TimestampNanosecondArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::TimeUnit;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::config::ConfigOptions;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig};
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use object_store::ObjectMeta;
use polybolos_protocol::{Code, Error};

use crate::error::into_datafusion;
use crate::scan::BATCH_ROW;
use crate::storage::Storage;

/// What is looked at to find columns of timestamps.
const SAMPLE_ROWS: usize = 1_000;
const SAMPLE_FILES: usize = 10;

/// How values are written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CsvText {
    /// The text that stands for null; absent: the empty one.
    null: Option<String>,
    /// The strftime pattern of timestamps; absent: ISO 8601.
    timestamp: Option<String>,
}

impl CsvText {
    /// `None` where DataFusion's reader does what is wanted.
    pub(super) fn new(null: &str, timestamp: &str) -> polybolos_protocol::Result<Option<Self>> {
        if StrftimeItems::new(timestamp).any(|item| matches!(item, Item::Error)) {
            let message = format!("'{timestamp}' is no pattern for timestamps; write one like %Y-%m-%d %H:%M:%S");
            return Err(Error::invalid_argument(message).param("timestamp_format", timestamp));
        }
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let text = Self { null: given(null), timestamp: given(timestamp) };
        Ok((text.null.is_some() || text.timestamp.is_some()).then_some(text))
    }

    /// The columns of the files as they are read.
    pub(super) fn scanned(&self, schema: &SchemaRef) -> SchemaRef {
        let scanned = schema.fields().iter().map(|field| match self.converts(field.data_type()) {
            true => Arc::new(Field::new(field.name(), DataType::Utf8, true)),
            false => Arc::clone(field),
        });
        Arc::new(Schema::new(scanned.collect::<Vec<_>>()))
    }

    fn converts(&self, ty: &DataType) -> bool {
        self.null.is_some() || matches!(ty, DataType::Timestamp(..))
    }

    /// The inferred columns: those of text whose first values all fit the pattern are timestamps, and what only looks like a timestamp
    /// to the reader is text.
    pub(super) async fn inferred(
        &self,
        session: &dyn Session,
        reader: &Arc<dyn FileFormat>,
        files: &[ObjectMeta],
        schema: SchemaRef,
    ) -> Result<SchemaRef> {
        let Some(pattern) = &self.timestamp else { return Ok(schema) };
        let text = schema.fields().iter().map(|field| Field::new(field.name(), DataType::Utf8, true));
        let sample = sample(session, reader, files, Arc::new(Schema::new(text.collect::<Vec<_>>()))).await?;
        let offsets = ["%z", "%:z", "%::z", "%#z", "%+"].iter().any(|offset| pattern.contains(offset));
        let timestamp = DataType::Timestamp(TimeUnit::Microsecond, offsets.then(|| "UTC".into()));
        let fields = schema.fields().iter().enumerate().map(|(index, field)| match field.data_type() {
            DataType::Utf8 | DataType::Utf8View | DataType::Timestamp(..) if self.fits(&sample, index, pattern) => {
                Arc::new(field.as_ref().clone().with_data_type(timestamp.clone()))
            }
            DataType::Timestamp(..) => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
            _ => Arc::clone(field),
        });
        Ok(Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())))
    }

    /// Whether a column has values and all of them fit.
    fn fits(&self, sample: &[RecordBatch], column: usize, pattern: &str) -> bool {
        let texts = sample.iter().filter_map(|batch| batch.columns().get(column)?.as_string_opt::<i32>());
        let mut values = texts.flat_map(StringArray::iter).flatten().filter(|value| Some(*value) != self.null.as_deref()).peekable();
        let zone = Tz::from_str("UTC").ok();
        values.peek().is_some() && zone.is_some_and(|zone| values.all(|value| instant(value, pattern, zone).is_some()))
    }

    /// The scan of [`Self::scanned`] columns, as the table's types. `table` is the schema of the scan's columns.
    pub(super) fn typed(
        &self,
        scan: Arc<dyn ExecutionPlan>,
        table: &Schema,
        files: &Schema,
        config: &Arc<ConfigOptions>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let scanned = scan.schema();
        let columns = scanned.fields().iter().enumerate().map(|(index, field)| {
            let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), index));
            let wanted = table.field_with_name(field.name())?;
            let in_files = files.field_with_name(field.name()).is_ok();
            let expr = if in_files && self.converts(wanted.data_type()) { self.value(column, wanted, &scanned, config)? } else { column };
            Ok(ProjectionExpr { expr, alias: field.name().clone() })
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        match scan.downcast_ref::<DataSourceExec>() {
            Some(source) => match source.data_source().try_swapping_with_projection(&columns.clone().into())? {
                Some(within) => Ok(Arc::new(DataSourceExec::new(within))),
                None => Ok(Arc::new(ProjectionExec::try_new(columns, scan)?)),
            },
            None => Ok(Arc::new(ProjectionExec::try_new(columns, scan)?)),
        }
    }

    fn value(
        &self,
        column: Arc<dyn PhysicalExpr>,
        wanted: &Field,
        scanned: &Schema,
        config: &Arc<ConfigOptions>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let value = Value {
            text: self.clone(),
            column: wanted.name().clone(),
            ty: wanted.data_type().clone(),
            signature: Signature::any(1, Volatility::Immutable),
        };
        let function = Arc::new(ScalarUDF::new_from_impl(value));
        Ok(Arc::new(ScalarFunctionExpr::try_new(function, vec![column], scanned, Arc::clone(config))?))
    }
}

/// The first rows, as text.
async fn sample(session: &dyn Session, reader: &Arc<dyn FileFormat>, files: &[ObjectMeta], text: SchemaRef) -> Result<Vec<RecordBatch>> {
    let urls = files.iter().take(SAMPLE_FILES).map(|file| Storage::table_url(&file.location, false));
    let urls = urls.collect::<polybolos_protocol::Result<Vec<_>>>().map_err(into_datafusion)?;
    let options = ListingOptions::new(Arc::clone(reader)).with_file_extension("");
    let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(text);
    let scan = ListingTable::try_new(config)?.scan(session, None, &[], Some(SAMPLE_ROWS)).await?;
    datafusion::physical_plan::collect(scan, session.task_ctx()).await
}

/// From the text of one column to its values.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Value {
    text: CsvText,
    column: String,
    ty: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for Value {
    fn name(&self) -> &str {
        "csv_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.ty.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some(text) = args.args.into_iter().next() else { return Ok(ColumnarValue::Scalar(ScalarValue::try_from(&self.ty)?)) };
        let text = self.without_nulls(cast(&text.into_array(rows)?, &DataType::Utf8)?.as_string::<i32>());
        let values = match &self.ty {
            DataType::Timestamp(unit, zone) => match &self.text.timestamp {
                Some(pattern) => timestamps(&text, pattern, zone.as_deref(), *unit)?,
                None => self.cast(&text)?,
            },
            _ => self.cast(&text)?,
        };
        match (0..text.len()).find(|row| text.is_valid(*row) && values.is_null(*row)) {
            Some(row) => Err(self.wrong(text.value(row), row)),
            None => Ok(ColumnarValue::Array(values)),
        }
    }
}

impl Value {
    /// The reader gives null for the empty text. Where another text stands for null, it is a text like others in columns of text; a
    /// number cannot be empty.
    fn without_nulls(&self, text: &StringArray) -> StringArray {
        let Some(null) = &self.text.null else { return text.clone() };
        let is_text = matches!(self.ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        text.iter().map(|value| value.or(is_text.then_some("")).filter(|value| value != null)).collect()
    }

    /// The values; null for what is none.
    fn cast(&self, text: &StringArray) -> Result<ArrayRef> {
        Ok(cast_with_options(text, &self.ty, &CastOptions { safe: true, ..Default::default() })?)
    }

    fn wrong(&self, value: &str, row: usize) -> DataFusionError {
        let value: String = value.chars().take(100).collect();
        let message = match &self.text.timestamp {
            Some(pattern) if matches!(self.ty, DataType::Timestamp(..)) => {
                format!("'{value}' in column '{}' is no timestamp of the pattern '{pattern}'", self.column)
            }
            _ => format!("'{value}' in column '{}' is no {}", self.column, self.ty),
        };
        into_datafusion(Error::new(Code::DataInvalid, message).param("column", &self.column).param(BATCH_ROW, row.to_string()))
    }
}

/// Parses by the pattern; null for what does not fit. A pattern without a time of day means midnight; a time without an offset is
/// one of the column's zone.
fn timestamps(text: &StringArray, pattern: &str, zone_name: Option<&str>, unit: TimeUnit) -> Result<ArrayRef> {
    let zone = Tz::from_str(zone_name.unwrap_or("UTC"))?;
    let nanos = |value: &str| instant(value, pattern, zone)?.timestamp_nanos_opt();
    let nanos: TimestampNanosecondArray = text.iter().map(|value| value.and_then(nanos)).collect();
    let zone: Option<Arc<str>> = zone_name.map(Into::into);
    Ok(cast(&nanos.with_timezone_opt(zone.clone()), &DataType::Timestamp(unit, zone))?)
}

fn instant(value: &str, pattern: &str, zone: Tz) -> Option<DateTime<chrono::Utc>> {
    if let Ok(told) = DateTime::parse_from_str(value, pattern) {
        return Some(told.to_utc());
    }
    let local = NaiveDateTime::parse_from_str(value, pattern)
        .or_else(|_| NaiveDate::parse_from_str(value, pattern).map(|date| date.and_time(NaiveTime::MIN)))
        .ok()?;
    zone.from_local_datetime(&local).earliest().map(|told| told.to_utc())
}
