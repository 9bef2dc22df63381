//! What the committed registry promises.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use polybolos_generator::{Kind, Registry, load, render, stale, write};

const CORE_MIN: usize = 50;
const STD_MIN: usize = 200;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn registry() -> Registry {
    load(&root()).unwrap_or_else(|error| panic!("{error}"))
}

fn count(registry: &Registry, namespace: &str) -> usize {
    registry.functions().filter(|function| function.namespace == namespace).count()
}

#[test]
fn committed_files_equal_fresh_output() {
    let outdated: Vec<PathBuf> = stale(&root(), &render(&registry())).into_iter().map(|file| file.path).collect();
    assert!(outdated.is_empty(), "stale generated files, run `make generate`: {outdated:?}");
}

#[test]
fn every_function_has_enough_examples_with_a_null_among_them() {
    for function in registry().functions().filter(|function| !function.takes_lambda()) {
        let lonely = function.args.is_empty() && function.kind == Kind::Scalar;
        assert!(function.examples.len() >= if lonely { 1 } else { 2 }, "{} has too few examples", function.name);
        let null_case = function.examples.iter().any(|example| example.has_null());
        assert!(null_case || function.args.is_empty(), "{} has no example with a null", function.name);
    }
}

#[test]
fn names_are_unique_within_a_namespace() {
    let registry = registry();
    let names: BTreeSet<(&str, &str)> =
        registry.functions().map(|function| (function.namespace.as_str(), function.name.as_str())).collect();
    assert_eq!(names.len(), registry.len());
}

#[test]
fn wrapped_names_are_unique_in_a_language() {
    let registry = registry();
    let wrapped: Vec<&str> = registry.functions().filter(|function| function.wrapper).map(|function| function.name.as_str()).collect();
    let unique: BTreeSet<&str> = wrapped.iter().copied().collect();
    assert_eq!(unique.len(), wrapped.len());
}

#[test]
fn the_registry_has_at_least_fifty_operators() {
    assert!(count(&registry(), "core") >= CORE_MIN);
}

#[test]
fn the_registry_has_at_least_two_hundred_functions() {
    assert!(count(&registry(), "std") >= STD_MIN);
}

#[test]
fn writing_makes_stale_files_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let generated = render(&registry());
    assert_eq!(stale(folder.path(), &generated).len(), generated.len());
    write(folder.path(), &generated).unwrap();
    assert!(stale(folder.path(), &generated).is_empty());
}
