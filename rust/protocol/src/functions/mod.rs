//! The function registry: every function that a plan may call, with its signature.
//!
//! The table is generated from `proto/functions/*.yaml`; this file holds its types and the ways to ask it. Validation
//! checks arity against it, the binder reads how an engine computes a function, and the server hands the whole registry
//! to clients as JSON.

mod generated;

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

pub use generated::FUNCTIONS;

/// The whole registry as canonical JSON, with documentation and examples.
pub const REGISTRY_JSON: &[u8] = include_bytes!("registry.json");

const NEAR_NAMES_MAX: usize = 3;
const NEAR_ENOUGH: f64 = 0.8;

/// One function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionSpec {
    /// `core` or `std`.
    pub namespace: &'static str,
    /// The name in plans and in all languages.
    pub name: &'static str,
    /// Where it may stand.
    pub kind: FunctionKind,
    /// One sentence.
    pub summary: &'static str,
    /// In call order.
    pub args: &'static [ArgSpec],
    /// A type, a type variable of the arguments, or `common(a,b)`: the common supertype of those arguments.
    pub returns: &'static str,
    /// What a null argument does.
    pub nulls: Nulls,
    /// When two calls with equal arguments give equal results.
    pub volatility: Volatility,
    /// More than two arguments fold from the left.
    pub chainable: bool,
    /// Names in SQL.
    pub sql: &'static [&'static str],
    /// How DataFusion computes it.
    pub engine: EngineName,
    /// Codes of the errors that it raises.
    pub errors: &'static [&'static str],
}

/// One argument of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArgSpec {
    /// Its name in documentation and wrappers.
    pub name: &'static str,
    /// A type (`int64`, `list<T>`), a class of types (`numeric`, `any`) or a type variable (`T`).
    pub ty: &'static str,
    /// May be left out.
    pub optional: bool,
    /// Stands for zero or more arguments; the last one only.
    pub variadic: bool,
    /// A plain string in a language wrapper is a string literal, not a column name.
    pub literal: bool,
}

/// Where a function may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// In any expression: one value per row from the values of that row.
    Scalar,
    /// In an aggregate, or over a window: one value per group.
    Aggregate,
    /// Over a window only: one value per row from the rows of its partition.
    Window,
}

/// What a null argument does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Any null argument makes the result null.
    Propagate,
    /// As the function's description says.
    Custom,
    /// Rows with a null are left out.
    Skip,
}

/// When two calls with equal arguments give equal results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    /// Always.
    Immutable,
    /// Within one query.
    Stable,
    /// Never to be relied on.
    Volatile,
}

/// How an engine computes a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineName {
    /// By its function of this name.
    Call(&'static str),
    /// By its operator of this spelling.
    Operator(&'static str),
    /// By an expression or a function that our engine builds by hand, under this name.
    Rewrite(&'static str),
}

impl FunctionSpec {
    /// The least number of arguments.
    pub fn min_args(&self) -> usize {
        self.args.iter().filter(|arg| !arg.optional && !arg.variadic).count()
    }

    /// The largest number of arguments; none when there is no limit.
    pub fn max_args(&self) -> Option<usize> {
        let open = self.chainable || self.args.iter().any(|arg| arg.variadic);
        (!open).then_some(self.args.len())
    }

    /// Whether a call may have this many arguments.
    pub fn accepts(&self, count: usize) -> bool {
        self.min_args() <= count && self.max_args().is_none_or(|max| count <= max)
    }

    /// The call as documents show it, such as `substring(value, start[, length])`.
    pub fn signature(&self) -> String {
        let mut text = format!("{}(", self.name);
        for (i, arg) in self.args.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            text.push_str(&match (arg.optional, arg.variadic) {
                (_, true) => format!("{comma}{}...", arg.name),
                (true, _) => format!("[{comma}{}]", arg.name),
                _ => format!("{comma}{}", arg.name),
            });
        }
        text + ")"
    }
}

/// The function of this exact name.
pub fn lookup(namespace: &str, name: &str) -> Option<&'static FunctionSpec> {
    let found = FUNCTIONS.binary_search_by(|spec| (spec.namespace, spec.name).cmp(&(namespace, name)));
    found.ok().and_then(|at| FUNCTIONS.get(at))
}

/// Up to three names of the namespace that the author of `name` may have meant, the nearest first: functions that SQL
/// knows under that name, then those that are spelled almost like it.
pub fn near_names(namespace: &str, name: &str) -> Vec<&'static str> {
    let wanted = name.to_lowercase();
    let nearness = |spec: &FunctionSpec| {
        let known_in_sql = spec.sql.contains(&wanted.as_str());
        if known_in_sql { 2.0 } else { strsim::jaro_winkler(&wanted, spec.name) }
    };
    let mut near: Vec<(f64, &'static str)> = FUNCTIONS
        .iter()
        .filter(|spec| spec.namespace == namespace)
        .map(|spec| (nearness(spec), spec.name))
        .filter(|(nearness, _)| *nearness >= NEAR_ENOUGH)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.into_iter().take(NEAR_NAMES_MAX).map(|(_, name)| name).collect()
}

/// SHA-256 of [`REGISTRY_JSON`] in hexadecimal: equal sums mean equal registries.
pub fn registry_sha256() -> &'static str {
    static SUM: LazyLock<String> = LazyLock::new(|| Sha256::digest(REGISTRY_JSON).iter().map(|byte| format!("{byte:02x}")).collect());
    SUM.as_str()
}
