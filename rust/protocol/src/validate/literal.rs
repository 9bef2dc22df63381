//! Literals: the value must be one of its type, all the way down.

use super::check::Checker;
use super::place::Path;
use crate::error::Code;
use crate::limits::MESSAGE_DEPTH_MAX;
use crate::wire::plan::{
    DataType, DecimalType, IntervalType, IntervalUnit, IntervalValue, ListType, Literal, LiteralList, LiteralMap, MapType, Primitive,
    StructType, TimeUnit, data_type::Kind, literal::Value,
};

impl Checker<'_> {
    /// A literal that stands alone: it says its type.
    pub(super) fn literal(&mut self, at: &Path, literal: &Literal) {
        let bytes = literal_bytes(literal);
        self.within(at, "literal_bytes", bytes, self.limits.literal_bytes);
        if bytes > self.limits.literal_bytes {
            return;
        }
        let at_type = at.field("type");
        let Some(ty) = self.required(&at_type, literal.r#type.as_ref()) else {
            return;
        };
        let before = self.report.count();
        self.data_type(&at_type, ty);
        if self.report.count() == before {
            self.literal_value(at, literal, ty, false);
        }
    }

    /// A literal inside another inherits its type.
    fn nested_literal(&mut self, at: &Path, literal: &Literal, ty: &DataType, not_null: bool) {
        if self.report.is_full() {
            return;
        }
        if at.depth() > MESSAGE_DEPTH_MAX {
            let message = format_args!("a literal nests more than {MESSAGE_DEPTH_MAX} messages deep");
            return self.report.add(at, Code::PlanTooDeep, message);
        }
        if literal.r#type.as_ref().is_some_and(|own| own != ty) {
            return self.invalid(at, format_args!("a nested literal says another type than the literal around it"));
        }
        self.literal_value(at, literal, ty, not_null);
    }

    fn literal_value(&mut self, at: &Path, literal: &Literal, ty: &DataType, not_null: bool) {
        match (&literal.value, &ty.kind) {
            (None, _) => self.missing(at, format_args!("a literal without a value; null is null_value: true")),
            (Some(Value::NullValue(false)), _) => self.invalid(at, format_args!("null_value must be true")),
            (Some(Value::NullValue(true)), _) if not_null => self.invalid(at, format_args!("a null where the type says not null")),
            (Some(Value::NullValue(true)), _) => {}
            (Some(_), Some(Kind::Extension(extension))) => {
                if let Some(storage) = &extension.storage {
                    self.literal_value(at, literal, storage, not_null);
                }
            }
            (Some(value), Some(kind)) => self.value(at, value, kind),
            (Some(_), None) => {}
        }
    }

    fn value(&mut self, at: &Path, value: &Value, kind: &Kind) {
        match (value, kind) {
            (Value::ListValue(items), Kind::ListType(ty)) => self.list_value(&at.field("list_value"), items, ty),
            (Value::StructValue(items), Kind::StructType(ty)) => self.struct_value(&at.field("struct_value"), items, ty),
            (Value::MapValue(map), Kind::MapType(ty)) => self.map_value(&at.field("map_value"), map, ty),
            (Value::DecimalValue(digits), Kind::Decimal(ty)) => self.decimal_value(&at.field("decimal_value"), digits, ty),
            (Value::IntervalValue(value), Kind::Interval(ty)) => self.interval_value(&at.field("interval_value"), value, ty),
            (Value::BinaryValue(bytes), Kind::FixedBinary(ty)) if bytes.len() != ty.width as usize => {
                self.invalid(at, format_args!("{} bytes for a fixed width of {}", bytes.len(), ty.width));
            }
            (Value::BinaryValue(_), Kind::FixedBinary(_)) => {}
            (Value::IntValue(value), kind) if integer_range(kind).is_some() => self.in_range(at, *value, kind),
            (Value::UintValue(value), Kind::Primitive(primitive)) if unsigned_max(*primitive).is_some() => {
                if unsigned_max(*primitive).is_some_and(|most| *value > most) {
                    self.invalid(at, format_args!("{value} does not fit {}", kind_name(kind)));
                }
            }
            (Value::Float32Value(value), Kind::Primitive(primitive)) if *primitive == Primitive::Float16 as i32 => {
                if !is_half(*value) {
                    self.invalid(at, format_args!("{value} is not a 16-bit float"));
                }
            }
            (value, Kind::Primitive(primitive)) if fits_primitive(value, *primitive) => {}
            _ => self.invalid(at, format_args!("{} is no value of type {}", value_name(value), kind_name(kind))),
        }
    }

    fn in_range(&mut self, at: &Path, value: i64, kind: &Kind) {
        if integer_range(kind).is_some_and(|(least, most)| !(least..=most).contains(&value)) {
            self.invalid(at, format_args!("{value} does not fit {}", kind_name(kind)));
        }
    }

    fn decimal_value(&mut self, at: &Path, digits: &str, ty: &DecimalType) {
        let unsigned = digits.strip_prefix('-').unwrap_or(digits);
        if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.invalid(at, format_args!("a decimal is written as its unscaled digits, such as \"-12345\""));
        }
        let count = unsigned.trim_start_matches('0').len();
        if count > ty.precision as usize {
            self.invalid(at, format_args!("{count} digits for a precision of {}", ty.precision));
        }
    }

    fn interval_value(&mut self, at: &Path, value: &IntervalValue, ty: &IntervalType) {
        const NANOS_PER_MILLI: i64 = 1_000_000;
        let millis = i32::try_from(value.nanos / NANOS_PER_MILLI);
        let fits = match IntervalUnit::try_from(ty.unit) {
            Ok(IntervalUnit::YearMonth) => value.days == 0 && value.nanos == 0,
            Ok(IntervalUnit::DayTime) => value.months == 0 && value.nanos % NANOS_PER_MILLI == 0 && millis.is_ok(),
            _ => true,
        };
        if !fits {
            self.invalid(at, format_args!("the interval holds parts that its unit does not have"));
        }
    }

    fn list_value(&mut self, at: &Path, list: &LiteralList, ty: &ListType) {
        let Some(element) = ty.element.as_deref() else { return };
        if ty.fixed_size.is_some_and(|size| size as usize != list.items.len()) {
            let size = ty.fixed_size.unwrap_or_default();
            self.invalid(at, format_args!("{} items for a fixed size of {size}", list.items.len()));
        }
        for (i, item) in list.items.iter().enumerate() {
            self.nested_literal(&at.item("items", i), item, element, ty.element_not_null);
        }
    }

    fn struct_value(&mut self, at: &Path, list: &LiteralList, ty: &StructType) {
        if list.items.len() != ty.fields.len() {
            return self.invalid(at, format_args!("{} values for {} fields", list.items.len(), ty.fields.len()));
        }
        for (i, (item, field)) in list.items.iter().zip(&ty.fields).enumerate() {
            if let Some(ty) = &field.r#type {
                self.nested_literal(&at.item("items", i), item, ty, field.not_null);
            }
        }
    }

    fn map_value(&mut self, at: &Path, map: &LiteralMap, ty: &MapType) {
        let (Some(key_type), Some(value_type)) = (ty.key.as_deref(), ty.value.as_deref()) else {
            return;
        };
        if map.keys.len() != map.values.len() {
            return self.invalid(at, format_args!("{} keys for {} values", map.keys.len(), map.values.len()));
        }
        for (i, (key, value)) in map.keys.iter().zip(&map.values).enumerate() {
            self.nested_literal(&at.item("keys", i), key, key_type, true);
            self.nested_literal(&at.item("values", i), value, value_type, ty.value_not_null);
        }
    }
}

