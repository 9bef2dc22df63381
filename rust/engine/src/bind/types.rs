//! The contract's types and Arrow's, both ways, and their names in messages.
//!
//! Text is `Utf8View` and binary `BinaryView` inside the engine: Parquet is read so, comparisons look at a prefix first, and
//! gathering copies no characters. What a client receives is decided at the door.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, Schema, TimeUnit};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::Primitive;
use polybolos_protocol::wire::plan::data_type::Kind;
use polybolos_protocol::{Code, Error, Result};

const EXTENSION_NAME: &str = "ARROW:extension:name";
const EXTENSION_METADATA: &str = "ARROW:extension:metadata";

/// The Arrow type of a contract type. An extension type is its storage type.
pub(crate) fn to_arrow(ty: &pb::DataType) -> Result<DataType> {
    match ty.kind.as_ref().ok_or_else(|| missing("DataType.kind"))? {
        Kind::Primitive(number) => primitive_to_arrow(*number),
        Kind::Decimal(decimal) => decimal_to_arrow(decimal),
        Kind::Timestamp(stamp) => Ok(DataType::Timestamp(time_unit(stamp.unit)?, stamp.zone.as_deref().map(zone).transpose()?)),
        Kind::Time(time) => Ok(match time_unit(time.unit)? {
            unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
            unit => DataType::Time64(unit),
        }),
        Kind::Duration(duration) => Ok(DataType::Duration(time_unit(duration.unit)?)),
        Kind::Interval(interval) => Ok(DataType::Interval(interval_unit(interval.unit)?)),
        Kind::FixedBinary(binary) => {
            let width =
                i32::try_from(binary.width).map_err(|_| invalid(format!("a fixed binary of {} bytes is too wide", binary.width)))?;
            Ok(DataType::FixedSizeBinary(width))
        }
        Kind::ListType(list) => list_to_arrow(list),
        Kind::StructType(fields) => Ok(DataType::Struct(fields_to_arrow(&fields.fields)?)),
        Kind::MapType(map) => map_to_arrow(map),
        Kind::Extension(extension) => to_arrow(extension.storage.as_deref().ok_or_else(|| missing("ExtensionType.storage"))?),
    }
}

/// A field, with the name and metadata of its extension type where it has one.
pub(crate) fn field_to_arrow(field: &pb::Field) -> Result<Field> {
    let ty = field.r#type.as_ref().ok_or_else(|| missing("Field.type"))?;
    let mut metadata: HashMap<String, String> = field.metadata.iter().map(|pair| (pair.key.clone(), pair.value.clone())).collect();
    if let Some(Kind::Extension(extension)) = &ty.kind {
        metadata.insert(EXTENSION_NAME.to_owned(), extension.name.clone());
        metadata.insert(EXTENSION_METADATA.to_owned(), String::from_utf8_lossy(&extension.metadata).into_owned());
    }
    Ok(Field::new(field.name.clone(), to_arrow(ty)?, !field.not_null).with_metadata(metadata))
}

/// A schema with its metadata.
pub(crate) fn schema_to_arrow(schema: &pb::Schema) -> Result<Schema> {
    let metadata = schema.metadata.iter().map(|pair| (pair.key.clone(), pair.value.clone())).collect();
    Ok(Schema::new_with_metadata(fields_to_arrow(&schema.fields)?, metadata))
}

fn fields_to_arrow(fields: &[pb::Field]) -> Result<Fields> {
    fields.iter().map(|field| field_to_arrow(field).map(Arc::new)).collect()
}

fn primitive_to_arrow(number: i32) -> Result<DataType> {
    Ok(match Primitive::try_from(number).unwrap_or_default() {
        Primitive::Unspecified => return Err(missing("DataType.primitive")),
        Primitive::Null => DataType::Null,
        Primitive::Bool => DataType::Boolean,
        Primitive::Int8 => DataType::Int8,
        Primitive::Int16 => DataType::Int16,
        Primitive::Int32 => DataType::Int32,
        Primitive::Int64 => DataType::Int64,
        Primitive::Uint8 => DataType::UInt8,
        Primitive::Uint16 => DataType::UInt16,
        Primitive::Uint32 => DataType::UInt32,
        Primitive::Uint64 => DataType::UInt64,
        Primitive::Float16 => DataType::Float16,
        Primitive::Float32 => DataType::Float32,
        Primitive::Float64 => DataType::Float64,
        Primitive::String => DataType::Utf8View,
        Primitive::Binary => DataType::BinaryView,
        Primitive::Date => DataType::Date32,
    })
}

