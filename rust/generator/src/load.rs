//! Reads the folder of YAML files into a checked [`Registry`].

use std::fs;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value as Yaml;

use crate::check;
use crate::entry::{AreaEntry, ArgEntry, EngineEntry, FunctionEntry};
use crate::error::{Error, Mistake};
use crate::example::{self, Example};
use crate::registry::{Area, Arg, EngineName, Function, Registry};
use crate::types::Type;
use crate::value::Value;

/// Loads `proto/functions/*.yaml` below the root of the project. All mistakes are reported together.
pub fn load(root: &Path) -> Result<Registry, Error> {
    let mut errors = Vec::new();
    let mut areas = Vec::new();
    for path in yaml_files(&root.join("proto/functions"))? {
        match area(&path) {
            Ok(area) => areas.push(area),
            Err(error) => errors.push(error),
        }
    }
    let registry = Registry { areas };
    if errors.is_empty() {
        errors.extend(check::registry(&registry));
    }
    Error::all(errors).map(|()| registry)
}

/// The YAML files of a folder by name, `core.yaml` first.
fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Io { path: folder.into(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            paths.push(path);
        }
    }
    paths.sort_by_key(|path| (stem(path) != "core", stem(path)));
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn area(path: &Path) -> Result<Area, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Io { path: path.into(), source })?;
    let name = stem(path);
    let file = format!("{name}.yaml");
    let entry: AreaEntry = serde_yaml_ng::from_str(&text).map_err(|error| shape_error(&file, &text, &error.to_string()))?;
    let mut functions = Vec::new();
    let mut errors = Vec::new();
    for function_entry in &entry.functions {
        match function(&entry, function_entry) {
            Ok(function) => functions.push(function),
            Err(mistakes) => errors.extend(mistakes.into_iter().map(|mistake| mistake.within(&file, &function_entry.name))),
        }
    }
    Error::all(errors)?;
    let title = entry.title.unwrap_or_else(|| capitalised(&name));
    Ok(Area { name, title, description: entry.description, namespace: entry.namespace, functions })
}

/// A message of the YAML reader, with the name of the function that its path (`functions[3].args[0]`) leads to.
fn shape_error(file: &str, text: &str, message: &str) -> Error {
    let index = message.strip_prefix("functions[").and_then(|rest| rest.split_once(']')).and_then(|(index, _)| index.parse().ok());
    let name = index.and_then(|index: usize| {
        let root: Yaml = serde_yaml_ng::from_str(text).ok()?;
        root.get("functions")?.get(index)?.get("name")?.as_str().map(str::to_owned)
    });
    let place = name.map(|name| format!("function `{name}`: ")).unwrap_or_default();
    Error::Shape { file: file.into(), place, message: message.into() }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn function(area: &AreaEntry, entry: &FunctionEntry) -> Result<Function, Vec<Mistake>> {
    let mut function = signature(area, entry).map_err(|mistake| vec![mistake])?;
    none(check::signature(&function))?;
    function.examples = examples(entry, &function)?;
    none(check::examples(&function))?;
    Ok(function)
}

fn none(mistakes: Vec<Mistake>) -> Result<(), Vec<Mistake>> {
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

/// The function without its examples, which are read against it.
fn signature(area: &AreaEntry, entry: &FunctionEntry) -> Result<Function, Mistake> {
    Ok(Function {
        namespace: area.namespace.clone(),
        name: entry.name.clone(),
        kind: entry.kind,
        summary: entry.summary.trim().into(),
        description: entry.description.as_ref().map(|text| text.trim().into()),
        args: entry.args.iter().enumerate().map(|(i, arg)| argument(i, arg)).collect::<Result<_, _>>()?,
        returns: parse_type("returns", &entry.returns)?,
        nulls: entry.nulls,
        volatility: entry.volatility,
        chainable: entry.chainable,
        wrapper: entry.wrapper.unwrap_or(area.wrappers),
        sql: entry.sql.clone(),
        datafusion: engine(&entry.engines.datafusion)?,
        errors: entry.errors.clone(),
        examples: Vec::new(),
        examples_reason: entry.examples_reason.clone(),
    })
}

fn parse_type(key: &str, text: &str) -> Result<Type, Mistake> {
    Type::parse(text).map_err(|message| Mistake::new(key, message))
}

fn argument(position: usize, entry: &ArgEntry) -> Result<Arg, Mistake> {
    let ty = parse_type(&format!("args[{position}].type"), &entry.ty)?;
    let concrete = ty.is_concrete().then_some(&ty);
    let default = entry.default.as_ref().map(|yaml| Value::parse(yaml, concrete)).transpose();
    Ok(Arg {
        name: entry.name.clone(),
        doc: entry.doc.trim().into(),
        optional: entry.optional,
        variadic: entry.variadic,
        literal: entry.literal,
        default: default.map_err(|message| Mistake::new(format!("args[{position}].default"), message))?,
        ty,
    })
}

fn engine(entry: &EngineEntry) -> Result<EngineName, Mistake> {
    match (&entry.call, &entry.operator, &entry.rewrite) {
        (Some(name), None, None) => Ok(EngineName::Call(name.clone())),
        (None, Some(symbol), None) => Ok(EngineName::Operator(symbol.clone())),
        (None, None, Some(name)) => Ok(EngineName::Rewrite(name.clone())),
        _ => Err(Mistake::new("engines.datafusion", "exactly one of `call`, `operator` and `rewrite`")),
    }
}

fn examples(entry: &FunctionEntry, function: &Function) -> Result<Vec<Example>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut examples = Vec::new();
    for (i, example) in entry.examples.iter().enumerate() {
        match example::read(function, example) {
            Ok(example) => examples.push(example),
            Err(mistake) => mistakes.push(Mistake::new(format!("examples[{i}].{}", mistake.key), mistake.message)),
        }
    }
    none(mistakes).map(|()| examples)
}
