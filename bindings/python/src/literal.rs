//! Python values as literals of the contract.
//!
//! ```text
//! Python                     type in the plan
//! None                       null
//! bool, int, float           bool, int64 (uint64 beyond it), float64
//! str, bytes                 string, binary
//! date, time                 date, time(us)
//! datetime                   timestamp(us), with its zone where it has one
//! timedelta                  duration(us)
//! Decimal                    decimal(p, s) with the digits that it is written with
//! Interval                   interval(months, days, nanos)
//! list, tuple                list of the type that its items share
//! dict                       struct
//! ```

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use polybolos_protocol::text::display_type;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::data_type::Kind;
use polybolos_protocol::wire::plan::literal::Value;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDate, PyDateTime, PyDelta, PyDict, PyFloat, PyInt, PyList, PyString, PyTime, PyTuple};

/// Values nest at most this deep.
const DEPTH_MAX: u32 = 32;

/// A value with its type.
pub(crate) struct Typed {
    pub(crate) ty: pb::DataType,
    pub(crate) value: Value,
}

impl Typed {
    fn primitive(primitive: pb::Primitive, value: Value) -> Self {
        Self { ty: self::primitive(primitive), value }
    }

    fn of(kind: Kind, value: Value) -> Self {
        Self { ty: pb::DataType { kind: Some(kind) }, value }
    }

    pub(crate) fn into_literal(self) -> pb::Literal {
        pb::Literal { r#type: Some(self.ty), value: Some(self.value) }
    }
}

fn primitive(primitive: pb::Primitive) -> pb::DataType {
    pb::DataType { kind: Some(Kind::Primitive(primitive as i32)) }
}

pub(crate) fn null_type() -> pb::DataType {
    primitive(pb::Primitive::Null)
}

pub(crate) fn is_null_type(ty: &pb::DataType) -> bool {
    *ty == null_type()
}

/// The literal of a value, of the type that fits it, or of the one that is asked for.
pub(crate) fn literal(value: &Bound<'_, PyAny>, ty: Option<&pb::DataType>) -> PyResult<pb::Literal> {
    let natural = natural(value, 0)?;
    let typed = match ty {
        Some(ty) => Typed { value: retyped(natural, ty)?, ty: ty.clone() },
        None => natural,
    };
    Ok(typed.into_literal())
}

/// A value with the type that fits it.
pub(crate) fn natural(value: &Bound<'_, PyAny>, depth: u32) -> PyResult<Typed> {
    use pb::Primitive as P;
    if value.is_none() {
        return Ok(Typed { ty: null_type(), value: Value::NullValue(true) });
    }
    if let Ok(value) = value.cast::<PyBool>() {
        return Ok(Typed::primitive(P::Bool, Value::BoolValue(value.is_true())));
    }
    if let Ok(value) = value.cast::<PyInt>() {
        return integer(value);
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Typed::primitive(P::Float64, Value::Float64Value(value.extract()?)));
    }
    if let Ok(value) = value.cast::<PyString>() {
        return Ok(Typed::primitive(P::String, Value::StringValue(value.to_str()?.to_owned())));
    }
    if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
        return Ok(Typed::primitive(P::Binary, Value::BinaryValue(value.extract::<Vec<u8>>()?.into())));
    }
    match temporal(value)? {
        Some(typed) => Ok(typed),
        None => other(value, depth),
    }
}

fn integer(value: &Bound<'_, PyInt>) -> PyResult<Typed> {
    if let Ok(value) = value.extract::<i64>() {
        return Ok(Typed::primitive(pb::Primitive::Int64, Value::IntValue(value)));
    }
    match value.extract::<u64>() {
        Ok(value) => Ok(Typed::primitive(pb::Primitive::Uint64, Value::UintValue(value))),
        Err(_) => Err(PyOverflowError::new_err(format!("{value} does not fit into 64 bits: use decimal.Decimal"))),
    }
}

