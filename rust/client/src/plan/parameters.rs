//! The values of parameters: one for each that the plan declares, of its type.
//!
//! A number takes the declared type where that holds it exactly, so that `bind("least", 3)` is right for an `int64` and for
//! a `float64`; a null takes any type. Nothing else is converted: a text is no number.

use polybolos_protocol::error::Code;
use polybolos_protocol::text::display_type;
use polybolos_protocol::wire::flight::ParameterValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::data_type::Kind;
use polybolos_protocol::wire::plan::literal::Value;
use polybolos_protocol::{Error, Result};

use crate::frame::Bindings;

/// The values, in the order of the parameters.
pub(super) fn values(parameters: &[pb::ParameterDecl], bindings: &Bindings) -> Result<Vec<ParameterValue>> {
    let value = |(parameter, index)| Ok(ParameterValue { index, value: Some(value_of(parameter, bindings)?) });
    parameters.iter().zip(1_u32..).map(value).collect()
}

fn value_of(parameter: &pb::ParameterDecl, bindings: &Bindings) -> Result<pb::Literal> {
    let name = &parameter.name;
    let Some((_, value)) = bindings.iter().find(|(bound, _)| bound == name) else {
        let message = format!("the parameter ${name} has no value: give it one with bind({name:?}, ...)");
        return Err(Error::new(Code::ParameterMismatch, message));
    };
    let Some(declared) = &parameter.r#type else {
        return Ok(value.clone());
    };
    fitted(value, declared).ok_or_else(|| {
        let (declared, given) = (display_type(declared), value.r#type.as_ref().map(display_type).unwrap_or_default());
        Error::new(Code::ParameterMismatch, format!("the parameter ${name} is of type {declared}, its value of type {given}"))
    })
}

/// The value in this type, where it is exactly the same there.
fn fitted(literal: &pb::Literal, ty: &pb::DataType) -> Option<pb::Literal> {
    if literal.r#type.as_ref() == Some(ty) {
        return Some(literal.clone());
    }
    let value = match (literal.value.as_ref()?, ty.kind.as_ref()?) {
        (Value::NullValue(_), _) => Value::NullValue(true),
        (value, Kind::Primitive(primitive)) if is_number(literal) => number(value, pb::Primitive::try_from(*primitive).ok()?)?,
        _ => return None,
    };
    Some(pb::Literal { r#type: Some(ty.clone()), value: Some(value) })
}

/// Whether the literal is a number, and not a date or time that is written as one.
fn is_number(literal: &pb::Literal) -> bool {
    let Some(Kind::Primitive(primitive)) = literal.r#type.as_ref().and_then(|ty| ty.kind.as_ref()) else {
        return false;
    };
    let numbers = pb::Primitive::Int8 as i32..=pb::Primitive::Float64 as i32;
    numbers.contains(primitive)
}

fn number(value: &Value, to: pb::Primitive) -> Option<Value> {
    use pb::Primitive as P;
    match value {
        Value::IntValue(_) | Value::UintValue(_) => whole(value, to),
        Value::Float32Value(value) if to == P::Float64 => Some(Value::Float64Value(f64::from(*value))),
        Value::Float64Value(value) if to == P::Float32 => single(*value).map(Value::Float32Value),
        _ => None,
    }
}

fn whole(value: &Value, to: pb::Primitive) -> Option<Value> {
    use pb::Primitive as P;
    let value = match value {
        Value::IntValue(value) => i128::from(*value),
        Value::UintValue(value) => i128::from(*value),
        _ => return None,
    };
    let signed = |least: i64, most: i64| (i128::from(least)..=i128::from(most)).contains(&value).then(|| i64::try_from(value).ok())?;
    let unsigned = |most: u64| (0..=i128::from(most)).contains(&value).then(|| u64::try_from(value).ok())?;
    match to {
        P::Int8 => signed(i8::MIN.into(), i8::MAX.into()).map(Value::IntValue),
        P::Int16 => signed(i16::MIN.into(), i16::MAX.into()).map(Value::IntValue),
        P::Int32 => signed(i32::MIN.into(), i32::MAX.into()).map(Value::IntValue),
        P::Int64 => signed(i64::MIN, i64::MAX).map(Value::IntValue),
        P::Uint8 => unsigned(u8::MAX.into()).map(Value::UintValue),
        P::Uint16 => unsigned(u16::MAX.into()).map(Value::UintValue),
        P::Uint32 => unsigned(u32::MAX.into()).map(Value::UintValue),
        P::Uint64 => unsigned(u64::MAX).map(Value::UintValue),
        P::Float64 => exact(value, 53).map(Value::Float64Value),
        P::Float32 => exact(value, 24).and_then(single).map(Value::Float32Value),
        _ => None,
    }
}

/// The number as a float with so many bits of precision, where that is the same number for certain.
fn exact(value: i128, bits: u32) -> Option<f64> {
    let most = 1_i128 << bits;
    (-most..=most).contains(&value).then_some(value as f64)
}

fn single(value: f64) -> Option<f32> {
    let single = value as f32;
    (f64::from(single) == value || value.is_nan()).then_some(single)
}