/// What the value takes, encoded: exact where it can be long, without going into nested ones of plans made in this process.
fn literal_bytes(literal: &Literal) -> u64 {
    let bytes = match &literal.value {
        Some(Value::StringValue(text) | Value::DecimalValue(text)) => text.len(),
        Some(Value::BinaryValue(bytes)) => bytes.len(),
        Some(Value::ListValue(list) | Value::StructValue(list)) => 2 * list.items.len(),
        Some(Value::MapValue(map)) => 2 * (map.keys.len() + map.values.len()),
        _ => 0,
    };
    bytes as u64
}

fn integer_range(kind: &Kind) -> Option<(i64, i64)> {
    match kind {
        Kind::Primitive(primitive) => match Primitive::try_from(*primitive).ok()? {
            Primitive::Int8 => Some((i8::MIN.into(), i8::MAX.into())),
            Primitive::Int16 => Some((i16::MIN.into(), i16::MAX.into())),
            Primitive::Int32 | Primitive::Date => Some((i32::MIN.into(), i32::MAX.into())),
            Primitive::Int64 => Some((i64::MIN, i64::MAX)),
            _ => None,
        },
        Kind::Timestamp(_) | Kind::Duration(_) => Some((i64::MIN, i64::MAX)),
        Kind::Time(time) => Some((0, 86_400 * per_second(time.unit) - 1)),
        _ => None,
    }
}

