//! Values in Python: as source that makes them, and as `repr` prints them. None where Python or its door into a plan has no
//! such value.

use crate::types::Type;
use crate::value::Value;

/// How a value is spelled.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// In code, as the formatter wants it.
    Source,
    /// As `repr` prints it.
    Repr,
}

/// The source of the plain value, whatever type a plan makes of it.
pub(super) fn source(value: &Value) -> Option<String> {
    spelled(value, Style::Source)
}

/// What `repr` prints for the value of a result. The order of a map's entries is not certain, nor the zone of an instant.
pub(super) fn repr(value: &Value) -> Option<String> {
    spelled(value, Style::Repr)
}

/// What `isoformat` gives for an instant in UTC: `2024-01-31T12:00:00.500000+00:00`.
pub(super) fn iso_format(text: &str) -> String {
    let text = text.trim_end_matches('Z');
    match text.split_once('.') {
        Some((seconds, fraction)) if fraction.trim_end_matches('0').is_empty() => format!("{seconds}+00:00"),
        Some((seconds, fraction)) => format!("{seconds}.{fraction:0<6.6}+00:00"),
        None => format!("{text}+00:00"),
    }
}

/// The source of an expression with the value and its type.
pub(super) fn expression(value: &Value) -> Option<String> {
    if let Value::Map(entries, key, value) = value {
        let (keys, values): (Vec<Value>, Vec<Value>) = entries.iter().cloned().unzip();
        let (keys, values) = (Value::List(keys, key.clone()), Value::List(values, value.clone()));
        return Some(format!("F.map({}, {})", expression(&keys)?, expression(&values)?));
    }
    let source = source(value)?;
    if is_natural(value) {
        return Some(format!("lit({source})"));
    }
    Some(format!("lit({source}, \"{}\")", type_name(&value.data_type())?))
}

/// The source for a place where a plain value is a literal.
pub(super) fn operand(value: &Value) -> Option<String> {
    if is_natural(value) { source(value) } else { expression(value) }
}

/// Whether the type of the plain Python value is that of the value.
pub(super) fn is_natural(value: &Value) -> bool {
    match value {
        Value::Int(ty, _) => *ty == Type::INT64,
        Value::Float(ty, _) => *ty == Type::Plain("float64"),
        Value::Bool(_) | Value::Text(..) | Value::Interval { .. } | Value::Duration(_) => true,
        Value::List(items, _) => {
            let known = |item: &Value| is_natural(item) || matches!(item, Value::Null(_));
            items.iter().any(is_natural) && items.iter().all(known)
        }
        Value::Struct(fields) => fields.iter().all(|(_, value)| is_natural(value)),
        Value::Null(_) | Value::UInt(..) | Value::Decimal { .. } | Value::Map(..) => false,
    }
}

/// The type as plans print it; none where the registry does not spell it out.
pub(super) fn type_name(ty: &Type) -> Option<String> {
    Some(match ty {
        Type::Plain("json") => "string".into(),
        Type::Plain("timestamptz") => "timestamp(us, UTC)".into(),
        Type::Plain(name @ ("time" | "timestamp" | "duration")) => format!("{name}(us)"),
        Type::Plain(_) if *ty == Type::Plain("struct") || !ty.is_concrete() => return None,
        Type::Plain(name) => (*name).into(),
        Type::Decimal(precision, scale) => format!("decimal({precision}, {scale})"),
        Type::List(item) => format!("list<{}>", type_name(item)?),
        Type::Map(key, value) => format!("map<{}, {}>", type_name(key)?, type_name(value)?),
        Type::Variable(_) | Type::Common(_) => return None,
    })
}

