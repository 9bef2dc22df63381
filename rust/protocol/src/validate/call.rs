//! Calls: the function must be in the registry, of the right kind, with a number of arguments that it takes.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::check::Checker;
use super::expression::Allowed;
use super::place::Path;
use crate::error::{Code, Error};
use crate::functions::{self, FUNCTIONS, FunctionKind, FunctionSpec};
use crate::wire::plan::{Call, FunctionRef, KeyValue, NamedExpr};

/// Namespaces whose functions are all in the registry; others are the catalog's.
const REGISTERED: [&str; 2] = ["core", "std"];

/// The only revision of each function's semantics so far; 0 lets the server choose.
const SEMANTICS_MAX: u32 = 1;

/// The registry, for plans with many calls.
static BY_NAME: LazyLock<HashMap<(&str, &str), &'static FunctionSpec>> =
    LazyLock::new(|| FUNCTIONS.iter().map(|spec| ((spec.namespace, spec.name), spec)).collect());

const COMPARISONS: [&str; 6] = ["eq", "ne", "lt", "le", "gt", "ge"];

/// How a function is called.
pub(super) struct Use<'u> {
    pub(super) kind: FunctionKind,
    pub(super) args: usize,
    pub(super) named_args: &'u [NamedExpr],
    pub(super) options: &'u [KeyValue],
}

impl Checker<'_> {
    pub(super) fn call(&mut self, at: &Path, call: &Call, allowed: Allowed) -> u32 {
        self.call_of_kind(at, call, FunctionKind::Scalar, allowed)
    }

    pub(super) fn call_of_kind(&mut self, at: &Path, call: &Call, kind: FunctionKind, allowed: Allowed) -> u32 {
        let usage = Use { kind, args: call.args.len(), named_args: &call.named_args, options: &call.options };
        self.function(at, call.function.as_ref(), &usage);
        let arguments = Allowed { lambda: true, ..allowed };
        let mut deepest = self.children(at, "args", &call.args, arguments);
        for (i, named) in call.named_args.iter().enumerate() {
            let at = at.item("named_args", i);
            self.name(&at.field("name"), &named.name);
            deepest = deepest.max(self.child(&at.field("expr"), named.expr.as_ref(), arguments));
        }
        deepest
    }

    /// A function's name, and whether it may be called like this.
    pub(super) fn function(&mut self, at: &Path, function: Option<&FunctionRef>, usage: &Use) {
        let at_function = at.field("function");
        let Some(function) = self.required(&at_function, function) else {
            return;
        };
        self.function_name(&at_function, function);
        self.key_values(at, "options", usage.options);
        if !REGISTERED.contains(&function.namespace.as_str()) || function.name.is_empty() {
            return;
        }
        match BY_NAME.get(&(function.namespace.as_str(), function.name.as_str())).copied() {
            Some(spec) => self.registered(at, spec, usage),
            None => self.unresolved(&at_function, function),
        }
    }

    pub(super) fn function_name(&mut self, at: &Path, function: &FunctionRef) {
        self.name(&at.field("namespace"), &function.namespace);
        self.name(&at.field("name"), &function.name);
        if function.semantics > SEMANTICS_MAX {
            let revision = function.semantics;
            self.invalid(&at.field("semantics"), format_args!("this build has revision {SEMANTICS_MAX} of each function, not {revision}"));
        }
    }

    /// The comparison of a quantified subquery.
    pub(super) fn comparison(&mut self, at: &Path, function: &FunctionRef) {
        self.function_name(at, function);
        if function.namespace != "core" || !COMPARISONS.contains(&function.name.as_str()) {
            let name = format_args!("{}.{}", function.namespace, function.name).to_string();
            self.invalid(at, format_args!("{name} is no comparison: core.eq, ne, lt, le, gt or ge"));
        }
    }

    fn unresolved(&mut self, at: &Path, function: &FunctionRef) {
        let FunctionRef { namespace, name, .. } = function;
        let shown: String = name.chars().take(80).collect();
        let near = functions::near_names(namespace, &shown);
        let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
        let error = Error::new(Code::UnresolvedFunction, format!("there is no function {namespace}.{shown}{hint}")).param("name", &shown);
        self.push(at, error.with_candidates(near));
    }

    fn registered(&mut self, at: &Path, spec: &FunctionSpec, usage: &Use) {
        let FunctionSpec { namespace, name, .. } = spec;
        if !may_stand(spec.kind, usage.kind) {
            let wanted = kind_name(usage.kind);
            self.misplaced(&at.field("function"), format_args!("{namespace}.{name} is {}, not {wanted}", kind_name(spec.kind)));
        }
        let count = usage.args + usage.named_args.len();
        if !spec.accepts(count) {
            let message = format!("{namespace}.{} takes {}, not {count}", spec.signature(), wanted_count(spec));
            self.push(at, Error::new(Code::WrongArgumentCount, message).param("name", *name));
        }
        self.named_arguments(at, spec, usage);
        if let Some(option) = usage.options.first() {
            self.invalid(&at.item("options", 0), format_args!("{namespace}.{name} has no option {:?}", option.key));
        }
    }

    fn named_arguments(&mut self, at: &Path, spec: &FunctionSpec, usage: &Use) {
        let mut given: HashSet<&str> = spec.args.iter().take(usage.args).map(|arg| arg.name).collect();
        for (i, named) in usage.named_args.iter().enumerate() {
            let at = at.item("named_args", i);
            if !spec.args.iter().any(|arg| arg.name == named.name) {
                self.invalid(&at, format_args!("{}.{} has no argument {:?}", spec.namespace, spec.signature(), named.name));
            } else if !given.insert(&named.name) {
                self.invalid(&at, format_args!("argument {:?} is given twice", named.name));
            }
        }
    }
}

/// Any aggregate may be computed over a window.
fn may_stand(kind: FunctionKind, place: FunctionKind) -> bool {
    kind == place || (kind == FunctionKind::Aggregate && place == FunctionKind::Window)
}

fn kind_name(kind: FunctionKind) -> &'static str {
    match kind {
        FunctionKind::Scalar => "a scalar function",
        FunctionKind::Aggregate => "an aggregate function",
        FunctionKind::Window => "a window function",
    }
}

/// How many arguments a function takes, in words.
fn wanted_count(spec: &FunctionSpec) -> String {
    let arguments = |count: usize| format!("{count} argument{}", if count == 1 { "" } else { "s" });
    match (spec.min_args(), spec.max_args()) {
        (min, None) => format!("at least {}", arguments(min)),
        (min, Some(max)) if min == max => arguments(max),
        (min, Some(max)) => format!("{min} to {}", arguments(max)),
    }
}
