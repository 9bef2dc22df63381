//! Sessions and queries by their handles.

use std::sync::{Arc, LazyLock};

use polybolos_engine::LocalEngine;
use polybolos_protocol::transport::Transport;
use polybolos_protocol::{Code, Error, Result};

use crate::engines::{self, EngineOptions};
use crate::handles::Handles;
use crate::query::Query;
use crate::wait;

/// Whose sessions these are, in lists of queries.
const PRINCIPAL: &str = "embedded";

struct Session {
    transport: Arc<dyn Transport>,
    /// The engine runs as long as one of its sessions is held.
    _engine: Arc<LocalEngine>,
}

static SESSIONS: LazyLock<Handles<Session>> = LazyLock::new(Handles::new);
static QUERIES: LazyLock<Handles<Query>> = LazyLock::new(Handles::new);

/// Opens a session of the engine for these options.
pub(crate) fn open(engine: EngineOptions, options: &[(String, String)]) -> Result<i64> {
    let engine = engines::engine(engine)?;
    let transport = engine.session(PRINCIPAL, options)?;
    Ok(SESSIONS.add(Arc::new(Session { transport, _engine: engine })))
}

/// What the session runs on.
pub(crate) fn transport(session: i64) -> Result<Arc<dyn Transport>> {
    let found = SESSIONS.get(session).map(|session| Arc::clone(&session.transport));
    found.ok_or_else(|| Error::invalid_argument("the session is closed; open a new one"))
}

/// Ends a session and its queries. One that has ended, or never was, is no error.
pub(crate) fn close(session: i64) -> Result<()> {
    let Some(closed) = SESSIONS.remove(session) else { return Ok(()) };
    let ended = end(&closed);
    QUERIES.remove_where(|query| query.session() == session).iter().for_each(|query| query.close());
    ended
}

fn end(session: &Session) -> Result<()> {
    let transport = Arc::clone(&session.transport);
    wait::finish(async move { transport.close().await })
}

/// Holds a query that has begun.
pub(crate) fn add_query(query: Query) -> (i64, Arc<Query>) {
    let query = Arc::new(query);
    (QUERIES.add(Arc::clone(&query)), query)
}

/// The query of this handle.
pub(crate) fn query(query: i64) -> Result<Arc<Query>> {
    QUERIES.get(query).ok_or_else(|| Error::new(Code::Cancelled, "the result is closed"))
}

/// Lets a query go; where it still runs, it is cancelled. One that has gone, or never was, is no error.
pub(crate) fn close_query(query: i64) {
    if let Some(query) = QUERIES.remove(query) {
        query.close();
    }
}

/// Ends all sessions and engines: the JVM shuts down, and what they keep on disk is to go.
pub(crate) fn shutdown() {
    QUERIES.remove_where(|_| true).iter().for_each(|query| query.close());
    for session in SESSIONS.remove_where(|_| true) {
        // Nobody is left to tell.
        drop(end(&session));
    }
    engines::forget_latest();
}
