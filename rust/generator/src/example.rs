//! One conformance case of a function: its input and what must come out.

use std::collections::BTreeMap;

use serde_yaml_ng::Value as Yaml;

use crate::entry::ExampleEntry;
use crate::error::Mistake;
use crate::registry::{Function, Kind};
use crate::types::Type;
use crate::value::{Value, column, type_of};

/// One conformance case.
#[derive(Debug)]
pub struct Example {
    /// What goes in.
    pub input: Input,
    /// What must come out.
    pub outcome: Outcome,
    /// A remark for readers.
    pub note: Option<String>,
}

/// What goes in.
#[derive(Debug)]
pub enum Input {
    /// The arguments of a scalar function.
    Args(Vec<Value>),
    /// The rows of an aggregate or window function.
    Rows {
        /// Per row the arguments that are columns.
        rows: Vec<Vec<Value>>,
        /// Literal arguments after them.
        args_after: Vec<Value>,
        /// Aggregate distinct values only.
        distinct: bool,
        /// Group by ROLLUP of the first argument: one result per group, in ascending order.
        rollup: bool,
        /// Aggregate in ascending order of this argument, nulls last.
        order_by: Option<usize>,
        /// Frame of a window function.
        frame: Frame,
        /// Value of the ordering per row of a window function; absent: the position of the row.
        ties: Option<Vec<i64>>,
    },
}

/// Frame of a window example, in rows, from unbounded preceding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// To unbounded following.
    Whole,
    /// To the current row.
    Current,
}

/// What must come out.
#[derive(Debug)]
pub enum Outcome {
    /// This value.
    Value(Value),
    /// One value per row.
    Values(Vec<Value>),
    /// Some value of this type, not null.
    SomeOf(Type),
    /// An error with this code.
    Error(String),
}

impl Example {
    /// Whether a null goes in or comes out.
    pub fn has_null(&self) -> bool {
        let input = match &self.input {
            Input::Args(args) => args.iter().any(Value::has_null),
            Input::Rows { rows, args_after, .. } => rows.iter().flatten().chain(args_after).any(Value::has_null),
        };
        input
            || match &self.outcome {
                Outcome::Value(value) => value.has_null(),
                Outcome::Values(values) => values.iter().any(Value::has_null),
                Outcome::SomeOf(_) | Outcome::Error(_) => false,
            }
    }
}

/// Reads one example of a function; keys in mistakes are relative to the example.
pub(crate) fn read(function: &Function, entry: &ExampleEntry) -> Result<Example, Mistake> {
    let mut reader = Reader { function, entry, bound: BTreeMap::new() };
    let input = reader.input()?;
    let outcome = reader.outcome(&input)?;
    Ok(Example { input, outcome, note: entry.note.clone() })
}

/// Reads an example; `bound` collects what the type variables of the signature stand for in it.
struct Reader<'a> {
    function: &'a Function,
    entry: &'a ExampleEntry,
    bound: BTreeMap<char, Type>,
}

