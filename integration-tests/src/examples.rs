//! The examples of the function registry as plans: each gives the value that the function computes beside the value that the
//! registry promises, so that one comparison serves every type.

use polybolos_protocol::functions::REGISTRY_JSON;
use polybolos_protocol::wire::plan::{self as pb, data_type, expression, literal, relation};
use serde_json::Value as Json;

mod value;

use value::{data_type_of, literal_of};

/// One example.
pub struct Example {
    /// `namespace.function, example n`.
    pub name: String,
    /// The plan; its last two columns are `actual` and `expected`, one row or one per input row.
    pub plan: pb::Plan,
    /// The code of the error that it expects instead.
    pub error: Option<String>,
    /// Only the type of the result is promised; it may be any value.
    pub any_value: bool,
}

/// Every example that has an exact result or an expected error.
pub fn examples() -> Vec<Example> {
    let registry: Json = serde_json::from_slice(REGISTRY_JSON).expect("the registry is JSON");
    let functions = registry["functions"].as_array().expect("functions");
    functions.iter().flat_map(of_function).collect()
}

fn of_function(function: &Json) -> Vec<Example> {
    let examples = function["examples"].as_array().expect("examples");
    let name = format!("{}.{}", text(function, "namespace"), text(function, "name"));
    examples.iter().enumerate().map(|(at, example)| of_example(function, example, format!("{name}, example {}", at + 1))).collect()
}

fn of_example(function: &Json, example: &Json, name: String) -> Example {
    let call = Call { function, example };
    let relations = match text(function, "kind") {
        "scalar" => call.scalar(),
        "aggregate" => call.aggregate(),
        _ => call.window(),
    };
    let root = relations.last().map_or(0, |relation| relation.id);
    let plan = pb::Plan {
        version: Some(pb::ContractVersion::default()),
        profile: pb::Profile::Surface as i32,
        relations,
        root: Some(pb::plan::Root::Relation(root)),
        ..Default::default()
    };
    Example { name, plan, error: example["error"].as_str().map(str::to_owned), any_value: example["result_type"].is_string() }
}

/// A function and one of its examples.
struct Call<'a> {
    function: &'a Json,
    example: &'a Json,
}

