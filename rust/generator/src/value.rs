//! Example values: from the short notation of the YAML to a value that knows its type.
//!
//! A plain scalar takes the type that is expected at its place, else the one that its spelling suggests; everything else
//! is a mapping whose first key is the type: `{date: "2024-01-31"}`, `{list: [1, null], of: int64}`, `{null: string}`.

use std::fmt;

use serde_json::{Map as Json, Value as JsonValue, json};
use serde_yaml_ng::Value as Yaml;

use crate::types::Type;

/// A value with its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A null of a type.
    Null(Type),
    /// True or false.
    Bool(bool),
    /// Any signed integer.
    Int(Type, i64),
    /// Any unsigned integer.
    UInt(Type, u64),
    /// A `float32` or `float64`.
    Float(Type, f64),
    /// A type whose values are written as text: string, json, date, time, timestamp, timestamptz, binary (hexadecimal).
    Text(Type, String),
    /// A decimal, written in full.
    Decimal {
        /// Such as `1.50`.
        text: String,
        /// Digits in total.
        precision: u8,
        /// Digits after the point.
        scale: i8,
    },
    /// A calendar interval.
    Interval {
        /// Months.
        months: i64,
        /// Days.
        days: i64,
        /// Nanoseconds.
        nanos: i64,
    },
    /// Microseconds.
    Duration(i64),
    /// A list and the type of its items.
    List(Vec<Value>, Type),
    /// Fields in order.
    Struct(Vec<(String, Value)>),
    /// Entries in order, with the types of keys and values.
    Map(Vec<(Value, Value)>, Type, Type),
}

const SIGNED: &[&str] = &["int8", "int16", "int32", "int64"];
const UNSIGNED: &[&str] = &["uint8", "uint16", "uint32", "uint64"];
const FLOATS: &[&str] = &["float32", "float64"];
const TEXTS: &[&str] = &["string", "json", "date", "time", "timestamp", "timestamptz", "binary"];
const TAGS: &str = "null, bool, the integers, float32, float64, string, json, date, time, timestamp, timestamptz, binary, \
                    decimal, interval, duration, list, struct, map";

impl Value {
    /// Reads a value where `expected` is the concrete type of its place, if that is known.
    pub(crate) fn parse(yaml: &Yaml, expected: Option<&Type>) -> Result<Value, String> {
        match yaml {
            Yaml::Mapping(_) => tagged(yaml, expected),
            Yaml::Null => Ok(Value::Null(expected.cloned().unwrap_or(Type::INT64))),
            scalar => match expected {
                Some(ty) => plain(scalar, ty),
                None => plain(scalar, &suggested(scalar)?),
            },
        }
    }

    /// The type of the value.
    pub fn data_type(&self) -> Type {
        match self {
            Value::Null(ty) | Value::Int(ty, _) | Value::UInt(ty, _) | Value::Float(ty, _) | Value::Text(ty, _) => ty.clone(),
            Value::Bool(_) => Type::Plain("bool"),
            Value::Decimal { precision, scale, .. } => Type::Decimal(*precision, *scale),
            Value::Interval { .. } => Type::Plain("interval"),
            Value::Duration(_) => Type::Plain("duration"),
            Value::List(_, item) => Type::List(Box::new(item.clone())),
            Value::Map(_, key, value) => Type::Map(Box::new(key.clone()), Box::new(value.clone())),
            Value::Struct(_) => Type::Plain("struct"),
        }
    }

    /// Whether the value is null or holds a null.
    pub fn has_null(&self) -> bool {
        match self {
            Value::Null(_) => true,
            Value::List(items, _) => items.iter().any(Value::has_null),
            Value::Struct(fields) => fields.iter().any(|(_, value)| value.has_null()),
            Value::Map(entries, ..) => entries.iter().any(|(_, value)| value.has_null()),
            _ => false,
        }
    }

