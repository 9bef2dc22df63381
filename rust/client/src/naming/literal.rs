//! The texts of literals, as `naming` describes them.

use chrono::{DateTime, NaiveTime};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::data_type::Kind;
use polybolos_protocol::wire::plan::literal::Value;

/// The text of the literal; what lies beyond `bytes_max` may be missing.
pub(super) fn text(literal: &pb::Literal, bytes_max: usize) -> String {
    let mut out = String::new();
    write(&mut out, literal.value.as_ref(), literal.r#type.as_ref(), bytes_max);
    out
}

fn write(out: &mut String, value: Option<&Value>, ty: Option<&pb::DataType>, bytes_max: usize) {
    if out.len() > bytes_max {
        return;
    }
    let kind = ty.and_then(|ty| ty.kind.as_ref());
    match value {
        None | Some(Value::NullValue(_)) => out.push_str("null"),
        Some(Value::BoolValue(value)) => out.push_str(if *value { "true" } else { "false" }),
        Some(Value::IntValue(value)) => out.push_str(&integer(*value, kind)),
        Some(Value::UintValue(value)) => out.push_str(&value.to_string()),
        Some(Value::Float32Value(value)) => out.push_str(&float(value.is_infinite(), value.is_sign_negative(), format!("{value:?}"))),
        Some(Value::Float64Value(value)) => out.push_str(&float(value.is_infinite(), value.is_sign_negative(), format!("{value:?}"))),
        Some(Value::StringValue(value)) => quoted(out, value, bytes_max),
        Some(Value::BinaryValue(value)) => binary(out, value, bytes_max),
        Some(Value::DecimalValue(unscaled)) => out.push_str(&decimal(unscaled, kind)),
        Some(Value::IntervalValue(value)) => {
            out.push_str(&format!("interval '{} months {} days {} nanos'", value.months, value.days, value.nanos));
        }
        Some(Value::ListValue(list)) => sequence(out, &list.items, kind, bytes_max),
        Some(Value::StructValue(fields)) => structure(out, &fields.items, kind, bytes_max),
        Some(Value::MapValue(map)) => entries(out, map, kind, bytes_max),
    }
}

fn float(infinite: bool, negative: bool, digits: String) -> String {
    match (infinite, negative) {
        (true, true) => "-Infinity".to_owned(),
        (true, false) => "Infinity".to_owned(),
        _ => digits,
    }
}

fn quoted(out: &mut String, text: &str, bytes_max: usize) {
    out.push('\'');
    for c in text.chars().take(bytes_max) {
        if c == '\'' {
            out.push('\'');
        }
        out.push(c);
    }
    out.push('\'');
}

fn binary(out: &mut String, bytes: &[u8], bytes_max: usize) {
    out.push_str("x'");
    out.extend(bytes.iter().take(bytes_max).map(|byte| format!("{byte:02x}")));
    out.push('\'');
}

fn integer(value: i64, kind: Option<&Kind>) -> String {
    let temporal = match kind {
        Some(Kind::Primitive(primitive)) if *primitive == pb::Primitive::Date as i32 => date(value),
        Some(Kind::Timestamp(ty)) => timestamp(value, ty),
        Some(Kind::Time(ty)) => time(value, ty.unit),
        Some(Kind::Duration(ty)) => Some(format!("duration '{value} {}'", unit_name(ty.unit))),
        _ => None,
    };
    temporal.unwrap_or_else(|| value.to_string())
}

fn date(days: i64) -> Option<String> {
    let instant = DateTime::from_timestamp(days.checked_mul(86_400)?, 0)?;
    Some(format!("date '{}'", instant.format("%Y-%m-%d")))
}

fn timestamp(count: i64, ty: &pb::TimestampType) -> Option<String> {
    let nanos = i128::from(count) * nanos_per(ty.unit);
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let instant = DateTime::from_timestamp(seconds, u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?)?;
    let zone = if ty.zone.is_some() { "Z" } else { "" };
    Some(format!("timestamp '{}{zone}'", instant.format("%Y-%m-%dT%H:%M:%S%.f")))
}

fn time(count: i64, unit: i32) -> Option<String> {
    let nanos = i128::from(count) * nanos_per(unit);
    let seconds = u32::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?)?;
    Some(format!("time '{}'", time.format("%H:%M:%S%.f")))
}

fn nanos_per(unit: i32) -> i128 {
    match pb::TimeUnit::try_from(unit) {
        Ok(pb::TimeUnit::Second) => 1_000_000_000,
        Ok(pb::TimeUnit::Milli) => 1_000_000,
        Ok(pb::TimeUnit::Micro) => 1_000,
        _ => 1,
    }
}

fn unit_name(unit: i32) -> &'static str {
    match pb::TimeUnit::try_from(unit) {
        Ok(pb::TimeUnit::Second) => "s",
        Ok(pb::TimeUnit::Milli) => "ms",
        Ok(pb::TimeUnit::Micro) => "us",
        _ => "ns",
    }
}

fn decimal(unscaled: &str, kind: Option<&Kind>) -> String {
    let scale = match kind {
        Some(Kind::Decimal(ty)) => usize::try_from(ty.scale).unwrap_or(0),
        _ => 0,
    };
    let (sign, digits) = unscaled.strip_prefix('-').map_or(("", unscaled), |digits| ("-", digits));
    let padded = format!("{digits:0>width$}", width = scale + 1);
    match padded.split_at_checked(padded.len() - scale).filter(|_| scale > 0) {
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{padded}"),
    }
}

fn sequence(out: &mut String, items: &[pb::Literal], kind: Option<&Kind>, bytes_max: usize) {
    let element = match kind {
        Some(Kind::ListType(ty)) => ty.element.as_deref(),
        _ => None,
    };
    out.push('[');
    for (position, item) in items.iter().enumerate().take(bytes_max) {
        out.push_str(if position > 0 { ", " } else { "" });
        write(out, item.value.as_ref(), element, bytes_max);
    }
    out.push(']');
}

fn structure(out: &mut String, items: &[pb::Literal], kind: Option<&Kind>, bytes_max: usize) {
    let fields = match kind {
        Some(Kind::StructType(ty)) => ty.fields.as_slice(),
        _ => &[],
    };
    out.push('{');
    for (position, (item, field)) in items.iter().zip(fields).enumerate().take(bytes_max) {
        out.push_str(if position > 0 { ", " } else { "" });
        out.push_str(&field.name);
        out.push_str(": ");
        write(out, item.value.as_ref(), field.r#type.as_ref(), bytes_max);
    }
    out.push('}');
}

fn entries(out: &mut String, map: &pb::LiteralMap, kind: Option<&Kind>, bytes_max: usize) {
    let (key_type, value_type) = match kind {
        Some(Kind::MapType(ty)) => (ty.key.as_deref(), ty.value.as_deref()),
        _ => (None, None),
    };
    out.push_str("map {");
    for (position, (key, value)) in map.keys.iter().zip(&map.values).enumerate().take(bytes_max) {
        out.push_str(if position > 0 { ", " } else { "" });
        write(out, key.value.as_ref(), key_type, bytes_max);
        out.push_str(": ");
        write(out, value.value.as_ref(), value_type, bytes_max);
    }
    out.push('}');
}
