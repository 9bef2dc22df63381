//! Tests of conditions, `between` and `if_else`.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{Between, Case, Expr, Operator};
use polybolos_protocol::{Code, Error, Result};

use crate::bind::core::Core;
use crate::bind::expr::operator::{Family, binary, family};
use crate::bind::expr::typed::{Shape, Typed};
use crate::bind::types::show;

type Test = fn(Box<Expr>) -> Expr;

/// `not`, `is_null` and their like; all but `not` are never null.
pub(super) fn test(name: &str, value: Typed) -> Result<Typed> {
    let (test, nullable): (Test, bool) = match name {
        "is_null" => (Expr::IsNull, false),
        "is_not_null" => (Expr::IsNotNull, false),
        "is_true" => (Expr::IsTrue, false),
        "is_not_true" => (Expr::IsNotTrue, false),
        "is_false" => (Expr::IsFalse, false),
        "is_not_false" => (Expr::IsNotFalse, false),
        "is_unknown" => (Expr::IsUnknown, false),
        "is_not_unknown" => (Expr::IsNotUnknown, false),
        _ => (Expr::Not, value.nullable()),
    };
    let value =
        if value.ty() == &DataType::Null && !matches!(name, "is_null" | "is_not_null") { value.cast(&DataType::Boolean)? } else { value };
    let shape = Shape::over([&value]);
    Ok(Typed::new(test(Box::new(value.expr)), DataType::Boolean, nullable, shape))
}

pub(super) fn between(core: &Core, negated: bool, [value, low, high]: [Typed; 3]) -> Result<Typed> {
    let low = bound(core, &value, low, Operator::GtEq)?;
    let high = bound(core, &value, high, Operator::LtEq)?;
    let (nullable, shape) = (value.nullable() || low.nullable() || high.nullable(), Shape::over([&value, &low, &high]));
    let expr = Expr::Between(Between::new(Box::new(value.expr), negated, Box::new(low.expr), Box::new(high.expr)));
    Ok(Typed::new(expr, DataType::Boolean, nullable, shape))
}

/// A bound that compares with the value; literal text is read as the date or time beside it.
fn bound(core: &Core, value: &Typed, bound: Typed, op: Operator) -> Result<Typed> {
    binary(value.clone(), op, bound.clone(), &core.semantics)?;
    match (family(value.ty()), family(bound.ty())) {
        (Family::Time, Family::Text) => bound.cast(value.ty()),
        (Family::Text, Family::Time) if value.value().is_none() => {
            let message = format!("between does not take {} and {}; cast one side", show(value.ty()), show(bound.ty()));
            Err(Error::new(Code::TypeMismatch, message))
        }
        _ => Ok(bound),
    }
}

pub(super) fn if_else([condition, then, otherwise]: [Typed; 3]) -> Result<Typed> {
    let ty = crate::bind::expr::common_type("the results of if_else", [&then, &otherwise])?;
    let (then, otherwise, condition) = (then.cast(&ty)?, otherwise.cast(&ty)?, condition.cast(&DataType::Boolean)?);
    let (nullable, shape) = (then.nullable() || otherwise.nullable(), Shape::over([&condition, &then, &otherwise]));
    let case = Case::new(None, vec![(Box::new(condition.expr), Box::new(then.expr))], Some(Box::new(otherwise.expr)));
    Ok(Typed::new(Expr::Case(case), ty, nullable, shape))
}
