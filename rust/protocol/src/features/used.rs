//! The features that a plan uses: a walk over its encoded form by the contract's own shapes, so that no kind can be forgotten.

use std::collections::BTreeSet;

use super::ROOTS;
use crate::decode::reader::{Reader, WireType};
use crate::decode::shape::{FieldShape, Kind, MessageShape, SHAPES};
use crate::encode;
use crate::wire::plan::Plan;

/// The features that the plan uses, sorted.
pub fn used_by(plan: &Plan) -> Vec<String> {
    let mut used = BTreeSet::new();
    if let Some(shape) = SHAPES.find("polybolos.plan.v1.Plan") {
        message(shape, &encode::plan(plan), None, &mut used);
    }
    used.into_iter().collect()
}

/// The features of a message and of what it holds; `within` is the feature whose details its fields are. Messages nest at most
/// 100 deep.
fn message(shape: &MessageShape, bytes: &[u8], within: Option<&str>, used: &mut BTreeSet<String>) {
    let root = ROOTS.iter().find(|(name, _)| *name == shape.short_name()).map(|(_, prefix)| *prefix);
    let mut reader = Reader::new(bytes, 0);
    while reader.at() < bytes.len() {
        let Ok((number, wire)) = reader.tag(bytes.len()) else { return };
        let field = shape.position(number).and_then(|at| shape.fields.get(at)).filter(|field| !field.ignorable);
        let read = match (field, wire) {
            (Some(field), WireType::Length) => reader.length(bytes.len()).map(|end| held(field, reader.take(end), root, within, used)),
            (Some(field), WireType::Varint) => reader.varint(bytes.len()).map(|value| chosen(field, value, root, within, used)),
            _ => reader.skip_value(wire, bytes.len()),
        };
        if read.is_err() {
            return;
        }
    }
}

fn held(field: &FieldShape, bytes: &[u8], root: Option<&str>, within: Option<&str>, used: &mut BTreeSet<String>) {
    let Kind::Message(at) = field.kind else { return };
    let feature = root.filter(|_| field.oneof.is_some() && field.name != "extension").map(|prefix| format!("{prefix}.{}", field.name));
    if let (None, Some(within), true) = (&feature, within, field.oneof.is_some()) {
        used.insert(format!("{within}.{}", field.name));
    }
    if let Some(shape) = SHAPES.message(at) {
        message(shape, bytes, feature.as_deref(), used);
    }
    used.extend(feature);
}

/// A value of an enum, or a flag that is set.
fn chosen(field: &FieldShape, value: u64, root: Option<&str>, within: Option<&str>, used: &mut BTreeSet<String>) {
    let detail = match field.kind {
        Kind::Enum(at) => SHAPES.enumeration(at).and_then(|shape| super::value(shape, i32::try_from(value).ok()?)),
        Kind::Bool if value != 0 && !field.repeated && field.oneof.is_none() => Some(field.name.clone()),
        _ => None,
    };
    // The one root whose kind is an enum itself: `type.int64`.
    let of = root.filter(|_| field.oneof.is_some()).or(within);
    if let (Some(detail), Some(of)) = (detail, of) {
        used.insert(format!("{of}.{detail}"));
    }
}