    /// The value in JSON, always with its type: `{"int64":2}`, `{"null":"string"}`.
    pub fn to_json(&self) -> JsonValue {
        match self {
            Value::Null(ty) => json!({ "null": ty.to_string() }),
            Value::Bool(value) => json!({ "bool": value }),
            Value::Int(ty, value) => tag(ty, json!(value)),
            Value::UInt(ty, value) => tag(ty, json!(value)),
            Value::Float(ty, value) => tag(ty, float_json(*value)),
            Value::Text(ty, text) => tag(ty, json!(text)),
            Value::Decimal { text, precision, scale } => json!({ "decimal": text, "precision": precision, "scale": scale }),
            Value::Interval { months, days, nanos } => json!({ "interval": { "months": months, "days": days, "nanos": nanos } }),
            Value::Duration(micros) => json!({ "duration": micros }),
            Value::List(items, of) => {
                json!({ "list": items.iter().map(Value::to_json).collect::<Vec<_>>(), "of": of.to_string() })
            }
            Value::Struct(fields) => {
                let fields: Vec<JsonValue> = fields.iter().map(|(name, value)| json!([name, value.to_json()])).collect();
                json!({ "struct": fields })
            }
            Value::Map(entries, key, value) => {
                let entries: Vec<JsonValue> = entries.iter().map(|(k, v)| json!([k.to_json(), v.to_json()])).collect();
                json!({ "map": entries, "of": [key.to_string(), value.to_string()] })
            }
        }
    }
}

/// As documents show it: `'text'`, `NULL`, `[1, 2]`, `DATE '2024-01-31'`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null(_) => f.write_str("NULL"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(_, value) => write!(f, "{value}"),
            Value::UInt(_, value) => write!(f, "{value}"),
            Value::Float(_, value) => write!(f, "{value:?}"),
            Value::Text(Type::Plain("string" | "json"), text) => write!(f, "'{}'", text.escape_debug()),
            Value::Text(Type::Plain("binary"), text) => write!(f, "X'{text}'"),
            Value::Text(ty, text) => write!(f, "{} '{text}'", ty.to_string().to_uppercase()),
            Value::Decimal { text, .. } => f.write_str(text),
            Value::Interval { months, days, nanos } => write!(f, "INTERVAL '{months} months {days} days {nanos} ns'"),
            Value::Duration(micros) => write!(f, "DURATION '{micros} us'"),
            Value::List(items, _) => write!(f, "[{}]", join(items.iter().map(Value::to_string))),
            Value::Struct(fields) => write!(f, "{{{}}}", join(fields.iter().map(|(name, value)| format!("{name}: {value}")))),
            Value::Map(entries, ..) => write!(f, "MAP {{{}}}", join(entries.iter().map(|(k, v)| format!("{k}: {v}")))),
        }
    }
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn tag(ty: &Type, value: JsonValue) -> JsonValue {
    JsonValue::Object(Json::from_iter([(ty.to_string(), value)]))
}

fn float_json(value: f64) -> JsonValue {
    match value {
        v if v.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        v => json!(v),
    }
}

/// The type that the spelling of a plain scalar suggests.
fn suggested(scalar: &Yaml) -> Result<Type, String> {
    match scalar {
        Yaml::Bool(_) => Ok(Type::Plain("bool")),
        Yaml::Number(number) if number.is_f64() => Ok(Type::Plain("float64")),
        Yaml::Number(number) if number.is_i64() => Ok(Type::INT64),
        Yaml::Number(_) => Ok(Type::Plain("uint64")),
        Yaml::String(_) => Ok(Type::Plain("string")),
        _ => Err("a plain list is not a value; write {list: [..], of: type}".into()),
    }
}

fn plain(yaml: &Yaml, ty: &Type) -> Result<Value, String> {
    let value = match ty {
        Type::Plain("bool") => yaml.as_bool().map(Value::Bool),
        Type::Plain("duration") => yaml.as_i64().map(Value::Duration),
        Type::Plain(name) if SIGNED.contains(name) => signed(yaml, name).map(|value| Value::Int(ty.clone(), value)),
        Type::Plain(name) if UNSIGNED.contains(name) => unsigned(yaml, name).map(|value| Value::UInt(ty.clone(), value)),
        Type::Plain(name) if FLOATS.contains(name) => float(yaml).map(|value| Value::Float(ty.clone(), value)),
        Type::Plain(name) if TEXTS.contains(name) => yaml.as_str().and_then(|text| text_value(ty, name, text)),
        Type::Decimal(precision, scale) => yaml.as_str().and_then(|text| decimal(text, *precision, *scale)),
        _ => None,
    };
    value.ok_or_else(|| format!("{} is not a value of {ty}; write a plain one, or {{type: value}}", show(yaml)))
}

fn signed(yaml: &Yaml, name: &str) -> Option<i64> {
    let value = yaml.as_i64()?;
    let bits: u32 = name.strip_prefix("int")?.parse().ok()?;
    let max = i64::MAX >> (64 - bits);
    (-max - 1 <= value && value <= max).then_some(value)
}

