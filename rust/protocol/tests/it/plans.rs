//! Short ways to write plans.

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::plan::*;
use polybolos_protocol::{CheckedPlan, Error, encode, text};
use prost::Message;

/// A plan with these relations (and whatever else) in text format, whose last relation is the root.
pub(crate) fn parse(body: &str) -> Plan {
    let root = body.matches("relations {").count();
    let root = if body.contains("command {") || body.contains("root_is_given") { String::new() } else { format!("relation: {root}") };
    let text = format!("version {{ producer: \"test\" }} profile: PROFILE_SURFACE\n{}\n{root}", body.replace("root_is_given", ""));
    from_loose_text(&text)
}

/// Parses without the strict scan and the checks that `text::from_text` makes: tests write wrong plans.
pub(crate) fn from_loose_text(text: &str) -> Plan {
    let pool = prost_reflect::DescriptorPool::decode(polybolos_protocol::wire::DESCRIPTORS).unwrap();
    let plan = pool.get_message_by_name("polybolos.plan.v1.Plan").unwrap();
    let message = prost_reflect::DynamicMessage::parse_text_format(plan, text).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    Plan::decode(message.encode_to_vec().as_slice()).unwrap()
}

/// The plan, through bytes and every check.
pub(crate) fn check(body: &str) -> Result<CheckedPlan, Error> {
    CheckedPlan::decode(&encode::plan(&parse(body)), &PlanLimits::default())
}

/// The error of a wrong plan, as `CODE relation path`.
pub(crate) fn blame(body: &str) -> String {
    match check(body) {
        Ok(plan) => panic!("this plan passed:\n{}", text::display(plan.plan())),
        Err(error) => place(&error),
    }
}

pub(crate) fn place(error: &Error) -> String {
    let (relation, path) = error.location().map_or((0, ""), |place| (place.relation, place.path.as_str()));
    format!("{} {relation} {path}", error.code()).trim_end().to_owned()
}

pub(crate) const READ: &str = r#"relations { id: 1 read_table { table { parts: "t" } } }"#;

/// A filter over a table, with this predicate.
pub(crate) fn filter(predicate: &str) -> String {
    format!("{READ} relations {{ id: 2 inputs: 1 filter {{ predicate {{ {predicate} }} }} }}")
}

/// A projection over a table, with this expression.
pub(crate) fn project(expression: &str) -> String {
    format!("{READ} relations {{ id: 2 inputs: 1 project {{ items {{ expr {{ name: \"x\" expr {{ {expression} }} }} }} }} }}")
}

/// A relation over a table.
pub(crate) fn over_table(relation: &str) -> String {
    format!("{READ} relations {{ id: 2 inputs: 1 {relation} }}")
}

pub(crate) fn column(name: &str) -> Expression {
    Expression { kind: Some(expression::Kind::Column(ColumnRef { name: name.to_owned(), ..Default::default() })) }
}

pub(crate) fn int(value: i64) -> Expression {
    let ty = DataType { kind: Some(data_type::Kind::Primitive(Primitive::Int64 as i32)) };
    Expression { kind: Some(expression::Kind::Literal(Literal { r#type: Some(ty), value: Some(literal::Value::IntValue(value)) })) }
}

pub(crate) fn call(name: &str, args: Vec<Expression>) -> Expression {
    let function = FunctionRef { namespace: "core".to_owned(), name: name.to_owned(), semantics: 0 };
    Expression { kind: Some(expression::Kind::Call(Call { function: Some(function), args, ..Default::default() })) }
}

/// `x + 1 + 1 ...`, nested this many times.
pub(crate) fn deep(levels: usize) -> Expression {
    (0..levels).fold(column("x"), |inner, i| call("add", vec![inner, int(i as i64)]))
}

pub(crate) fn plan_of(relations: Vec<Relation>) -> Plan {
    let root = relations.last().map_or(0, |relation| relation.id);
    Plan {
        version: Some(ContractVersion { minor: 0, producer: "test".to_owned() }),
        profile: Profile::Surface as i32,
        relations,
        root: Some(plan::Root::Relation(root)),
        ..Default::default()
    }
}

pub(crate) fn read(id: u32) -> Relation {
    let table = Some(Identifier { parts: vec!["t".to_owned()] });
    Relation { id, kind: Some(relation::Kind::ReadTable(ReadTable { table, ..Default::default() })), ..Default::default() }
}

pub(crate) fn filtered(id: u32, input: u32, predicate: Expression) -> Relation {
    Relation { id, inputs: vec![input], kind: Some(relation::Kind::Filter(Filter { predicate: Some(predicate) })), ..Default::default() }
}
