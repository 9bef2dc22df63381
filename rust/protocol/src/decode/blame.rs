//! Where the scan stopped, in the reader's words: the relation by its id, the field by its path, and who speaks which minor.
//!
//! Nothing of this is kept while scanning. An error walks back over the open messages and counts the siblings before each.

use super::CONTRACT_MINOR;
use super::reader::{Reader, WireType};
use super::scan::{Fault, Frame};
use super::shape::{FieldShape, Kind, Role};
use crate::error::{Code, Error, PlanPlace};

/// The error with its place.
pub(super) fn locate(fault: Fault, bytes: &[u8], stack: &[Frame], tag_at: usize) -> Error {
    let (relation, steps) = relation_and_frames(bytes, stack);
    let mut path = String::new();
    for (parent, child) in steps {
        if let Some(field) = child.field {
            push(&mut path, bytes, parent, field, child.tag_at);
        }
    }
    if let (Some(field), Some(innermost)) = (fault.field, stack.last()) {
        push(&mut path, bytes, innermost, field, tag_at);
    }
    with_minors(fault.error, bytes, stack).at(PlanPlace::exact(relation, path))
}

/// The id of the relation that is being walked, and the open messages inside it with their parents; where there is none,
/// the plan, or else the root, takes its place.
fn relation_and_frames<'s>(bytes: &[u8], stack: &'s [Frame]) -> (u32, impl Iterator<Item = (&'s Frame, &'s Frame)>) {
    let relation = stack.iter().position(|frame| frame.shape.role == Role::Relation);
    let from = relation.or_else(|| stack.iter().position(|frame| frame.shape.role == Role::Plan)).unwrap_or(0);
    let id = relation.and_then(|at| stack.get(at)).and_then(|frame| first_number(bytes, frame.start, frame.end, 1));
    let inner = stack.get(from..).unwrap_or_default();
    (id.and_then(|id| u32::try_from(id).ok()).unwrap_or(0), inner.iter().zip(inner.iter().skip(1)))
}

fn push(path: &mut String, bytes: &[u8], parent: &Frame, field: &FieldShape, tag_at: usize) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&field.name);
    if field.repeated {
        path.push_str(&format!("[{}]", siblings_before(bytes, parent, field, tag_at)));
    }
}

/// How many elements of a repeated field stand before this position; a packed run of numbers counts as one.
fn siblings_before(bytes: &[u8], parent: &Frame, field: &FieldShape, tag_at: usize) -> usize {
    let mut reader = Reader::new(bytes, parent.start);
    let mut count = 0;
    while reader.at() < tag_at {
        let Ok((number, wire)) = reader.tag(parent.end) else { break };
        count += usize::from(number == field.number);
        if reader.skip_value(wire, parent.end).is_err() {
            break;
        }
    }
    count
}

/// Says which minor this build has and which one the plan was made with, where one may know more than the other.
fn with_minors(error: Error, bytes: &[u8], stack: &[Frame]) -> Error {
    if !matches!(error.code(), Code::PlanUnknownField | Code::PlanUnknownEnum) {
        return error;
    }
    let known = format!("{}; this build knows the contract up to minor {CONTRACT_MINOR}", error.message());
    let message = match producer(bytes, stack) {
        Some((minor, producer)) => format!("{known}, the plan was made for minor {minor} by {producer:?}"),
        None => known,
    };
    error.reworded(message).param("minor", CONTRACT_MINOR.to_string())
}

/// `Plan.version`, if the plan says one.
fn producer(bytes: &[u8], stack: &[Frame]) -> Option<(u64, String)> {
    let plan = stack.iter().find(|frame| frame.shape.role == Role::Plan)?;
    let version = plan.shape.fields.iter().find(|field| field.name == "version" && matches!(field.kind, Kind::Message(_)))?;
    let (start, end) = first_block(bytes, plan.start, plan.end, version.number)?;
    let minor = first_number(bytes, start, end, 1).unwrap_or(0);
    let name = first_block(bytes, start, end, 2).and_then(|(from, to)| bytes.get(from..to));
    let name: String = String::from_utf8_lossy(name.unwrap_or_default()).chars().take(64).collect();
    Some((minor, name))
}

/// The value of the first varint field of this number.
fn first_number(bytes: &[u8], start: usize, end: usize, wanted: u32) -> Option<u64> {
    let mut reader = Reader::new(bytes, start);
    while reader.at() < end {
        let (number, wire) = reader.tag(end).ok()?;
        if number == wanted && wire == WireType::Varint {
            return reader.varint(end).ok();
        }
        reader.skip_value(wire, end).ok()?;
    }
    None
}

/// Where the content of the first length-delimited field of this number begins and ends.
fn first_block(bytes: &[u8], start: usize, end: usize, wanted: u32) -> Option<(usize, usize)> {
    let mut reader = Reader::new(bytes, start);
    while reader.at() < end {
        let (number, wire) = reader.tag(end).ok()?;
        if number == wanted && wire == WireType::Length {
            let to = reader.length(end).ok()?;
            return Some((reader.at(), to));
        }
        reader.skip_value(wire, end).ok()?;
    }
    None
}
