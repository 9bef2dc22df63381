//! Types and constants as people write them.

use std::fmt::Write as _;

use crate::wire::plan::{
    DataType, DecimalType, Field, IntervalUnit, IntervalValue, Literal, LiteralList, Primitive, Schema, StructType, TimeUnit,
    TimestampType, data_type::Kind, literal::Value,
};

/// Types and literals nest this deep in texts; deeper ones are cut.
const DEPTH_MAX: u32 = 64;

/// Of a longer text, list or struct only the beginning is shown.
const CHARS_MAX: usize = 60;
pub(super) const ITEMS_MAX: usize = 32;

pub(super) const CUT: &str = "…";

pub(super) fn write_schema(out: &mut String, schema: &Schema) {
    out.push('(');
    write_fields(out, &schema.fields, 0);
    out.push(')');
}

fn write_fields(out: &mut String, fields: &[Field], depth: u32) {
    list(out, fields, |out, field| {
        out.push_str(&name(&field.name));
        out.push(' ');
        match &field.r#type {
            Some(ty) => write_type(out, ty, depth + 1),
            None => out.push('?'),
        }
        if field.not_null {
            out.push_str(" not null");
        }
    });
}

pub(super) fn write_type(out: &mut String, ty: &DataType, depth: u32) {
    if depth > DEPTH_MAX {
        return out.push_str(CUT);
    }
    let nested = |out: &mut String, ty: &Option<Box<DataType>>| match ty {
        Some(ty) => write_type(out, ty, depth + 1),
        None => out.push('?'),
    };
    match &ty.kind {
        None => out.push('?'),
        Some(Kind::Primitive(primitive)) => out.push_str(&primitive_name(*primitive)),
        Some(Kind::Decimal(DecimalType { precision, scale })) => push(out, format_args!("decimal({precision}, {scale})")),
        Some(Kind::Timestamp(TimestampType { unit, zone: None })) => push(out, format_args!("timestamp({})", unit_name(*unit))),
        Some(Kind::Timestamp(TimestampType { unit, zone: Some(zone) })) => {
            push(out, format_args!("timestamp({}, {})", unit_name(*unit), text(zone)))
        }
        Some(Kind::Time(time)) => push(out, format_args!("time({})", unit_name(time.unit))),
        Some(Kind::Duration(duration)) => push(out, format_args!("duration({})", unit_name(duration.unit))),
        Some(Kind::Interval(interval)) => push(out, format_args!("interval({})", interval_name(interval.unit))),
        Some(Kind::FixedBinary(binary)) => push(out, format_args!("binary({})", binary.width)),
        Some(Kind::ListType(list)) => {
            out.push_str("list<");
            nested(out, &list.element);
            out.push_str(if list.element_not_null { " not null" } else { "" });
            list.fixed_size.iter().for_each(|size| push(out, format_args!(", {size}")));
            out.push('>');
        }
        Some(Kind::StructType(StructType { fields })) => {
            out.push_str("struct<");
            write_fields(out, fields, depth);
            out.push('>');
        }
        Some(Kind::MapType(map)) => {
            out.push_str("map<");
            nested(out, &map.key);
            out.push_str(", ");
            nested(out, &map.value);
            out.push_str(if map.value_not_null { " not null>" } else { ">" });
        }
        Some(Kind::Extension(extension)) => {
            out.push_str(&name(&extension.name));
            out.push('<');
            nested(out, &extension.storage);
            out.push('>');
        }
    }
}

fn primitive_name(primitive: i32) -> String {
    let name = Primitive::try_from(primitive).map_or("?", |primitive| primitive.as_str_name());
    name.trim_start_matches("PRIMITIVE_").to_lowercase()
}

fn unit_name(unit: i32) -> &'static str {
    match TimeUnit::try_from(unit) {
        Ok(TimeUnit::Second) => "s",
        Ok(TimeUnit::Milli) => "ms",
        Ok(TimeUnit::Micro) => "us",
        Ok(TimeUnit::Nano) => "ns",
        _ => "?",
    }
}

