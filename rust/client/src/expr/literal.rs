//! Literals: values with an exact type.
//!
//! ```text
//! Rust                             type in the plan
//! bool                             bool
//! i8 .. i64, u8 .. u64, f32, f64   int8 .. int64, uint8 .. uint64, float32, float64
//! &str, String, char               string
//! &[u8], Vec<u8>, Bytes            binary
//! NaiveDate                        date
//! NaiveTime                        time(us), or time(ns) where the value needs it
//! NaiveDateTime                    timestamp(us), or (ns): wall clock
//! DateTime<Utc>                    timestamp(us, UTC), or (ns): an instant
//! std::time::Duration              duration(us), or (ns)
//! Option<T>                        the type of T; None is null
//! Literal::decimal, interval, list, struct_, map, null_of     what the name says
//! ```

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::literal::Value;
use polybolos_protocol::{Error, Result};

use crate::types::{self, IntoDataType};

use super::node::{Expr, Op};

/// A literal expression.
///
/// ```
/// # use polybolos_client::lit;
/// assert_eq!(lit(1).name(), "1");
/// assert_eq!(lit("it's").name(), "'it''s'");
/// assert_eq!(lit(None::<i64>).name(), "null");
/// ```
pub fn lit(value: impl IntoLiteral) -> Expr {
    Expr::leaf(Op::Literal(value.into_literal().0))
}

/// The null of the null type, which takes the type that its place asks for.
pub fn null() -> Expr {
    lit(Literal::null())
}

/// A value with its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal(pub(crate) pb::Literal);

/// A value that has a type of the contract. See the table at the top of [`Literal`]'s source, or of `docs/contract.md`.
pub trait IntoLiteral {
    /// The value with its type.
    fn into_literal(self) -> Literal;
    /// The type, for a null.
    fn data_type() -> pb::DataType
    where
        Self: Sized;
}

