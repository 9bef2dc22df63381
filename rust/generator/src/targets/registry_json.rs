//! `registry.json`: the whole registry in one canonical document, which a server hands to clients.
//!
//! Keys are sorted, every value carries its type, and a key that says nothing is left out.

use serde_json::{Map, Value as Json, json};

use crate::example::{Example, Frame, Input, Outcome};
use crate::files::Generated;
use crate::registry::{Arg, EngineName, Function, Registry};
use crate::value::Value;

const PATH: &str = "rust/protocol/src/functions/registry.json";
const FORMAT: u32 = 1;

pub(super) fn render(registry: &Registry) -> Vec<Generated> {
    let functions: Vec<String> = registry.sorted().into_iter().map(|function| canonical(self::function(function))).collect();
    let text = format!("{{\"format\":{FORMAT},\"functions\":[\n{}\n]}}\n", functions.join(",\n"));
    vec![Generated { path: PATH.into(), text }]
}

/// One line with sorted keys, also when another crate of the build makes serde_json keep the order of insertion.
fn canonical(mut json: Json) -> String {
    json.sort_all_objects();
    json.to_string()
}

fn function(function: &Function) -> Json {
    let mut json = Map::new();
    json.insert("namespace".into(), json!(function.namespace));
    json.insert("name".into(), json!(function.name));
    json.insert("kind".into(), json!(function.kind.as_str()));
    json.insert("summary".into(), json!(function.summary));
    json.insert("args".into(), function.args.iter().map(arg).collect());
    json.insert("returns".into(), json!(function.returns.to_string()));
    json.insert("nulls".into(), json!(function.nulls.as_str()));
    json.insert("volatility".into(), json!(function.volatility.as_str()));
    json.insert("engines".into(), json!({ "datafusion": engine(&function.datafusion) }));
    json.insert("examples".into(), function.examples.iter().map(example).collect());
    insert_some(&mut json, "description", function.description.as_ref().map(|text| json!(text)));
    insert_some(&mut json, "chainable", function.chainable.then_some(Json::Bool(true)));
    insert_some(&mut json, "sql", (!function.sql.is_empty()).then(|| json!(function.sql)));
    insert_some(&mut json, "errors", (!function.errors.is_empty()).then(|| json!(function.errors)));
    Json::Object(json)
}

fn arg(arg: &Arg) -> Json {
    let mut json = Map::new();
    json.insert("name".into(), json!(arg.name));
    json.insert("type".into(), json!(arg.ty.to_string()));
    json.insert("doc".into(), json!(arg.doc));
    insert_some(&mut json, "optional", arg.optional.then_some(Json::Bool(true)));
    insert_some(&mut json, "variadic", arg.variadic.then_some(Json::Bool(true)));
    insert_some(&mut json, "literal", arg.literal.then_some(Json::Bool(true)));
    insert_some(&mut json, "default", arg.default.as_ref().map(Value::to_json));
    Json::Object(json)
}

fn engine(name: &EngineName) -> Json {
    match name {
        EngineName::Call(name) => json!({ "call": name }),
        EngineName::Operator(symbol) => json!({ "operator": symbol }),
        EngineName::Rewrite(name) => json!({ "rewrite": name }),
    }
}

fn example(example: &Example) -> Json {
    let mut json = Map::new();
    input(&mut json, &example.input);
    let (key, outcome) = match &example.outcome {
        Outcome::Value(value) => ("result", value.to_json()),
        Outcome::Values(list) => ("result", values(list)),
        Outcome::SomeOf(ty) => ("result_type", json!(ty.to_string())),
        Outcome::Error(code) => ("error", json!(code)),
    };
    json.insert(key.into(), outcome);
    insert_some(&mut json, "note", example.note.as_ref().map(|note| json!(note)));
    Json::Object(json)
}

fn input(json: &mut Map<String, Json>, input: &Input) {
    match input {
        Input::Args(args) => {
            json.insert("args".into(), values(args));
        }
        Input::Rows { rows, args_after, distinct, rollup, order_by, frame, ties } => {
            json.insert("rows".into(), rows.iter().map(|row| values(row)).collect());
            insert_some(json, "args_after", (!args_after.is_empty()).then(|| values(args_after)));
            insert_some(json, "distinct", distinct.then_some(Json::Bool(true)));
            insert_some(json, "rollup", rollup.then_some(Json::Bool(true)));
            insert_some(json, "order_by", order_by.map(|position| json!(position)));
            insert_some(json, "frame", (*frame == Frame::Current).then(|| json!("current")));
            insert_some(json, "ties", ties.as_ref().map(|ties| json!(ties)));
        }
    }
}

fn values(values: &[Value]) -> Json {
    values.iter().map(Value::to_json).collect()
}

fn insert_some(json: &mut Map<String, Json>, key: &str, value: Option<Json>) {
    if let Some(value) = value {
        json.insert(key.into(), value);
    }
}
