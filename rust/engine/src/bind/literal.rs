//! Literals: a typed value of the plan as a DataFusion scalar.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, FixedSizeListArray, ListArray, MapArray, StructArray, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, FieldRef, Fields, IntervalDayTime, IntervalMonthDayNano, IntervalUnit, TimeUnit, i256};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::literal::Value;
use polybolos_protocol::{Code, Error, Result};

use super::types::{show, to_arrow};

const NANOS_PER_MILLI: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The value of an outermost literal, whose type is required.
pub(crate) fn scalar(literal: &pb::Literal) -> Result<ScalarValue> {
    let ty = literal
        .r#type
        .as_ref()
        .ok_or_else(|| Error::new(Code::PlanMissingField, "Literal.type is absent; it is required on the outermost literal"))?;
    typed(literal, &to_arrow(ty)?)
}

/// The value of a literal whose type is known; nested literals inherit theirs.
fn typed(literal: &pb::Literal, ty: &DataType) -> Result<ScalarValue> {
    let value = literal
        .value
        .as_ref()
        .ok_or_else(|| Error::new(Code::PlanMissingField, "Literal.value is absent; a null is said with null_value"))?;
    match value {
        Value::NullValue(true) => null(ty),
        Value::NullValue(false) => Err(Error::new(Code::PlanInvalidValue, "Literal.null_value is false; it can only be true")),
        Value::BoolValue(value) => match ty {
            DataType::Boolean => Ok(ScalarValue::Boolean(Some(*value))),
            _ => Err(unfit("a bool", ty)),
        },
        Value::IntValue(value) => integer(i128::from(*value), ty),
        Value::UintValue(value) => integer(i128::from(*value), ty),
        Value::Float32Value(value) => match ty {
            DataType::Float32 => Ok(ScalarValue::Float32(Some(*value))),
            DataType::Float16 => Ok(ScalarValue::Float16(Some(half::f16::from_f32(*value)))),
            _ => Err(unfit("a float32", ty)),
        },
        Value::Float64Value(value) => match ty {
            DataType::Float64 => Ok(ScalarValue::Float64(Some(*value))),
            _ => Err(unfit("a float64", ty)),
        },
        Value::StringValue(value) => match ty {
            DataType::Utf8View => Ok(ScalarValue::Utf8View(Some(value.clone()))),
            _ => Err(unfit("a string", ty)),
        },
        Value::BinaryValue(value) => binary(value, ty),
        Value::DecimalValue(value) => decimal(value, ty),
        Value::IntervalValue(value) => interval(*value, ty),
        Value::ListValue(items) => list(&items.items, ty),
        Value::StructValue(items) => structure(&items.items, ty),
        Value::MapValue(map) => mapping(map, ty),
    }
}

/// A null of this type.
pub(crate) fn null(ty: &DataType) -> Result<ScalarValue> {
    ScalarValue::try_new_null(ty).map_err(|_| Error::unsupported(format!("this engine has no null literal of type {}", show(ty))))
}

