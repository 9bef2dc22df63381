//! The shape of the Kotlin wrappers for each kind of argument and of result, and their KDoc.

use crate::wrappers::{function, rendered};

const WIDTH: usize = 140;

fn kotlin(yaml: &str) -> String {
    rendered(yaml, "bindings/jvm")
}

#[track_caller]
fn has(text: &str, part: &str) {
    assert!(text.contains(part), "{part}\n-- is missing in --\n{text}");
}

#[track_caller]
fn fits(text: &str) {
    let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > WIDTH).collect();
    assert!(long.is_empty(), "too long: {long:#?}");
}

#[test]
fn an_ordinary_argument_is_a_column_and_a_literal_one_an_operand() {
    let args = "{name: value, type: string, doc: A.}, {name: unit, type: string, literal: true, doc: B.}";
    let text = kotlin(&function("part", "scalar", args, "{args: [a, b], result: 1}, {args: [null, b], result: null}"));
    has(&text, "\npublic fun part(value: Any, unit: Any): Expr =\n");
    has(&text, r#"scalarCall("std", "part", listOf(column(value, "part(value)"), operand(unit, "part(unit)")))"#);
}

#[test]
fn a_keyword_stands_in_backticks_and_a_builtin_as_it_is() {
    let args = "{name: in, type: string, doc: A.}, {name: map, type: string, doc: B.}";
    let text = kotlin(&function("when", "scalar", args, "{args: [a, b], result: 1}, {args: [null, b], result: null}"));
    has(&text, "\npublic fun `when`(`in`: Any, map: Any): Expr =\n");
    has(&text, r#"scalarCall("std", "when", listOf(column(`in`, "when(in)"), column(map, "when(map)")))"#);
    has(&text, "\n * @param in `string`: A.\n");
}

#[test]
fn an_optional_argument_that_is_left_out_is_not_sent() {
    let args = "{name: value, type: int64, doc: A.}, {name: places, type: int64, optional: true, doc: B.}";
    let text = kotlin(&function("cut", "scalar", args, "{args: [1], result: 1}, {args: [null], result: null}"));
    has(&text, "\n@JvmOverloads\npublic fun cut(value: Any, places: Any? = null): Expr =\n");
    has(&text, r#"listOf(column(value, "cut(value)")) + listOfNotNull(places?.let { column(it, "cut(places)") })"#);
    has(&text, "\n * @param places `int64`, may be left out: B.\n");
}

#[test]
fn several_optional_arguments_fill_gaps_with_defaults() {
    let args = "{name: value, type: int64, doc: A.}, {name: start, type: int64, optional: true, default: 1, doc: B.}, \
                {name: order, type: string, optional: true, literal: true, default: '$a', doc: C.}, \
                {name: flags, type: string, optional: true, literal: true, doc: D.}";
    let text = kotlin(&function("find", "scalar", args, "{args: [1], result: 1}, {args: [null], result: null}"));
    has(&text, "        listOf(column(value, \"find(value)\")) +\n            trailing(\n");
    has(&text, "                    start?.let { column(it, \"find(start)\") },\n");
    has(&text, "                    order?.let { operand(it, \"find(order)\") },\n");
    has(&text, "                listOf(1L, \"\\$a\", null),\n            ),\n    )\n");
    has(&text, "\n * @param start `int64`, `1L` where it is left out: B.\n");
    fits(&text);
}

#[test]
fn a_variadic_argument_takes_any_number() {
    let args = "{name: value, type: T, doc: A.}, {name: others, type: T, variadic: true, doc: B.}";
    let text = kotlin(&function("least", "scalar", args, "{args: [1, 2], result: 1}, {args: [null], result: null}"));
    has(&text, "\npublic fun least(value: Any, vararg others: Any): Expr =\n");
    has(&text, r#"listOf(column(value, "least(value)")) + columns(others, "least(others)")"#);
    let args = args.replace("variadic: true", "variadic: true, literal: true");
    let text = kotlin(&function("least", "scalar", &args, "{args: [1, 2], result: 1}, {args: [null], result: null}"));
    has(&text, r#" + operands(others, "least(others)")"#);
}

#[test]
fn a_lambda_is_a_function_of_java() {
    let args = "{name: array, type: list<T>, doc: A.}, {name: body, type: lambda, doc: B.}";
    let yaml = function("each", "scalar", args, "").replace("examples: []", "examples: []\n    examples_reason: no lambdas");
    let text = kotlin(&yaml);
    has(&text, "\npublic fun each(array: Any, body: Function<Expr, out Any>): Expr =\n");
    has(&text, r#"listOf(column(array, "each(array)"), lambda(body, "each(body)"))"#);
    assert!(!text.contains("```"), "{text}");
}

#[test]
fn the_result_is_of_the_class_that_fits_the_function() {
    let args = "{name: value, type: int64, doc: A.}";
    let condition = "{args: [1], result: true}, {args: [null], result: null}";
    let text = kotlin(&function("odd", "scalar", args, condition).replace("returns: int64", "returns: bool"));
    has(&text, "odd(value: Any): Predicate =\n    predicateCall(");
    let rows = "{rows: [[1]], result: 1}, {rows: [[null]], result: null}";
    has(&kotlin(&function("total", "aggregate", args, rows)), "total(value: Any): AggregateExpr =\n    aggregateCall(");
    let flags = "{rows: [[1]], result: true}, {rows: [[null]], result: null}";
    let text = kotlin(&function("any_odd", "aggregate", args, flags).replace("returns: int64", "returns: bool"));
    has(&text, "any_odd(value: Any): AggregateExpr =\n    aggregateCall(");
    let rows = "{rows: [[1]], result: [1]}, {rows: [[null]], result: [null]}";
    has(&kotlin(&function("place", "window", args, rows)), "place(value: Any): WindowFunction =\n    windowCall(");
}

#[test]
fn a_function_without_arguments_has_an_empty_list() {
    let text = kotlin(&function("dice", "scalar", "", "{args: [], result_type: int64}"));
    has(&text, "public fun dice(): Expr =\n    scalarCall(\"std\", \"dice\", emptyList())\n");
}

#[test]
fn long_signatures_and_calls_are_broken() {
    let arg = |at: usize| format!("{{name: an_argument_with_a_long_name_{at}, type: int64, doc: A.}}");
    let args = (0..5).map(arg).collect::<Vec<_>>().join(", ");
    let examples = "{args: [1, 2, 3, 4, 5], result: 1}, {args: [null, 2, 3, 4, 5], result: null}";
    let text = kotlin(&function("long", "scalar", &args, examples));
    has(&text, "public fun long(\n    an_argument_with_a_long_name_0: Any,\n");
    has(
        &text,
        "    an_argument_with_a_long_name_4: Any,\n): Expr =\n    scalarCall(\n        \"std\",\n        \"long\",\n        listOf(\n",
    );
    has(&text, "            column(an_argument_with_a_long_name_4, \"long(an_argument_with_a_long_name_4)\"),\n        ),\n    )\n");
    fits(&text);
}

#[test]
fn documentation_shows_nulls_arguments_result_errors_and_three_examples() {
    let args = "{name: value, type: string, doc: The text.}";
    let examples = "{args: [a], result: 1}, {args: [null], result: null}, {args: [b], error: CAST_FAILED}, {args: [c], result: 2}";
    let text = kotlin(&function("shout", "scalar", args, examples).replace("    engines:", "    errors: [CAST_FAILED]\n    engines:"));
    has(
        &text,
        "\n/**\n * A sentence.\n *\n * Null if any argument is null.\n *\n * ```text\n * shout('a') -> 1\n * shout(NULL) -> NULL\n * \
         shout('b') -> error CAST_FAILED\n * ```\n *\n * @param value `string`: The text.\n * @return of type `int64`\n * @throws \
         io.polybolos.PolybolosException CAST_FAILED, when the query runs\n */\n",
    );
}

#[test]
fn nothing_in_a_text_is_markup_of_kdoc_but_code() {
    let args = "{name: value, type: string, doc: 'A [link], a @tag, a `map[key]`, an end */ and a start /* of comments.'}";
    let text = kotlin(&function("f", "scalar", args, "{args: ['*/'], result: 1}, {args: [a], result: 1}, {args: [null], result: null}"));
    has(&text, "A \\[link\\], a &#64;tag, a `map[key]`, an end *&#47; and a start &#47;* of comments.");
    has(&text, "\n * ```text\n * f('a') -> 1\n");
    assert_eq!(text.matches("*/").count(), 1, "{text}");
}

#[test]
fn long_texts_are_broken() {
    let args = format!("{{name: value, type: string, doc: {}.}}", "word ".repeat(60).trim_end());
    let text = kotlin(&function("f", "scalar", &args, "{args: [a], result: 1}, {args: [null], result: null}"));
    has(&text, " * @param value `string`: word word");
    has(&text, "\n * word word");
    fits(&text);
}
