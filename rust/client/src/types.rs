//! Arrow's data types as types of the contract.
//!
//! The contract knows logical types only: `Utf8`, `LargeUtf8`, `Utf8View` and a dictionary of strings are all `string`.

use arrow_schema::{DataType, Field, IntervalUnit, Schema, TimeUnit};
use polybolos_protocol::text::display_type;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::data_type::Kind;
use polybolos_protocol::{Error, Result};

mod arrow;
mod parse;

pub use arrow::arrow_type;

/// A type: Arrow's `DataType`, or its name, such as `"int64"` or `"decimal(10, 2)"`.
pub trait IntoDataType {
    /// The type of the contract.
    fn into_data_type(self) -> Result<pb::DataType>;
}

impl IntoDataType for &DataType {
    fn into_data_type(self) -> Result<pb::DataType> {
        from_arrow(self)
    }
}

impl IntoDataType for DataType {
    fn into_data_type(self) -> Result<pb::DataType> {
        from_arrow(&self)
    }
}

impl IntoDataType for &str {
    fn into_data_type(self) -> Result<pb::DataType> {
        parse::data_type(self)
    }
}

impl IntoDataType for pb::DataType {
    fn into_data_type(self) -> Result<pb::DataType> {
        Ok(self)
    }
}

pub(crate) fn of(kind: Kind) -> pb::DataType {
    pb::DataType { kind: Some(kind) }
}

pub(crate) fn primitive(primitive: pb::Primitive) -> pb::DataType {
    of(Kind::Primitive(primitive as i32))
}

pub(crate) fn time(unit: pb::TimeUnit) -> pb::DataType {
    of(Kind::Time(pb::TimeType { unit: unit as i32 }))
}

pub(crate) fn timestamp(unit: pb::TimeUnit, zone: Option<&str>) -> pb::DataType {
    of(Kind::Timestamp(pb::TimestampType { unit: unit as i32, zone: zone.map(str::to_owned) }))
}

pub(crate) fn duration(unit: pb::TimeUnit) -> pb::DataType {
    of(Kind::Duration(pb::DurationType { unit: unit as i32 }))
}

/// The schema in the contract's types.
pub(crate) fn schema(schema: &Schema) -> Result<pb::Schema> {
    let fields = schema.fields().iter().map(|field| self::field(field)).collect::<Result<_>>()?;
    Ok(pb::Schema { fields, metadata: Vec::new() })
}

fn field(field: &Field) -> Result<pb::Field> {
    let ty = from_arrow(field.data_type()).map_err(|error| error.param("field", field.name().as_str()))?;
    Ok(pb::Field { name: field.name().clone(), r#type: Some(ty), not_null: !field.is_nullable(), metadata: Vec::new() })
}

fn from_arrow(ty: &DataType) -> Result<pb::DataType> {
    use pb::Primitive as P;
    Ok(match ty {
        DataType::Null => primitive(P::Null),
        DataType::Boolean => primitive(P::Bool),
        DataType::Int8 => primitive(P::Int8),
        DataType::Int16 => primitive(P::Int16),
        DataType::Int32 => primitive(P::Int32),
        DataType::Int64 => primitive(P::Int64),
        DataType::UInt8 => primitive(P::Uint8),
        DataType::UInt16 => primitive(P::Uint16),
        DataType::UInt32 => primitive(P::Uint32),
        DataType::UInt64 => primitive(P::Uint64),
        DataType::Float16 => primitive(P::Float16),
        DataType::Float32 => primitive(P::Float32),
        DataType::Float64 => primitive(P::Float64),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => primitive(P::String),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => primitive(P::Binary),
        DataType::Date32 => primitive(P::Date),
        DataType::Timestamp(unit, zone) => timestamp(time_unit(unit), zone.as_deref()),
        DataType::Time32(unit) | DataType::Time64(unit) => time(time_unit(unit)),
        DataType::Duration(unit) => duration(time_unit(unit)),
        DataType::Interval(unit) => of(Kind::Interval(pb::IntervalType { unit: interval_unit(unit) as i32 })),
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) | DataType::Decimal128(p, s) | DataType::Decimal256(p, s) => {
            of(Kind::Decimal(pb::DecimalType { precision: (*p).into(), scale: (*s).into() }))
        }
        DataType::FixedSizeBinary(width) => of(Kind::FixedBinary(pb::FixedBinaryType { width: unsigned(*width)? })),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) | DataType::LargeListView(item) => list(item, None)?,
        DataType::FixedSizeList(item, size) => list(item, Some(unsigned(*size)?))?,
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| self::field(field)).collect::<Result<_>>()?;
            of(Kind::StructType(pb::StructType { fields }))
        }
        DataType::Map(entries, _) => map(entries)?,
        DataType::Dictionary(_, values) => from_arrow(values)?,
        DataType::RunEndEncoded(_, values) => from_arrow(values.data_type())?,
        DataType::Date64 => timestamp(pb::TimeUnit::Milli, None),
        DataType::Union(..) => {
            return Err(Error::unsupported(format!("the contract has no type for Arrow's {ty}")));
        }
    })
}

fn list(item: &Field, fixed_size: Option<u32>) -> Result<pb::DataType> {
    let element = Some(Box::new(from_arrow(item.data_type())?));
    Ok(of(Kind::ListType(Box::new(pb::ListType { element, element_not_null: !item.is_nullable(), fixed_size }))))
}

fn map(entries: &Field) -> Result<pb::DataType> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(Error::invalid_argument("the entries of a map are not a struct"));
    };
    let [key, value] = fields.as_ref() else {
        return Err(Error::invalid_argument("the entries of a map are not a key and a value"));
    };
    let ty = pb::MapType {
        key: Some(Box::new(from_arrow(key.data_type())?)),
        value: Some(Box::new(from_arrow(value.data_type())?)),
        value_not_null: !value.is_nullable(),
    };
    Ok(of(Kind::MapType(Box::new(ty))))
}

fn unsigned(size: i32) -> Result<u32> {
    u32::try_from(size).map_err(|_| Error::invalid_argument(format!("a size cannot be {size}")))
}

fn time_unit(unit: &TimeUnit) -> pb::TimeUnit {
    match unit {
        TimeUnit::Second => pb::TimeUnit::Second,
        TimeUnit::Millisecond => pb::TimeUnit::Milli,
        TimeUnit::Microsecond => pb::TimeUnit::Micro,
        TimeUnit::Nanosecond => pb::TimeUnit::Nano,
    }
}

fn interval_unit(unit: &IntervalUnit) -> pb::IntervalUnit {
    match unit {
        IntervalUnit::YearMonth => pb::IntervalUnit::YearMonth,
        IntervalUnit::DayTime => pb::IntervalUnit::DayTime,
        IntervalUnit::MonthDayNano => pb::IntervalUnit::MonthDayNano,
    }
}

/// The name of Arrow's type, for the heads of printed tables.
pub fn arrow_name(ty: &DataType) -> String {
    from_arrow(ty).map_or_else(|_| ty.to_string(), |ty| display_type(&ty))
}