fn decimal_to_arrow(decimal: &pb::DecimalType) -> Result<DataType> {
    let bad = || {
        invalid(format!(
            "decimal({}, {}) has no such precision and scale: 1 to 76 digits, of them at most all after the point",
            decimal.precision, decimal.scale
        ))
    };
    let precision = u8::try_from(decimal.precision).map_err(|_| bad())?;
    let scale = i8::try_from(decimal.scale).map_err(|_| bad())?;
    if precision == 0 || precision > 76 || i32::from(scale) > i32::from(precision) {
        return Err(bad());
    }
    Ok(if precision <= 38 { DataType::Decimal128(precision, scale) } else { DataType::Decimal256(precision, scale) })
}

fn list_to_arrow(list: &pb::ListType) -> Result<DataType> {
    let element = to_arrow(list.element.as_deref().ok_or_else(|| missing("ListType.element"))?)?;
    let item = Arc::new(Field::new_list_field(element, !list.element_not_null));
    match list.fixed_size {
        None => Ok(DataType::List(item)),
        Some(size) => {
            let size = i32::try_from(size).map_err(|_| invalid(format!("a list of a fixed size of {size} is too long")))?;
            Ok(DataType::FixedSizeList(item, size))
        }
    }
}

fn map_to_arrow(map: &pb::MapType) -> Result<DataType> {
    let key = to_arrow(map.key.as_deref().ok_or_else(|| missing("MapType.key"))?)?;
    let value = to_arrow(map.value.as_deref().ok_or_else(|| missing("MapType.value"))?)?;
    Ok(DataType::Map(map_entries(key, value, !map.value_not_null), false))
}

/// The field of a map's entries.
pub(crate) fn map_entries(key: DataType, value: DataType, value_nullable: bool) -> FieldRef {
    let entries = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, value_nullable)]);
    Arc::new(Field::new("entries", DataType::Struct(entries), false))
}

fn time_unit(number: i32) -> Result<TimeUnit> {
    Ok(match pb::TimeUnit::try_from(number).unwrap_or_default() {
        pb::TimeUnit::Unspecified => return Err(missing("TimeUnit")),
        pb::TimeUnit::Second => TimeUnit::Second,
        pb::TimeUnit::Milli => TimeUnit::Millisecond,
        pb::TimeUnit::Micro => TimeUnit::Microsecond,
        pb::TimeUnit::Nano => TimeUnit::Nanosecond,
    })
}

fn interval_unit(number: i32) -> Result<IntervalUnit> {
    Ok(match pb::IntervalUnit::try_from(number).unwrap_or_default() {
        pb::IntervalUnit::Unspecified => return Err(missing("IntervalUnit")),
        pb::IntervalUnit::YearMonth => IntervalUnit::YearMonth,
        pb::IntervalUnit::DayTime => IntervalUnit::DayTime,
        pb::IntervalUnit::MonthDayNano => IntervalUnit::MonthDayNano,
    })
}

