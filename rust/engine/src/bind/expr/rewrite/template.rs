//! Rewrites that are a combination of DataFusion's own functions, written as SQL: `$1` is the first argument, `$*` all of them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::config::Dialect;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::{Expr, ExprSchemable};
use polybolos_protocol::{Code, Error, Result};

use crate::bind::core::Core;
use crate::bind::expr::typed::{Shape, Typed};
use crate::bind::fault::planned;

/// The SQL of a rewrite of this name.
pub(super) fn of(name: &str, args: &[Typed]) -> Option<Result<String>> {
    let sql = match (name, args.len()) {
        ("current_time", _) => "arrow_cast(current_time(), 'Time64(µs)')".to_owned(),
        ("day_name", _) => "to_char($1, '%A')".to_owned(),
        ("month_name", _) => "to_char($1, '%B')".to_owned(),
        ("make_time", _) => "arrow_cast(make_time($1, $2, $3), 'Time64(µs)')".to_owned(),
        ("make_timestamp", _) => make_timestamp(),
        ("to_time", _) => "arrow_cast(to_time($*), 'Time64(µs)')".to_owned(),
        ("to_timestamp", 1) | ("to_timestamp_micros", _) => micros("$1"),
        ("list_contains_all", 2) => "array_has_all($1, $2)".to_owned(),
        ("list_contained_by", 2) => "array_has_all($2, $1)".to_owned(),
        ("lpad" | "rpad", 2) => format!("{name}($1, CASE WHEN $2 < 0 THEN 0 ELSE $2 END)"),
        ("lpad" | "rpad", 3) => format!("{name}($1, CASE WHEN $2 < 0 THEN 0 ELSE $2 END, $3)"),
        ("to_timestamp_seconds", _) => micros(&cast("$1", "Timestamp(s)")),
        ("to_timestamp_millis", _) => micros(&cast("$1", "Timestamp(ms)")),
        ("to_timestamp_nanos", _) => micros(&cast("$1", "Timestamp(ns)")),
        ("date_from_unix_date", _) => cast(&cast("$1", "Int32"), "Date32"),
        ("unix_date", _) => days("$1"),
        ("unix_micros", _) => unix_micros(),
        ("unix_millis", _) => format!("(({0} - ({0} % 1000 + 1000) % 1000) / 1000)", unix_micros()),
        ("date_add", _) => cast(&format!("{} + {}", days("$1"), cast("$2", "Int32")), "Date32"),
        ("date_sub", _) => cast(&format!("{} - {}", days("$1"), cast("$2", "Int32")), "Date32"),
        ("date_diff", _) => format!("{} - {}", days("$1"), days("$2")),
        ("add_months", _) => {
            format!("{} + {}", cast("$1", "Date32"), cast(&format!("{} || ' months'", cast("$2", "Utf8")), "Interval(MonthDayNano)"))
        }
        ("last_day", _) => last_day("$1"),
        ("days_in_month", _) => format!("date_part('day', {})", last_day("$1")),
        ("months_between", _) => months_between(),
        ("array_contains", _) => "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE coalesce(array_has($1, $2), false) END".to_owned(),
        ("array_contains_all", _) => "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE array_has_all($1, $2) END".to_owned(),
        ("array_contains_any", _) => "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE array_has_any($1, $2) END".to_owned(),
        ("map", _) => {
            "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE map($1, CASE WHEN array_length($1) = array_length($2) THEN $2 END) END"
                .to_owned()
        }
        ("create_map", count) if count % 2 == 0 => create_map(count),
        ("create_map", count) => {
            return Some(Err(Error::new(
                Code::WrongArgumentCount,
                format!("create_map takes keys and values by turns, not {count} arguments"),
            )));
        }
        ("map_contains_key", _) => {
            "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE coalesce(array_has(map_keys($1), $2), false) END".to_owned()
        }
        ("json_get", _) => "json_union_to_text(json_get($*))".to_owned(),
        ("json_from_scalar", _) => "json_union_to_text(json_from_scalar($1))".to_owned(),
        ("hex", _) => "upper(encode($1, 'hex'))".to_owned(),
        ("unhex", _) => "decode(lower($1), 'hex')".to_owned(),
        ("base64", _) => "encode($1, 'base64pad')".to_owned(),
        ("unbase64", _) => "decode(rtrim($1, '='), 'base64')".to_owned(),
        _ => return None,
    };
    Some(Ok(sql))
}

fn cast(value: &str, ty: &str) -> String {
    format!("arrow_cast({value}, '{ty}')")
}

fn micros(value: &str) -> String {
    cast(value, "Timestamp(µs)")
}

