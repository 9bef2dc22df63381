//! Whether arguments fit the signature that the function registry gives.
//!
//! DataFusion would turn text into numbers and back to make a call fit. Here a value has to be of the kind that the registry
//! names; only text that stands in the plan as a literal is read as a date, time or timestamp.

use std::collections::HashMap;

use arrow::datatypes::DataType;
use polybolos_protocol::functions::{ArgSpec, FunctionSpec};
use polybolos_protocol::{Code, Error, Result};

use super::operator::{Family, family};
use super::typed::Typed;
use crate::bind::types::show;

/// WRONG_ARGUMENT_COUNT unless a call may have this many arguments.
pub(crate) fn check_count(spec: &FunctionSpec, count: usize) -> Result<()> {
    if spec.accepts(count) {
        return Ok(());
    }
    let message = format!("{} does not take {count} argument{}", spec.signature(), if count == 1 { "" } else { "s" });
    Err(Error::new(Code::WrongArgumentCount, message).param("function", spec.name))
}

/// TYPE_MISMATCH unless each argument is of the kind that the registry names; answers the number of the guilty one.
pub(crate) fn check_types(spec: &FunctionSpec, args: &[Typed]) -> Result<(), (usize, Error)> {
    let mut variables = HashMap::new();
    for (number, arg) in args.iter().enumerate() {
        let Some(expected) = expected(spec, number) else {
            continue;
        };
        if !fits(expected.ty, arg.ty(), arg.text().is_some(), &mut variables) {
            let advice = if family(arg.ty()) == Family::Nested { "" } else { "; cast it" };
            let message = format!("{} takes {} for '{}', not {}{advice}", spec.signature(), expected.ty, expected.name, show(arg.ty()));
            return Err((number, Error::new(Code::TypeMismatch, message).param("function", spec.name)));
        }
    }
    Ok(())
}

fn expected(spec: &FunctionSpec, number: usize) -> Option<&'static ArgSpec> {
    spec.args.get(number).or_else(|| spec.args.last().filter(|last| last.variadic || spec.chainable))
}

fn fits<'p>(pattern: &'p str, ty: &DataType, text: bool, variables: &mut HashMap<&'p str, Family>) -> bool {
    let kind = family(ty);
    if kind == Family::Null {
        return true;
    }
    if let Some(item) = pattern.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')) {
        return list_item(ty).is_some_and(|ty| fits(item, ty, false, variables));
    }
    if let Some(entry) = pattern.strip_prefix("map<").and_then(|rest| rest.strip_suffix('>')) {
        return map_entry(ty).zip(entry.split_once(',')).is_some_and(|((key, value), (key_pattern, value_pattern))| {
            fits(key_pattern.trim(), key, false, variables) && fits(value_pattern.trim(), value, false, variables)
        });
    }
    match pattern {
        "any" | "comparable" | "lambda" => true,
        "bool" => kind == Family::Bool,
        "integer" | "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64" => ty.is_integer(),
        "numeric" | "float" | "float32" | "float64" | "decimal" => kind == Family::Number,
        "string" => kind == Family::Text,
        "json" => kind == Family::Text || matches!(ty, DataType::Union(..)),
        "binary" | "string_or_binary" => matches!(kind, Family::Text | Family::Binary),
        "date" | "time" | "timestamp" | "timestamptz" => kind == Family::Time || text,
        "temporal" => matches!(kind, Family::Time | Family::Span) || text,
        "interval" | "duration" => kind == Family::Span || text,
        "struct" => matches!(ty, DataType::Struct(_)),
        "list_or_map" => list_item(ty).is_some() || map_entry(ty).is_some(),
        variable if variable.len() == 1 => *variables.entry(variable).or_insert(kind) == kind,
        decimal if decimal.starts_with("decimal(") => kind == Family::Number,
        _ => true,
    }
}

fn list_item(ty: &DataType) -> Option<&DataType> {
    match ty {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item.data_type()),
        _ => None,
    }
}

fn map_entry(ty: &DataType) -> Option<(&DataType, &DataType)> {
    match ty {
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => fields.first().zip(fields.get(1)).map(|(key, value)| (key.data_type(), value.data_type())),
            _ => None,
        },
        _ => None,
    }
}