/// The contract type of an Arrow type; layouts of one logical type (`Utf8`, `LargeUtf8`, `Utf8View`, dictionaries) are one.
pub(crate) fn from_arrow(ty: &DataType) -> Result<pb::DataType> {
    let primitive = |primitive: Primitive| Kind::Primitive(primitive as i32);
    let kind = match ty {
        DataType::Null => primitive(Primitive::Null),
        DataType::Boolean => primitive(Primitive::Bool),
        DataType::Int8 => primitive(Primitive::Int8),
        DataType::Int16 => primitive(Primitive::Int16),
        DataType::Int32 => primitive(Primitive::Int32),
        DataType::Int64 => primitive(Primitive::Int64),
        DataType::UInt8 => primitive(Primitive::Uint8),
        DataType::UInt16 => primitive(Primitive::Uint16),
        DataType::UInt32 => primitive(Primitive::Uint32),
        DataType::UInt64 => primitive(Primitive::Uint64),
        DataType::Float16 => primitive(Primitive::Float16),
        DataType::Float32 => primitive(Primitive::Float32),
        DataType::Float64 => primitive(Primitive::Float64),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => primitive(Primitive::String),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => primitive(Primitive::Binary),
        DataType::Date32 => primitive(Primitive::Date),
        DataType::Date64 => timestamp_kind(TimeUnit::Millisecond, None),
        DataType::Timestamp(unit, zone) => timestamp_kind(*unit, zone.as_deref()),
        DataType::Time32(unit) | DataType::Time64(unit) => Kind::Time(pb::TimeType { unit: time_unit_number(*unit) }),
        DataType::Duration(unit) => Kind::Duration(pb::DurationType { unit: time_unit_number(*unit) }),
        DataType::Interval(unit) => Kind::Interval(pb::IntervalType { unit: interval_unit_number(*unit) }),
        DataType::FixedSizeBinary(width) => Kind::FixedBinary(pb::FixedBinaryType { width: u32::try_from(*width).unwrap_or_default() }),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            Kind::Decimal(pb::DecimalType { precision: u32::from(*precision), scale: i32::from(*scale) })
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) | DataType::LargeListView(item) => {
            list_kind(item, None)?
        }
        DataType::FixedSizeList(item, size) => list_kind(item, u32::try_from(*size).ok())?,
        DataType::Struct(fields) => Kind::StructType(pb::StructType { fields: fields_from_arrow(fields)? }),
        DataType::Map(entries, _) => map_kind(entries)?,
        DataType::Dictionary(_, value) => return from_arrow(value),
        DataType::RunEndEncoded(_, value) => return from_arrow(value.data_type()),
        DataType::Union(..) => return Err(Error::unsupported("a union type has no counterpart in the contract")),
    };
    Ok(pb::DataType { kind: Some(kind) })
}

/// The contract's field of an Arrow field.
pub(crate) fn field_from_arrow(field: &Field) -> Result<pb::Field> {
    let mut metadata: Vec<pb::KeyValue> =
        field.metadata().iter().map(|(key, value)| pb::KeyValue { key: key.clone(), value: value.clone() }).collect();
    metadata.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(pb::Field { name: field.name().clone(), r#type: Some(from_arrow(field.data_type())?), not_null: !field.is_nullable(), metadata })
}

fn fields_from_arrow(fields: &Fields) -> Result<Vec<pb::Field>> {
    fields.iter().map(|field| field_from_arrow(field)).collect()
}

/// A time zone that Arrow knows.
fn zone(name: &str) -> Result<Arc<str>> {
    let known = name.parse::<arrow::array::timezone::Tz>();
    let unknown = |_| {
        Error::invalid_argument(format!(
            "there is no time zone '{name}'; use a name such as 'Europe/Berlin', or an offset such as '+02:00'"
        ))
        .param("zone", name)
    };
    known.map(|_| Arc::from(name)).map_err(unknown)
}

fn timestamp_kind(unit: TimeUnit, zone: Option<&str>) -> Kind {
    Kind::Timestamp(pb::TimestampType { unit: time_unit_number(unit), zone: zone.map(str::to_owned) })
}

fn list_kind(item: &Field, fixed_size: Option<u32>) -> Result<Kind> {
    let element = Some(Box::new(from_arrow(item.data_type())?));
    Ok(Kind::ListType(Box::new(pb::ListType { element, element_not_null: !item.is_nullable(), fixed_size })))
}

fn map_kind(entries: &Field) -> Result<Kind> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(Error::internal("a map's entries are not a struct"));
    };
    let (Some(key), Some(value)) = (fields.first(), fields.get(1)) else {
        return Err(Error::internal("a map's entries are not pairs"));
    };
    Ok(Kind::MapType(Box::new(pb::MapType {
        key: Some(Box::new(from_arrow(key.data_type())?)),
        value: Some(Box::new(from_arrow(value.data_type())?)),
        value_not_null: !value.is_nullable(),
    })))
}

