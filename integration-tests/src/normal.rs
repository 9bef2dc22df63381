//! Plans in a normal form: relations renumbered by a post-order walk from the root, variables of lambdas by where they first stand, and
//! nothing left of who made the plan.
//!
//! Two programs mean the same plan when their normal forms are equal.

use std::collections::HashMap;

use polybolos_protocol::text;
use polybolos_protocol::wire::plan::{Plan, plan};
use serde_json::Value;

/// The plan in normal form, as JSON.
pub fn normal_form(plan: &Plan) -> Value {
    let numbers = post_order(plan);
    let mut plan = plan.clone();
    plan.annotations.clear();
    if let Some(version) = &mut plan.version {
        version.producer.clear();
    }
    plan.relations.retain(|relation| numbers.contains_key(&relation.id));
    plan.relations.sort_by_key(|relation| numbers.get(&relation.id));
    for relation in &mut plan.relations {
        relation.annotations.clear();
    }
    let json = text::to_json(&plan).expect("a plan has a JSON form");
    let mut value: Value = serde_json::from_str(&json).expect("JSON");
    renumber(&mut value, &numbers, "");
    renumber_variables(&mut value, &mut HashMap::new());
    value
}

/// The plan with its relations renumbered, and nothing else changed but what is ignorable.
pub fn renumbered(plan: &Plan) -> Plan {
    let mut plan = text::from_json(&normal_form(plan).to_string()).expect("the normal form of a plan is a plan");
    plan.version.get_or_insert_default().producer = "corpus".to_owned();
    plan
}

/// The new number of each relation that the root reaches.
fn post_order(plan: &Plan) -> HashMap<u32, u32> {
    let root = match &plan.root {
        Some(plan::Root::Relation(id)) => *id,
        Some(plan::Root::Command(command)) => command.input,
        None => 0,
    };
    let edges: HashMap<u32, Vec<u32>> = plan.relations.iter().map(|relation| (relation.id, references(plan, relation.id))).collect();
    let mut numbers = HashMap::new();
    let mut stack = vec![(root, 0)];
    while let Some((id, next)) = stack.pop() {
        match edges.get(&id).and_then(|inputs| inputs.get(next)) {
            Some(&input) => {
                stack.push((id, next + 1));
                if !numbers.contains_key(&input) {
                    stack.push((input, 0));
                }
            }
            None => {
                let number = numbers.len() as u32 + 1;
                numbers.entry(id).or_insert(number);
            }
        }
    }
    numbers
}

/// Inputs and subqueries of a relation, in the order in which it names them.
fn references(plan: &Plan, id: u32) -> Vec<u32> {
    let Some(relation) = plan.relations.iter().find(|relation| relation.id == id) else { return Vec::new() };
    let json = text::to_json(&Plan { relations: vec![relation.clone()], ..Default::default() }).expect("a relation has a JSON form");
    let mut found = relation.inputs.clone();
    subqueries(&serde_json::from_str(&json).expect("JSON"), &mut found);
    found
}

fn subqueries(value: &Value, found: &mut Vec<u32>) {
    match value {
        Value::Object(members) => {
            if let Some(id) = members.get("subquery").and_then(|subquery| subquery.get("relation")).and_then(Value::as_u64) {
                found.push(id as u32);
            }
            members.values().for_each(|member| subqueries(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| subqueries(item, found)),
        _ => {}
    }
}

/// Replaces relation ids wherever the contract has one: `Relation.id`, `inputs`, `relation` of references and subqueries, the root.
fn renumber(value: &mut Value, numbers: &HashMap<u32, u32>, key: &str) {
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter_mut().filter(|(key, _)| *key != "params" && *key != "lambda_var") {
                renumber(member, numbers, key);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| renumber(item, numbers, key)),
        Value::Number(number) if matches!(key, "id" | "inputs" | "relation" | "input") => {
            if let Some(new) = number.as_u64().and_then(|id| numbers.get(&(id as u32))) {
                *value = (*new).into();
            }
        }
        _ => {}
    }
}

/// Replaces the ids of lambdas' variables.
fn renumber_variables(value: &mut Value, numbers: &mut HashMap<u64, usize>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                match key.as_str() {
                    "lambda_var" => renumber_variable(member, numbers),
                    "params" => member.as_array_mut().into_iter().flatten().for_each(|param| renumber_variable(param, numbers)),
                    _ => renumber_variables(member, numbers),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| renumber_variables(item, numbers)),
        _ => {}
    }
}

fn renumber_variable(variable: &mut Value, numbers: &mut HashMap<u64, usize>) {
    if let Some(id) = variable.get("id").and_then(Value::as_u64) {
        let next = numbers.len() + 1;
        variable["id"] = (*numbers.entry(id).or_insert(next)).into();
    }
}
