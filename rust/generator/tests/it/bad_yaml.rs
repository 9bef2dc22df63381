//! Every mistake names the file, the function and the key, and says what would be right.

use polybolos_generator::load;

const GOOD: &str = "namespace: std
functions:
  - name: twice
    kind: scalar
    summary: The double of a number.
    args:
      - {name: value, type: int64, doc: A number.}
    returns: int64
    nulls: propagate
    volatility: immutable
    engines: {datafusion: {call: twice}}
    examples:
      - {args: [2], result: 4}
      - {args: [null], result: null}
";

fn loaded(yaml: &str) -> Result<usize, String> {
    let folder = tempfile::tempdir().unwrap();
    let functions = folder.path().join("proto/functions");
    std::fs::create_dir_all(&functions).unwrap();
    std::fs::write(functions.join("math.yaml"), yaml).unwrap();
    load(folder.path()).map(|registry| registry.len()).map_err(|error| error.to_string())
}

/// The message for the good file with one piece replaced.
fn message(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    loaded(&GOOD.replacen(from, to, 1)).unwrap_err()
}

#[track_caller]
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}

#[test]
fn the_good_file_loads() {
    assert_eq!(loaded(GOOD), Ok(1));
}

#[test]
fn an_unknown_key_is_named_with_the_known_ones() {
    let message = message("nulls: propagate", "nulls: propagate\n    nullls: custom");
    says(&message, &["math.yaml", "function `twice`", "unknown field `nullls`", "`volatility`", "line"]);
}

#[test]
fn a_missing_key_is_named() {
    let message = message("    volatility: immutable\n", "");
    says(&message, &["math.yaml", "function `twice`", "missing field `volatility`"]);
}

#[test]
fn an_unknown_kind_is_named_with_the_known_ones() {
    let message = message("kind: scalar", "kind: scaler");
    says(&message, &["math.yaml", "function `twice`", "kind", "`scaler`", "`scalar`", "`aggregate`", "`window`"]);
}

#[test]
fn an_unknown_type_is_named_with_the_known_ones() {
    let message = message("type: int64", "type: integer64");
    says(&message, &["math.yaml", "function `twice`", "args[0].type", "`integer64`", "int64", "list<..>"]);
}

#[test]
fn a_value_of_the_wrong_type_is_named() {
    let message = message("args: [2]", "args: [two]");
    says(&message, &["math.yaml", "function `twice`", "examples[0].args[0]", "\"two\"", "int64"]);
}

#[test]
fn an_integer_out_of_range_is_refused() {
    says(&message("args: [2]", "args: [{int8: 128}]"), &["examples[0].args[0]", "128", "int8"]);
}

#[test]
fn a_decimal_with_too_many_digits_is_refused() {
    let message = message("args: [2]", "args: [{decimal: \"123.45\", precision: 4, scale: 2}]");
    says(&message, &["examples[0].args[0]", "123.45", "4 digits"]);
}

#[test]
fn too_many_arguments_are_counted() {
    says(&message("args: [2]", "args: [2, 3]"), &["examples[0].args", "2 arguments"]);
}

#[test]
fn too_few_examples_are_told() {
    let message = message("      - {args: [2], result: 4}\n", "");
    says(&message, &["math.yaml", "function `twice`", "examples", "at least 2"]);
}

#[test]
fn a_missing_null_case_is_told() {
    let message = message("{args: [null], result: null}", "{args: [3], result: 6}");
    says(&message, &["examples", "null"]);
}

#[test]
fn only_a_function_with_a_lambda_can_do_without_examples() {
    let message = message("    examples:", "    examples_reason: too hard\n    examples:");
    says(&message, &["function `twice`", "examples_reason", "lambda"]);
}

#[test]
fn an_error_that_the_function_does_not_list_is_refused() {
    let message = message("result: 4", "error: DIVISION_BY_ZERO");
    says(&message, &["examples[0].error", "DIVISION_BY_ZERO", "`errors`"]);
}

#[test]
fn an_example_without_an_outcome_is_refused() {
    says(&message("{args: [2], result: 4}", "{args: [2]}"), &["examples[0].result", "exactly one"]);
}

#[test]
fn two_engine_names_are_refused() {
    says(&message("{call: twice}", "{call: twice, rewrite: twice}"), &["engines.datafusion", "exactly one"]);
}

#[test]
fn a_required_argument_after_an_optional_one_is_refused() {
    let more = "doc: A number.}\n      - {name: a, type: int64, optional: true, doc: A.}\n      - {name: b, type: int64, doc: B.}";
    says(&message("doc: A number.}", more), &["args[2].optional", "cannot follow"]);
}

#[test]
fn an_optional_argument_before_another_needs_a_default() {
    let more =
        "doc: A number.}\n      - {name: a, type: int64, optional: true, doc: A.}\n      - {name: b, type: int64, optional: true, doc: B.}";
    says(&message("doc: A number.}", more), &["args[1].default", "`a`"]);
}

#[test]
fn a_name_that_occurs_twice_is_told_with_both_files() {
    let entry = GOOD.split_once("functions:\n").unwrap().1;
    let message = loaded(&format!("{GOOD}{entry}")).unwrap_err();
    says(&message, &["math.yaml", "function `twice`", "std.twice stands in math.yaml already"]);
}

#[test]
fn a_name_that_is_not_snake_case_is_refused() {
    says(&message("name: twice", "name: Twice"), &["function `Twice`", "snake_case"]);
}

#[test]
fn a_free_type_variable_in_returns_is_refused() {
    says(&message("returns: int64", "returns: T"), &["returns", "T"]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = GOOD.replacen("args: [2]", "args: [two]", 1).replacen("args: [null]", "args: [three]", 1);
    says(&loaded(&text).unwrap_err(), &["examples[0]", "examples[1]"]);
}

#[test]
fn text_that_is_not_yaml_names_the_line() {
    says(&loaded("namespace: [std\n").unwrap_err(), &["math.yaml", "line"]);
}

#[test]
fn a_folder_without_registry_is_told() {
    let folder = tempfile::tempdir().unwrap();
    says(&load(folder.path()).unwrap_err().to_string(), &["proto/functions"]);
}
