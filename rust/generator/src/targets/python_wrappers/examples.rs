//! Doctests: examples of the registry as a user would type them. They run with `pb`, `col`, `lit`, `F`, `datetime`, `Decimal`
//! and a `session`.

use crate::example::{Example, Frame, Input, Outcome};
use crate::registry::{Arg, Function, Kind};
use crate::types::Type;
use crate::value::Value;

use super::{identifier, values};

const EXAMPLES_MAX: usize = 2;
const COLUMNS: &[&str] = &["x", "y", "z"];
/// A longer call has its data on a line of its own.
const CALL_MAX: usize = 112;
/// The order of the rows of a window.
const POSITION: &str = "i";
/// Window functions that look at the frame.
const FRAMED: &[&str] = &["first_value", "last_value", "nth_value"];

/// The prompts with what they print.
pub(super) fn of(function: &Function) -> String {
    let suitable = function.examples.iter().filter_map(|example| doctest(function, example));
    let doctests: Vec<(String, String)> = suitable.take(EXAMPLES_MAX).collect();
    let doctests = if doctests.is_empty() { vec![shown(function)] } else { doctests };
    doctests.iter().map(|(code, printed)| format!(">>> {code}\n{printed}\n")).collect()
}

fn doctest(function: &Function, example: &Example) -> Option<(String, String)> {
    match (&example.input, &example.outcome) {
        (Input::Args(args), Outcome::Value(result)) => {
            let call = call(function, args.iter().enumerate().map(|(at, value)| argument(function, at, value)))?;
            compared(format!("session.select({call}).scalar()"), result)
        }
        (Input::Rows { rows, .. }, _) if rows.first().is_none_or(Vec::is_empty) && function.kind == Kind::Aggregate => None,
        (input @ Input::Rows { .. }, outcome) => Rows::read(function, input)?.doctest(outcome),
        _ => None,
    }
}

/// The value of some code and the result.
fn compared(code: String, result: &Value) -> Option<(String, String)> {
    match result {
        Value::Null(_) => Some((format!("{code} is None"), "True".into())),
        Value::Text(Type::Plain("timestamptz"), text) => {
            Some((format!("{code}.astimezone(datetime.UTC).isoformat()"), format!("'{}'", values::iso_format(text))))
        }
        _ => Some((code, values::repr(result)?)),
    }
}

fn call(function: &Function, args: impl Iterator<Item = Option<String>>) -> Option<String> {
    let args: Vec<String> = args.collect::<Option<_>>()?;
    Some(format!("F.{}({})", identifier(&function.name), args.join(", ")))
}

fn argument(function: &Function, position: usize, value: &Value) -> Option<String> {
    let literal = function.arg_at(position).is_some_and(|arg| arg.literal);
    if literal { values::operand(value) } else { values::expression(value) }
}

/// An aggregate or window function over rows.
struct Rows<'a> {
    function: &'a Function,
    /// The name, values and type of each column that is an argument.
    columns: Vec<(&'a str, Value)>,
    args_after: &'a [Value],
    distinct: bool,
    rollup: bool,
    order_by: Option<usize>,
    frame: Frame,
    ties: Vec<i64>,
}

impl<'a> Rows<'a> {
    fn read(function: &'a Function, input: &'a Input) -> Option<Self> {
        let Input::Rows { rows, args_after, distinct, rollup, order_by, frame, ties } = input else { return None };
        let width = rows.first().map_or(0, Vec::len);
        let column = |at: usize| {
            let values: Vec<Value> = rows.iter().filter_map(|row| row.get(at).cloned()).collect();
            let ty = values.first()?.data_type();
            Some((column_name(function, width, at)?, Value::List(values, ty)))
        };
        let columns = (0..width).map(column).collect::<Option<_>>()?;
        let ties = ties.clone().unwrap_or_else(|| (1..).take(rows.len()).collect());
        Some(Rows { function, columns, args_after, distinct: *distinct, rollup: *rollup, order_by: *order_by, frame: *frame, ties })
    }

    fn doctest(&self, outcome: &Outcome) -> Option<(String, String)> {
        let measure = self.measure()?;
        match outcome {
            Outcome::Value(result) => compared(on(&self.source(None)?, &format!(".agg({measure}).scalar()")), result),
            Outcome::Values(results) if self.rollup => {
                let (key, _) = self.columns.first()?;
                let call = format!(".rollup({key:?}).agg(result={measure}).select(\"result\").sort(\"result\").to_pydict()");
                Some((on(&self.source(None)?, &call), printed(results)?))
            }
            Outcome::Values(results) => {
                let call = format!(".select(result={measure}.over({})).to_pydict()", self.window());
                Some((on(&self.source(Some(&self.ties))?, &call), printed(results)?))
            }
            Outcome::SomeOf(_) | Outcome::Error(_) => None,
        }
    }