impl Reader<'_> {
    fn input(&mut self) -> Result<Input, Mistake> {
        match (self.function.kind, &self.entry.args, &self.entry.rows) {
            (Kind::Scalar, Some(args), None) => self.args(args),
            (Kind::Aggregate | Kind::Window, None, Some(rows)) => self.rows(rows),
            (Kind::Scalar, ..) => Err(Mistake::new("args", "a scalar function has `args`, and no `rows`")),
            _ => Err(Mistake::new("rows", "an aggregate or window function has `rows`, and no `args`")),
        }
    }

    fn args(&mut self, args: &[Yaml]) -> Result<Input, Mistake> {
        let entry = self.entry;
        if entry.distinct
            || entry.rollup
            || entry.order_by.is_some()
            || entry.frame.is_some()
            || entry.ties.is_some()
            || !entry.args_after.is_empty()
        {
            return Err(Mistake::new("args", "distinct, rollup, order_by, frame, ties and args_after belong to examples with `rows`"));
        }
        self.check_count(args.len())?;
        let columns: Vec<Vec<Yaml>> = args.iter().map(|arg| vec![arg.clone()]).collect();
        let values = self.columns(&columns, |position| format!("args[{position}]"))?;
        Ok(Input::Args(values.into_iter().flatten().collect()))
    }

    fn rows(&mut self, rows: &[Vec<Yaml>]) -> Result<Input, Mistake> {
        let entry = self.entry;
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            return Err(Mistake::new("rows", "all rows have the same number of arguments"));
        }
        if !rows.is_empty() {
            self.check_count(width + entry.args_after.len())?;
        }
        let mut columns: Vec<Vec<Yaml>> = (0..width).map(|i| rows.iter().filter_map(|row| row.get(i).cloned()).collect()).collect();
        columns.extend(entry.args_after.iter().map(|arg| vec![arg.clone()]));
        let place = |position| {
            if position < width { format!("rows (argument {position})") } else { "args_after".into() }
        };
        let mut values = self.columns(&columns, place)?;
        let args_after = values.split_off(width).into_iter().flatten().collect();
        Ok(Input::Rows {
            rows: transposed(&values, rows.len()),
            args_after,
            distinct: entry.distinct,
            rollup: entry.rollup,
            order_by: entry.order_by,
            frame: frame(entry.frame.as_deref())?,
            ties: entry.ties.clone(),
        })
    }

    fn check_count(&self, count: usize) -> Result<(), Mistake> {
        let function = self.function;
        if function.min_args() <= count && function.max_args().is_none_or(|max| count <= max) {
            return Ok(());
        }
        Err(Mistake::new("args", format!("{count} arguments do not fit `{}`", function.signature())))
    }

    /// Reads the values position by position: first what each variable stands for, then the values.
    fn columns(&mut self, columns: &[Vec<Yaml>], place: impl Fn(usize) -> String) -> Result<Vec<Vec<Value>>, Mistake> {
        let function = self.function;
        let declared = |position: usize| function.arg_at(position).map_or(Type::Plain("any"), |arg| arg.ty.clone());
        for (position, items) in columns.iter().enumerate() {
            if let Some(actual) = items.iter().find_map(type_of) {
                declared(position).bind(&actual, &mut self.bound);
            }
        }
        let read = |(position, items): (usize, &Vec<Yaml>)| {
            let expected = self.expected(&declared(position));
            column(items, expected.as_ref()).map_err(|message| Mistake::new(place(position), message))
        };
        columns.iter().enumerate().map(read).collect()
    }

    /// The type of plain values where the signature says this type. Where only floats can stand, integers are floats.
    fn expected(&self, declared: &Type) -> Option<Type> {
        let float = || (*declared == Type::Plain("float")).then_some(Type::Plain("float64"));
        declared.resolve(&self.bound).or_else(float)
    }

    fn outcome(&self, input: &Input) -> Result<Outcome, Mistake> {
        let entry = self.entry;
        match (&entry.result, &entry.result_type, &entry.error) {
            (Some(result), None, None) => self.result(result, input).map_err(|message| Mistake::new("result", message)),
            (None, Some(ty), None) => Type::parse(ty).map(Outcome::SomeOf).map_err(|message| Mistake::new("result_type", message)),
            (None, None, Some(code)) => Ok(Outcome::Error(code.clone())),
            _ => Err(Mistake::new("result", "an example has exactly one of `result`, `result_type` and `error`")),
        }
    }

    fn result(&self, result: &Yaml, input: &Input) -> Result<Outcome, String> {
        let expected = self.expected(&self.function.returns);
        let several = |what: &str| result.as_sequence().ok_or_else(|| format!("the result is a list, one value per {what}"));
        match input {
            Input::Rows { rows, .. } if self.function.kind == Kind::Window => {
                let items = several("row")?;
                let fits = items.len() == rows.len();
                if fits { column(items, expected.as_ref()) } else { Err(format!("{} values for {} rows", items.len(), rows.len())) }
                    .map(Outcome::Values)
            }
            Input::Rows { rollup: true, .. } => column(several("group")?, expected.as_ref()).map(Outcome::Values),
            _ => Value::parse(result, expected.as_ref()).map(Outcome::Value),
        }
    }
}

fn frame(name: Option<&str>) -> Result<Frame, Mistake> {
    match name {
        None => Ok(Frame::Whole),
        Some("current") => Ok(Frame::Current),
        Some(other) => Err(Mistake::new("frame", format!("`{other}` is not a frame; right is `current`, or nothing"))),
    }
}

fn transposed(columns: &[Vec<Value>], height: usize) -> Vec<Vec<Value>> {
    (0..height).map(|row| columns.iter().filter_map(|column| column.get(row).cloned()).collect()).collect()
}