fn interval_name(unit: i32) -> &'static str {
    match IntervalUnit::try_from(unit) {
        Ok(IntervalUnit::YearMonth) => "year to month",
        Ok(IntervalUnit::DayTime) => "day to millisecond",
        Ok(IntervalUnit::MonthDayNano) => "month to nanosecond",
        _ => "?",
    }
}

pub(super) fn write_literal(out: &mut String, literal: &Literal) {
    write_value(out, literal, literal.r#type.as_ref(), 0);
}

/// A value, with the type that it has or inherits. Types that cannot be seen from the value are written before it.
fn write_value(out: &mut String, literal: &Literal, ty: Option<&DataType>, depth: u32) {
    if depth > DEPTH_MAX {
        return out.push_str(CUT);
    }
    let kind = ty.and_then(|ty| ty.kind.as_ref());
    match (&literal.value, kind) {
        (None, _) => out.push('?'),
        (Some(Value::NullValue(_)), _) => out.push_str("null"),
        (Some(value), Some(Kind::Extension(extension))) if !matches!(value, Value::NullValue(_)) => {
            push(out, format_args!("{} ", name(&extension.name)));
            write_value(out, literal, extension.storage.as_deref(), depth + 1);
        }
        (Some(Value::BoolValue(value)), _) => push(out, format_args!("{value}")),
        (Some(Value::IntValue(value)), Some(kind)) => write_integer(out, *value, kind),
        (Some(Value::IntValue(value)), None) => push(out, format_args!("{value}")),
        (Some(Value::UintValue(value)), _) => push(out, format_args!("{value}")),
        (Some(Value::Float32Value(value)), _) => push(out, format_args!("{value:?}")),
        (Some(Value::Float64Value(value)), _) => push(out, format_args!("{value:?}")),
        (Some(Value::StringValue(value)), _) => out.push_str(&text(value)),
        (Some(Value::BinaryValue(bytes)), _) => write_bytes(out, bytes),
        (Some(Value::DecimalValue(digits)), Some(Kind::Decimal(ty))) => out.push_str(&decimal(digits, ty.scale)),
        (Some(Value::DecimalValue(digits)), _) => out.push_str(digits),
        (Some(Value::IntervalValue(IntervalValue { months, days, nanos })), _) => {
            push(out, format_args!("interval '{months} months {days} days {nanos} ns'"));
        }
        (Some(Value::ListValue(items)), kind) => {
            let element = kind.and_then(|kind| if let Kind::ListType(list) = kind { list.element.as_deref() } else { None });
            brackets(out, "[", items, |_| element, "]", depth);
        }
        (Some(Value::StructValue(items)), kind) => {
            let fields = kind.and_then(|kind| if let Kind::StructType(of) = kind { Some(&of.fields) } else { None });
            let of = |i: usize| fields.and_then(|fields| fields.get(i)).and_then(|field| field.r#type.as_ref());
            brackets(out, "{", items, of, "}", depth);
        }
        (Some(Value::MapValue(map)), kind) => {
            let ty = kind.and_then(|kind| if let Kind::MapType(map) = kind { Some(map) } else { None });
            out.push_str("map {");
            list(out, map.keys.iter().zip(&map.values), |out, (key, value)| {
                write_value(out, key, ty.and_then(|ty| ty.key.as_deref()), depth + 1);
                out.push_str(": ");
                write_value(out, value, ty.and_then(|ty| ty.value.as_deref()), depth + 1);
            });
            out.push('}');
        }
    }
}

fn brackets<'t>(out: &mut String, open: &str, items: &LiteralList, ty: impl Fn(usize) -> Option<&'t DataType>, close: &str, depth: u32) {
    out.push_str(open);
    list(out, items.items.iter().enumerate(), |out, (i, item)| write_value(out, item, ty(i), depth + 1));
    out.push_str(close);
}

fn write_integer(out: &mut String, value: i64, kind: &Kind) {
    match kind {
        Kind::Primitive(primitive) if *primitive == Primitive::Date as i32 => push(out, format_args!("date '{}'", date(value))),
        Kind::Timestamp(ty) => {
            let (seconds, fraction) = seconds(value, ty.unit);
            let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
            let zone = if ty.zone.is_some() { "Z" } else { "" };
            push(out, format_args!("timestamp '{}T{}{zone}'", date(days), clock(second, fraction)));
        }
        Kind::Time(ty) => {
            let (second, fraction) = seconds(value, ty.unit);
            push(out, format_args!("time '{}'", clock(second, fraction)));
        }
        Kind::Duration(ty) => push(out, format_args!("duration '{value} {}'", unit_name(ty.unit))),
        _ => push(out, format_args!("{value}")),
    }
}

/// Whole seconds, and what is left in nanoseconds.
fn seconds(value: i64, unit: i32) -> (i64, i64) {
    let per_second = match TimeUnit::try_from(unit) {
        Ok(TimeUnit::Milli) => 1_000,
        Ok(TimeUnit::Micro) => 1_000_000,
        Ok(TimeUnit::Nano) => 1_000_000_000,
        _ => 1,
    };
    (value.div_euclid(per_second), value.rem_euclid(per_second) * (1_000_000_000 / per_second))
}

fn clock(second: i64, nanos: i64) -> String {
    let clock = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
    if nanos == 0 {
        return clock;
    }
    format!("{clock}.{}", format!("{nanos:09}").trim_end_matches('0'))
}

/// The day in the proleptic Gregorian calendar, by the era arithmetic of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn date(days: i64) -> String {
    let shifted = i128::from(days) + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Unscaled digits with their point.
fn decimal(digits: &str, scale: i32) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    // Scales outside of what a decimal has come only from plans that nobody checked.
    match usize::try_from(scale.clamp(-76, 76)) {
        Ok(0) => format!("{sign}{digits}"),
        Ok(scale) => {
            let padded = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = padded.split_at_checked(padded.len() - scale).unwrap_or((&padded, ""));
            format!("{sign}{whole}.{fraction}")
        }
        Err(_) => format!("{sign}{digits}{}", "0".repeat(scale.clamp(-76, 0).unsigned_abs() as usize)),
    }
}

