//! The tokens that are good, and what becomes of those who have none.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use polybolos_protocol::{Code, Error};

use super::Tokens;
use super::throttle::Throttle;

/// Who may pass, and how often one may fail to.
#[derive(Debug)]
pub(crate) struct Gate {
    tokens: Option<Arc<Tokens>>,
    throttle: Option<Throttle>,
}

impl Gate {
    /// Without tokens everybody passes; without a limit everybody may fail as often as they like.
    pub(crate) fn new(tokens: Option<Arc<Tokens>>, failures_per_minute: Option<u64>) -> Self {
        Self { tokens, throttle: failures_per_minute.map(Throttle::new) }
    }

    pub(crate) fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_deref()
    }

    /// Counts a failed login; answers the error to tell. An address that has failed too often does not learn what was wrong.
    pub(crate) fn refused(&self, peer: Option<IpAddr>, error: Error) -> Error {
        let pause = self.throttle.as_ref().zip(peer).and_then(|(throttle, peer)| throttle.fail(peer, Instant::now()));
        let error = pause.map_or(error, too_often);
        let code = error.code().name();
        ::metrics::counter!("polybolos_auth_failures_total", "code" => code).increment(1);
        match pause {
            None => tracing::warn!(code, peer = peer.map(tracing::field::display), "login failed"),
            // Not at the level that is on by default: a flood of logins is no flood of lines.
            Some(_) => tracing::debug!(code, peer = peer.map(tracing::field::display), "login failed"),
        }
        error
    }
}

fn too_often(pause: Duration) -> Error {
    let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX).max(1);
    let message =
        format!("too many failed logins from this address; try again in {}", humantime::format_duration(Duration::from_millis(millis)));
    Error::new(Code::LimitExceeded, message).retry_after(millis)
}