fn temporal(value: &Bound<'_, PyAny>) -> PyResult<Option<Typed>> {
    let timestamp = |zone: Option<String>, micros: i64| {
        let ty = pb::TimestampType { unit: pb::TimeUnit::Micro as i32, zone };
        Typed::of(Kind::Timestamp(ty), Value::IntValue(micros))
    };
    if let Ok(value) = value.cast::<PyDateTime>() {
        let zone = value.getattr("tzinfo")?;
        if zone.is_none() {
            return Ok(Some(timestamp(None, value.extract::<NaiveDateTime>()?.and_utc().timestamp_micros())));
        }
        let micros = value.call_method0("astimezone")?;
        let micros = instant_micros(&micros)?;
        return Ok(Some(timestamp(Some(zone_name(value, &zone)?), micros)));
    }
    if value.is_instance_of::<PyDate>() {
        let days = value.extract::<NaiveDate>()?.signed_duration_since(NaiveDate::default()).num_days();
        return Ok(Some(Typed::primitive(pb::Primitive::Date, Value::IntValue(days))));
    }
    if value.is_instance_of::<PyTime>() {
        let time: NaiveTime = value.extract()?;
        let micros = i64::from(time.num_seconds_from_midnight()) * 1_000_000 + i64::from(time.nanosecond() / 1_000);
        return Ok(Some(Typed::of(Kind::Time(pb::TimeType { unit: pb::TimeUnit::Micro as i32 }), Value::IntValue(micros))));
    }
    if value.is_instance_of::<PyDelta>() {
        let part = |name: &str| value.getattr(name)?.extract::<i64>();
        let micros = (part("days")? * 86_400 + part("seconds")?)
            .checked_mul(1_000_000)
            .and_then(|micros| part("microseconds").ok().and_then(|rest| micros.checked_add(rest)));
        let micros = micros.ok_or_else(|| PyOverflowError::new_err("the timedelta does not fit into 64 bits of microseconds"))?;
        let ty = Kind::Duration(pb::DurationType { unit: pb::TimeUnit::Micro as i32 });
        return Ok(Some(Typed::of(ty, Value::IntValue(micros))));
    }
    Ok(None)
}

fn instant_micros(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    let utc = value.py().import("datetime")?.getattr("timezone")?.getattr("utc")?;
    let value: DateTime<FixedOffset> = value.call_method1("astimezone", (utc,))?.extract()?;
    Ok(value.timestamp_micros())
}

/// The name of a zone, such as `Europe/Vienna` or `+02:00`.
fn zone_name(value: &Bound<'_, PyAny>, zone: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(Some(key)) = zone.getattr("key").and_then(|key| key.extract::<Option<String>>()) {
        return Ok(key);
    }
    let seconds: f64 = value.call_method0("utcoffset")?.call_method0("total_seconds")?.extract()?;
    let minutes = (seconds / 60.0).round() as i64;
    Ok(match minutes {
        0 => "UTC".to_owned(),
        minutes => format!("{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60),
    })
}

fn other(value: &Bound<'_, PyAny>, depth: u32) -> PyResult<Typed> {
    if depth >= DEPTH_MAX {
        return Err(PyValueError::new_err(format!("values nest deeper than {DEPTH_MAX} levels")));
    }
    if is_decimal(value)? {
        return decimal(value);
    }
    if let Ok(items) = value.cast::<PyList>() {
        return list(items.iter(), depth);
    }
    if let Some(parts) = interval(value)? {
        return Ok(parts);
    }
    if let Ok(items) = value.cast::<PyTuple>() {
        return list(items.iter(), depth);
    }
    if let Ok(fields) = value.cast::<PyDict>() {
        return structure(fields, depth);
    }
    if let Ok(item) = value.call_method0("item")
        && !item.get_type().is(value.get_type())
    {
        return natural(&item, depth + 1);
    }
    Err(PyTypeError::new_err(format!(
        "{} is no value that a query can hold (type {}); there are None, bool, int, float, str, bytes, date, time, datetime, timedelta, \
         Decimal, Interval, list and dict",
        value.repr()?,
        value.get_type().name()?
    )))
}

fn is_decimal(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = DECIMAL.get_or_try_init(value.py(), || value.py().import("decimal")?.getattr("Decimal").map(Bound::unbind))?;
    value.is_instance(class.bind(value.py()))
}

fn decimal(value: &Bound<'_, PyAny>) -> PyResult<Typed> {
    let text: String = value.call_method1("__format__", ("f",))?.extract()?;
    let digits = text.trim_start_matches(['-', '+']);
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(PyValueError::new_err(format!("{text} is no decimal number that a query can hold")));
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let significant = whole.trim_start_matches('0').len();
    let (precision, scale) = ((significant + fraction.len()).max(1), fraction.len());
    if precision > 76 {
        return Err(PyOverflowError::new_err(format!("{text} has {precision} digits; a decimal has at most 76")));
    }
    let ty = pb::DecimalType { precision: precision as u32, scale: scale as i32 };
    Ok(Typed::of(Kind::Decimal(ty), Value::DecimalValue(unscaled(&text, scale))))
}

