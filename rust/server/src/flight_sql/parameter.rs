//! A row of Arrow values as literals of a plan.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes as arrow_types;
use arrow::datatypes::{DataType as ArrowType, TimeUnit as ArrowUnit};
use polybolos_protocol::wire::plan::{DataType, DecimalType, Literal, Primitive, TimeType, TimeUnit, TimestampType, data_type, literal};
use polybolos_protocol::{Error, Result};

/// The values of a row, in the order of the columns.
pub(super) fn row(batch: &RecordBatch, row: usize) -> Result<Vec<Literal>> {
    batch.columns().iter().map(|column| value(column, row)).collect()
}

fn value(column: &ArrayRef, row: usize) -> Result<Literal> {
    let kind = kind(column.data_type())?;
    // A column of the null type says so by its type alone.
    let is_null = column.is_null(row) || column.data_type() == &ArrowType::Null;
    let value = if is_null { literal::Value::NullValue(true) } else { valid(column, row)? };
    Ok(Literal { r#type: Some(DataType { kind: Some(kind) }), value: Some(value) })
}

fn kind(arrow: &ArrowType) -> Result<data_type::Kind> {
    let primitive = match arrow {
        ArrowType::Null => Primitive::Null,
        ArrowType::Boolean => Primitive::Bool,
        ArrowType::Int8 => Primitive::Int8,
        ArrowType::Int16 => Primitive::Int16,
        ArrowType::Int32 => Primitive::Int32,
        ArrowType::Int64 => Primitive::Int64,
        ArrowType::UInt8 => Primitive::Uint8,
        ArrowType::UInt16 => Primitive::Uint16,
        ArrowType::UInt32 => Primitive::Uint32,
        ArrowType::UInt64 => Primitive::Uint64,
        ArrowType::Float32 => Primitive::Float32,
        ArrowType::Float64 => Primitive::Float64,
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => Primitive::String,
        ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView => Primitive::Binary,
        ArrowType::Date32 => Primitive::Date,
        ArrowType::Timestamp(unit, zone) => {
            let zone = zone.as_ref().map(ToString::to_string);
            return Ok(data_type::Kind::Timestamp(TimestampType { unit: time_unit(*unit) as i32, zone }));
        }
        ArrowType::Time32(unit) | ArrowType::Time64(unit) => {
            return Ok(data_type::Kind::Time(TimeType { unit: time_unit(*unit) as i32 }));
        }
        ArrowType::Decimal128(precision, scale) => {
            return Ok(data_type::Kind::Decimal(DecimalType { precision: u32::from(*precision), scale: i32::from(*scale) }));
        }
        other => return Err(unsupported(other)),
    };
    Ok(data_type::Kind::Primitive(primitive as i32))
}

fn time_unit(unit: ArrowUnit) -> TimeUnit {
    match unit {
        ArrowUnit::Second => TimeUnit::Second,
        ArrowUnit::Millisecond => TimeUnit::Milli,
        ArrowUnit::Microsecond => TimeUnit::Micro,
        ArrowUnit::Nanosecond => TimeUnit::Nano,
    }
}

fn valid(column: &ArrayRef, row: usize) -> Result<literal::Value> {
    use literal::Value::{BinaryValue, BoolValue, DecimalValue, Float32Value, Float64Value, IntValue, StringValue, UintValue};
    macro_rules! cell {
        ($arrow:ident) => {
            column.as_primitive::<arrow_types::$arrow>().value(row)
        };
    }
    Ok(match column.data_type() {
        ArrowType::Boolean => BoolValue(column.as_boolean().value(row)),
        ArrowType::Int8 => IntValue(cell!(Int8Type).into()),
        ArrowType::Int16 => IntValue(cell!(Int16Type).into()),
        ArrowType::Int32 => IntValue(cell!(Int32Type).into()),
        ArrowType::Int64 => IntValue(cell!(Int64Type)),
        ArrowType::UInt8 => UintValue(cell!(UInt8Type).into()),
        ArrowType::UInt16 => UintValue(cell!(UInt16Type).into()),
        ArrowType::UInt32 => UintValue(cell!(UInt32Type).into()),
        ArrowType::UInt64 => UintValue(cell!(UInt64Type)),
        ArrowType::Float32 => Float32Value(cell!(Float32Type)),
        ArrowType::Float64 => Float64Value(cell!(Float64Type)),
        ArrowType::Utf8 => StringValue(column.as_string::<i32>().value(row).to_owned()),
        ArrowType::LargeUtf8 => StringValue(column.as_string::<i64>().value(row).to_owned()),
        ArrowType::Utf8View => StringValue(column.as_string_view().value(row).to_owned()),
        ArrowType::Binary => BinaryValue(column.as_binary::<i32>().value(row).to_vec().into()),
        ArrowType::LargeBinary => BinaryValue(column.as_binary::<i64>().value(row).to_vec().into()),
        ArrowType::BinaryView => BinaryValue(column.as_binary_view().value(row).to_vec().into()),
        ArrowType::Date32 => IntValue(cell!(Date32Type).into()),
        ArrowType::Timestamp(ArrowUnit::Second, _) => IntValue(cell!(TimestampSecondType)),
        ArrowType::Timestamp(ArrowUnit::Millisecond, _) => IntValue(cell!(TimestampMillisecondType)),
        ArrowType::Timestamp(ArrowUnit::Microsecond, _) => IntValue(cell!(TimestampMicrosecondType)),
        ArrowType::Timestamp(ArrowUnit::Nanosecond, _) => IntValue(cell!(TimestampNanosecondType)),
        ArrowType::Time32(ArrowUnit::Second) => IntValue(cell!(Time32SecondType).into()),
        ArrowType::Time32(_) => IntValue(cell!(Time32MillisecondType).into()),
        ArrowType::Time64(ArrowUnit::Microsecond) => IntValue(cell!(Time64MicrosecondType)),
        ArrowType::Time64(_) => IntValue(cell!(Time64NanosecondType)),
        ArrowType::Decimal128(_, _) => DecimalValue(cell!(Decimal128Type).to_string()),
        other => return Err(unsupported(other)),
    })
}

fn unsupported(arrow: &ArrowType) -> Error {
    Error::unsupported(format!(
        "a parameter of type {arrow} is not served; use a boolean, number, decimal, text, binary, date, time or timestamp"
    ))
}
