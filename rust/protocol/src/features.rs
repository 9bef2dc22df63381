//! The contract's features by name, such as `rel.join.left_semi`: the names are field paths, so that nobody invents them.
//!
//! `Plan.requirements` and `Capabilities.features` speak of these. A requirement that is not here is unknown to this build, unless it
//! is the type URL of an extension: those an engine knows, and lists among its features.

mod used;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::decode::shape::{EnumShape, FieldShape, Kind, MessageShape, SHAPES};

pub use used::used_by;

static FEATURES: LazyLock<BTreeSet<String>> = LazyLock::new(collect);

/// Messages whose kinds are features, with what their names start with.
const ROOTS: [(&str, &str); 4] = [("Relation", "rel"), ("Expression", "expr"), ("Command", "cmd"), ("DataType", "type")];

/// All features of the contract that this build was generated from, sorted.
pub fn all() -> impl Iterator<Item = &'static str> {
    FEATURES.iter().map(String::as_str)
}

/// Whether this build knows the feature.
pub fn is_known(feature: &str) -> bool {
    FEATURES.contains(feature)
}

/// Whether a requirement is the type URL of an extension, such as `example.com/acme.Fuzzy`, and not a feature of the contract.
pub fn is_type_url(requirement: &str) -> bool {
    requirement.contains('/')
}

fn collect() -> BTreeSet<String> {
    let mut features = BTreeSet::new();
    for (message, prefix) in ROOTS {
        let Some(shape) = SHAPES.find(&format!("polybolos.plan.v1.{message}")) else {
            continue;
        };
        for kind in members(shape) {
            let name =
                if message == "DataType" && kind.name == "primitive" { prefix.to_owned() } else { format!("{prefix}.{}", kind.name) };
            features.extend(details(kind).into_iter().map(|detail| format!("{name}.{detail}")));
            features.insert(name);
        }
    }
    features.remove("type");
    features
}

/// What can vary within a kind: the members of its oneofs and the values of its enums.
fn details(kind: &FieldShape) -> Vec<String> {
    match kind.kind {
        Kind::Enum(at) => SHAPES.enumeration(at).map(values).unwrap_or_default(),
        Kind::Message(at) => SHAPES.message(at).map(message_details).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn message_details(shape: &MessageShape) -> Vec<String> {
    let enums = shape.fields.iter().filter_map(|field| match field.kind {
        Kind::Enum(at) => SHAPES.enumeration(at),
        _ => None,
    });
    let flags = shape.fields.iter().filter(|field| field.kind == Kind::Bool && !field.repeated && field.oneof.is_none());
    let own = members(shape).chain(flags).map(|field| field.name.clone());
    own.chain(enums.flat_map(values)).collect()
}

/// The fields of the message's oneofs, without extensions.
fn members(shape: &MessageShape) -> impl Iterator<Item = &FieldShape> {
    shape.fields.iter().filter(|field| field.oneof.is_some() && field.name != "extension")
}

/// The values without the enum's own name: `JOIN_KIND_LEFT_SEMI` is `left_semi`.
fn values(shape: &EnumShape) -> Vec<String> {
    shape.values.iter().filter_map(|(number, _)| value(shape, *number)).collect()
}

/// One of these values; none for 0, which is no choice.
fn value(shape: &EnumShape, number: i32) -> Option<String> {
    let prefix = shape.values.iter().find(|(value, _)| *value == 0).map_or("", |(_, name)| name.trim_end_matches("UNSPECIFIED"));
    let (_, name) = shape.values.iter().find(|(value, _)| *value == number && number != 0)?;
    Some(name.strip_prefix(prefix).unwrap_or(name).to_lowercase())
}
