//! Numbers.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::{Code, Error, Result};

use super::{one, two};
use crate::bind::core::Core;
use crate::bind::expr::call::{function, scalar};
use crate::bind::expr::operator::{Family, binary, family};
use crate::bind::expr::typed::{Shape, Typed};
use crate::bind::semantics::Semantics;
use crate::bind::types::show;
use crate::functions::arithmetic::OnZero;

pub(super) fn apply(core: &Core, name: &str, args: Vec<Typed>) -> Result<Typed> {
    let call = |name: &str, args: Vec<Typed>| scalar(function(core.state(), name)?, args);
    let operator = |left, op, right| binary(left, op, right, &core.semantics);
    match name {
        "is_not_nan" => super::logic::test("not", call("isnan", args)?),
        "isinf" => operator(call("abs", vec![one(args)?.cast(&DataType::Float64)?])?, Operator::Eq, float(f64::INFINITY)),
        "isfinite" => operator(call("abs", vec![one(args)?.cast(&DataType::Float64)?])?, Operator::Lt, float(f64::INFINITY)),
        "negate" => negate(one(args)?, &core.semantics),
        "bit_not" => bit_not(one(args)?),
        "e" => Ok(float(std::f64::consts::E)),
        "hypot" => {
            let [x, y] = two(args)?;
            let (x, y) = (x.cast(&DataType::Float64)?, y.cast(&DataType::Float64)?);
            let squares = [operator(x.clone(), Operator::Multiply, x)?, operator(y.clone(), Operator::Multiply, y)?];
            let [x, y] = squares;
            call("sqrt", vec![operator(x, Operator::Plus, y)?])
        }
        "pmod" => {
            let [left, right] = two(args)?;
            let remainder = operator(left, Operator::Modulo, right.clone())?;
            operator(operator(remainder, Operator::Plus, right.clone())?, Operator::Modulo, right)
        }
        _ => try_divide(two(args)?, &core.semantics),
    }
}

fn float(value: f64) -> Typed {
    Typed::literal(ScalarValue::Float64(Some(value)))
}

fn negate(value: Typed, semantics: &Semantics) -> Result<Typed> {
    let ty = value.ty().clone();
    if ty == DataType::Null {
        return Ok(value);
    }
    if ty.is_unsigned_integer() || !matches!(family(&ty), Family::Number | Family::Span) {
        let advice = if ty.is_unsigned_integer() { "; cast it to a signed type" } else { "" };
        return Err(Error::new(Code::TypeMismatch, format!("negate takes a signed number or an interval, not {}{advice}", show(&ty))));
    }
    if ty.is_integer() {
        let zero = Typed::literal(ScalarValue::Int64(Some(0))).cast(&ty)?;
        return binary(zero, Operator::Minus, value, semantics);
    }
    let (nullable, shape) = (value.nullable(), Shape::over([&value]));
    Ok(Typed::new(Expr::Negative(Box::new(value.expr)), ty, nullable, shape))
}

fn bit_not(value: Typed) -> Result<Typed> {
    let ty = value.ty().clone();
    if !ty.is_signed_integer() && ty != DataType::Null {
        return Err(Error::new(Code::TypeMismatch, format!("bit_not takes a signed integer, not {}", show(&ty))));
    }
    let ones = Typed::literal(ScalarValue::Int64(Some(-1))).cast(if ty == DataType::Null { &DataType::Int64 } else { &ty })?;
    let (nullable, shape) = (value.nullable(), Shape::over([&value]));
    let expr = Expr::BinaryExpr(BinaryExpr::new(Box::new(value.expr), Operator::BitwiseXor, Box::new(ones.expr)));
    Ok(Typed::new(expr, ty, nullable, shape))
}

/// Null where the divisor is zero, floats included.
fn try_divide([left, right]: [Typed; 2], semantics: &Semantics) -> Result<Typed> {
    let zero = Typed::literal(ScalarValue::Int64(Some(0))).cast(right.ty())?;
    let (ty, shape) = (right.ty().clone(), Shape::over([&right]));
    let divisor = Typed::new(datafusion::functions::core::expr_fn::nullif(right.expr, zero.expr), ty, true, shape);
    binary(left, Operator::Divide, divisor, &Semantics { division_by_zero: OnZero::Error, ..semantics.clone() })
}