    /// The frame of data: the columns and, for a window, the order of the rows. Types follow where they are not natural.
    fn source(&self, positions: Option<&[i64]>) -> Option<String> {
        let mut columns = self.columns.clone();
        let numbered = |positions: &[i64]| positions.iter().map(|at| Value::Int(Type::INT64, *at)).collect();
        columns.extend(positions.map(|positions| (POSITION, Value::List(numbered(positions), Type::INT64))));
        let data = mapping(columns.iter().map(|(name, values)| Some((*name, values::source(values)?))))?;
        if columns.iter().all(|(_, values)| values::is_natural(values)) {
            return Some(format!("session.from_pydict({data})"));
        }
        let types = mapping(columns.iter().map(|(name, values)| Some((*name, item_type(values)?))))?;
        Some(format!("session.from_pydict({data}, {types})"))
    }

    fn measure(&self) -> Option<String> {
        let width = self.columns.len();
        let columns = self.columns.iter().map(|(name, _)| Some(format!("{name:?}")));
        let after = self.args_after.iter().enumerate().map(|(at, value)| argument(self.function, width + at, value));
        let mut text = call(self.function, columns.chain(after))?;
        if self.distinct {
            text.push_str(".distinct()");
        }
        if let Some((key, _)) = self.order_by.and_then(|at| self.columns.get(at)) {
            text.push_str(&format!(".order_by({key:?})"));
        }
        Some(text)
    }

    fn window(&self) -> String {
        let frame = match self.frame {
            Frame::Current => ", rows=(None, 0)",
            Frame::Whole if FRAMED.contains(&self.function.name.as_str()) => ", rows=(None, None)",
            Frame::Whole => "",
        };
        format!("order_by={POSITION:?}{frame}")
    }
}

fn on(source: &str, call: &str) -> String {
    let fits = source.len() + call.len() <= CALL_MAX;
    if fits { format!("{source}{call}") } else { format!("data = {source}\n>>> data{call}") }
}

/// Arguments that have the names of variables keep them: `corr(y, x)`.
fn column_name(function: &Function, width: usize, at: usize) -> Option<&str> {
    let args = function.args.get(..width)?;
    let named = args.iter().all(|arg| arg.name.len() == 1);
    if named { args.get(at).map(|arg| arg.name.as_str()) } else { COLUMNS.get(at).copied() }
}

fn mapping<'n>(entries: impl Iterator<Item = Option<(&'n str, String)>>) -> Option<String> {
    let entry = |entry: Option<(&str, String)>| entry.map(|(name, value)| format!("{name:?}: {value}"));
    Some(format!("{{{}}}", entries.map(entry).collect::<Option<Vec<_>>>()?.join(", ")))
}

fn item_type(values: &Value) -> Option<String> {
    let Value::List(_, item) = values else { return None };
    values::type_name(item).map(|name| format!("{name:?}"))
}

fn printed(results: &[Value]) -> Option<String> {
    let results: Vec<String> = results.iter().map(values::repr).collect::<Option<_>>()?;
    Some(format!("{{'result': [{}]}}", results.join(", ")))
}

/// The expression alone, over columns that are named like the arguments.
fn shown(function: &Function) -> (String, String) {
    let required: Vec<&Arg> = function.args.iter().filter(|arg| !arg.optional && !arg.variadic).collect();
    let spelled = |write: fn(&Arg) -> String| required.iter().map(|arg| write(arg)).collect::<Vec<_>>().join(", ");
    let code = spelled(|arg| if is_lambda(arg) { "lambda x: x > 1".into() } else { format!("{:?}", arg.name) });
    let text = spelled(|arg| match arg.literal {
        _ if is_lambda(arg) => "x -> (x > 1)".into(),
        true => format!("'{}'", arg.name),
        false => arg.name.clone(),
    });
    (format!("F.{}({code})", identifier(&function.name)), format!("Expr: {}({text})", function.name))
}

fn is_lambda(arg: &Arg) -> bool {
    arg.ty == Type::Plain("lambda")
}
