//! Arrow columns as Python values, without pyarrow.
//!
//! ```text
//! type                     Python
//! integers, floats, bool   int, float, bool
//! string, binary           str, bytes
//! decimal                  decimal.Decimal
//! date, time               datetime.date, datetime.time
//! timestamp                datetime.datetime, with a zoneinfo.ZoneInfo where the type has a zone
//! duration                 datetime.timedelta
//! interval                 polybolos.Interval
//! list, struct             list, dict
//! map                      dict; a list of pairs where the keys are lists, structs or maps
//! ```
//!
//! Python's times have microseconds and its years end at 9999: a value beyond that is an error, never another value.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{self as types, IntervalMonthDayNano};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, IntervalUnit, TimeUnit};
use polybolos_protocol::{Code, Error};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::errors;

type Values<'py> = PyResult<Vec<Bound<'py, PyAny>>>;

const EPOCH_DAY: i64 = 719_163;
const DAY_MICROS: i64 = 86_400_000_000;

/// The values of a column.
pub(crate) fn column<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    match array.data_type() {
        DataType::Null => Ok(vec![py.None().into_bound(py); array.len()]),
        DataType::Boolean => each(py, array, |row| array.as_boolean().value(row).into_bound_py_any(py)),
        DataType::Int8 => numbers::<types::Int8Type>(py, array),
        DataType::Int16 => numbers::<types::Int16Type>(py, array),
        DataType::Int32 => numbers::<types::Int32Type>(py, array),
        DataType::Int64 => numbers::<types::Int64Type>(py, array),
        DataType::UInt8 => numbers::<types::UInt8Type>(py, array),
        DataType::UInt16 => numbers::<types::UInt16Type>(py, array),
        DataType::UInt32 => numbers::<types::UInt32Type>(py, array),
        DataType::UInt64 => numbers::<types::UInt64Type>(py, array),
        DataType::Float32 => numbers::<types::Float32Type>(py, array),
        DataType::Float64 => numbers::<types::Float64Type>(py, array),
        DataType::Float16 => as_type(py, array, &DataType::Float32),
        DataType::Utf8 => strings(py, array),
        DataType::LargeUtf8 | DataType::Utf8View => as_type(py, array, &DataType::Utf8),
        DataType::Binary => each(py, array, |row| Ok(PyBytes::new(py, array.as_binary::<i32>().value(row)).into_any())),
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => as_type(py, array, &DataType::Binary),
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => decimals(py, array),
        DataType::Date32 => dates(py, array),
        DataType::Date64 => as_type(py, array, &DataType::Timestamp(TimeUnit::Millisecond, None)),
        DataType::Time32(_) | DataType::Time64(_) => times(py, array),
        DataType::Timestamp(_, zone) => timestamps(py, array, zone.as_deref()),
        DataType::Duration(_) => durations(py, array),
        DataType::Interval(IntervalUnit::MonthDayNano) => intervals(py, array),
        DataType::Interval(_) => as_type(py, array, &DataType::Interval(IntervalUnit::MonthDayNano)),
        DataType::List(_) => lists(py, array),
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) => as_type(py, array, &DataType::List(Arc::clone(item))),
        DataType::Struct(_) => structs(py, array),
        DataType::Map(..) => maps(py, array),
        DataType::Dictionary(_, values) => as_type(py, array, values),
        DataType::RunEndEncoded(_, values) => as_type(py, array, values.data_type()),
        other => Err(errors::exception(py, &Error::unsupported(format!("{other} has no values in Python; use to_arrow()")))),
    }
}

fn as_type<'py>(py: Python<'py>, array: &ArrayRef, ty: &DataType) -> Values<'py> {
    column(py, &cast(array, ty).map_err(|error| broken(py, error))?)
}

fn broken(py: Python<'_>, error: ArrowError) -> PyErr {
    errors::exception(py, &Error::internal("a value cannot be read").with_source(error))
}

