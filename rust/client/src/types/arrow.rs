//! Types of the contract as Arrow's, in the plain layouts: `string` is `Utf8`, `binary` is `Binary`.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, IntervalUnit, TimeUnit};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::data_type::Kind;
use polybolos_protocol::{Error, Result};

use super::IntoDataType;

/// The Arrow type in which values of this type are built: `arrow_type("list<int64>")`.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a name of no type, `UNSUPPORTED` for an extension type.
pub fn arrow_type(ty: impl IntoDataType) -> Result<DataType> {
    convert(&ty.into_data_type()?).ok_or_else(|| Error::unsupported("the type has no plain layout in Arrow"))
}

fn convert(ty: &pb::DataType) -> Option<DataType> {
    Some(match ty.kind.as_ref()? {
        Kind::Primitive(number) => primitive(pb::Primitive::try_from(*number).ok()?)?,
        Kind::Decimal(decimal) => {
            let (precision, scale) = (u8::try_from(decimal.precision).ok()?, i8::try_from(decimal.scale).ok()?);
            if precision <= 38 { DataType::Decimal128(precision, scale) } else { DataType::Decimal256(precision, scale) }
        }
        Kind::Timestamp(stamp) => DataType::Timestamp(unit(stamp.unit)?, stamp.zone.as_deref().map(Arc::from)),
        Kind::Time(time) => match unit(time.unit)? {
            unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
            unit => DataType::Time64(unit),
        },
        Kind::Duration(duration) => DataType::Duration(unit(duration.unit)?),
        Kind::Interval(_) => DataType::Interval(IntervalUnit::MonthDayNano),
        Kind::FixedBinary(binary) => DataType::FixedSizeBinary(i32::try_from(binary.width).ok()?),
        Kind::ListType(list) => {
            let item = Arc::new(Field::new_list_field(convert(list.element.as_deref()?)?, !list.element_not_null));
            match list.fixed_size {
                Some(size) => DataType::FixedSizeList(item, i32::try_from(size).ok()?),
                None => DataType::List(item),
            }
        }
        Kind::StructType(of) => DataType::Struct(of.fields.iter().map(field).collect::<Option<Fields>>()?),
        Kind::MapType(map) => {
            let key = Field::new("key", convert(map.key.as_deref()?)?, false);
            let value = Field::new("value", convert(map.value.as_deref()?)?, !map.value_not_null);
            let entries = Field::new("entries", DataType::Struct(Fields::from(vec![key, value])), false);
            DataType::Map(Arc::new(entries), false)
        }
        Kind::Extension(_) => return None,
    })
}

fn field(field: &pb::Field) -> Option<Field> {
    Some(Field::new(field.name.clone(), convert(field.r#type.as_ref()?)?, !field.not_null))
}

fn unit(number: i32) -> Option<TimeUnit> {
    Some(match pb::TimeUnit::try_from(number).ok()? {
        pb::TimeUnit::Unspecified => return None,
        pb::TimeUnit::Second => TimeUnit::Second,
        pb::TimeUnit::Milli => TimeUnit::Millisecond,
        pb::TimeUnit::Micro => TimeUnit::Microsecond,
        pb::TimeUnit::Nano => TimeUnit::Nanosecond,
    })
}

fn primitive(primitive: pb::Primitive) -> Option<DataType> {
    use pb::Primitive as P;
    Some(match primitive {
        P::Unspecified => return None,
        P::Null => DataType::Null,
        P::Bool => DataType::Boolean,
        P::Int8 => DataType::Int8,
        P::Int16 => DataType::Int16,
        P::Int32 => DataType::Int32,
        P::Int64 => DataType::Int64,
        P::Uint8 => DataType::UInt8,
        P::Uint16 => DataType::UInt16,
        P::Uint32 => DataType::UInt32,
        P::Uint64 => DataType::UInt64,
        P::Float16 => DataType::Float16,
        P::Float32 => DataType::Float32,
        P::Float64 => DataType::Float64,
        P::String => DataType::Utf8,
        P::Binary => DataType::Binary,
        P::Date => DataType::Date32,
    })
}