impl Call<'_> {
    /// One row of values, and the call over its columns; literal arguments stand in the call itself.
    fn scalar(&self) -> Vec<pb::Relation> {
        let args: Vec<pb::Literal> = list(self.example, "args").iter().map(literal_of).collect();
        let exprs = args
            .iter()
            .enumerate()
            .map(|(at, arg)| if self.is_literal(at, arg) { of_literal(arg.clone()) } else { column(&input_name(at)) });
        let call = expression(expression::Kind::Call(self.call(exprs.collect())));
        vec![values(&[args]), project(2, 1, vec![("actual", call), ("expected", self.expected(&self.example["result"]))])]
    }

    fn aggregate(&self) -> Vec<pb::Relation> {
        let (rows, none) = match self.rows() {
            rows if rows.is_empty() => (vec![self.nulls()], true),
            rows => (rows, false),
        };
        let columns: Vec<pb::Expression> = (0..rows.first().map_or(0, Vec::len)).map(|at| column(&input_name(at))).collect();
        let order_by = self.example["order_by"].as_u64().map(|at| ascending(column(&input_name(at as usize))));
        let aggregate = pb::AggregateCall {
            function: Some(self.function_ref()),
            args: columns.into_iter().chain(self.args_after()).collect(),
            distinct: self.example["distinct"].as_bool().unwrap_or(false),
            order_by: order_by.into_iter().collect(),
            ..Default::default()
        };
        let measures = vec![named("actual", expression(expression::Kind::Aggregate(Box::new(aggregate))))];
        let rollup = self.example["rollup"].as_bool().unwrap_or(false);
        let (mode, keys) = match rollup {
            true => (pb::GroupingMode::Rollup, vec![named("key", column(&input_name(0)))]),
            false => (pb::GroupingMode::Plain, Vec::new()),
        };
        let input = relation(5, &[1], relation::Kind::Filter(pb::Filter { predicate: Some(Self::boolean(!none)) }));
        let grouped = relation(2, &[5], relation::Kind::Aggregate(pb::Aggregate { keys, measures, mode: mode as i32, sets: Vec::new() }));
        let result = &self.example["result"];
        let expected = if rollup { of_literal(list_literal(result)) } else { self.expected(result) };
        let actual = if rollup { self.collected() } else { column("actual") };
        let mut relations = vec![values(&rows), input, grouped];
        if rollup {
            relations.push(relation(
                3,
                &[2],
                relation::Kind::Aggregate(pb::Aggregate {
                    measures: vec![named("actual", actual)],
                    mode: pb::GroupingMode::Plain as i32,
                    ..Default::default()
                }),
            ));
            relations.push(project(4, 3, vec![("actual", column("actual")), ("expected", expected)]));
        } else {
            relations.push(project(3, 2, vec![("actual", actual), ("expected", expected)]));
        }
        relations
    }

    /// A row of nulls, one for each argument that must be there.
    fn nulls(&self) -> Vec<pb::Literal> {
        let needed = list(self.function, "args").iter().filter(|arg| arg["optional"] != true && arg["variadic"] != true);
        let ty = |arg: &Json| data_type_of(arg["type"].as_str().filter(|ty| *ty == "bool").unwrap_or("int64"));
        needed.map(|arg| pb::Literal { r#type: Some(ty(arg)), value: Some(literal::Value::NullValue(true)) }).collect()
    }

    /// The results of a rollup as one list, in ascending order, as the registry writes them.
    fn collected(&self) -> pb::Expression {
        let aggregate = pb::AggregateCall {
            function: Some(function_ref("std", "array_agg")),
            args: vec![column("actual")],
            order_by: vec![ascending(column("actual"))],
            ..Default::default()
        };
        expression(expression::Kind::Aggregate(Box::new(aggregate)))
    }

    /// The rows with their position, their order and what the function must give for each.
    fn window(&self) -> Vec<pb::Relation> {
        let rows = self.rows();
        let width = rows.first().map_or(0, Vec::len);
        let ties = self.example["ties"].as_array();
        let expected = self.example["result"].as_array().cloned().unwrap_or_default();
        let rows: Vec<Vec<pb::Literal>> = rows
            .into_iter()
            .enumerate()
            .map(|(at, mut row)| {
                row.push(int64(at as i64));
                row.push(int64(ties.and_then(|ties| ties.get(at)?.as_i64()).unwrap_or(at as i64)));
                row.extend(expected.get(at).map(literal_of));
                row
            })
            .collect();
        let (position, order, promise) = (input_name(width), input_name(width + 1), input_name(width + 2));
        let args = (0..width).map(|at| column(&input_name(at))).chain(self.args_after()).collect();
        let window = pb::WindowCall {
            function: Some(self.window_function(args)),
            order_by: vec![ascending(column(&order))],
            frame: Some(Box::new(self.frame())),
            ..Default::default()
        };
        let computed = pb::Window { expressions: vec![named("actual", expression(expression::Kind::Window(Box::new(window))))] };
        let sorted = pb::Sort { keys: vec![ascending(column(&position))], within_partitions: false };
        vec![
            values(&rows),
            relation(2, &[1], relation::Kind::Window(computed)),
            relation(3, &[2], relation::Kind::Sort(sorted)),
            project(
                4,
                3,
                if expected.is_empty() {
                    vec![("actual", column("actual"))]
                } else {
                    vec![("actual", column("actual")), ("expected", column(&promise))]
                },
            ),
        ]
    }

    fn window_function(&self, args: Vec<pb::Expression>) -> pb::window_call::Function {
        pb::window_call::Function::Window(self.call(args))
    }

    fn frame(&self) -> pb::Frame {
        let end = if self.example["frame"] == "current" { pb::BoundKind::CurrentRow } else { pb::BoundKind::UnboundedFollowing };
        let bound = |kind: pb::BoundKind| Some(Box::new(pb::Bound { kind: kind as i32, offset: None }));
        pb::Frame { units: pb::FrameUnits::Rows as i32, start: bound(pb::BoundKind::UnboundedPreceding), end: bound(end), exclusion: 0 }
    }

    fn rows(&self) -> Vec<Vec<pb::Literal>> {
        list(self.example, "rows").iter().map(|row| row.as_array().expect("a row").iter().map(literal_of).collect()).collect()
    }

    fn args_after(&self) -> impl Iterator<Item = pb::Expression> {
        list(self.example, "args_after").iter().map(|arg| of_literal(literal_of(arg))).collect::<Vec<_>>().into_iter()
    }

    fn call(&self, args: Vec<pb::Expression>) -> pb::Call {
        pb::Call { function: Some(self.function_ref()), args, ..Default::default() }
    }

    fn boolean(value: bool) -> pb::Expression {
        of_literal(pb::Literal { r#type: Some(data_type_of("bool")), value: Some(literal::Value::BoolValue(value)) })
    }

    fn function_ref(&self) -> pb::FunctionRef {
        function_ref(text(self.function, "namespace"), text(self.function, "name"))
    }

    /// Arguments that the registry declares so, and the text of operators, which may stand for a date only as a literal.
    fn is_literal(&self, at: usize, arg: &pb::Literal) -> bool {
        let args = list(self.function, "args");
        let text = matches!(arg.value, Some(literal::Value::StringValue(_)));
        args.get(at).or(args.last()).is_some_and(|arg| arg["literal"] == true || (text && arg["type"] == "comparable"))
    }

    fn expected(&self, result: &Json) -> pb::Expression {
        if result.is_null() {
            // A result of which only the type is promised, or an error.
            let ty = self.example["result_type"].as_str().map(data_type_of);
            return of_literal(pb::Literal {
                r#type: Some(ty.unwrap_or_else(|| data_type_of("int64"))),
                value: Some(literal::Value::NullValue(true)),
            });
        }
        of_literal(literal_of(result))
    }
}

fn list_literal(results: &Json) -> pb::Literal {
    let items: Vec<pb::Literal> = results.as_array().expect("one result a group").iter().map(literal_of).collect();
    let element = items.first().and_then(|item| item.r#type.clone());
    let items = items.into_iter().map(|item| pb::Literal { r#type: None, value: item.value }).collect();
    let list = pb::ListType { element: element.map(Box::new), ..Default::default() };
    pb::Literal {
        r#type: Some(pb::DataType { kind: Some(data_type::Kind::ListType(Box::new(list))) }),
        value: Some(literal::Value::ListValue(pb::LiteralList { items })),
    }
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {json}"))
}

fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json[key].as_array().map_or(&[], Vec::as_slice)
}

fn input_name(at: usize) -> String {
    format!("a{at}")
}

/// A `values` relation, id 1, with columns a0, a1 ...; without columns, one dummy column so that there are rows.
fn values(rows: &[Vec<pb::Literal>]) -> pb::Relation {
    let first = rows.first().cloned().unwrap_or_default();
    let fields = first.iter().enumerate().map(|(at, value)| field(&input_name(at), value.r#type.clone()));
    let mut fields: Vec<pb::Field> = fields.collect();
    let mut rows: Vec<Vec<pb::Literal>> = rows.to_vec();
    if fields.is_empty() {
        fields.push(field("a0", Some(data_type_of("int64"))));
        rows.iter_mut().for_each(|row| row.push(int64(0)));
    }
    let rows = rows.into_iter().map(|row| pb::ValuesRow { values: row.into_iter().map(of_literal).collect() });
    let values = pb::Values { schema: Some(pb::Schema { fields, metadata: Vec::new() }), rows: rows.collect() };
    relation(1, &[], relation::Kind::Values(values))
}

fn field(name: &str, ty: Option<pb::DataType>) -> pb::Field {
    pb::Field { name: name.to_owned(), r#type: ty, ..Default::default() }
}

fn project(id: u32, input: u32, items: Vec<(&str, pb::Expression)>) -> pb::Relation {
    let items = items.into_iter().map(|(name, expr)| pb::Selection { kind: Some(pb::selection::Kind::Expr(named(name, expr))) });
    relation(id, &[input], relation::Kind::Project(pb::Project { items: items.collect() }))
}

fn relation(id: u32, inputs: &[u32], kind: relation::Kind) -> pb::Relation {
    pb::Relation { id, inputs: inputs.to_vec(), kind: Some(kind), ..Default::default() }
}

fn named(name: &str, expr: pb::Expression) -> pb::NamedExpr {
    pb::NamedExpr { name: name.to_owned(), expr: Some(expr), metadata: Vec::new() }
}

fn column(name: &str) -> pb::Expression {
    expression(expression::Kind::Column(pb::ColumnRef { name: name.to_owned(), ..Default::default() }))
}

fn of_literal(literal: pb::Literal) -> pb::Expression {
    expression(expression::Kind::Literal(literal))
}

fn expression(kind: expression::Kind) -> pb::Expression {
    pb::Expression { kind: Some(kind) }
}

fn ascending(expr: pb::Expression) -> pb::SortKey {
    pb::SortKey { expr: Some(expr), direction: pb::SortDirection::Asc as i32, nulls: pb::NullsOrder::Last as i32 }
}

fn function_ref(namespace: &str, name: &str) -> pb::FunctionRef {
    pb::FunctionRef { namespace: namespace.to_owned(), name: name.to_owned(), semantics: 0 }
}

fn int64(value: i64) -> pb::Literal {
    pb::Literal { r#type: Some(data_type_of("int64")), value: Some(literal::Value::IntValue(value)) }
}