fn unsigned(yaml: &Yaml, name: &str) -> Option<u64> {
    let value = yaml.as_u64()?;
    let bits: u32 = name.strip_prefix("uint")?.parse().ok()?;
    (value <= u64::MAX >> (64 - bits)).then_some(value)
}

fn float(yaml: &Yaml) -> Option<f64> {
    match yaml.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => yaml.as_f64(),
    }
}

fn text_value(ty: &Type, name: &str, text: &str) -> Option<Value> {
    let fits = match name {
        "date" => matches_shape(text, "0000-00-00"),
        "time" => shaped_time(text),
        "timestamp" => shaped_timestamp(text),
        "timestamptz" => text.strip_suffix('Z').is_some_and(shaped_timestamp),
        "binary" => text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
        _ => true,
    };
    fits.then(|| Value::Text(ty.clone(), text.to_owned()))
}

fn shaped_timestamp(text: &str) -> bool {
    text.split_once('T').is_some_and(|(date, time)| matches_shape(date, "0000-00-00") && shaped_time(time))
}

fn shaped_time(text: &str) -> bool {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    matches_shape(seconds, "00:00:00") && (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the text has a digit wherever the shape has a `0`, and the shape's own letter elsewhere.
fn matches_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'0' { b.is_ascii_digit() } else { b == s })
}

fn decimal(text: &str, precision: u8, scale: i8) -> Option<Value> {
    let (whole, fraction) = text.trim_start_matches('-').split_once('.').unwrap_or((text.trim_start_matches('-'), ""));
    let digits = whole.trim_start_matches('0').len() + fraction.len();
    let numeric = !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    let fits = numeric && digits <= usize::from(precision) && i8::try_from(fraction.len()).is_ok_and(|len| len == scale.max(0));
    fits.then(|| Value::Decimal { text: text.to_owned(), precision, scale })
}

/// Reads `{type: value, companions..}`.
fn tagged(yaml: &Yaml, expected: Option<&Type>) -> Result<Value, String> {
    let entries = mapping(yaml).ok_or("the keys of a value are strings")?;
    let Some((name, body)) = entries.first().copied() else {
        return Err(format!("an empty mapping is not a value; the first key is one of {TAGS}"));
    };
    let companions: &[&str] = match name {
        "decimal" => &["precision", "scale"],
        "list" | "map" => &["of"],
        _ => &[],
    };
    if let Some(stray) = entries.iter().map(|(key, _)| key).skip(1).find(|key| !companions.contains(key)) {
        return Err(format!("key `{stray}` does not belong to a value of `{name}`"));
    }
    let companion = |key: &str| entries.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    match name {
        "null" => Ok(Value::Null(type_named(body)?)),
        "decimal" => tagged_decimal(body, companion("precision"), companion("scale")),
        "interval" => interval(body),
        "list" => list(body, companion("of"), expected),
        "struct" => structure(body),
        "map" => map(body, companion("of"), expected),
        name => match Type::parse(name) {
            Ok(ty) if ty.is_concrete() => plain(body, &ty),
            _ => Err(format!("`{name}` does not name the type of a value; right are {TAGS}")),
        },
    }
}

/// The entries of a mapping whose keys are strings, in order. YAML reads the key of `{null: int64}` as a null.
fn mapping(yaml: &Yaml) -> Option<Vec<(&str, &Yaml)>> {
    yaml.as_mapping()?.iter().map(|(key, value)| key_name(key).map(|key| (key, value))).collect()
}

fn key_name(key: &Yaml) -> Option<&str> {
    if key.is_null() { Some("null") } else { key.as_str() }
}

fn type_named(yaml: &Yaml) -> Result<Type, String> {
    let text = yaml.as_str().ok_or_else(|| format!("{} is not the name of a type", show(yaml)))?;
    Type::parse(text).and_then(|ty| if ty.is_concrete() { Ok(ty) } else { Err(format!("`{text}` is not one certain type")) })
}

fn tagged_decimal(body: &Yaml, precision: Option<&Yaml>, scale: Option<&Yaml>) -> Result<Value, String> {
    let parts = (body.as_str(), precision.and_then(Yaml::as_i64), scale.and_then(Yaml::as_i64));
    let (Some(text), Some(precision), Some(scale)) = parts else {
        return Err("a decimal is {decimal: \"1.50\", precision: 10, scale: 2}".into());
    };
    let ty = u8::try_from(precision).ok().zip(i8::try_from(scale).ok());
    ty.and_then(|(precision, scale)| decimal(text, precision, scale))
        .ok_or_else(|| format!("\"{text}\" is not a decimal of {precision} digits with {scale} of them after the point"))
}