fn spelled(value: &Value, style: Style) -> Option<String> {
    Some(match value {
        Value::Null(_) => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Int(_, value) => value.to_string(),
        Value::UInt(_, value) => value.to_string(),
        Value::Float(ty, value) => float(ty, *value, style),
        Value::Text(Type::Plain("string" | "json"), text) => quoted(text, style),
        Value::Text(Type::Plain("binary"), digits) => bytes(digits, style)?,
        Value::Text(Type::Plain("timestamptz"), _) if style == Style::Repr => return None,
        Value::Text(Type::Plain("timestamptz"), text) => {
            format!("datetime.datetime({}, tzinfo=datetime.UTC)", clock_and_calendar(text.strip_suffix('Z')?)?)
        }
        Value::Text(Type::Plain("timestamp"), text) => format!("datetime.datetime({})", clock_and_calendar(text)?),
        Value::Text(Type::Plain("date"), text) => format!("datetime.date({})", calendar(text)?),
        Value::Text(Type::Plain("time"), text) => format!("datetime.time({})", clock(text)?),
        Value::Text(..) => return None,
        Value::Decimal { text, .. } => format!("Decimal({})", quoted(text, style)),
        Value::Interval { .. } if style == Style::Repr => return None,
        Value::Interval { months, days, nanos } => interval(*months, *days, *nanos),
        Value::Duration(micros) if style == Style::Source => format!("datetime.timedelta(microseconds={micros})"),
        Value::Duration(_) | Value::Map(..) => return None,
        Value::List(items, _) => format!("[{}]", joined(items.iter().map(|item| spelled(item, style)))?),
        Value::Struct(fields) => {
            let field = |(name, value): &(String, Value)| Some(format!("{}: {}", quoted(name, style), spelled(value, style)?));
            format!("{{{}}}", joined(fields.iter().map(field))?)
        }
    })
}

fn joined(parts: impl Iterator<Item = Option<String>>) -> Option<String> {
    Some(parts.collect::<Option<Vec<String>>>()?.join(", "))
}

fn float(ty: &Type, value: f64, style: Style) -> String {
    let value = if *ty == Type::Plain("float32") { f64::from(value as f32) } else { value };
    let word = match value {
        f64::INFINITY => "inf",
        f64::NEG_INFINITY => "-inf",
        value if value.is_nan() => "nan",
        value => return digits(value),
    };
    if style == Style::Repr { word.into() } else { format!("float(\"{word}\")") }
}

/// The shortest digits, as in Rust; the exponent has its sign and at least two digits.
fn digits(value: f64) -> String {
    let text = format!("{value:?}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// `repr` takes single quotes, unless that saves escapes.
fn quote(has_single: bool, has_double: bool, style: Style) -> char {
    let double = if style == Style::Repr { has_single && !has_double } else { !has_double || has_single };
    if double { '"' } else { '\'' }
}

fn quoted(text: &str, style: Style) -> String {
    let quote = quote(text.contains('\''), text.contains('"'), style);
    let body: String = text.chars().map(|letter| escaped(letter, quote)).collect();
    format!("{quote}{body}{quote}")
}

fn escaped(letter: char, quote: char) -> String {
    match letter {
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        '\\' => "\\\\".into(),
        letter if letter == quote => format!("\\{letter}"),
        ' ' => " ".into(),
        letter if !letter.is_control() && !letter.is_whitespace() => letter.into(),
        letter if u32::from(letter) < 0x100 => format!("\\x{:02x}", u32::from(letter)),
        letter => format!("\\u{:04x}", u32::from(letter)),
    }
}

fn bytes(digits: &str, style: Style) -> Option<String> {
    let pairs = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
    let bytes = pairs.collect::<Option<Vec<u8>>>()?;
    let quote = quote(bytes.contains(&b'\''), bytes.contains(&b'"'), style);
    let byte = |byte: &u8| if byte.is_ascii() { escaped(char::from(*byte), quote) } else { format!("\\x{byte:02x}") };
    Some(format!("b{quote}{}{quote}", bytes.iter().map(byte).collect::<String>()))
}

fn interval(months: i64, days: i64, nanos: i64) -> String {
    let parts = [("months", months), ("days", days), ("nanos", nanos)];
    let given = parts.iter().filter(|(_, count)| *count != 0).map(|(name, count)| format!("{name}={count}"));
    format!("pb.interval({})", given.collect::<Vec<_>>().join(", "))
}

fn clock_and_calendar(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T')?;
    Some(format!("{}, {}", calendar(date)?, clock(time)?))
}

/// `2024-01-31` as arguments; Python's years begin with 1.
fn calendar(text: &str) -> Option<String> {
    let numbers = numbers(text.split('-'))?;
    (numbers.first() != Some(&0)).then(|| listed(&numbers))
}

/// `12:30:00.5` as arguments in microseconds, without zeros at the end but for the minute.
fn clock(text: &str) -> Option<String> {
    let (time, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let micros = format!("{:0<6}", fraction.trim_end_matches('0'));
    let mut numbers = numbers(time.split(':').chain([micros.as_str()]))?;
    while numbers.len() > 2 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    (micros.len() == 6).then(|| listed(&numbers))
}

fn numbers<'t>(parts: impl Iterator<Item = &'t str>) -> Option<Vec<u32>> {
    parts.map(|part| part.parse().ok()).collect()
}

fn listed(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}
