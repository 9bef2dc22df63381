//! The function registry as validation, binder and clients see it.

use polybolos_protocol::Code;
use polybolos_protocol::functions::{EngineName, FUNCTIONS, FunctionKind, REGISTRY_JSON, lookup, near_names, registry_sha256};

#[test]
fn every_function_is_found_by_its_name() {
    for spec in FUNCTIONS {
        assert_eq!(lookup(spec.namespace, spec.name), Some(spec));
    }
    assert!(FUNCTIONS.is_sorted_by_key(|spec| (spec.namespace, spec.name)));
}

#[test]
fn a_name_of_another_namespace_is_not_found() {
    assert!(lookup("core", "substring").is_none());
    assert!(lookup("std", "Substring").is_none());
    assert!(lookup("", "").is_none());
}

#[test]
fn arity_follows_the_signature() {
    let arity = |namespace, name| lookup(namespace, name).map(|spec| (spec.min_args(), spec.max_args())).unwrap();
    assert_eq!(arity("std", "substring"), (2, Some(3)));
    assert_eq!(arity("std", "coalesce"), (1, None));
    assert_eq!(arity("core", "and"), (2, None));
    assert_eq!(arity("core", "eq"), (2, Some(2)));
    assert_eq!(arity("std", "pi"), (0, Some(0)));
    let substring = lookup("std", "substring").unwrap();
    assert_eq!([1, 2, 3, 4].map(|count| substring.accepts(count)), [false, true, true, false]);
    assert_eq!(substring.signature(), "substring(value, start[, length])");
}

#[test]
fn near_names_start_with_what_sql_knows_under_the_name() {
    assert_eq!(near_names("std", "substr").first(), Some(&"substring"));
    assert_eq!(near_names("std", "SUBSTR").first(), Some(&"substring"));
    assert!(near_names("std", "substrin").contains(&"substring"));
    assert!(near_names("std", "zzzzzz").is_empty());
}

#[test]
fn every_error_of_a_function_is_a_code_of_the_table() {
    for spec in FUNCTIONS {
        for code in spec.errors {
            assert!(Code::from_name(code).is_some(), "{}: {code} is not a code", spec.name);
        }
    }
}

#[test]
fn kinds_and_engine_names_come_from_the_registry() {
    let spec = |namespace, name| lookup(namespace, name).unwrap();
    assert_eq!(spec("std", "sum").kind, FunctionKind::Aggregate);
    assert_eq!(spec("std", "row_number").kind, FunctionKind::Window);
    assert_eq!(spec("core", "add").engine, EngineName::Operator("+"));
    assert_eq!(spec("std", "substring").engine, EngineName::Call("substr"));
}

#[test]
fn the_json_document_holds_the_same_functions_in_the_same_order() {
    let document: serde_json::Value = serde_json::from_slice(REGISTRY_JSON).unwrap();
    let functions = document["functions"].as_array().unwrap();
    let names: Vec<(&str, &str)> = functions.iter().map(|f| (f["namespace"].as_str().unwrap(), f["name"].as_str().unwrap())).collect();
    let table: Vec<(&str, &str)> = FUNCTIONS.iter().map(|spec| (spec.namespace, spec.name)).collect();
    assert_eq!(names, table);
}

#[test]
fn the_sum_of_the_document_is_64_hexadecimal_digits() {
    let sum = registry_sha256();
    assert_eq!(sum.len(), 64);
    assert!(sum.bytes().all(|b| b.is_ascii_hexdigit()));
}