fn interval(body: &Yaml) -> Result<Value, String> {
    let wrong = || "an interval is {interval: {months: 1, days: 2, nanos: 0}}".to_owned();
    let parts = mapping(body).ok_or_else(wrong)?;
    if parts.iter().any(|(key, _)| !["months", "days", "nanos"].contains(key)) {
        return Err(wrong());
    }
    let find = |key: &str| parts.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    let part = |key: &str| find(key).map_or(Some(0), Yaml::as_i64).ok_or_else(wrong);
    Ok(Value::Interval { months: part("months")?, days: part("days")?, nanos: part("nanos")? })
}

fn list(body: &Yaml, of: Option<&Yaml>, expected: Option<&Type>) -> Result<Value, String> {
    let items = body.as_sequence().ok_or("a list is {list: [..], of: type}")?;
    let stated = of.map(type_named).transpose()?;
    let wanted = expected.and_then(|ty| if let Type::List(item) = ty { Some(item.as_ref().clone()) } else { None });
    let of = stated.or(wanted);
    let values = column(items, of.as_ref())?;
    let of = of.or_else(|| first_type(&values));
    Ok(Value::List(values, of.ok_or("say the type of the items with `of:`")?))
}

fn structure(body: &Yaml) -> Result<Value, String> {
    let fields = mapping(body).ok_or("a struct is {struct: {a: 1, b: \"x\"}}")?;
    let field = |(name, value): (&str, &Yaml)| Value::parse(value, None).map(|value| (name.to_owned(), value));
    fields.into_iter().map(field).collect::<Result<_, _>>().map(Value::Struct)
}

fn map(body: &Yaml, of: Option<&Yaml>, expected: Option<&Type>) -> Result<Value, String> {
    let wrong = "a map is {map: [[\"k\", 1]], of: [string, int64]}";
    let entries = body.as_sequence().ok_or(wrong)?;
    let pairs: Vec<(&Yaml, &Yaml)> = entries.iter().map(pair).collect::<Option<_>>().ok_or(wrong)?;
    let stated = match of {
        Some(of) => Some(pair(of).ok_or(wrong).map_err(String::from).and_then(|(k, v)| Ok((type_named(k)?, type_named(v)?)))?),
        None => None,
    };
    let wanted = expected.and_then(|ty| if let Type::Map(k, v) = ty { Some((*k.clone(), *v.clone())) } else { None });
    let (key_type, value_type) = stated.or(wanted).unzip();
    let keys = column(&pairs.iter().map(|(key, _)| (*key).clone()).collect::<Vec<_>>(), key_type.as_ref())?;
    let values = column(&pairs.iter().map(|(_, value)| (*value).clone()).collect::<Vec<_>>(), value_type.as_ref())?;
    let key_type = key_type.or_else(|| first_type(&keys)).ok_or(wrong)?;
    let value_type = value_type.or_else(|| first_type(&values)).ok_or(wrong)?;
    Ok(Value::Map(keys.into_iter().zip(values).collect(), key_type, value_type))
}

fn pair(yaml: &Yaml) -> Option<(&Yaml, &Yaml)> {
    match yaml.as_sequence().map(Vec::as_slice) {
        Some([first, second]) => Some((first, second)),
        _ => None,
    }
}

/// Reads values of one type: the expected one, else that of the first value that is not null.
pub(crate) fn column(items: &[Yaml], expected: Option<&Type>) -> Result<Vec<Value>, String> {
    let known = expected.cloned().or_else(|| items.iter().find_map(type_of));
    items.iter().map(|item| Value::parse(item, known.as_ref())).collect()
}

/// The type that a value has on its own; none for a bare null.
pub(crate) fn type_of(yaml: &Yaml) -> Option<Type> {
    match yaml {
        Yaml::Null => None,
        other => Value::parse(other, None).ok().map(|value| value.data_type()),
    }
}

fn first_type(values: &[Value]) -> Option<Type> {
    values.first().map(Value::data_type)
}

/// The YAML in one line, for messages.
fn show(yaml: &Yaml) -> String {
    serde_json::to_string(yaml).unwrap_or_else(|_| format!("{yaml:?}"))
}