/// Days since the epoch.
fn days(value: &str) -> String {
    cast(&cast(value, "Date32"), "Int32")
}

fn unix_micros() -> String {
    cast(&micros("$1"), "Int64")
}

fn last_day(value: &str) -> String {
    let date = cast(value, "Date32");
    let first = cast(&format!("{} - date_part('day', {date}) + 1", cast(&date, "Int32")), "Date32");
    format!("({first} + INTERVAL '1 month' - INTERVAL '1 day')")
}

fn make_timestamp() -> String {
    let date = cast(&micros("make_date($1, $2, $3)"), "Int64");
    let time = cast(&cast(&format!("make_time($4, $5, {})", cast("floor($6)", "Int64")), "Time64(µs)"), "Int64");
    let fraction = cast(&format!("round(($6 - floor($6)) * {})", cast("1000000", "Float64")), "Int64");
    micros(&format!("{date} + {time} + {fraction}"))
}

fn months_between() -> String {
    let part = |value: &str, part: &str| format!("date_part('{part}', {})", micros(value));
    let last = |value: &str| format!("date_part('day', {})", last_day(value));
    let months = format!("((({} - {}) * 12) + {} - {})", part("$1", "year"), part("$2", "year"), part("$1", "month"), part("$2", "month"));
    let seconds = |value: &str| {
        format!(
            "({} * 86400 + {} * 3600 + {} * 60 + {})",
            part(value, "day"),
            part(value, "hour"),
            part(value, "minute"),
            part(value, "second")
        )
    };
    let same_day = format!("{} = {}", part("$1", "day"), part("$2", "day"));
    let both_last = format!("({} = {} AND {} = {})", part("$1", "day"), last("$1"), part("$2", "day"), last("$2"));
    let rest = format!("{} / {}", cast(&format!("{} - {}", seconds("$1"), seconds("$2")), "Float64"), cast("2678400", "Float64"));
    format!("CASE WHEN {same_day} OR {both_last} THEN {} ELSE round({months} + {rest}, 8) END", cast(&months, "Float64"))
}

fn create_map(count: usize) -> String {
    let every_other = |first: usize| (first..=count).step_by(2).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
    format!("map(make_array({}), make_array({}))", every_other(1), every_other(2))
}

/// Plans the SQL over the arguments. Literals stand in it as literals, the others as columns until its type is known.
pub(super) fn expand(core: &Core, sql: &str, args: Vec<Typed>) -> Result<Typed> {
    let fields = args.iter().enumerate().map(|(number, arg)| (None, Arc::new(Field::new(place(number), arg.ty().clone(), true)))).collect();
    let schema = planned(DFSchema::new_with_metadata(fields, HashMap::new()))?;
    let state = core.state();
    let parsed = planned(state.sql_to_expr_with_alias(&spelled(sql, args.len()), &Dialect::Generic))?;
    let expr = planned(state.create_logical_expr_from_sql_expr(parsed, &schema))?;
    let literal = |number: usize| args.get(number).and_then(Typed::value).map(|value| Expr::Literal(value.clone(), None));
    let expr = substituted(expr, &literal)?;
    let (ty, nullable) = (planned(expr.get_type(&schema))?, planned(expr.nullable(&schema))?);
    let shape = Shape::over(&args);
    let shape = Shape { depth: shape.depth + 8, size: shape.size + 32, ..shape };
    let expr = substituted(expr, &|number| args.get(number).map(|arg| arg.expr.clone()))?;
    Ok(Typed::new(expr, ty, nullable, shape))
}

fn place(number: usize) -> String {
    format!("argument_{}", number + 1)
}

fn spelled(sql: &str, count: usize) -> String {
    let all = (0..count).map(place).collect::<Vec<_>>().join(", ");
    let mut sql = sql.replace("$*", &all);
    for number in (0..count).rev() {
        sql = sql.replace(&format!("${}", number + 1), &place(number));
    }
    sql
}

fn substituted(expr: Expr, argument: &dyn Fn(usize) -> Option<Expr>) -> Result<Expr> {
    let found = |column: &Column| column.name.strip_prefix("argument_")?.parse::<usize>().ok()?.checked_sub(1).and_then(argument);
    let transformed = expr.transform_down(|node| {
        Ok(match &node {
            Expr::Column(column) if column.relation.is_none() => match found(column) {
                Some(replacement) => Transformed::new(replacement, true, datafusion::common::tree_node::TreeNodeRecursion::Jump),
                None => Transformed::no(node),
            },
            _ => Transformed::no(node),
        })
    });
    planned(transformed.map(|transformed| transformed.data))
}