fn time_unit_number(unit: TimeUnit) -> i32 {
    (match unit {
        TimeUnit::Second => pb::TimeUnit::Second,
        TimeUnit::Millisecond => pb::TimeUnit::Milli,
        TimeUnit::Microsecond => pb::TimeUnit::Micro,
        TimeUnit::Nanosecond => pb::TimeUnit::Nano,
    }) as i32
}

fn interval_unit_number(unit: IntervalUnit) -> i32 {
    (match unit {
        IntervalUnit::YearMonth => pb::IntervalUnit::YearMonth,
        IntervalUnit::DayTime => pb::IntervalUnit::DayTime,
        IntervalUnit::MonthDayNano => pb::IntervalUnit::MonthDayNano,
    }) as i32
}

/// The name of a type in messages, in the words of the contract: `string`, `decimal(10, 2)`, `list<int64>`.
pub(crate) fn show(ty: &DataType) -> String {
    match ty {
        DataType::Null => "null".into(),
        DataType::Boolean => "bool".into(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary".into(),
        DataType::FixedSizeBinary(width) => format!("binary({width})"),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(unit, None) => format!("timestamp({})", show_unit(*unit)),
        DataType::Timestamp(unit, Some(zone)) => format!("timestamp({}, {zone})", show_unit(*unit)),
        DataType::Time32(unit) | DataType::Time64(unit) => format!("time({})", show_unit(*unit)),
        DataType::Duration(unit) => format!("duration({})", show_unit(*unit)),
        DataType::Interval(_) => "interval".into(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision}, {scale})"),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => format!("list<{}>", show(item.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.name(), show(field.data_type()))).collect();
            format!("struct<{}>", fields.join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => {
                let parts: Vec<String> = fields.iter().map(|field| show(field.data_type())).collect();
                format!("map<{}>", parts.join(", "))
            }
            other => format!("map<{}>", show(other)),
        },
        DataType::Dictionary(_, value) => show(value),
        DataType::RunEndEncoded(_, value) => show(value.data_type()),
        other => other.to_string().to_lowercase(),
    }
}

fn show_unit(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

/// Whether two types are the same to the contract: layouts and names inside nested types do not count.
pub(crate) fn same_logical(a: &DataType, b: &DataType) -> bool {
    match (from_arrow(a), from_arrow(b)) {
        (Ok(a), Ok(b)) => loosened(&a) == loosened(&b),
        _ => a == b,
    }
}

/// The type without nullability, which a value of it does not have.
fn loosened(ty: &pb::DataType) -> pb::DataType {
    let kind = match ty.kind.clone() {
        Some(Kind::ListType(list)) => Some(Kind::ListType(Box::new(pb::ListType {
            element: list.element.map(|element| Box::new(loosened(&element))),
            element_not_null: false,
            fixed_size: list.fixed_size,
        }))),
        Some(Kind::MapType(map)) => Some(Kind::MapType(Box::new(pb::MapType {
            key: map.key.map(|key| Box::new(loosened(&key))),
            value: map.value.map(|value| Box::new(loosened(&value))),
            value_not_null: false,
        }))),
        Some(Kind::StructType(fields)) => Some(Kind::StructType(pb::StructType {
            fields: fields
                .fields
                .into_iter()
                .map(|field| pb::Field { r#type: field.r#type.as_ref().map(loosened), not_null: false, metadata: Vec::new(), ..field })
                .collect(),
        })),
        other => other,
    };
    pb::DataType { kind }
}

fn missing(field: &str) -> Error {
    Error::new(Code::PlanMissingField, format!("{field} is absent"))
}

fn invalid(message: String) -> Error {
    Error::new(Code::PlanInvalidValue, message)
}
