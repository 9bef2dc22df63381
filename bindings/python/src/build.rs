//! Lists of Python values as Arrow columns: the way in for data that is not Arrow yet.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, DurationMicrosecondArray, Float64Array, Int64Array,
    IntervalMonthDayNanoArray, ListArray, MapArray, NullArray, RecordBatch, RecordBatchOptions, StringArray, StructArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{IntervalMonthDayNano, i256};
use arrow::util::display::FormatOptions;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use polybolos_client::arrow_type;
use polybolos_protocol::text::display_type;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::literal::Value;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::arrow_c;
use crate::errors::OrRaise;
use crate::literal::{self, Typed};

/// A batch of the columns in a dict: lists, or anything that gives Arrow or a list.
pub(crate) fn batch(data: &Bound<'_, PyDict>, schema: Option<SchemaRef>) -> PyResult<RecordBatch> {
    if let Some(schema) = &schema {
        check_names(data, schema)?;
    }
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (name, values) in data {
        let name: String = name.extract().map_err(|_| PyTypeError::new_err("the names of columns are strings"))?;
        let wanted = schema.as_ref().and_then(|schema| schema.field_with_name(&name).ok());
        let array = column(&values, wanted.map(Field::data_type)).map_err(|error| in_column(values.py(), &name, error))?;
        fields.push(wanted.cloned().unwrap_or_else(|| Field::new(&name, array.data_type().clone(), true)));
        columns.push(array);
    }
    if let Some((field, column)) =
        fields.iter().zip(&columns).find(|(_, column)| column.len() != columns.first().map_or(0, |first| first.len()))
    {
        let (name, rows, first) = (field.name(), column.len(), columns.first().map_or(0, |first| first.len()));
        return Err(PyValueError::new_err(format!("column {name:?} has {rows} values, the first column has {first}")));
    }
    let ours = Schema::new(fields);
    let batch = RecordBatch::try_new_with_options(
        Arc::new(ours),
        columns,
        &RecordBatchOptions::new().with_row_count(Some(0).filter(|_| data.is_empty())),
    );
    let batch = batch.map_err(|error| PyValueError::new_err(error.to_string()))?;
    match schema {
        Some(schema) => batch.project(&positions(&batch, &schema)).map_err(|error| PyValueError::new_err(error.to_string())),
        None => Ok(batch),
    }
}

fn positions(batch: &RecordBatch, schema: &Schema) -> Vec<usize> {
    schema.fields().iter().filter_map(|field| batch.schema_ref().index_of(field.name()).ok()).collect()
}

fn check_names(data: &Bound<'_, PyDict>, schema: &Schema) -> PyResult<()> {
    for name in data.keys() {
        let name: String = name.extract()?;
        if schema.field_with_name(&name).is_err() {
            return Err(PyValueError::new_err(format!("the data has a column {name:?} that the schema does not have")));
        }
    }
    match schema.fields().iter().find(|field| !data.contains(field.name()).unwrap_or(false)) {
        Some(field) => Err(PyValueError::new_err(format!("the schema has a column {:?} that the data does not have", field.name()))),
        None => Ok(()),
    }
}

/// The same exception, with the name of the column in front.
fn in_column(py: Python<'_>, name: &str, error: PyErr) -> PyErr {
    let text = format!("column {name:?}: {}", error.value(py));
    error.get_type(py).call1((text,)).map_or(error, PyErr::from_value)
}

/// One column: an Arrow array as it is, else a list of values of one type.
fn column(values: &Bound<'_, PyAny>, wanted: Option<&DataType>) -> PyResult<ArrayRef> {
    let array = if values.hasattr("__arrow_c_stream__")? {
        arrow_c::import_column(values)?
    } else if values.hasattr("__arrow_c_array__")? {
        arrow_c::import_array(values)?
    } else {
        of_values(&listed(values)?, wanted)?
    };
    match wanted {
        Some(wanted) if array.data_type() != wanted => {
            let options = CastOptions { safe: false, format_options: FormatOptions::default() };
            cast_with_options(&array, wanted, &options).map_err(|error| PyTypeError::new_err(error.to_string()))
        }
        _ => Ok(array),
    }
}

/// A list of the values: lists, tuples, ranges, numpy arrays and pandas series, but no text.
fn listed<'py>(values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    if let Ok(list) = values.cast::<PyList>() {
        return Ok(list.clone());
    }
    if values.is_instance_of::<PyString>() || values.is_instance_of::<PyDict>() {
        return Err(PyTypeError::new_err(format!("a column is a list of values, not {}", values.repr()?)));
    }
    if let Ok(list) = values.call_method0("tolist") {
        return Ok(list.cast_into::<PyList>()?);
    }
    values.py().import("builtins")?.call_method1("list", (values,))?.cast_into::<PyList>().map_err(Into::into)
}

