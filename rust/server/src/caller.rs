//! Who is asking: a principal, on a connection, perhaps in a session, perhaps with a deadline.
//!
//! Handlers take a [`Caller`], and one can only be had from a request that passed the authentication layer.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Extensions, HeaderMap};
use polybolos_protocol::{Error, Result};

use crate::connection::ConnectionInfo;

/// The header that names the session of a request.
pub(crate) const SESSION_HEADER: &str = "polybolos-session";
/// The cookie by which Flight's standard session actions name a session.
pub(crate) const SESSION_COOKIE: &str = "arrow_flight_session_id";

/// An authenticated name. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Principal(Arc<str>);

impl Principal {
    /// The principal of a server that asks for no tokens.
    pub(crate) fn anonymous() -> Self {
        Self::named("anonymous")
    }

    pub(crate) fn named(name: &str) -> Self {
        Self(Arc::from(name))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything about a request but its message.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    pub(crate) connection: ConnectionInfo,
    /// The session that the request names; without one, the connection's own.
    pub(crate) session: Option<String>,
    /// When the client stops waiting.
    pub(crate) deadline: Option<Instant>,
}

impl Caller {
    /// Reads a request that passed the authentication layer.
    pub(crate) fn of(extensions: &Extensions, headers: &HeaderMap) -> Result<Self> {
        let principal =
            extensions.get::<Principal>().cloned().ok_or_else(|| Error::internal("a request reached the door without a principal"))?;
        let connection =
            ConnectionInfo::of(extensions).ok_or_else(|| Error::internal("a request reached the door without a connection"))?;
        let deadline = text(headers, "grpc-timeout").and_then(grpc_timeout).map(|timeout| Instant::now() + earlier(timeout));
        Ok(Self { principal, connection, session: session_id(headers), deadline })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn session_id(headers: &HeaderMap) -> Option<String> {
    text(headers, SESSION_HEADER).map(str::to_owned).or_else(|| cookie(headers, SESSION_COOKIE))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(http::header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then(|| value.trim_matches('"').to_owned())
    })
}

/// A little earlier than the client's own end, so that it hears of the deadline from us and not from the transport.
fn earlier(timeout: Duration) -> Duration {
    timeout.saturating_sub((timeout / 10).min(Duration::from_millis(20)))
}

/// The value of gRPC's `grpc-timeout` header: up to eight digits and a unit.
fn grpc_timeout(value: &str) -> Option<Duration> {
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let amount: u64 = (digits.len() <= 8).then(|| digits.parse().ok()).flatten()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grpc_timeout_is_read_in_each_unit_and_nonsense_is_no_deadline() {
        assert_eq!(grpc_timeout("2S"), Some(Duration::from_secs(2)));
        assert_eq!(grpc_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(grpc_timeout("1H"), Some(Duration::from_secs(3600)));
        for nonsense in ["", "S", "12", "123456789S", "-1S", "é"] {
            assert_eq!(grpc_timeout(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn the_session_comes_from_the_header_before_the_cookie() -> std::result::Result<(), http::header::InvalidHeaderValue> {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::COOKIE, "a=1; arrow_flight_session_id=\"from-cookie\"".parse()?);
        assert_eq!(session_id(&headers).as_deref(), Some("from-cookie"));
        headers.insert(SESSION_HEADER, "from-header".parse()?);
        assert_eq!(session_id(&headers).as_deref(), Some("from-header"));
        Ok(())
    }
}
