//! Patterns.

use arrow::datatypes::DataType;
use datafusion::logical_expr::type_coercion::binary::like_coercion;
use datafusion::logical_expr::{Expr, Like, Operator};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::{Code, Error, Result};

use super::{one, two};
use crate::bind::core::Core;
use crate::bind::expr::call::{function, scalar};
use crate::bind::expr::operator::binary;
use crate::bind::expr::typed::{Shape, Typed};

pub(super) fn apply(core: &Core, name: &str, args: Vec<Typed>) -> Result<Typed> {
    match name {
        "similar_to" => similar_to(core, two(args)?, Operator::RegexMatch),
        "not_similar_to" => similar_to(core, two(args)?, Operator::RegexNotMatch),
        "regexp_extract" => regexp_extract(core, args),
        _ => like(args, name.starts_with("not_"), name.ends_with("ilike")),
    }
}

fn like(args: Vec<Typed>, negated: bool, case_insensitive: bool) -> Result<Typed> {
    let mut args = args.into_iter();
    let (Some(value), Some(pattern), escape) = (args.next(), args.next(), args.next()) else {
        return Err(Error::new(Code::WrongArgumentCount, "like takes a value and a pattern"));
    };
    let pattern = match escape {
        Some(escape) => escaped(pattern, &escape)?,
        None => pattern,
    };
    let ty = like_coercion(value.ty(), pattern.ty()).ok_or_else(|| Error::new(Code::TypeMismatch, "like takes a string and a pattern"))?;
    let pattern = pattern.cast(&ty)?;
    let value = value.cast(&ty)?;
    let (nullable, shape) = (value.nullable() || pattern.nullable(), Shape::over([&value, &pattern]));
    let like = Like::new(negated, Box::new(value.expr), Box::new(pattern.expr), None, case_insensitive);
    Ok(Typed::new(Expr::Like(like), DataType::Boolean, nullable, shape))
}

/// The pattern with a backslash as its escape character, the only one that the engine knows.
fn escaped(pattern: Typed, escape: &Typed) -> Result<Typed> {
    let mut chars = escape.text().unwrap_or_default().chars();
    let (Some(escape), None) = (chars.next(), chars.next()) else {
        return Err(Error::invalid_argument("the escape of like is a literal of one character"));
    };
    if escape == '\\' || pattern.value().is_some_and(ScalarValue::is_null) {
        return Ok(pattern);
    }
    let Some(text) = pattern.text() else {
        return Err(Error::unsupported("an escape character other than the backslash needs a literal pattern"));
    };
    let mut changed = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c == escape => {
                changed.push('\\');
                changed.extend(chars.next());
            }
            '\\' => changed.push_str("\\\\"),
            c => changed.push(c),
        }
    }
    Ok(Typed::literal(ScalarValue::Utf8View(Some(changed))))
}

/// Standard SQL's patterns, as a regular expression that has to match the whole value.
fn similar_to(core: &Core, [value, pattern]: [Typed; 2], op: Operator) -> Result<Typed> {
    let pattern = match (pattern.text(), pattern.value()) {
        (Some(text), _) => Typed::literal(ScalarValue::Utf8View(Some(regular(text)))),
        (None, Some(_)) => Typed::literal(ScalarValue::Utf8View(None)),
        (None, None) => return Err(Error::invalid_argument("the pattern of similar_to is a literal")),
    };
    binary(value, op, pattern, &core.semantics)
}

fn regular(pattern: &str) -> String {
    let mut regex = String::from("^(?s:");
    let mut chars = pattern.chars();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let taken: String = chars.next().into_iter().collect();
                regex.push_str(&literally(&taken));
            }
            ']' => {
                in_class = false;
                regex.push(']');
            }
            c if in_class => regex.push(c),
            '[' => {
                in_class = true;
                regex.push('[');
            }
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '|' | '*' | '+' | '?' | '{' | '}' | '(' | ')' => regex.push(c),
            other => regex.push_str(&literally(&other.to_string())),
        }
    }
    regex + ")$"
}

fn literally(text: &str) -> String {
    text.chars().flat_map(|c| (!c.is_alphanumeric() && c.is_ascii() && !c.is_whitespace()).then_some('\\').into_iter().chain([c])).collect()
}

/// One group of the first match: the whole value is replaced by the group, wherever the pattern matches at all.
fn regexp_extract(core: &Core, args: Vec<Typed>) -> Result<Typed> {
    let mut args = args.into_iter();
    let value = one(args.by_ref().take(1).collect())?;
    let pattern = one(args.by_ref().take(1).collect())?;
    let group = match args.next().map(|group| group.value().cloned().map(|value| value.cast_to(&DataType::Int64))) {
        None => 0,
        Some(Some(Ok(ScalarValue::Int64(Some(group))))) if group >= 0 => group,
        Some(_) => return Err(Error::invalid_argument("the group of regexp_extract is a literal of 0 or more")),
    };
    let Some(text) = pattern.text().map(str::to_owned) else {
        let null = Typed::literal(ScalarValue::Utf8View(None));
        return if pattern.value().is_some() {
            Ok(null)
        } else {
            Err(Error::invalid_argument("the pattern of regexp_extract is a literal"))
        };
    };
    let literal = |text: String| Typed::literal(ScalarValue::Utf8View(Some(text)));
    let whole = literal(format!("^(?s:.*?)({text})(?s:.*)$"));
    let replacement = literal(format!("\\{}", group + 1));
    let found = scalar(function(core.state(), "regexp_like")?, vec![value.clone(), literal(text)])?;
    let replaced = scalar(function(core.state(), "regexp_replace")?, vec![value, whole, replacement])?;
    let ty = replaced.ty().clone();
    super::logic::if_else([found, replaced, Typed::literal(crate::bind::literal::null(&ty)?)])
}
