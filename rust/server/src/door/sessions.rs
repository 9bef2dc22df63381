//! The actions about sessions: ours, and Flight's standard ones for stock clients.

use polybolos_protocol::wire::flight::{OpenSession, SessionOpened};
use polybolos_protocol::wire::plan::KeyValue;
use polybolos_protocol::{Error, Result};
use prost::Message;

use super::Door;
use crate::caller::Caller;
use crate::sessions::{SessionUse, Setting};

impl Door {
    /// Opens a named session and answers its id, options and what the server can do.
    pub(super) async fn open_session(&self, caller: &Caller, message: OpenSession) -> Result<SessionOpened> {
        let options = message.options.into_iter().map(|option| (option.key, option.value)).collect();
        let session = self.sessions.open(&caller.principal, options).await?;
        let idle = self.sessions.idle_max().as_millis();
        let capabilities = self.capabilities_of(&session).await?;
        let options = session.transport.set_options(Vec::new()).await?;
        let options = options.into_iter().map(|(key, value)| KeyValue { key, value }).collect();
        Ok(SessionOpened {
            session_id: session.id.clone(),
            idle_timeout_millis: u64::try_from(idle).unwrap_or(u64::MAX),
            capabilities: Some(capabilities),
            options,
        })
    }

    /// The standard action: sets options in the caller's named session, or opens one and answers its id for a cookie.
    pub(super) async fn set_session_options(&self, caller: &Caller, body: &[u8]) -> Result<(SetSessionOptionsResult, Option<String>)> {
        let request: SetSessionOptionsRequest = standard(body, "SetSessionOptionsRequest")?;
        let session = match &caller.session {
            Some(_) => self.sessions.of(caller).await?,
            None => self.sessions.open(&caller.principal, Vec::new()).await?,
        };
        let mut result = SetSessionOptionsResult::default();
        for (name, value) in request.session_options {
            if let Err(error) = set_option(&session, &name, value).await {
                tracing::debug!(%error, option = name, "a session option was refused");
                result.errors.insert(name, OptionError { value: option_fault(&error) });
            }
        }
        let opened = caller.session.is_none().then(|| session.id.clone());
        Ok((result, opened))
    }

    /// The standard action: all options of the caller's session as text.
    pub(super) async fn get_session_options(&self, caller: &Caller, body: &[u8]) -> Result<GetSessionOptionsResult> {
        let _: GetSessionOptionsRequest = standard(body, "GetSessionOptionsRequest")?;
        let options = self.sessions.of(caller).await?.transport.set_options(Vec::new()).await?;
        let session_options = options.into_iter().map(|(key, value)| (key, text_value(value))).collect();
        Ok(GetSessionOptionsResult { session_options })
    }

    /// The standard action: closes the caller's session.
    pub(super) async fn close_session(&self, caller: &Caller) -> Result<CloseSessionResult> {
        self.sessions.close(caller).await?;
        Ok(CloseSessionResult { status: CLOSED })
    }
}

async fn set_option(session: &SessionUse, name: &str, value: OptionValue) -> Result<()> {
    let setting: Setting = (name.to_owned(), option_text(value)?);
    session.transport.set_options(vec![setting]).await.map(|_| ())
}

/// The value as text; an absent one resets the option where the engine knows how.
fn option_text(value: OptionValue) -> Result<String> {
    Ok(match value.option_value {
        Some(AnyValue::Text(text)) => text,
        Some(AnyValue::Bool(value)) => value.to_string(),
        Some(AnyValue::Int64(value)) => value.to_string(),
        Some(AnyValue::Double(value)) => value.to_string(),
        Some(AnyValue::TextList(list)) => list.values.join(","),
        None => return Err(Error::invalid_argument("a session option needs a value")),
    })
}

fn text_value(value: String) -> OptionValue {
    OptionValue { option_value: Some(AnyValue::Text(value)) }
}

fn option_fault(error: &Error) -> i32 {
    let unknown_name = error.params().iter().any(|(key, _)| key == "candidate" || key == "name");
    if unknown_name { INVALID_NAME } else { INVALID_VALUE }
}

fn standard<M: Message + Default>(body: &[u8], name: &str) -> Result<M> {
    M::decode(body)
        .map_err(|e| Error::new(polybolos_protocol::Code::PlanMalformed, format!("the action's body is no {name}")).with_source(e))
}

// Flight's own session messages, which arrow-flight 59 does not generate. Field numbers are Flight.proto's.

const INVALID_NAME: i32 = 1;
const INVALID_VALUE: i32 = 2;
const CLOSED: i32 = 1;

#[derive(Clone, PartialEq, Message)]
pub(super) struct OptionValue {
    #[prost(oneof = "AnyValue", tags = "1, 2, 3, 4, 5")]
    option_value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum AnyValue {
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
pub(super) struct TextList {
    #[prost(string, repeated, tag = "1")]
    values: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct SetSessionOptionsRequest {
    #[prost(map = "string, message", tag = "1")]
    session_options: std::collections::HashMap<String, OptionValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OptionError {
    #[prost(int32, tag = "1")]
    value: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SetSessionOptionsResult {
    #[prost(map = "string, message", tag = "1")]
    errors: std::collections::HashMap<String, OptionError>,
}

#[derive(Clone, PartialEq, Message)]
struct GetSessionOptionsRequest {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct GetSessionOptionsResult {
    #[prost(map = "string, message", tag = "1")]
    session_options: std::collections::HashMap<String, OptionValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct CloseSessionResult {
    #[prost(int32, tag = "1")]
    status: i32,
}
