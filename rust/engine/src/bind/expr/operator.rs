//! The operators of two values: comparison, arithmetic, bits, text.
//!
//! DataFusion would quietly compare text with numbers. Here values of different kinds do not meet: only text that stands in
//! the plan as a literal is read as the date, time or timestamp beside it.

use arrow::datatypes::DataType;
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::{Code, Error, Result};

use super::typed::{Shape, Typed};
use crate::bind::fault::mistyped;
use crate::bind::literal;
use crate::bind::semantics::Semantics;
use crate::bind::types::show;
use crate::functions::arithmetic::{self, Arithmetic, OnOverflow, OnZero};
use crate::functions::{chain, decimal};

/// The kinds of values that can meet in an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Null,
    Bool,
    Number,
    Text,
    Binary,
    Time,
    Span,
    Nested,
    Other,
}

/// The kind of values of this type.
pub(crate) fn family(ty: &DataType) -> Family {
    match ty {
        DataType::Null => Family::Null,
        DataType::Boolean => Family::Bool,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Family::Text,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => Family::Binary,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Time32(_) | DataType::Time64(_) => Family::Time,
        DataType::Interval(_) | DataType::Duration(_) => Family::Span,
        DataType::Dictionary(_, value) => family(value),
        DataType::RunEndEncoded(_, value) => family(value.data_type()),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..)
        | DataType::Struct(_)
        | DataType::Map(..) => Family::Nested,
        number if number.is_numeric() => Family::Number,
        _ => Family::Other,
    }
}

/// The operator of this spelling in the function registry.
pub(crate) fn by_spelling(spelling: &str) -> Option<Operator> {
    Some(match spelling {
        "=" => Operator::Eq,
        "!=" | "<>" => Operator::NotEq,
        "<" => Operator::Lt,
        "<=" => Operator::LtEq,
        ">" => Operator::Gt,
        ">=" => Operator::GtEq,
        "IS DISTINCT FROM" => Operator::IsDistinctFrom,
        "IS NOT DISTINCT FROM" => Operator::IsNotDistinctFrom,
        "AND" => Operator::And,
        "OR" => Operator::Or,
        "+" => Operator::Plus,
        "-" => Operator::Minus,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        "&" => Operator::BitwiseAnd,
        "|" => Operator::BitwiseOr,
        "BIT_XOR" | "#" | "^" => Operator::BitwiseXor,
        "<<" => Operator::BitwiseShiftLeft,
        ">>" => Operator::BitwiseShiftRight,
        "||" => Operator::StringConcat,
        "~" => Operator::RegexMatch,
        "~*" => Operator::RegexIMatch,
        "!~" => Operator::RegexNotMatch,
        "!~*" => Operator::RegexNotIMatch,
        "@>" => Operator::AtArrow,
        "<@" => Operator::ArrowAt,
        _ => return None,
    })
}

/// The operator over two values.
pub(crate) fn binary(left: Typed, op: Operator, right: Typed, semantics: &Semantics) -> Result<Typed> {
    let (left, right) = meet(left, op, right)?;
    let ty = result_type(&left, op, &right)?;
    if let Some(arithmetic) = Arithmetic::of(op).filter(|_| ty.is_integer() && left.ty().is_integer() && right.ty().is_integer()) {
        return whole(left, arithmetic, right, semantics);
    }
    let right = match op {
        Operator::Divide | Operator::Modulo if semantics.division_by_zero == OnZero::Null && !ty.is_floating() => null_if_zero(right)?,
        _ => right,
    };
    if semantics.overflow == OnOverflow::Null && ty.is_decimal() && decimal::calculates(op) {
        return decimal_or_null(left, op, right, ty);
    }
    let nullable = match op {
        Operator::IsDistinctFrom | Operator::IsNotDistinctFrom => false,
        _ => left.nullable() || right.nullable(),
    };
    let shape = Shape::over([&left, &right]);
    let expr = Expr::BinaryExpr(BinaryExpr::new(Box::new(left.expr), op, Box::new(right.expr)));
    Ok(Typed::new(expr, ty, nullable, shape))
}

/// An operation on decimals that is null where its result does not fit.
fn decimal_or_null(left: Typed, op: Operator, right: Typed, ty: DataType) -> Result<Typed> {
    let inputs = BinaryTypeCoercer::new(left.ty(), &op, right.ty()).get_input_types();
    let (left_ty, right_ty) = mistyped(inputs, || unfit(&left, op, &right))?;
    let (left, right) = (left.cast(&left_ty)?, right.cast(&right_ty)?);
    let shape = Shape::over([&left, &right]);
    Ok(Typed::new(decimal::or_null(op, left.expr, right.expr), ty, true, shape))
}

/// Addition, subtraction and multiplication of integers, which say what happens when a result does not fit.
fn whole(left: Typed, arithmetic: Arithmetic, right: Typed, semantics: &Semantics) -> Result<Typed> {
    let op = arithmetic.operator();
    let inputs = BinaryTypeCoercer::new(left.ty(), &op, right.ty()).get_input_types();
    let (left_ty, right_ty) = mistyped(inputs, || unfit(&left, op, &right))?;
    let (left, right) = (left.cast(&left_ty)?, right.cast(&right_ty)?);
    let (nullable, shape, ty) = (left.nullable() || right.nullable(), Shape::over([&left, &right]), left_ty);
    let nullable = nullable || semantics.overflow == OnOverflow::Null;
    Ok(Typed::new(arithmetic::call(arithmetic, semantics.overflow, left.expr, right.expr), ty, nullable, shape))
}

