//! Functions that the registry marks as a rewrite: an expression that is built here from their arguments.
//!
//! What needs Rust stands in [`logic`], [`number`], [`text`] and [`nested`]; what is only a combination of DataFusion's functions is
//! one line of SQL in [`template`].

mod logic;
mod nested;
mod number;
mod template;
mod text;

use datafusion::functions::datetime::expr_fn;
use polybolos_protocol::{Code, Error, Result};

use super::call::{function, scalar};
use super::typed::Typed;
use crate::bind::core::Core;

/// Whether only the arguments that are needed are evaluated.
pub(crate) fn is_lazy(name: &str) -> bool {
    name == "if_else"
}

/// The expression of a rewrite of this name.
pub(crate) fn apply(core: &Core, name: &str, args: Vec<Typed>) -> Result<Typed> {
    if let Some(part) = date_part(name) {
        let mut args = args;
        args.insert(0, Typed::literal(datafusion::scalar::ScalarValue::Utf8(Some(part.to_owned()))));
        return scalar(function(core.state(), "date_part")?, args);
    }
    if let Some(sql) = template::of(name, &args) {
        return template::expand(core, &sql?, args);
    }
    match name {
        "now" => Ok(match core.semantics.now() {
            Some(now) => Typed::literal(now),
            None => Typed::new(expr_fn::now(), core.semantics.instant(), false, super::Shape::LEAF).recast(&core.semantics.instant()),
        }),
        "not" | "is_null" | "is_not_null" | "is_true" | "is_not_true" | "is_false" | "is_not_false" | "is_unknown" | "is_not_unknown" => {
            logic::test(name, one(args)?)
        }
        "between" | "not_between" => logic::between(core, name == "not_between", three(args)?),
        "if_else" => logic::if_else(three(args)?),
        "is_not_nan" | "isinf" | "isfinite" | "negate" | "bit_not" | "hypot" | "e" | "pmod" | "try_divide" => {
            number::apply(core, name, args)
        }
        "like" | "not_like" | "ilike" | "not_ilike" | "similar_to" | "not_similar_to" | "regexp_extract" => text::apply(core, name, args),
        "get_key" | "element_at" | "to_timestamp" | "at_time_zone" | "date_trunc" | "date_bin" | "from_utc_timestamp"
        | "to_utc_timestamp" => nested::apply(core, name, args),
        other => Err(Error::unsupported(format!("this engine has no function {other}"))),
    }
}

fn date_part(name: &str) -> Option<&'static str> {
    Some(match name {
        "year" => "year",
        "quarter" => "quarter",
        "month" => "month",
        "week" => "week",
        "day" => "day",
        "hour" => "hour",
        "minute" => "minute",
        "second" => "second",
        "millisecond" => "millisecond",
        "microsecond" => "microsecond",
        "nanosecond" => "nanosecond",
        "epoch" => "epoch",
        "iso_year" => "isoyear",
        "day_of_week" => "dow",
        "iso_day_of_week" => "isodow",
        "day_of_year" => "doy",
        _ => return None,
    })
}

fn counted<const N: usize>(args: Vec<Typed>) -> Result<[Typed; N]> {
    args.try_into()
        .map_err(|args: Vec<Typed>| Error::new(Code::WrongArgumentCount, format!("{N} arguments are needed, not {}", args.len())))
}

fn one(args: Vec<Typed>) -> Result<Typed> {
    counted(args).map(|[only]| only)
}

fn two(args: Vec<Typed>) -> Result<[Typed; 2]> {
    counted(args)
}

fn three(args: Vec<Typed>) -> Result<[Typed; 3]> {
    counted(args)
}
