//! The registry after it was checked: what targets read.

use serde::Deserialize;

use crate::example::Example;
use crate::types::Type;
use crate::value::Value;

/// Every function, grouped by area in the order of the files' names (`core` first).
#[derive(Debug)]
pub struct Registry {
    /// One per YAML file.
    pub areas: Vec<Area>,
}

/// The functions of one file.
#[derive(Debug)]
pub struct Area {
    /// Stem of the file's name, such as `math`.
    pub name: String,
    /// Heading in documents, such as `Date and time`.
    pub title: String,
    /// What holds for the whole area, in Markdown.
    pub description: Option<String>,
    /// `core` or `std`.
    pub namespace: String,
    /// In the order of the file.
    pub functions: Vec<Function>,
}

/// One function.
#[derive(Debug)]
pub struct Function {
    /// `core` or `std`.
    pub namespace: String,
    /// The one spelling for all languages, in snake case.
    pub name: String,
    /// Where it may stand.
    pub kind: Kind,
    /// One sentence.
    pub summary: String,
    /// Further semantics, in Markdown.
    pub description: Option<String>,
    /// In call order.
    pub args: Vec<Arg>,
    /// A type, or `common(a,b)`.
    pub returns: Type,
    /// What a null argument does.
    pub nulls: Nulls,
    /// When two calls with equal arguments give equal results.
    pub volatility: Volatility,
    /// Whether more than two arguments fold from the left.
    pub chainable: bool,
    /// Whether languages get a free function; otherwise an operator or a method stands for it.
    pub wrapper: bool,
    /// Names in SQL.
    pub sql: Vec<String>,
    /// How DataFusion computes it.
    pub datafusion: EngineName,
    /// Codes of the errors that it raises.
    pub errors: Vec<String>,
    /// Conformance cases.
    pub examples: Vec<Example>,
    /// Why there are none: the notation has no lambdas.
    pub examples_reason: Option<String>,
}

/// One argument.
#[derive(Debug)]
pub struct Arg {
    /// In snake case.
    pub name: String,
    /// Its type, a class of types or a type variable.
    pub ty: Type,
    /// What it means.
    pub doc: String,
    /// May be left out.
    pub optional: bool,
    /// Stands for zero or more arguments; the last one only.
    pub variadic: bool,
    /// A plain string in a language wrapper is a string literal, not a column name.
    pub literal: bool,
    /// What an optional argument that was left out means.
    pub default: Option<Value>,
}

/// Where a function may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One value per row from the values of that row.
    Scalar,
    /// One value per group.
    Aggregate,
    /// One value per row from the rows of its partition.
    Window,
}

/// What a null argument does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nulls {
    /// Any null argument makes the result null.
    Propagate,
    /// As the description says.
    Custom,
    /// Rows with a null are left out of the aggregate.
    Skip,
}

/// When two calls with equal arguments give equal results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Volatility {
    /// Always.
    Immutable,
    /// Within one query.
    Stable,
    /// Never to be relied on.
    Volatile,
}

/// How an engine computes a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineName {
    /// By its function of this name.
    Call(String),
    /// By its operator of this spelling.
    Operator(String),
    /// By an expression or a function that our engine builds by hand.
    Rewrite(String),
}

impl Registry {
    /// Every function, area by area.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.areas.iter().flat_map(|area| &area.functions)
    }

    /// Every function, sorted by namespace and name.
    pub fn sorted(&self) -> Vec<&Function> {
        let mut all: Vec<&Function> = self.functions().collect();
        all.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        all
    }

    /// How many functions there are.
    pub fn len(&self) -> usize {
        self.functions().count()
    }

    /// Whether there is no function.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Function {
    /// The least number of arguments.
    pub fn min_args(&self) -> usize {
        self.args.iter().filter(|arg| !arg.optional && !arg.variadic).count()
    }

    /// The largest number of arguments; none when there is no limit.
    pub fn max_args(&self) -> Option<usize> {
        let open = self.chainable || self.args.iter().any(|arg| arg.variadic);
        (!open).then_some(self.args.len())
    }

    /// The argument that stands at a position, counting repeats of the last one.
    pub fn arg_at(&self, position: usize) -> Option<&Arg> {
        self.args.get(position).or_else(|| self.args.last().filter(|arg| arg.variadic || self.chainable))
    }

    /// Whether it takes a lambda, which examples cannot express.
    pub fn takes_lambda(&self) -> bool {
        self.args.iter().any(|arg| arg.ty == Type::Plain("lambda"))
    }

    /// The call as documents show it, such as `substring(value, start[, length])`.
    pub fn signature(&self) -> String {
        let mut text = format!("{}(", self.name);
        for (i, arg) in self.args.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let name = &arg.name;
            match (arg.optional, arg.variadic) {
                (_, true) => text.push_str(&format!("{comma}{name}...")),
                (true, _) => text.push_str(&format!("[{comma}{name}]")),
                _ => text.push_str(&format!("{comma}{name}")),
            }
        }
        text + ")"
    }
}

impl Kind {
    /// As YAML and JSON spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Scalar => "scalar",
            Kind::Aggregate => "aggregate",
            Kind::Window => "window",
        }
    }
}

impl Nulls {
    /// As YAML and JSON spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Nulls::Propagate => "propagate",
            Nulls::Custom => "custom",
            Nulls::Skip => "skip",
        }
    }
}

impl Volatility {
    /// As YAML and JSON spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Volatility::Immutable => "immutable",
            Volatility::Stable => "stable",
            Volatility::Volatile => "volatile",
        }
    }
}