fn integer(value: i128, ty: &DataType) -> Result<ScalarValue> {
    macro_rules! fit {
        ($variant:ident) => {
            ScalarValue::$variant(Some(value.try_into().map_err(|_| outside(value, ty))?))
        };
    }
    macro_rules! zoned {
        ($variant:ident, $zone:expr) => {
            ScalarValue::$variant(Some(value.try_into().map_err(|_| outside(value, ty))?), $zone.clone())
        };
    }
    Ok(match ty {
        DataType::Int8 => fit!(Int8),
        DataType::Int16 => fit!(Int16),
        DataType::Int32 => fit!(Int32),
        DataType::Int64 => fit!(Int64),
        DataType::UInt8 => fit!(UInt8),
        DataType::UInt16 => fit!(UInt16),
        DataType::UInt32 => fit!(UInt32),
        DataType::UInt64 => fit!(UInt64),
        DataType::Date32 => fit!(Date32),
        DataType::Timestamp(TimeUnit::Second, zone) => zoned!(TimestampSecond, zone),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => zoned!(TimestampMillisecond, zone),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => zoned!(TimestampMicrosecond, zone),
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => zoned!(TimestampNanosecond, zone),
        DataType::Duration(TimeUnit::Second) => fit!(DurationSecond),
        DataType::Duration(TimeUnit::Millisecond) => fit!(DurationMillisecond),
        DataType::Duration(TimeUnit::Microsecond) => fit!(DurationMicrosecond),
        DataType::Duration(TimeUnit::Nanosecond) => fit!(DurationNanosecond),
        DataType::Time32(unit) | DataType::Time64(unit) => {
            if !(0..i128::from(SECONDS_PER_DAY) * per_second(*unit)).contains(&value) {
                return Err(outside(value, ty));
            }
            match unit {
                TimeUnit::Second => fit!(Time32Second),
                TimeUnit::Millisecond => fit!(Time32Millisecond),
                TimeUnit::Microsecond => fit!(Time64Microsecond),
                TimeUnit::Nanosecond => fit!(Time64Nanosecond),
            }
        }
        _ => return Err(unfit("an integer", ty)),
    })
}

