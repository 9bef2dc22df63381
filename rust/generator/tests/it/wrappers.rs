//! The shape of the Rust wrappers for each kind of argument.

use polybolos_generator::{load, render};

fn wrappers(yaml: &str) -> String {
    rendered(yaml, "rust/client")
}

/// The generated file in a folder, for the registry of one file.
pub(crate) fn rendered(yaml: &str, folder_of_target: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let functions = folder.path().join("proto/functions");
    std::fs::create_dir_all(&functions).unwrap();
    std::fs::write(functions.join("area.yaml"), yaml).unwrap();
    let registry = load(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let file = render(&registry).into_iter().find(|file| file.path.starts_with(folder_of_target)).unwrap();
    file.text
}

pub(crate) fn function(name: &str, kind: &str, args: &str, examples: &str) -> String {
    format!(
        "namespace: std\nfunctions:\n  - name: {name}\n    kind: {kind}\n    summary: A sentence.\n    args: [{args}]\n    returns: int64\n    \
         nulls: propagate\n    volatility: immutable\n    engines: {{datafusion: {{call: f}}}}\n    examples: [{examples}]\n"
    )
}

#[test]
fn an_ordinary_argument_is_a_column_and_a_literal_one_an_operand() {
    let args = "{name: value, type: string, doc: A.}, {name: unit, type: string, literal: true, doc: B.}";
    let text = wrappers(&function("part", "scalar", args, "{args: [a, b], result: 1}, {args: [null, b], result: null}"));
    assert!(text.contains("pub fn part(value: impl IntoColumn, unit: impl IntoOperand) -> Expr {"), "{text}");
    assert!(text.contains(r#"call("std", "part", vec![value.into_column(), unit.into_operand()])"#), "{text}");
    assert!(text.contains("use crate::expr::{Expr, IntoColumn, IntoOperand, call};"), "{text}");
}

#[test]
fn a_keyword_gets_an_underscore() {
    let args = "{name: type, type: string, doc: A.}";
    let text = wrappers(&function("struct", "scalar", args, "{args: [a], result: 1}, {args: [null], result: null}"));
    assert!(text.contains("pub fn struct_(type_: impl IntoColumn) -> Expr {"), "{text}");
    assert!(text.contains(r#"call("std", "struct", vec![type_.into_column()])"#), "{text}");
}

#[test]
fn several_optional_arguments_fill_gaps_with_defaults() {
    let args = "{name: value, type: int64, doc: A.}, {name: start, type: int64, optional: true, default: 1, doc: B.}, \
                {name: flags, type: string, optional: true, literal: true, doc: C.}";
    let text = wrappers(&function("find", "scalar", args, "{args: [1], result: 1}, {args: [null], result: null}"));
    assert!(text.contains("start: impl IntoOptionalColumn, flags: impl IntoOptional"), "{text}");
    assert!(text.contains("(start.into_optional_column(), Some(1_i64.into_operand())), (flags.into_optional(), None)"), "{text}");
    assert!(text.contains("fn append_optional("), "{text}");
    assert!(text.contains("IntoOperand"), "{text}");
}

#[test]
fn a_variadic_argument_takes_an_iterator() {
    let args = "{name: value, type: T, doc: A.}, {name: others, type: T, variadic: true, doc: B.}";
    let text = wrappers(&function("least", "scalar", args, "{args: [1, 2], result: 1}, {args: [null], result: null}"));
    assert!(text.contains("others: impl IntoIterator<Item = impl IntoColumn>"), "{text}");
    assert!(text.contains("args.extend(others.into_iter().map(IntoColumn::into_column));"), "{text}");
}

#[test]
fn aggregates_and_windows_have_their_own_calls() {
    let args = "{name: value, type: int64, doc: A.}";
    let rows = "{rows: [[1]], result: 1}, {rows: [[null]], result: null}";
    assert!(wrappers(&function("total", "aggregate", args, rows)).contains(r#"aggregate_call("std", "total", "#));
    let rows = "{rows: [[1]], result: [1]}, {rows: [[null]], result: [null]}";
    assert!(wrappers(&function("place", "window", args, rows)).contains(r#"window_call("std", "place", "#));
}

#[test]
fn documentation_shows_signature_nulls_and_examples() {
    let args = "{name: value, type: string, doc: The text.}";
    let text = wrappers(&function("shout", "scalar", args, "{args: [a], result: 1}, {args: [null], result: null}"));
    for line in [
        "/// A sentence.",
        "/// `shout(value) -> int64`",
        "/// * `value` (`string`): The text.",
        "/// shout('a')   1",
        "/// shout(NULL)  NULL",
    ] {
        assert!(text.contains(line), "{line} is missing in {text}");
    }
}