fn of_values(list: &Bound<'_, PyList>, wanted: Option<&DataType>) -> PyResult<ArrayRef> {
    if let Some(array) = plain(list) {
        return Ok(array);
    }
    let values: Vec<Typed> = list.iter().map(|value| literal::natural(&value, 0)).collect::<PyResult<_>>()?;
    let mut ty = match wanted {
        Some(wanted) => polybolos_client::IntoDataType::into_data_type(wanted).or_raise()?,
        None => literal::null_type(),
    };
    if wanted.is_none() {
        for (row, value) in values.iter().enumerate() {
            ty = literal::common(&ty, &value.ty).ok_or_else(|| {
                PyTypeError::new_err(format!("row {row} is {}, the rows before are {}", display_type(&value.ty), display_type(&ty)))
            })?;
        }
    }
    let retyped = |(row, value): (usize, Typed)| {
        literal::retyped(value, &ty).map_err(|error| {
            Python::attach(|py| error.get_type(py).call1((format!("row {row}: {}", error.value(py)),)).map_or(error, PyErr::from_value))
        })
    };
    let values: Vec<Option<Value>> = values.into_iter().enumerate().map(|value| retyped(value).map(some)).collect::<PyResult<_>>()?;
    array(&ty, values)
}

/// Lists of one plain type, which need no look at each value.
fn plain(list: &Bound<'_, PyList>) -> Option<ArrayRef> {
    let first = list.iter().find(|value| !value.is_none())?;
    let kind = first.get_type();
    if !list.iter().all(|value| value.is_none() || value.get_type().is(&kind)) {
        return None;
    }
    match kind.name().ok()?.to_str().ok()? {
        "int" => list.extract::<Vec<Option<i64>>>().ok().map(|values| Arc::new(Int64Array::from(values)) as ArrayRef),
        "float" => list.extract::<Vec<Option<f64>>>().ok().map(|values| Arc::new(Float64Array::from(values)) as ArrayRef),
        "bool" => list.extract::<Vec<Option<bool>>>().ok().map(|values| Arc::new(BooleanArray::from(values)) as ArrayRef),
        "str" => list.extract::<Vec<Option<String>>>().ok().map(|values| Arc::new(StringArray::from(values)) as ArrayRef),
        _ => None,
    }
}

fn some(value: Value) -> Option<Value> {
    if matches!(value, Value::NullValue(_)) { None } else { Some(value) }
}

/// An array of the type that Arrow gives this one, from values of it.
fn array(ty: &pb::DataType, values: Vec<Option<Value>>) -> PyResult<ArrayRef> {
    let arrow = arrow_type(ty.clone()).or_raise()?;
    build(&arrow, values)
}

macro_rules! pick {
    ($array:ty, $values:expr, $variant:ident) => {
        Arc::new(
            $values
                .into_iter()
                .map(|value| match value {
                    Some(Value::$variant(value)) => Some(value),
                    _ => None,
                })
                .collect::<$array>(),
        )
    };
}

fn build(ty: &DataType, values: Vec<Option<Value>>) -> PyResult<ArrayRef> {
    let natural: ArrayRef = match ty {
        DataType::Null => Arc::new(NullArray::new(values.len())),
        DataType::Boolean => pick!(BooleanArray, values, BoolValue),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => pick!(UInt64Array, values, UintValue),
        DataType::Float16 | DataType::Float32 => pick!(arrow::array::Float32Array, values, Float32Value),
        DataType::Float64 => pick!(Float64Array, values, Float64Value),
        DataType::Utf8 => pick!(StringArray, values, StringValue),
        DataType::Binary | DataType::FixedSizeBinary(_) => pick!(BinaryArray, values, BinaryValue),
        DataType::Decimal128(precision, scale) => decimal128(values, *precision, *scale)?,
        DataType::Decimal256(precision, scale) => decimal256(values, *precision, *scale)?,
        DataType::Interval(_) => intervals(values),
        DataType::List(item) => list(item, values)?,
        DataType::Struct(fields) => structure(fields, values)?,
        DataType::Map(entries, _) => map(entries, values)?,
        DataType::FixedSizeList(item, _) => list(item, values)?,
        _ => integers(ty, values),
    };
    if natural.data_type() == ty {
        return Ok(natural);
    }
    let options = CastOptions { safe: false, format_options: FormatOptions::default() };
    cast_with_options(&natural, ty, &options).map_err(|error| PyTypeError::new_err(error.to_string()))
}