fn per_second(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

fn binary(value: &[u8], ty: &DataType) -> Result<ScalarValue> {
    match ty {
        DataType::BinaryView => Ok(ScalarValue::BinaryView(Some(value.to_vec()))),
        DataType::FixedSizeBinary(width) if usize::try_from(*width) == Ok(value.len()) => {
            Ok(ScalarValue::FixedSizeBinary(*width, Some(value.to_vec())))
        }
        DataType::FixedSizeBinary(width) => {
            Err(Error::new(Code::PlanInvalidValue, format!("a literal of type binary({width}) holds {} bytes", value.len())))
        }
        _ => Err(unfit("binary", ty)),
    }
}

fn decimal(digits: &str, ty: &DataType) -> Result<ScalarValue> {
    let bad = || {
        let message = format!("{digits:?} is no unscaled value of {}: base 10, at most as many digits as its precision", show(ty));
        Error::new(Code::PlanInvalidValue, message)
    };
    let (precision, plain) = match ty {
        DataType::Decimal128(precision, _) | DataType::Decimal256(precision, _) => {
            (usize::from(*precision), digits.trim_start_matches('-'))
        }
        _ => return Err(unfit("a decimal", ty)),
    };
    let significant = plain.trim_start_matches('0');
    if plain.is_empty() || significant.len() > precision || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    match ty {
        DataType::Decimal256(precision, scale) => {
            Ok(ScalarValue::Decimal256(Some(i256::from_string(digits).ok_or_else(bad)?), *precision, *scale))
        }
        DataType::Decimal128(precision, scale) => Ok(ScalarValue::Decimal128(Some(digits.parse().map_err(|_| bad())?), *precision, *scale)),
        _ => Err(bad()),
    }
}

fn interval(value: pb::IntervalValue, ty: &DataType) -> Result<ScalarValue> {
    let DataType::Interval(unit) = ty else {
        return Err(unfit("an interval", ty));
    };
    let lossy = || Error::new(Code::PlanInvalidValue, "the interval literal has parts that its unit cannot hold");
    match unit {
        IntervalUnit::MonthDayNano => {
            let value = IntervalMonthDayNano::new(value.months, value.days, value.nanos);
            Ok(ScalarValue::IntervalMonthDayNano(Some(value)))
        }
        IntervalUnit::YearMonth if value.days == 0 && value.nanos == 0 => Ok(ScalarValue::IntervalYearMonth(Some(value.months))),
        IntervalUnit::DayTime if value.months == 0 && value.nanos % NANOS_PER_MILLI == 0 => {
            let millis = i32::try_from(value.nanos / NANOS_PER_MILLI).map_err(|_| lossy())?;
            Ok(ScalarValue::IntervalDayTime(Some(IntervalDayTime::new(value.days, millis))))
        }
        _ => Err(lossy()),
    }
}

fn list(items: &[pb::Literal], ty: &DataType) -> Result<ScalarValue> {
    match ty {
        DataType::List(item) => {
            let values = array(items, item)?;
            let offsets = OffsetBuffer::from_lengths([values.len()]);
            let list = ListArray::try_new(Arc::clone(item), offsets, values, None).map_err(|e| broken(e, ty))?;
            Ok(ScalarValue::List(Arc::new(list)))
        }
        DataType::FixedSizeList(item, size) => {
            if usize::try_from(*size) != Ok(items.len()) {
                let message = format!("a list literal of a fixed size of {size} holds {} items", items.len());
                return Err(Error::new(Code::PlanInvalidValue, message));
            }
            let values = array(items, item)?;
            let list = FixedSizeListArray::try_new(Arc::clone(item), *size, values, None).map_err(|e| broken(e, ty))?;
            Ok(ScalarValue::FixedSizeList(Arc::new(list)))
        }
        _ => Err(unfit("a list", ty)),
    }
}

fn structure(items: &[pb::Literal], ty: &DataType) -> Result<ScalarValue> {
    let DataType::Struct(fields) = ty else {
        return Err(unfit("a struct", ty));
    };
    if fields.len() != items.len() {
        let message = format!("a struct literal of {} fields holds {} values", fields.len(), items.len());
        return Err(Error::new(Code::PlanInvalidValue, message));
    }
    let columns = fields.iter().zip(items).map(|(field, item)| array(std::slice::from_ref(item), field)).collect::<Result<Vec<_>>>()?;
    let value = StructArray::try_new_with_length(fields.clone(), columns, None, 1).map_err(|e| broken(e, ty))?;
    Ok(ScalarValue::Struct(Arc::new(value)))
}

fn mapping(map: &pb::LiteralMap, ty: &DataType) -> Result<ScalarValue> {
    let DataType::Map(entries, sorted) = ty else {
        return Err(unfit("a map", ty));
    };
    if map.keys.len() != map.values.len() {
        let message = format!("a map literal holds {} keys and {} values", map.keys.len(), map.values.len());
        return Err(Error::new(Code::PlanInvalidValue, message));
    }
    let fields = entry_fields(entries)?;
    let (Some(key), Some(value)) = (fields.first(), fields.get(1)) else {
        return Err(Error::internal("a map's entries are not pairs"));
    };
    let columns = vec![array(&map.keys, key)?, array(&map.values, value)?];
    let pairs = StructArray::try_new_with_length(fields.clone(), columns, None, map.keys.len()).map_err(|e| broken(e, ty))?;
    let offsets = OffsetBuffer::from_lengths([pairs.len()]);
    let value = MapArray::try_new(Arc::clone(entries), offsets, pairs, None, *sorted).map_err(|e| broken(e, ty))?;
    Ok(ScalarValue::Map(Arc::new(value)))
}

fn entry_fields(entries: &FieldRef) -> Result<&Fields> {
    match entries.data_type() {
        DataType::Struct(fields) => Ok(fields),
        _ => Err(Error::internal("a map's entries are not a struct")),
    }
}

fn array(items: &[pb::Literal], field: &FieldRef) -> Result<ArrayRef> {
    let ty = field.data_type();
    if items.is_empty() {
        return Ok(new_empty_array(ty));
    }
    let values = items.iter().map(|item| typed(item, ty)).collect::<Result<Vec<_>>>()?;
    ScalarValue::iter_to_array(values).map_err(|e| broken(e, ty))
}

fn unfit(value: &str, ty: &DataType) -> Error {
    Error::new(Code::PlanInvalidValue, format!("a literal of type {} holds {value}", show(ty)))
}

fn outside(value: i128, ty: &DataType) -> Error {
    Error::new(Code::PlanInvalidValue, format!("{value} is outside the range of {}", show(ty)))
}

fn broken(error: impl std::error::Error + Send + Sync + 'static, ty: &DataType) -> Error {
    Error::new(Code::PlanInvalidValue, format!("the literal does not make a value of type {}", show(ty))).with_source(error)
}