/// The value of each row, None for null.
fn each<'py>(py: Python<'py>, array: &ArrayRef, value: impl Fn(usize) -> PyResult<Bound<'py, PyAny>>) -> Values<'py> {
    let none = py.None().into_bound(py);
    (0..array.len()).map(|row| if array.is_null(row) { Ok(none.clone()) } else { value(row) }).collect()
}

fn numbers<'py, T: ArrowPrimitiveType<Native: IntoPyObject<'py>>>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let array_ = array.as_primitive::<T>();
    each(py, array, |row| array_.value(row).into_bound_py_any(py))
}

fn strings<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let texts = array.as_string::<i32>();
    each(py, array, |row| Ok(PyString::new(py, texts.value(row)).into_any()))
}

fn decimals<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let decimal = py.import("decimal")?.getattr("Decimal")?;
    let formatter = ArrayFormatter::try_new(array, &FormatOptions::default()).map_err(|error| broken(py, error))?;
    each(py, array, |row| decimal.call1((formatter.value(row).to_string(),)))
}

/// Numbers below a temporal type: days, or counts of its unit.
fn counts(py: Python<'_>, array: &ArrayRef) -> PyResult<Int64Array> {
    let counts = cast(array, &DataType::Int64).or_else(|_| cast(array, &DataType::Int32).and_then(|days| cast(&days, &DataType::Int64)));
    Ok(counts.map_err(|error| broken(py, error))?.as_primitive::<types::Int64Type>().clone())
}

/// Microseconds, where the count of the unit is some whole number of them.
fn micros(py: Python<'_>, count: i64, ty: &DataType) -> PyResult<i64> {
    let exact = match ty {
        DataType::Timestamp(unit, _) | DataType::Time32(unit) | DataType::Time64(unit) | DataType::Duration(unit) => match unit {
            TimeUnit::Second => count.checked_mul(1_000_000),
            TimeUnit::Millisecond => count.checked_mul(1_000),
            TimeUnit::Microsecond => Some(count),
            TimeUnit::Nanosecond => (count % 1_000 == 0).then_some(count / 1_000),
        },
        _ => None,
    };
    exact.ok_or_else(|| beyond(py, &format!("{count} of {ty}")))
}

/// A value that Python's own types cannot hold.
fn beyond(py: Python<'_>, value: &str) -> PyErr {
    let message = format!("{value} is beyond Python's datetime (microseconds, years 1 to 9999): cast the column, or use to_arrow()");
    errors::exception(py, &Error::new(Code::DataInvalid, message))
}

fn dates<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let from_ordinal = py.import("datetime")?.getattr("date")?.getattr("fromordinal")?;
    let days = counts(py, array)?;
    each(py, array, |row| {
        let day = days.value(row);
        from_ordinal.call1((day + EPOCH_DAY,)).map_err(|_| beyond(py, &format!("day {day} since 1970-01-01")))
    })
}

fn times<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let time = py.import("datetime")?.getattr("time")?;
    let counts = counts(py, array)?;
    each(py, array, |row| {
        let micros = micros(py, counts.value(row), array.data_type())?;
        let (seconds, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        time.call1((seconds / 3_600, seconds / 60 % 60, seconds % 60, rest))
    })
}

fn timestamps<'py>(py: Python<'py>, array: &ArrayRef, zone: Option<&str>) -> Values<'py> {
    let module = py.import("datetime")?;
    let (delta, utc) = (module.getattr("timedelta")?, module.getattr("timezone")?.getattr("utc")?);
    let zone = zone.map(|name| zone_of(py, name, &utc)).transpose()?;
    let naive = module.getattr("datetime")?.call1((1970, 1, 1))?;
    let epoch = if zone.is_some() { naive.call_method("replace", (), Some(&tzinfo(py, &utc)?))? } else { naive };
    let counts = counts(py, array)?;
    each(py, array, |row| {
        let micros = micros(py, counts.value(row), array.data_type())?;
        let since = delta.call1((micros.div_euclid(DAY_MICROS), 0, micros.rem_euclid(DAY_MICROS)))?;
        let stamp = epoch.add(since).map_err(|_| beyond(py, &format!("{micros} microseconds since 1970")))?;
        match &zone {
            Some(zone) => stamp.call_method1("astimezone", (zone,)),
            None => Ok(stamp),
        }
    })
}