/// Whether these are several integers, none of which has to be converted to meet the others.
pub(crate) fn are_of_one_integer_type(args: &[Typed]) -> bool {
    match args {
        [first, rest @ ..] => first.ty().is_integer() && !rest.is_empty() && rest.iter().all(|arg| arg.ty() == first.ty()),
        [] => false,
    }
}

/// One operation over all of these integers, from the left.
pub(crate) fn all_whole(args: Vec<Typed>, operation: Arithmetic, semantics: &Semantics) -> Typed {
    let on_overflow = semantics.overflow;
    let nullable = args.iter().any(Typed::nullable) || on_overflow == OnOverflow::Null;
    let shape = Shape::over(&args);
    let shape = Shape { depth: shape.depth.saturating_add(chain::DEPTH_MAX), ..shape };
    let ty = args.first().map_or(DataType::Null, |arg| arg.ty().clone());
    let mut terms = args.into_iter().map(|arg| arg.expr);
    let first = terms.next().unwrap_or_default();
    Typed::new(chain::fold(first, terms.map(|term| (operation, term)).collect(), on_overflow), ty, nullable, shape)
}

fn null_if_zero(divisor: Typed) -> Result<Typed> {
    let zero = Typed::literal(ScalarValue::Int64(Some(0))).cast(divisor.ty())?;
    let (ty, shape) = (divisor.ty().clone(), Shape::over([&divisor]));
    let expr = datafusion::functions::core::expr_fn::nullif(divisor.expr, zero.expr);
    Ok(Typed::new(expr, ty, true, shape))
}

/// Brings two values to kinds that can meet, or says why they cannot.
fn meet(left: Typed, op: Operator, right: Typed) -> Result<(Typed, Typed)> {
    let (left_family, right_family) = (family(left.ty()), family(right.ty()));
    match (left_family, right_family) {
        _ if op == Operator::StringConcat => Ok((left, right)),
        (Family::Text, Family::Time) if compares(op) || op == Operator::Minus => {
            let ty = right.ty().clone();
            Ok((read_as(left, &ty, |text| unfit(text, op, &right))?, right))
        }
        (Family::Time, Family::Text) if compares(op) || op == Operator::Minus => {
            let ty = left.ty().clone();
            let right = read_as(right, &ty, |text| unfit(&left, op, text))?;
            Ok((left, right))
        }
        (Family::Null, _) | (_, Family::Null) => Ok((left, right)),
        (a, b) if compares(op) && a != b => Err(Error::new(Code::TypeMismatch, unfit(&left, op, &right))),
        (Family::Text | Family::Bool | Family::Binary, _) | (_, Family::Text | Family::Bool | Family::Binary) if computes(op) => {
            Err(Error::new(Code::TypeMismatch, unfit(&left, op, &right)))
        }
        _ => Ok((left, right)),
    }
}

/// A literal text beside a date, time or timestamp is read as one.
fn read_as(text: Typed, ty: &DataType, unfit: impl FnOnce(&Typed) -> String) -> Result<Typed> {
    if text.value().is_none() {
        return Err(Error::new(Code::TypeMismatch, unfit(&text)));
    }
    if text.value().is_some_and(ScalarValue::is_null) {
        return Ok(Typed::literal(literal::null(ty)?));
    }
    text.cast(ty)
}

pub(crate) fn compares(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

fn computes(op: Operator) -> bool {
    use Operator::{BitwiseAnd, BitwiseOr, BitwiseShiftLeft, BitwiseShiftRight, BitwiseXor, Divide, Minus, Modulo, Multiply, Plus};
    matches!(op, Plus | Minus | Multiply | Divide | Modulo | BitwiseAnd | BitwiseOr | BitwiseXor | BitwiseShiftLeft | BitwiseShiftRight)
}

fn result_type(left: &Typed, op: Operator, right: &Typed) -> Result<DataType> {
    match op {
        Operator::AtArrow | Operator::ArrowAt if family(left.ty()) != Family::Nested || family(right.ty()) != Family::Nested => {
            Err(Error::new(Code::TypeMismatch, unfit(left, op, right)))
        }
        _ => mistyped(BinaryTypeCoercer::new(left.ty(), &op, right.ty()).get_result_type(), || unfit(left, op, right)),
    }
}

/// The sentence that names the operator, the two types and what to do.
fn unfit(left: &Typed, op: Operator, right: &Typed) -> String {
    let (left_ty, right_ty) = (show(left.ty()), show(right.ty()));
    let advice = match (family(left.ty()), family(right.ty())) {
        (Family::Text, Family::Null | Family::Nested | Family::Other) | (Family::Nested | Family::Other, _) => {
            "these types have nothing in common".to_owned()
        }
        (Family::Text, _) => format!("cast the left side to {right_ty}"),
        (_, Family::Text) => format!("cast the right side to {left_ty}"),
        _ => "cast one side to the type of the other".to_owned(),
    };
    format!("operator {op} does not take {left_ty} and {right_ty}; {advice}")
}
