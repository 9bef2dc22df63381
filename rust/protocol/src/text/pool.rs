//! The contract's descriptors as the reflection library wants them, and its errors in our words.

use std::sync::LazyLock;

use prost::Name;
use prost_reflect::text_format::ParseError;
use prost_reflect::{DescriptorPool, MessageDescriptor};

use crate::error::{Code, Error, Result};
use crate::wire::DESCRIPTORS;
use crate::wire::plan::Plan;

static POOL: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).ok());

pub(super) fn plan() -> Result<MessageDescriptor> {
    message(&Plan::full_name())
}

pub(super) fn message(name: &str) -> Result<MessageDescriptor> {
    let found = POOL.as_ref().and_then(|pool| pool.get_message_by_name(name));
    found.ok_or_else(|| Error::internal(format!("the descriptors of the contract lack {name}")))
}

pub(super) fn text_error(text: &str, error: &ParseError) -> Error {
    // The parser tells kind and place only in its Debug form: `FieldNotFound { ..., span: 12..15 }`.
    let debug = format!("{error:?}");
    let code = if debug.contains("kind: FieldNotFound") || debug.contains("kind: ExtensionNotFound") {
        Code::PlanUnknownField
    } else if debug.contains("kind: EnumValueNotFound") {
        Code::PlanUnknownEnum
    } else {
        Code::PlanMalformed
    };
    let message = match span_start(&debug).and_then(|start| line_and_column(text, start)) {
        Some((line, column)) => format!("line {line}, column {column}: {error}"),
        None => error.to_string(),
    };
    Error::new(code, message)
}

fn span_start(debug: &str) -> Option<usize> {
    let (_, span) = debug.rsplit_once("span: ")?;
    span.split_once("..").and_then(|(start, _)| start.parse().ok())
}

fn line_and_column(text: &str, at: usize) -> Option<(usize, usize)> {
    let before = text.get(..at)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Some((before.matches('\n').count() + 1, before.get(line_start..)?.chars().count() + 1))
}

pub(super) fn json_error(error: serde_json::Error) -> Error {
    let message = error.to_string();
    let code = if message.starts_with("unrecognized field") {
        Code::PlanUnknownField
    } else if message.starts_with("unrecognized enum") {
        Code::PlanUnknownEnum
    } else if message.starts_with("recursion limit") {
        Code::PlanTooDeep
    } else {
        Code::PlanMalformed
    };
    Error::new(code, message).with_source(error)
}
