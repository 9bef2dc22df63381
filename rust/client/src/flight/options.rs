//! Flight's standard messages about session options, which arrow-flight does not generate. Field numbers are Flight.proto's.

use std::collections::HashMap;

use polybolos_protocol::{Error, Result, names};
use prost::Message;

const INVALID_NAME: i32 = 1;

#[derive(Clone, PartialEq, Message)]
pub(super) struct SetSessionOptions {
    #[prost(map = "string, message", tag = "1")]
    session_options: HashMap<String, OptionValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SetSessionOptionsResult {
    #[prost(map = "string, message", tag = "1")]
    errors: HashMap<String, OptionError>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct GetSessionOptions {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct GetSessionOptionsResult {
    #[prost(map = "string, message", tag = "1")]
    session_options: HashMap<String, OptionValue>,
}

#[derive(Clone, PartialEq, Message)]
struct OptionError {
    #[prost(int32, tag = "1")]
    value: i32,
}

#[derive(Clone, PartialEq, Message)]
struct OptionValue {
    #[prost(oneof = "AnyValue", tags = "1, 2, 3, 4, 5")]
    option_value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum AnyValue {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(sfixed64, tag = "3")]
    Int64(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    TextList(TextList),
}

#[derive(Clone, PartialEq, Message)]
struct TextList {
    #[prost(string, repeated, tag = "1")]
    values: Vec<String>,
}

pub(super) fn request(options: Vec<(String, String)>) -> SetSessionOptions {
    let value = |text| OptionValue { option_value: Some(AnyValue::Text(text)) };
    SetSessionOptions { session_options: options.into_iter().map(|(key, text)| (key, value(text))).collect() }
}

/// The first option that was refused, in the order of names. The standard tells no more than whether name or value was wrong.
pub(super) fn refusal(result: &SetSessionOptionsResult, asked: &[(String, String)], known: &[(String, String)]) -> Result<()> {
    let Some((name, error)) = result.errors.iter().min_by_key(|(name, _)| name.as_str()) else {
        return Ok(());
    };
    if error.value == INVALID_NAME {
        let near = names::nearest(name, known.iter().map(|(key, _)| key.as_str()));
        let meant = near.first().map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        return Err(Error::invalid_argument(format!("the session has no option '{name}'{meant}"))
            .param("name", name.as_str())
            .with_candidates(near));
    }
    let value = asked.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    Err(Error::invalid_argument(format!("the session option {name} does not take '{value}'")).param("name", name.as_str()))
}

impl GetSessionOptionsResult {
    /// All options as text, in the order of their names.
    pub(super) fn into_texts(self) -> Vec<(String, String)> {
        let mut options: Vec<_> = self.session_options.into_iter().map(|(key, value)| (key, text(value))).collect();
        options.sort();
        options
    }
}

fn text(value: OptionValue) -> String {
    match value.option_value {
        Some(AnyValue::Text(text)) => text,
        Some(AnyValue::Bool(value)) => value.to_string(),
        Some(AnyValue::Int64(value)) => value.to_string(),
        Some(AnyValue::Double(value)) => value.to_string(),
        Some(AnyValue::TextList(list)) => list.values.join(","),
        None => String::new(),
    }
}
