//! Pieces of text that several targets write.

use crate::example::{Example, Frame, Input, Outcome};
use crate::registry::{Function, Nulls, Volatility};
use crate::value::Value;

/// What a null argument does, as a sentence.
pub(super) fn nulls(function: &Function) -> &'static str {
    match function.nulls {
        Nulls::Propagate if function.args.is_empty() => "Never null.",
        Nulls::Propagate => "Null if any argument is null.",
        Nulls::Custom => "See the description.",
        Nulls::Skip => "Rows where an argument is null are skipped.",
    }
}

/// When calls can be shared, as a sentence.
pub(super) fn volatility(function: &Function) -> &'static str {
    match function.volatility {
        Volatility::Immutable => "Immutable: equal arguments give equal results.",
        Volatility::Stable => "Stable: the same within one query.",
        Volatility::Volatile => "Volatile: evaluated anew for each row.",
    }
}

/// The call of an example, such as `substring('hello', 2, 3)`.
pub(super) fn call(function: &Function, example: &Example) -> String {
    match &example.input {
        Input::Args(args) => format!("{}({})", function.name, list(args)),
        Input::Rows { rows, args_after, distinct, rollup, order_by, frame, ties } => {
            let mut text = format!("{}({})", function.name, rows_text(rows, args_after, *distinct));
            if *rollup {
                text.push_str(" by rollup of argument 1");
            }
            if let Some(position) = order_by {
                text.push_str(&format!(" ordered by argument {}", position + 1));
            }
            if let Some(ties) = ties {
                text.push_str(&format!(" ordered by {}", ties.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")));
            }
            if *frame == Frame::Current {
                text.push_str(" up to the current row");
            }
            text
        }
    }
}

fn rows_text(rows: &[Vec<Value>], args_after: &[Value], distinct: bool) -> String {
    let row = |row: &Vec<Value>| if row.len() == 1 { list(row) } else { format!("({})", list(row)) };
    let distinct = if distinct { "distinct " } else { "" };
    let rows = format!("{distinct}rows {}", rows.iter().map(row).collect::<Vec<_>>().join("; "));
    if args_after.is_empty() { rows.trim_end().to_owned() } else { format!("{rows}, {}", list(args_after)) }
}

/// The outcome of an example.
pub(super) fn outcome(example: &Example) -> String {
    match &example.outcome {
        Outcome::Value(value) => value.to_string(),
        Outcome::Values(values) => list(values),
        Outcome::SomeOf(ty) => format!("some {ty}"),
        Outcome::Error(code) => format!("error {code}"),
    }
}

fn list(values: &[Value]) -> String {
    values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
}