impl Literal {
    fn new(ty: pb::DataType, value: Value) -> Self {
        Self(pb::Literal { r#type: Some(ty), value: Some(value) })
    }

    /// The null of the null type.
    pub fn null() -> Self {
        Self::new(types::primitive(pb::Primitive::Null), Value::NullValue(true))
    }

    /// A null of this type.
    pub fn null_of(ty: impl IntoDataType) -> Result<Self> {
        Ok(Self::new(ty.into_data_type()?, Value::NullValue(true)))
    }

    /// A decimal, from its usual notation: `Literal::decimal("1.50", 10, 2)`.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where the text is no decimal number or does not fit the precision and scale exactly.
    pub fn decimal(text: &str, precision: u8, scale: i8) -> Result<Self> {
        let unscaled = unscaled(text, precision, scale)
            .ok_or_else(|| Error::invalid_argument(format!("{text:?} is not a decimal({precision}, {scale})")))?;
        let ty = pb::DecimalType { precision: precision.into(), scale: scale.into() };
        Ok(Self::new(types::of(pb::data_type::Kind::Decimal(ty)), Value::DecimalValue(unscaled)))
    }

    /// An interval of months, days and nanoseconds, each counted for itself.
    pub fn interval(months: i32, days: i32, nanos: i64) -> Self {
        let ty = pb::IntervalType { unit: pb::IntervalUnit::MonthDayNano as i32 };
        Self::new(types::of(pb::data_type::Kind::Interval(ty)), Value::IntervalValue(pb::IntervalValue { months, days, nanos }))
    }

    /// A list of values of one type.
    pub fn list<T: IntoLiteral>(items: impl IntoIterator<Item = T>) -> Self {
        let ty = pb::ListType { element: Some(Box::new(T::data_type())), ..Default::default() };
        let items = items.into_iter().map(|item| item.into_literal().untyped()).collect();
        Self::new(types::of(pb::data_type::Kind::ListType(Box::new(ty))), Value::ListValue(pb::LiteralList { items }))
    }

    /// A struct of named values.
    pub fn struct_<S: Into<String>>(fields: impl IntoIterator<Item = (S, Literal)>) -> Self {
        let (mut ty, mut items) = (pb::StructType::default(), Vec::new());
        for (name, value) in fields {
            ty.fields.push(pb::Field { name: name.into(), r#type: value.0.r#type.clone(), ..Default::default() });
            items.push(value.untyped());
        }
        Self::new(types::of(pb::data_type::Kind::StructType(ty)), Value::StructValue(pb::LiteralList { items }))
    }

    /// A map from keys of one type to values of one type.
    pub fn map<K: IntoLiteral, V: IntoLiteral>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let ty = pb::MapType { key: Some(Box::new(K::data_type())), value: Some(Box::new(V::data_type())), value_not_null: false };
        let mut map = pb::LiteralMap::default();
        for (key, value) in entries {
            map.keys.push(key.into_literal().untyped());
            map.values.push(value.into_literal().untyped());
        }
        Self::new(types::of(pb::data_type::Kind::MapType(Box::new(ty))), Value::MapValue(map))
    }

    /// The same in a nested place, which inherits its type.
    fn untyped(self) -> pb::Literal {
        pb::Literal { r#type: None, value: self.0.value }
    }
}

/// The digits of a decimal without its point, padded to the scale.
fn unscaled(text: &str, precision: u8, scale: i8) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = usize::try_from(scale).ok()?;
    let fraction = fraction.trim_end_matches('0');
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || digits.bytes().all(|byte| byte == b'.') || fraction.len() > scale {
        return None;
    }
    let all = format!("{whole}{fraction}{}", "0".repeat(scale - fraction.len()));
    let all = all.trim_start_matches('0');
    if all.len() > usize::from(precision) {
        return None;
    }
    Some(if all.is_empty() { "0".to_owned() } else { format!("{sign}{all}") })
}

/// A literal as it stands in a plan, for bindings that convert values of another language.
impl From<pb::Literal> for Literal {
    fn from(literal: pb::Literal) -> Self {
        Self(literal)
    }
}

impl From<Literal> for pb::Literal {
    fn from(literal: Literal) -> Self {
        literal.0
    }
}

impl IntoLiteral for Literal {
    fn into_literal(self) -> Literal {
        self
    }

    fn data_type() -> pb::DataType {
        types::primitive(pb::Primitive::Null)
    }
}

macro_rules! primitives {
    ($($ty:ty => $primitive:ident, $value:ident($convert:expr);)*) => {$(
        impl IntoLiteral for $ty {
            fn into_literal(self) -> Literal {
                let convert: fn($ty) -> _ = $convert;
                Literal::new(Self::data_type(), Value::$value(convert(self)))
            }

            fn data_type() -> pb::DataType {
                types::primitive(pb::Primitive::$primitive)
            }
        }
    )*};
}

primitives! {
    bool => Bool, BoolValue(|value| value);
    i8 => Int8, IntValue(i64::from);
    i16 => Int16, IntValue(i64::from);
    i32 => Int32, IntValue(i64::from);
    i64 => Int64, IntValue(|value| value);
    u8 => Uint8, UintValue(u64::from);
    u16 => Uint16, UintValue(u64::from);
    u32 => Uint32, UintValue(u64::from);
    u64 => Uint64, UintValue(|value| value);
    half::f16 => Float16, Float32Value(f32::from);
    f32 => Float32, Float32Value(|value| value);
    f64 => Float64, Float64Value(|value| value);
    String => String, StringValue(|value| value);
    &String => String, StringValue(|value| value.clone());
    &str => String, StringValue(str::to_owned);
    char => String, StringValue(|value| value.to_string());
    Bytes => Binary, BinaryValue(|value| value);
    Vec<u8> => Binary, BinaryValue(Bytes::from);
    &[u8] => Binary, BinaryValue(Bytes::copy_from_slice);
    NaiveDate => Date, IntValue(|value| value.signed_duration_since(NaiveDate::default()).num_days());
}

impl<T: IntoLiteral> IntoLiteral for Option<T> {
    fn into_literal(self) -> Literal {
        match self {
            Some(value) => value.into_literal(),
            None => Literal::new(T::data_type(), Value::NullValue(true)),
        }
    }

    fn data_type() -> pb::DataType {
        T::data_type()
    }
}

impl IntoLiteral for NaiveTime {
    fn into_literal(self) -> Literal {
        let nanos = i64::from(self.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(self.nanosecond());
        let (unit, count) = coarsest(nanos);
        Literal::new(types::time(unit), Value::IntValue(count))
    }

    fn data_type() -> pb::DataType {
        types::time(pb::TimeUnit::Micro)
    }
}

impl IntoLiteral for NaiveDateTime {
    fn into_literal(self) -> Literal {
        let (unit, count) = since_epoch(self.and_utc());
        Literal::new(types::timestamp(unit, None), Value::IntValue(count))
    }

    fn data_type() -> pb::DataType {
        types::timestamp(pb::TimeUnit::Micro, None)
    }
}

impl IntoLiteral for DateTime<Utc> {
    fn into_literal(self) -> Literal {
        let (unit, count) = since_epoch(self);
        Literal::new(types::timestamp(unit, Some("UTC")), Value::IntValue(count))
    }

    fn data_type() -> pb::DataType {
        types::timestamp(pb::TimeUnit::Micro, Some("UTC"))
    }
}

impl IntoLiteral for std::time::Duration {
    fn into_literal(self) -> Literal {
        let nanos = i64::try_from(self.as_nanos());
        let (unit, count) = nanos.map_or((pb::TimeUnit::Second, i64::try_from(self.as_secs()).unwrap_or(i64::MAX)), coarsest);
        Literal::new(types::duration(unit), Value::IntValue(count))
    }

    fn data_type() -> pb::DataType {
        types::duration(pb::TimeUnit::Micro)
    }
}

/// Microseconds, or nanoseconds where the value has them.
fn coarsest(nanos: i64) -> (pb::TimeUnit, i64) {
    match nanos % 1_000 {
        0 => (pb::TimeUnit::Micro, nanos / 1_000),
        _ => (pb::TimeUnit::Nano, nanos),
    }
}

/// Microseconds, or nanoseconds where the instant has them and the range of 64 bits (years 1677 to 2262) holds it.
fn since_epoch(instant: DateTime<Utc>) -> (pb::TimeUnit, i64) {
    match instant.timestamp_nanos_opt().filter(|nanos| nanos % 1_000 != 0) {
        Some(nanos) => (pb::TimeUnit::Nano, nanos),
        None => (pb::TimeUnit::Micro, instant.timestamp_micros()),
    }
}
