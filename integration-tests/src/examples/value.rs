//! Values and types of the registry's JSON as literals of the contract.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use polybolos_protocol::wire::plan::{self as pb, data_type, literal};
use serde_json::Value as Json;

/// The literal that `{"int64": 1}`, `{"null": "string"}`, `{"list": [...], "of": "int64"}` ... stands for.
pub(super) fn literal_of(json: &Json) -> pb::Literal {
    let members = json.as_object().unwrap_or_else(|| panic!("{json} is no tagged value"));
    let tag = ["null", "decimal", "list", "struct", "map"].into_iter().find(|tag| members.contains_key(*tag));
    let tag = tag.unwrap_or_else(|| members.keys().next().expect("a tag"));
    let value = &json[tag];
    match tag {
        "null" => of(data_type_of(value.as_str().expect("a type")), literal::Value::NullValue(true)),
        "decimal" => decimal(value.as_str().expect("digits"), number(&json["precision"]) as u32, number(&json["scale"]) as i32),
        "list" => list(value, json["of"].as_str().expect("a type")),
        "struct" => structure(value),
        "map" => map(value, &json["of"]),
        _ => of(data_type_of(tag), plain(tag, value)),
    }
}

fn of(ty: pb::DataType, value: literal::Value) -> pb::Literal {
    pb::Literal { r#type: Some(ty), value: Some(value) }
}

/// The same in a nested place, which inherits its type.
fn untyped(literal: pb::Literal) -> pb::Literal {
    pb::Literal { r#type: None, value: literal.value }
}

fn plain(tag: &str, value: &Json) -> literal::Value {
    let text = || value.as_str().unwrap_or_else(|| panic!("{value} is no text"));
    match tag {
        "bool" => literal::Value::BoolValue(value.as_bool().expect("a boolean")),
        "int8" | "int16" | "int32" | "int64" | "duration" => literal::Value::IntValue(number(value)),
        "uint8" | "uint16" | "uint32" | "uint64" => literal::Value::UintValue(value.as_u64().expect("an unsigned integer")),
        "float32" => literal::Value::Float32Value(float(value) as f32),
        "float64" => literal::Value::Float64Value(float(value)),
        "string" | "json" => literal::Value::StringValue(text().to_owned()),
        "binary" => literal::Value::BinaryValue(unhex(text()).into()),
        "date" => {
            literal::Value::IntValue((parsed(NaiveDate::parse_from_str(text(), "%Y-%m-%d"), value) - NaiveDate::default()).num_days())
        }
        "time" => literal::Value::IntValue(micros_of_day(parsed(NaiveTime::parse_from_str(text(), "%H:%M:%S%.f"), value))),
        "timestamp" => literal::Value::IntValue(
            parsed(NaiveDateTime::parse_from_str(text(), "%Y-%m-%dT%H:%M:%S%.f"), value).and_utc().timestamp_micros(),
        ),
        "timestamptz" => literal::Value::IntValue(parsed(DateTime::parse_from_rfc3339(text()), value).timestamp_micros()),
        "interval" => literal::Value::IntervalValue(pb::IntervalValue {
            months: number(&value["months"]) as i32,
            days: number(&value["days"]) as i32,
            nanos: number(&value["nanos"]),
        }),
        other => panic!("unknown tag {other}"),
    }
}

fn parsed<T, E: std::fmt::Display>(result: Result<T, E>, value: &Json) -> T {
    result.unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn micros_of_day(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight()) * 1_000_000 + i64::from(time.nanosecond()) / 1_000
}

fn number(value: &Json) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no integer"))
}

fn float(value: &Json) -> f64 {
    match value.as_str() {
        Some("NaN") => f64::NAN,
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap_or_else(|| panic!("{value} is no float")),
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hexadecimal digits")).collect()
}

/// The digits of a decimal without its point, filled up to its scale.
fn decimal(text: &str, precision: u32, scale: i32) -> pb::Literal {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fill = "0".repeat((scale.max(0) as usize).saturating_sub(fraction.len()));
    let digits = format!("{whole}{fraction}{fill}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
    let digits = digits.trim_start_matches('0');
    let unscaled = if digits.is_empty() { "0".to_owned() } else { format!("{sign}{digits}") };
    of(kind(data_type::Kind::Decimal(pb::DecimalType { precision, scale })), literal::Value::DecimalValue(unscaled))
}

fn list(items: &Json, of_type: &str) -> pb::Literal {
    let items: Vec<pb::Literal> = items.as_array().expect("a list").iter().map(literal_of).collect();
    // The registry does not spell out the fields of structs; the items do.
    let spelled = items.iter().find_map(|item| item.r#type.clone()).filter(|_| of_type == "struct");
    let items = items.into_iter().map(untyped).collect();
    of(list_type(spelled.unwrap_or_else(|| data_type_of(of_type))), literal::Value::ListValue(pb::LiteralList { items }))
}

fn list_type(element: pb::DataType) -> pb::DataType {
    kind(data_type::Kind::ListType(Box::new(pb::ListType { element: Some(Box::new(element)), ..Default::default() })))
}

fn structure(fields: &Json) -> pb::Literal {
    let fields = fields.as_array().expect("fields").iter().map(|pair| (pair[0].as_str().expect("a name"), literal_of(&pair[1])));
    let (types, items): (Vec<pb::Field>, Vec<pb::Literal>) =
        fields.map(|(name, value)| (field(name, value.r#type.clone()), untyped(value))).unzip();
    of(kind(data_type::Kind::StructType(pb::StructType { fields: types })), literal::Value::StructValue(pb::LiteralList { items }))
}

fn field(name: &str, ty: Option<pb::DataType>) -> pb::Field {
    pb::Field { name: name.to_owned(), r#type: ty, ..Default::default() }
}

fn map(entries: &Json, types: &Json) -> pb::Literal {
    let (keys, values) =
        entries.as_array().expect("entries").iter().map(|pair| (untyped(literal_of(&pair[0])), untyped(literal_of(&pair[1])))).unzip();
    let ty = map_type(types[0].as_str().expect("a type"), types[1].as_str().expect("a type"));
    of(ty, literal::Value::MapValue(pb::LiteralMap { keys, values }))
}

fn map_type(key: &str, value: &str) -> pb::DataType {
    let map = pb::MapType { key: Some(Box::new(data_type_of(key))), value: Some(Box::new(data_type_of(value))), value_not_null: false };
    kind(data_type::Kind::MapType(Box::new(map)))
}

fn kind(kind: data_type::Kind) -> pb::DataType {
    pb::DataType { kind: Some(kind) }
}

/// The type that a name of the registry stands for: `int64`, `list<string>`, `map<string,int64>`, `decimal(10,2)`.
pub(super) fn data_type_of(name: &str) -> pb::DataType {
    if let Some(inner) = name.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')) {
        return list_type(data_type_of(inner));
    }
    if let Some((key, value)) = name.strip_prefix("map<").and_then(|rest| rest.strip_suffix('>')).and_then(|inner| inner.split_once(',')) {
        return map_type(key.trim(), value.trim());
    }
    if let Some((precision, scale)) =
        name.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')')).and_then(|inner| inner.split_once(','))
    {
        let decimal =
            pb::DecimalType { precision: precision.trim().parse().expect("a precision"), scale: scale.trim().parse().expect("a scale") };
        return kind(data_type::Kind::Decimal(decimal));
    }
    if let Some(inner) = name.strip_prefix("struct<").and_then(|rest| rest.strip_suffix('>')) {
        let fields = inner.split(',').filter_map(|field| field.split_once(':'));
        let fields = fields.map(|(name, ty)| field(name.trim(), Some(data_type_of(ty.trim())))).collect();
        return kind(data_type::Kind::StructType(pb::StructType { fields }));
    }
    kind(plain_type(name))
}

fn plain_type(name: &str) -> data_type::Kind {
    let micro = pb::TimeUnit::Micro as i32;
    let primitive = |primitive: pb::Primitive| data_type::Kind::Primitive(primitive as i32);
    match name {
        "null" => primitive(pb::Primitive::Null),
        "bool" => primitive(pb::Primitive::Bool),
        "int8" => primitive(pb::Primitive::Int8),
        "int16" => primitive(pb::Primitive::Int16),
        "int32" => primitive(pb::Primitive::Int32),
        "int64" => primitive(pb::Primitive::Int64),
        "uint8" => primitive(pb::Primitive::Uint8),
        "uint16" => primitive(pb::Primitive::Uint16),
        "uint32" => primitive(pb::Primitive::Uint32),
        "uint64" => primitive(pb::Primitive::Uint64),
        "float32" => primitive(pb::Primitive::Float32),
        "float64" => primitive(pb::Primitive::Float64),
        "string" | "json" => primitive(pb::Primitive::String),
        "binary" => primitive(pb::Primitive::Binary),
        "date" => primitive(pb::Primitive::Date),
        "time" => data_type::Kind::Time(pb::TimeType { unit: micro }),
        "timestamp" => data_type::Kind::Timestamp(pb::TimestampType { unit: micro, zone: None }),
        "timestamptz" => data_type::Kind::Timestamp(pb::TimestampType { unit: micro, zone: Some("UTC".to_owned()) }),
        "duration" => data_type::Kind::Duration(pb::DurationType { unit: micro }),
        "interval" => data_type::Kind::Interval(pb::IntervalType { unit: pb::IntervalUnit::MonthDayNano as i32 }),
        other => panic!("unknown type {other}"),
    }
}