fn tzinfo<'py>(py: Python<'py>, zone: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let keywords = PyDict::new(py);
    keywords.set_item("tzinfo", zone)?;
    Ok(keywords)
}

/// Python's zone of this name: UTC, an offset such as `+02:00`, or a name of the IANA database.
fn zone_of<'py>(py: Python<'py>, name: &str, utc: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(minutes) = offset_minutes(name) {
        let module = py.import("datetime")?;
        let delta = module.getattr("timedelta")?.call1((0, minutes * 60))?;
        return module.getattr("timezone")?.call1((delta,));
    }
    let named = py.import("zoneinfo").and_then(|module| module.getattr("ZoneInfo")?.call1((name,)));
    // A system without the database of zones still knows UTC.
    if name == "UTC" { Ok(named.unwrap_or_else(|_| utc.clone())) } else { named }
}

fn offset_minutes(name: &str) -> Option<i64> {
    let sign = match name.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = name.get(1..)?.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
}

fn durations<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let delta = py.import("datetime")?.getattr("timedelta")?;
    let counts = counts(py, array)?;
    each(py, array, |row| {
        let micros = micros(py, counts.value(row), array.data_type())?;
        delta.call1((micros.div_euclid(DAY_MICROS), 0, micros.rem_euclid(DAY_MICROS)))
    })
}

fn intervals<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let class = py.import("polybolos._values")?.getattr("Interval")?;
    let values = array.as_primitive::<types::IntervalMonthDayNanoType>();
    each(py, array, |row| {
        let IntervalMonthDayNano { months, days, nanoseconds } = values.value(row);
        class.call1((months, days, nanoseconds))
    })
}

fn lists<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let lists = array.as_list::<i32>();
    let items = column(py, lists.values())?;
    each(py, array, |row| PyList::new(py, slice(&items, lists.value_offsets(), row)).map(Bound::into_any))
}

/// The items between two offsets.
fn slice<'a, T>(items: &'a [T], offsets: &[i32], row: usize) -> &'a [T] {
    let at = |index: usize| offsets.get(index).and_then(|offset| usize::try_from(*offset).ok()).unwrap_or(0);
    items.get(at(row)..at(row + 1)).unwrap_or_default()
}

fn structs<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let structs = array.as_struct();
    let names: Vec<_> = structs.fields().iter().map(|field| PyString::new(py, field.name())).collect();
    let columns = structs.columns().iter().map(|values| column(py, values)).collect::<PyResult<Vec<_>>>()?;
    each(py, array, |row| {
        let value = PyDict::new(py);
        for (name, column) in names.iter().zip(&columns) {
            value.set_item(name, column.get(row))?;
        }
        Ok(value.into_any())
    })
}

fn maps<'py>(py: Python<'py>, array: &ArrayRef) -> Values<'py> {
    let maps = array.as_map();
    let (keys, values) = (column(py, maps.keys())?, column(py, maps.values())?);
    let pairs: Vec<_> = keys.into_iter().zip(values).collect();
    let nested = maps.keys().data_type().is_nested();
    each(py, array, |row| {
        let pairs = slice(&pairs, maps.value_offsets(), row);
        if nested {
            return Ok(PyList::new(py, pairs.iter().cloned())?.into_any());
        }
        let value = PyDict::new(py);
        pairs.iter().try_for_each(|(key, item)| value.set_item(key, item))?;
        Ok(value.into_any())
    })
}