/// The digits without the point, padded to the scale, without leading zeros.
fn unscaled(text: &str, scale: usize) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.trim_start_matches('+')),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}{}", "0".repeat(scale.saturating_sub(fraction.len())));
    match all.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => format!("{sign}{digits}"),
    }
}

/// An `Interval`, a named tuple of months, days and nanos.
fn interval(value: &Bound<'_, PyAny>) -> PyResult<Option<Typed>> {
    if !value.is_instance_of::<PyTuple>() || !value.hasattr("nanos")? {
        return Ok(None);
    }
    let parts = pb::IntervalValue {
        months: value.getattr("months")?.extract()?,
        days: value.getattr("days")?.extract()?,
        nanos: value.getattr("nanos")?.extract()?,
    };
    let ty = pb::IntervalType { unit: pb::IntervalUnit::MonthDayNano as i32 };
    Ok(Some(Typed::of(Kind::Interval(ty), Value::IntervalValue(parts))))
}

fn list<'py>(items: impl Iterator<Item = Bound<'py, PyAny>>, depth: u32) -> PyResult<Typed> {
    let items: Vec<Typed> = items.map(|item| natural(&item, depth + 1)).collect::<PyResult<_>>()?;
    let mut element = null_type();
    for (position, item) in items.iter().enumerate() {
        element = common(&element, &item.ty).ok_or_else(|| {
            PyTypeError::new_err(format!(
                "item {position} of a list is {}, those before are {}",
                display_type(&item.ty),
                display_type(&element)
            ))
        })?;
    }
    let values = items.into_iter().map(|item| retyped(item, &element).map(untyped)).collect::<PyResult<_>>()?;
    let ty = pb::ListType { element: Some(Box::new(element)), ..Default::default() };
    Ok(Typed::of(Kind::ListType(Box::new(ty)), Value::ListValue(pb::LiteralList { items: values })))
}

