//! The rules that go beyond shape: names, order of arguments, types that hang together, enough examples.

use std::collections::BTreeMap;

use crate::error::{Error, Mistake};
use crate::example::{Example, Outcome};
use crate::registry::{Arg, Function, Kind, Nulls, Registry};
use crate::types::Type;

const EXAMPLES_MIN: usize = 2;

/// What is wrong with a function but for its examples.
pub(crate) fn signature(function: &Function) -> Vec<Mistake> {
    let rules: [fn(&Function) -> Vec<Mistake>; 7] = [names, prose, order, optionals, result_type, nulls, codes];
    rules.iter().flat_map(|rule| rule(function)).collect()
}

/// What is wrong between functions: names that occur twice.
pub(crate) fn registry(registry: &Registry) -> Vec<Error> {
    let mut seen = BTreeMap::new();
    let mut errors = Vec::new();
    for area in &registry.areas {
        let file = format!("{}.yaml", area.name);
        if !["core", "std"].contains(&area.namespace.as_str()) {
            let message = format!("namespace: `{}` is not a namespace; right are core and std", area.namespace);
            errors.push(Error::Shape { file: file.clone(), place: String::new(), message });
        }
        for function in &area.functions {
            let earlier = seen.insert((&function.namespace, &function.name), file.clone());
            if let Some(earlier) = earlier {
                let message = format!("{}.{} stands in {earlier} already", function.namespace, function.name);
                errors.push(Mistake::new("name", message).within(&file, &function.name));
            }
        }
    }
    errors
}

fn names(function: &Function) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if !is_snake_case(&function.name) {
        mistakes.push(Mistake::new("name", "a name is snake_case: a-z, 0-9 and _"));
    }
    for (i, arg) in function.args.iter().enumerate() {
        let key = format!("args[{i}].name");
        if !is_snake_case(&arg.name) {
            mistakes.push(Mistake::new(key.clone(), format!("`{}` is not snake_case", arg.name)));
        }
        if function.args.iter().take(i).any(|other| other.name == arg.name) {
            mistakes.push(Mistake::new(key, format!("`{}` occurs twice", arg.name)));
        }
    }
    mistakes
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn prose(function: &Function) -> Vec<Mistake> {
    let summary = &function.summary;
    let sentence = summary.ends_with('.') && !summary.contains('\n');
    let mut mistakes = Vec::new();
    if !sentence {
        mistakes.push(Mistake::new("summary", "one sentence on one line that ends with a period"));
    }
    if function.nulls == Nulls::Custom && function.description.is_none() {
        mistakes.push(Mistake::new("description", "`nulls: custom` needs a description that says what a null does"));
    }
    mistakes
}

fn order(function: &Function) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (i, arg) in function.args.iter().enumerate() {
        let last = i + 1 == function.args.len();
        let after_optional = function.args.iter().take(i).any(|earlier| earlier.optional);
        let required = !arg.optional && !arg.variadic;
        if arg.variadic && (!last || arg.optional) {
            mistakes
                .push(Mistake::new(format!("args[{i}].variadic"), "only the last argument is variadic, and it is not optional besides"));
        }
        if after_optional && required {
            mistakes.push(Mistake::new(format!("args[{i}].optional"), "a required argument cannot follow an optional one"));
        }
    }
    if function.chainable && (function.args.len() != 2 || function.min_args() != 2) {
        mistakes.push(Mistake::new("chainable", "a chainable function has exactly two arguments, both required"));
    }
    mistakes
}

/// An optional argument before another one needs a default, so that wrappers can give the later one alone.
fn optionals(function: &Function) -> Vec<Mistake> {
    let needs_default = |(i, arg): &(usize, &Arg)| {
        let followed = function.args.iter().skip(i + 1).any(|later| later.optional || later.variadic);
        arg.optional && followed && arg.default.is_none()
    };
    let mistake = |(i, arg): (usize, &Arg)| {
        Mistake::new(format!("args[{i}].default"), format!("`{}` stands before another optional argument, so say its default", arg.name))
    };
    let mut mistakes: Vec<Mistake> = function.args.iter().enumerate().filter(needs_default).map(mistake).collect();
    let stray = function.args.iter().position(|arg| arg.default.is_some() && !arg.optional);
    mistakes.extend(stray.map(|i| Mistake::new(format!("args[{i}].default"), "only an optional argument has a default")));
    mistakes
}

fn result_type(function: &Function) -> Vec<Mistake> {
    let wrong = |message| vec![Mistake::new("returns", message)];
    if let Type::Common(names) = &function.returns {
        let stranger = names.iter().find(|name| !function.args.iter().any(|arg| arg.name == **name));
        return stranger.map_or(Vec::new(), |name| wrong(format!("common(..) names `{name}`, which is not an argument")));
    }
    let known: Vec<char> = function.args.iter().flat_map(|arg| arg.ty.variables()).collect();
    let free = function.returns.variables().into_iter().find(|letter| !known.contains(letter));
    free.map_or(Vec::new(), |letter| wrong(format!("the variable {letter} stands in no argument")))
}

fn nulls(function: &Function) -> Vec<Mistake> {
    if function.nulls == Nulls::Skip && function.kind == Kind::Scalar {
        return vec![Mistake::new("nulls", "`skip` is for functions over rows; a scalar function says propagate or custom")];
    }
    Vec::new()
}

fn codes(function: &Function) -> Vec<Mistake> {
    let is_code = |code: &str| !code.is_empty() && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let wrong = function.errors.iter().filter(|code| !is_code(code));
    wrong.map(|code| Mistake::new("errors", format!("`{code}` is not a code; codes are like DIVISION_BY_ZERO"))).collect()
}

/// Enough examples, one of them with a null. A function without arguments cannot be given a null, nor a second input; one
/// that takes a lambda says why it has none.
pub(crate) fn examples(function: &Function) -> Vec<Mistake> {
    match (function.takes_lambda(), &function.examples_reason) {
        (true, Some(_)) => return Vec::new(),
        (false, Some(_)) => {
            return vec![Mistake::new("examples_reason", "only a function that takes a lambda can do without examples")];
        }
        (_, None) => {}
    }
    let mut mistakes = Vec::new();
    let has_args = !function.args.is_empty();
    let least = if has_args || function.kind != Kind::Scalar { EXAMPLES_MIN } else { 1 };
    if function.examples.len() < least {
        mistakes.push(Mistake::new("examples", format!("at least {least} examples")));
    }
    if has_args && !function.examples.iter().any(Example::has_null) {
        mistakes.push(Mistake::new("examples", "one example must have a null in it"));
    }
    for (i, example) in function.examples.iter().enumerate() {
        let Outcome::Error(code) = &example.outcome else { continue };
        if !function.errors.contains(code) {
            mistakes.push(Mistake::new(format!("examples[{i}].error"), format!("`{code}` is not among the `errors` of the function")));
        }
    }
    mistakes
}