fn per_second(unit: i32) -> i64 {
    match TimeUnit::try_from(unit) {
        Ok(TimeUnit::Milli) => 1_000,
        Ok(TimeUnit::Micro) => 1_000_000,
        Ok(TimeUnit::Nano) => 1_000_000_000,
        _ => 1,
    }
}

fn unsigned_max(primitive: i32) -> Option<u64> {
    match Primitive::try_from(primitive).ok()? {
        Primitive::Uint8 => Some(u8::MAX.into()),
        Primitive::Uint16 => Some(u16::MAX.into()),
        Primitive::Uint32 => Some(u32::MAX.into()),
        Primitive::Uint64 => Some(u64::MAX),
        _ => None,
    }
}

fn fits_primitive(value: &Value, primitive: i32) -> bool {
    matches!(
        (value, Primitive::try_from(primitive)),
        (Value::BoolValue(_), Ok(Primitive::Bool))
            | (Value::Float32Value(_), Ok(Primitive::Float32))
            | (Value::Float64Value(_), Ok(Primitive::Float64))
            | (Value::StringValue(_), Ok(Primitive::String))
            | (Value::BinaryValue(_), Ok(Primitive::Binary))
    )
}

/// Whether a 16-bit float holds the value exactly.
fn is_half(value: f32) -> bool {
    const LARGEST: f32 = 65_504.0;
    const SMALLEST_NORMAL: f32 = 6.103_515_6e-5;
    const SUBNORMAL_STEPS: f32 = 16_777_216.0;
    if !value.is_finite() {
        return true;
    }
    let size = value.abs();
    let short_mantissa = size.to_bits().trailing_zeros() >= 13;
    size <= LARGEST && if size >= SMALLEST_NORMAL { short_mantissa } else { (size * SUBNORMAL_STEPS).fract() == 0.0 }
}

fn value_name(value: &Value) -> &'static str {
    match value {
        Value::NullValue(_) => "null_value",
        Value::BoolValue(_) => "bool_value",
        Value::IntValue(_) => "int_value",
        Value::UintValue(_) => "uint_value",
        Value::Float32Value(_) => "float32_value",
        Value::Float64Value(_) => "float64_value",
        Value::StringValue(_) => "string_value",
        Value::BinaryValue(_) => "binary_value",
        Value::DecimalValue(_) => "decimal_value",
        Value::IntervalValue(_) => "interval_value",
        Value::ListValue(_) => "list_value",
        Value::StructValue(_) => "struct_value",
        Value::MapValue(_) => "map_value",
    }
}

fn kind_name(kind: &Kind) -> String {
    match kind {
        Kind::Primitive(primitive) => {
            let name = Primitive::try_from(*primitive).map_or("UNSPECIFIED", |primitive| primitive.as_str_name());
            name.trim_start_matches("PRIMITIVE_").to_lowercase()
        }
        Kind::Decimal(ty) => format!("decimal({}, {})", ty.precision, ty.scale),
        Kind::Timestamp(_) => "timestamp".to_owned(),
        Kind::Time(_) => "time".to_owned(),
        Kind::Duration(_) => "duration".to_owned(),
        Kind::Interval(_) => "interval".to_owned(),
        Kind::FixedBinary(ty) => format!("fixed_binary({})", ty.width),
        Kind::ListType(_) => "list".to_owned(),
        Kind::StructType(_) => "struct".to_owned(),
        Kind::MapType(_) => "map".to_owned(),
        Kind::Extension(ty) => ty.name.clone(),
    }
}