fn structure(fields: &Bound<'_, PyDict>, depth: u32) -> PyResult<Typed> {
    let (mut ty, mut items) = (pb::StructType::default(), Vec::new());
    for (name, value) in fields {
        let name: String = name.extract().map_err(|_| PyTypeError::new_err("the keys of a dict that becomes a struct are strings"))?;
        let typed = natural(&value, depth + 1)?;
        ty.fields.push(pb::Field { name, r#type: Some(typed.ty), ..Default::default() });
        items.push(untyped(typed.value));
    }
    Ok(Typed::of(Kind::StructType(ty), Value::StructValue(pb::LiteralList { items })))
}

fn untyped(value: Value) -> pb::Literal {
    pb::Literal { r#type: None, value: Some(value) }
}

/// The type that holds values of both.
pub(crate) fn common(a: &pb::DataType, b: &pb::DataType) -> Option<pb::DataType> {
    use pb::Primitive as P;
    if a == b || is_null_type(b) {
        return Some(a.clone());
    }
    if is_null_type(a) {
        return Some(b.clone());
    }
    let float = |ty: &pb::DataType| *ty == primitive(P::Float64);
    let number = |ty: &pb::DataType| float(ty) || *ty == primitive(P::Int64) || *ty == primitive(P::Uint64);
    match (a.kind.as_ref()?, b.kind.as_ref()?) {
        (Kind::Primitive(_), Kind::Primitive(_)) if number(a) && number(b) && (float(a) || float(b)) => Some(primitive(P::Float64)),
        (Kind::Decimal(x), Kind::Decimal(y)) => {
            let scale = x.scale.max(y.scale);
            let whole = (i64::from(x.precision) - i64::from(x.scale)).max(i64::from(y.precision) - i64::from(y.scale));
            let precision = u32::try_from(whole + i64::from(scale)).ok().filter(|precision| *precision <= 76)?;
            Some(pb::DataType { kind: Some(Kind::Decimal(pb::DecimalType { precision, scale })) })
        }
        (Kind::ListType(x), Kind::ListType(y)) => {
            let element = common(x.element.as_deref()?, y.element.as_deref()?)?;
            let list = pb::ListType { element: Some(Box::new(element)), ..Default::default() };
            Some(pb::DataType { kind: Some(Kind::ListType(Box::new(list))) })
        }
        (Kind::StructType(x), Kind::StructType(y)) => common_struct(x, y),
        _ => None,
    }
}

/// The fields of both, by name, in the order in which they come.
fn common_struct(a: &pb::StructType, b: &pb::StructType) -> Option<pb::DataType> {
    let mut fields = a.fields.clone();
    for field in &b.fields {
        match fields.iter_mut().find(|ours| ours.name == field.name) {
            Some(ours) => ours.r#type = Some(common(ours.r#type.as_ref()?, field.r#type.as_ref()?)?),
            None => fields.push(field.clone()),
        }
    }
    Some(pb::DataType { kind: Some(Kind::StructType(pb::StructType { fields })) })
}

/// The value as one of another type, where that holds it exactly.
pub(crate) fn retyped(typed: Typed, ty: &pb::DataType) -> PyResult<Value> {
    if typed.ty == *ty || matches!(typed.value, Value::NullValue(_)) {
        return Ok(typed.value);
    }
    let refused = || PyTypeError::new_err(format!("a {} is no {}", display_type(&typed.ty), display_type(ty)));
    let kind = ty.kind.as_ref().ok_or_else(refused)?;
    match (kind, &typed.value) {
        (Kind::Primitive(number), value) => {
            let primitive = pb::Primitive::try_from(*number).map_err(|_| refused())?;
            as_primitive(value, primitive).ok_or_else(|| match value {
                Value::IntValue(value) => PyOverflowError::new_err(format!("{value} does not fit {}", display_type(ty))),
                _ => refused(),
            })
        }
        (Kind::Decimal(decimal), Value::IntValue(value)) => as_decimal(&value.to_string(), 0, decimal).ok_or_else(refused),
        (Kind::Decimal(decimal), Value::DecimalValue(digits)) => {
            let scale = match &typed.ty.kind {
                Some(Kind::Decimal(from)) => from.scale,
                _ => 0,
            };
            as_decimal(digits, scale, decimal)
                .ok_or_else(|| PyOverflowError::new_err(format!("the decimal has digits that {} does not hold", display_type(ty))))
        }
        (Kind::Timestamp(_) | Kind::Time(_) | Kind::Duration(_), Value::IntValue(micros)) if is_temporal(&typed.ty) => {
            in_unit(*micros, ty).map(Value::IntValue).ok_or_else(refused)
        }
        (Kind::Timestamp(_), Value::IntValue(days)) if typed.ty == primitive(pb::Primitive::Date) => {
            days.checked_mul(86_400_000_000).and_then(|micros| in_unit(micros, ty)).map(Value::IntValue).ok_or_else(refused)
        }
        (Kind::FixedBinary(binary), Value::BinaryValue(bytes)) if bytes.len() == binary.width as usize => Ok(typed.value),
        (Kind::ListType(list), Value::ListValue(items)) => {
            let (from, to) = (element(&typed.ty).ok_or_else(refused)?, list.element.as_deref().ok_or_else(refused)?);
            let items = items.items.iter().map(|item| renested(item, from, to)).collect::<PyResult<_>>()?;
            Ok(Value::ListValue(pb::LiteralList { items }))
        }
        (Kind::StructType(to), Value::StructValue(items)) => restructured(&typed.ty, items, to),
        (Kind::MapType(map), Value::StructValue(items)) => as_map(&typed.ty, items, map),
        _ => Err(refused()),
    }
}

fn as_primitive(value: &Value, to: pb::Primitive) -> Option<Value> {
    use pb::Primitive as P;
    let fits = |low: i64, high: i64, value: i64| (low..=high).contains(&value).then_some(Value::IntValue(value));
    match (to, value) {
        (P::Int8, Value::IntValue(value)) => fits(i8::MIN.into(), i8::MAX.into(), *value),
        (P::Int16, Value::IntValue(value)) => fits(i16::MIN.into(), i16::MAX.into(), *value),
        (P::Int32, Value::IntValue(value)) => fits(i32::MIN.into(), i32::MAX.into(), *value),
        (P::Uint8, Value::IntValue(value)) => u8::try_from(*value).ok().map(|value| Value::UintValue(value.into())),
        (P::Uint16, Value::IntValue(value)) => u16::try_from(*value).ok().map(|value| Value::UintValue(value.into())),
        (P::Uint32, Value::IntValue(value)) => u32::try_from(*value).ok().map(|value| Value::UintValue(value.into())),
        (P::Uint64, Value::IntValue(value)) => u64::try_from(*value).ok().map(Value::UintValue),
        (P::Float16 | P::Float32, Value::IntValue(value)) => Some(Value::Float32Value(*value as f32)),
        (P::Float16 | P::Float32, Value::Float64Value(value)) => Some(Value::Float32Value(*value as f32)),
        (P::Float64, Value::IntValue(value)) => Some(Value::Float64Value(*value as f64)),
        (P::Float64, Value::UintValue(value)) => Some(Value::Float64Value(*value as f64)),
        _ => None,
    }
}

fn as_decimal(digits: &str, from_scale: i32, to: &pb::DecimalType) -> Option<Value> {
    let sign = if digits.starts_with('-') { "-" } else { "" };
    let mut digits = digits.trim_start_matches('-').to_owned();
    for _ in from_scale..to.scale {
        digits.push('0');
    }
    for _ in to.scale..from_scale {
        if !digits.ends_with('0') {
            return None;
        }
        digits.pop();
    }
    let digits = digits.trim_start_matches('0');
    match digits.len() {
        0 => Some(Value::DecimalValue("0".to_owned())),
        length if length <= to.precision as usize => Some(Value::DecimalValue(format!("{sign}{digits}"))),
        _ => None,
    }
}

fn is_temporal(ty: &pb::DataType) -> bool {
    matches!(ty.kind, Some(Kind::Timestamp(_) | Kind::Time(_) | Kind::Duration(_)))
}

/// Microseconds in the unit of the type.
fn in_unit(micros: i64, ty: &pb::DataType) -> Option<i64> {
    let unit = match ty.kind.as_ref()? {
        Kind::Timestamp(ty) => ty.unit,
        Kind::Time(ty) => ty.unit,
        Kind::Duration(ty) => ty.unit,
        _ => return None,
    };
    let exactly = |per: i64| (micros % per == 0).then_some(micros / per);
    match pb::TimeUnit::try_from(unit).ok()? {
        pb::TimeUnit::Second => exactly(1_000_000),
        pb::TimeUnit::Milli => exactly(1_000),
        pb::TimeUnit::Micro => Some(micros),
        pb::TimeUnit::Nano => micros.checked_mul(1_000),
        pb::TimeUnit::Unspecified => None,
    }
}

fn element(ty: &pb::DataType) -> Option<&pb::DataType> {
    match ty.kind.as_ref()? {
        Kind::ListType(list) => list.element.as_deref(),
        _ => None,
    }
}

fn renested(item: &pb::Literal, from: &pb::DataType, to: &pb::DataType) -> PyResult<pb::Literal> {
    let value = item.value.clone().unwrap_or(Value::NullValue(true));
    retyped(Typed { ty: from.clone(), value }, to).map(untyped)
}

fn struct_fields(ty: &pb::DataType) -> &[pb::Field] {
    match &ty.kind {
        Some(Kind::StructType(of)) => &of.fields,
        _ => &[],
    }
}

/// A struct with the fields of another one, by name; a field that it lacks is null.
fn restructured(from: &pb::DataType, items: &pb::LiteralList, to: &pb::StructType) -> PyResult<Value> {
    let ours = struct_fields(from);
    if let Some(extra) = ours.iter().find(|field| !to.fields.iter().any(|wanted| wanted.name == field.name)) {
        return Err(PyTypeError::new_err(format!("the struct has no field named {:?}", extra.name)));
    }
    let value = |wanted: &pb::Field| -> PyResult<pb::Literal> {
        let found = ours.iter().zip(&items.items).find(|(field, _)| field.name == wanted.name);
        match (found, &wanted.r#type) {
            (Some((field, item)), Some(to)) => renested(item, field.r#type.as_ref().unwrap_or(to), to),
            _ => Ok(untyped(Value::NullValue(true))),
        }
    };
    let items = to.fields.iter().map(value).collect::<PyResult<_>>()?;
    Ok(Value::StructValue(pb::LiteralList { items }))
}

/// A dict as a map from strings.
fn as_map(from: &pb::DataType, items: &pb::LiteralList, to: &pb::MapType) -> PyResult<Value> {
    let mut map = pb::LiteralMap::default();
    for (field, item) in struct_fields(from).iter().zip(&items.items) {
        let key = Typed::primitive(pb::Primitive::String, Value::StringValue(field.name.clone()));
        map.keys.push(untyped(retyped(key, to.key.as_deref().unwrap_or(&null_type()))?));
        let (from, to) = (field.r#type.clone().unwrap_or_else(null_type), to.value.as_deref().cloned().unwrap_or_else(null_type));
        map.values.push(renested(item, &from, &to)?);
    }
    Ok(Value::MapValue(map))
}