fn write_bytes(out: &mut String, bytes: &[u8]) {
    out.push_str("x'");
    bytes.iter().take(CHARS_MAX / 2).for_each(|byte| push(out, format_args!("{byte:02x}")));
    out.push_str(if bytes.len() > CHARS_MAX / 2 { CUT } else { "" });
    out.push('\'');
}

/// A text in single quotes, on one line.
pub(super) fn text(value: &str) -> String {
    let mut quoted = String::from("'");
    for c in value.chars().take(CHARS_MAX) {
        match c {
            '\'' => quoted.push_str("''"),
            c if c.is_control() => quoted.extend(c.escape_default()),
            c => quoted.push(c),
        }
    }
    if value.chars().nth(CHARS_MAX).is_some() {
        quoted.push_str(CUT);
    }
    quoted.push('\'');
    quoted
}

/// A name, in double quotes where it is not a plain word.
pub(super) fn name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain && name.len() <= CHARS_MAX {
        return name.to_owned();
    }
    let mut quoted = text(&name.replace('"', "\"\"")).replace("''", "'");
    quoted.replace_range(..1, "\"");
    quoted.pop();
    quoted + "\""
}

/// Things with commas between; of many only the first.
pub(super) fn list<T>(out: &mut String, things: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut String, T)) {
    let mut things = things.into_iter();
    for (i, thing) in things.by_ref().take(ITEMS_MAX).enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(out, thing);
    }
    let more = things.count();
    if more > 0 {
        push(out, format_args!(", {CUT} {more} more"));
    }
}

pub(super) fn push(out: &mut String, text: std::fmt::Arguments) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}
