//! Plan text: the protobuf text format (`.txtpb`) and JSON, both ways and both strict, and a compact form for people.
//!
//! [`to_text`] and [`to_json`] say everything and can be read back; [`display`] is for EXPLAIN and `plan show`, one line per
//! relation, and cannot.

mod display;
mod expression;
mod json;
mod literal;
mod nesting;
mod pool;
mod relation;

use prost::{Message, Name};
use prost_reflect::text_format::FormatOptions;
use prost_reflect::{DeserializeOptions, DynamicMessage, SerializeOptions};

use crate::decode;
use crate::error::{Code, Error, Result};
use crate::limits::PlanLimits;
use crate::wire::plan::Plan;

pub use display::{display, display_expression, display_type};

/// The text of a plan is at most this many times as long as a plan may be encoded.
const TEXT_BYTES_PER_BYTE: u64 = 8;

/// How the bytes of a plan file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The protobuf text format.
    Text,
    /// JSON.
    Json,
    /// The protobuf wire format.
    Binary,
}

/// The plan in the protobuf text format, one field per line. The plan must be one that [`crate::CheckedPlan`] or
/// [`crate::encode::hoist`] has seen; of one that nests deeper than messages may, the text is a comment that says so.
pub fn to_text(plan: &Plan) -> String {
    match dynamic(plan) {
        Ok(message) => message.to_text_format_with_options(&FormatOptions::new().pretty(true).expand_any(false)) + "\n",
        Err(error) => format!("# {error}\n"),
    }
}

/// Reads a plan in the protobuf text format: unknown names, repeated fields and whatever strict decoding refuses are errors.
pub fn from_text(text: &str) -> Result<Plan> {
    check_text(text)?;
    let message = DynamicMessage::parse_text_format(pool::plan()?, text).map_err(|e| pool::text_error(text, &e))?;
    decode::plan(&message.encode_to_vec(), &PlanLimits::default())
}

/// Reads any message of the contract in the protobuf text format, as [`from_text`] does; `M` says which.
pub fn message_from_text<M: Message + Name + Default>(text: &str) -> Result<M> {
    check_text(text)?;
    let message = DynamicMessage::parse_text_format(pool::message(&M::full_name())?, text).map_err(|e| pool::text_error(text, &e))?;
    decode::message(&M::full_name(), &message.encode_to_vec(), &PlanLimits::default())
}

/// The plan as JSON, with the contract's field names. A plan with extensions has no JSON: UNSUPPORTED.
pub fn to_json(plan: &Plan) -> Result<String> {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::pretty(&mut json);
    let options = SerializeOptions::new().use_proto_field_name(true);
    let message = dynamic(plan)?;
    message
        .serialize_with_options(&mut serializer, &options)
        .map_err(|e| Error::unsupported(format!("the plan cannot be written as JSON: {e}")).with_source(e))?;
    String::from_utf8(json).map_err(|e| Error::internal("JSON that is not UTF-8").with_source(e))
}

/// Reads a plan in JSON: unknown names and whatever strict decoding refuses are errors.
pub fn from_json(json: &str) -> Result<Plan> {
    check_size(json)?;
    nesting::check_json(json)?;
    let json = json::quote_fractions(json);
    let mut deserializer = serde_json::Deserializer::from_str(&json);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let message = DynamicMessage::deserialize_with_options(pool::plan()?, &mut deserializer, &options).map_err(pool::json_error)?;
    deserializer.end().map_err(pool::json_error)?;
    decode::plan(&message.encode_to_vec(), &PlanLimits::default())
}

/// Reads a plan file in whatever form it is.
pub fn read(bytes: &[u8], extension: Option<&str>) -> Result<Plan> {
    let text =
        || std::str::from_utf8(bytes).map_err(|e| Error::new(Code::PlanMalformed, format!("the plan is not UTF-8: {e}")).with_source(e));
    match sniff(bytes, extension) {
        Form::Text => from_text(text()?),
        Form::Json => from_json(text()?),
        Form::Binary => decode::plan(bytes, &PlanLimits::default()),
    }
}

/// How the bytes of a plan file are written: by the file's extension where it says, else by what the bytes look like.
pub fn sniff(bytes: &[u8], extension: Option<&str>) -> Form {
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("txtpb" | "textproto" | "pbtxt" | "textpb") => return Form::Text,
        Some("json") => return Form::Json,
        Some("pb" | "binpb" | "bin") => return Form::Binary,
        _ => {}
    }
    let is_text =
        !bytes.is_empty() && std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()));
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') if is_text => Form::Json,
        Some(_) if is_text => Form::Text,
        _ => Form::Binary,
    }
}

fn dynamic(plan: &Plan) -> Result<DynamicMessage> {
    crate::encode::check_depth(plan)?;
    DynamicMessage::decode(pool::plan()?, plan.encode_to_vec().as_slice())
        .map_err(|e| Error::new(Code::PlanTooDeep, e.to_string()).with_source(e))
}

fn check_text(text: &str) -> Result<()> {
    check_size(text)?;
    nesting::check_text(text)
}

fn check_size(text: &str) -> Result<()> {
    let limits = PlanLimits::default();
    if text.len() as u64 <= limits.plan_bytes * TEXT_BYTES_PER_BYTE {
        return Ok(());
    }
    Err(limits.exceeded("plan_bytes", format_args!("the text of the plan has {} bytes", text.len())))
}