/// What is an integer in a literal: integers, dates, times, durations.
fn integers(ty: &DataType, values: Vec<Option<Value>>) -> ArrayRef {
    let numbers: Int64Array = values
        .into_iter()
        .map(|value| match value {
            Some(Value::IntValue(value)) => Some(value),
            _ => None,
        })
        .collect();
    match ty {
        DataType::Date32 => {
            Arc::new(numbers.iter().map(|value| value.and_then(|value| i32::try_from(value).ok())).collect::<Date32Array>())
        }
        DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, zone) => {
            Arc::new(numbers.reinterpret_cast::<arrow::datatypes::TimestampMicrosecondType>().with_timezone_opt(zone.clone()))
                as Arc<TimestampMicrosecondArray>
        }
        DataType::Time64(arrow_schema::TimeUnit::Microsecond) => {
            Arc::new(numbers.reinterpret_cast::<arrow::datatypes::Time64MicrosecondType>()) as Arc<Time64MicrosecondArray>
        }
        DataType::Duration(arrow_schema::TimeUnit::Microsecond) => {
            Arc::new(numbers.reinterpret_cast::<arrow::datatypes::DurationMicrosecondType>()) as Arc<DurationMicrosecondArray>
        }
        _ => Arc::new(numbers),
    }
}

fn refused(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn decimal128(values: Vec<Option<Value>>, precision: u8, scale: i8) -> PyResult<ArrayRef> {
    let parse = |value: Option<Value>| match value {
        Some(Value::DecimalValue(digits)) => digits.parse::<i128>().ok(),
        _ => None,
    };
    let array: Decimal128Array = values.into_iter().map(parse).collect();
    Ok(Arc::new(array.with_precision_and_scale(precision, scale).map_err(refused)?))
}

fn decimal256(values: Vec<Option<Value>>, precision: u8, scale: i8) -> PyResult<ArrayRef> {
    let parse = |value: Option<Value>| match value {
        Some(Value::DecimalValue(digits)) => i256::from_string(&digits),
        _ => None,
    };
    let array: Decimal256Array = values.into_iter().map(parse).collect();
    Ok(Arc::new(array.with_precision_and_scale(precision, scale).map_err(refused)?))
}

fn intervals(values: Vec<Option<Value>>) -> ArrayRef {
    let parts = |value: Option<Value>| match value {
        Some(Value::IntervalValue(value)) => Some(IntervalMonthDayNano::new(value.months, value.days, value.nanos)),
        _ => None,
    };
    Arc::new(values.into_iter().map(parts).collect::<IntervalMonthDayNanoArray>())
}

fn values_of(items: Vec<pb::Literal>) -> impl Iterator<Item = Option<Value>> {
    items.into_iter().map(|item| item.value.and_then(some))
}

fn list(item: &Arc<Field>, values: Vec<Option<Value>>) -> PyResult<ArrayRef> {
    let (mut lengths, mut valid, mut flat) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        let before = flat.len();
        valid.push(matches!(value, Some(Value::ListValue(_))));
        if let Some(Value::ListValue(list)) = value {
            flat.extend(values_of(list.items));
        }
        lengths.push(flat.len() - before);
    }
    let items = build(item.data_type(), flat)?;
    let list = ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(lengths), items, Some(NullBuffer::from(valid)));
    Ok(Arc::new(list.map_err(refused)?))
}

fn structure(fields: &arrow_schema::Fields, values: Vec<Option<Value>>) -> PyResult<ArrayRef> {
    let valid: Vec<bool> = values.iter().map(Option::is_some).collect();
    let mut columns: Vec<Vec<Option<Value>>> = vec![Vec::with_capacity(values.len()); fields.len()];
    for value in values {
        let mut items = match value {
            Some(Value::StructValue(list)) => values_of(list.items).collect::<Vec<_>>().into_iter(),
            _ => Vec::new().into_iter(),
        };
        columns.iter_mut().for_each(|column| column.push(items.next().flatten()));
    }
    let arrays = fields.iter().zip(columns).map(|(field, values)| build(field.data_type(), values)).collect::<PyResult<_>>()?;
    Ok(Arc::new(
        StructArray::try_new_with_length(fields.clone(), arrays, Some(NullBuffer::from(valid.clone())), valid.len()).map_err(refused)?,
    ))
}

fn map(entries: &Arc<Field>, values: Vec<Option<Value>>) -> PyResult<ArrayRef> {
    let DataType::Struct(fields) = entries.data_type() else { return Err(refused("the entries of a map are not a struct")) };
    let [key, value] = fields.as_ref() else { return Err(refused("the entries of a map are not a key and a value")) };
    let (mut lengths, mut valid, mut keys, mut items) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for map in values {
        let before = keys.len();
        valid.push(matches!(map, Some(Value::MapValue(_))));
        if let Some(Value::MapValue(map)) = map {
            keys.extend(values_of(map.keys));
            items.extend(values_of(map.values));
        }
        lengths.push(keys.len() - before);
    }
    let columns = vec![build(key.data_type(), keys)?, build(value.data_type(), items)?];
    let pairs = StructArray::try_new(fields.clone(), columns, None).map_err(refused)?;
    let map = MapArray::try_new(Arc::clone(entries), OffsetBuffer::from_lengths(lengths), pairs, Some(NullBuffer::from(valid)), false);
    Ok(Arc::new(map.map_err(refused)?))
}
