//! The sessions of this server: opened by name, or the connection's own, each bound to the principal that opened it.
//!
//! A named session ends when it is closed or was idle for too long; a connection's own ends with the connection.
//! A session of someone else is as unknown as one that never was.

use std::collections::hash_map::RandomState;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dashmap::DashMap;
use parking_lot::Mutex;
use polybolos_protocol::transport::{Engine, Transport};
use polybolos_protocol::{Code, Error, Result};
use tokio::sync::OnceCell;

use crate::caller::{Caller, Principal};
use crate::connection::ConnectionId;
use crate::flight_sql::Prepared;

/// A session option and its value.
pub(crate) type Setting = (String, String);

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) principal: Principal,
    pub(crate) transport: Arc<dyn Transport>,
    /// Prepared statements of Flight SQL by handle.
    pub(crate) prepared: DashMap<String, Prepared>,
    used: Mutex<Instant>,
    users: AtomicUsize,
}

impl Session {
    fn new(id: String, principal: Principal, transport: Arc<dyn Transport>) -> Arc<Self> {
        Arc::new(Self { id, principal, transport, prepared: DashMap::new(), used: Mutex::new(Instant::now()), users: AtomicUsize::new(0) })
    }

    fn idle_for(&self) -> Option<Duration> {
        (self.users.load(Ordering::Acquire) == 0).then(|| self.used.lock().elapsed())
    }
}

/// A session in use: it does not expire while this lives.
#[derive(Debug)]
pub(crate) struct SessionUse(Arc<Session>);

impl SessionUse {
    fn of(session: Arc<Session>) -> Self {
        session.users.fetch_add(1, Ordering::AcqRel);
        Self(session)
    }
}

impl Clone for SessionUse {
    fn clone(&self) -> Self {
        Self::of(Arc::clone(&self.0))
    }
}

impl std::ops::Deref for SessionUse {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl Drop for SessionUse {
    fn drop(&mut self) {
        *self.0.used.lock() = Instant::now();
        self.0.users.fetch_sub(1, Ordering::AcqRel);
    }
}

type OwnSession = Arc<OnceCell<Arc<Session>>>;

/// All sessions.
#[derive(Debug)]
pub(crate) struct Sessions {
    engine: Arc<dyn Engine>,
    named: DashMap<String, Arc<Session>>,
    own: DashMap<(ConnectionId, Principal), OwnSession, RandomState>,
    idle_max: Duration,
    per_principal_max: usize,
}

impl Sessions {
    pub(crate) fn new(engine: Arc<dyn Engine>, idle_max: Duration, per_principal_max: usize) -> Self {
        Self { engine, named: DashMap::new(), own: DashMap::default(), idle_max, per_principal_max }
    }

    pub(crate) fn idle_max(&self) -> Duration {
        self.idle_max
    }

    /// Opens a named session.
    pub(crate) async fn open(&self, principal: &Principal, options: Vec<Setting>) -> Result<SessionUse> {
        let open = self.named.iter().filter(|session| &session.principal == principal).count();
        if open >= self.per_principal_max {
            return Err(Error::new(Code::LimitExceeded, format!("{open} sessions are open already, which is the limit; close one first"))
                .param("limit", self.per_principal_max.to_string()));
        }
        let transport = self.engine.open_session(principal.name(), options).await?;
        let session = Session::new(uuid::Uuid::new_v4().to_string(), principal.clone(), transport);
        self.named.insert(session.id.clone(), Arc::clone(&session));
        ::metrics::gauge!("polybolos_sessions").increment(1.0);
        Ok(SessionUse::of(session))
    }

    /// The session of a request: the one it names, else its connection's own.
    pub(crate) async fn of(&self, caller: &Caller) -> Result<SessionUse> {
        match &caller.session {
            Some(id) => self.named(&caller.principal, id),
            None => self.own(caller).await,
        }
    }

    fn named(&self, principal: &Principal, id: &str) -> Result<SessionUse> {
        let session = self.named.get(id).filter(|session| &session.principal == principal);
        session.map(|session| SessionUse::of(Arc::clone(&session))).ok_or_else(unknown)
    }

    async fn own(&self, caller: &Caller) -> Result<SessionUse> {
        let key = (caller.connection.id, caller.principal.clone());
        let cell = self.own.get(&key).map(|cell| Arc::clone(&cell));
        let cell = cell.unwrap_or_else(|| Arc::clone(&self.own.entry(key).or_default()));
        let session = cell.get_or_try_init(|| self.open_own(&caller.principal)).await?;
        Ok(SessionUse::of(Arc::clone(session)))
    }

    async fn open_own(&self, principal: &Principal) -> Result<Arc<Session>> {
        let transport = self.engine.open_session(principal.name(), Vec::new()).await?;
        ::metrics::gauge!("polybolos_sessions").increment(1.0);
        Ok(Session::new(String::new(), principal.clone(), transport))
    }

    /// Closes the session of a request. What is gone already stays gone without an error.
    pub(crate) async fn close(&self, caller: &Caller) -> Result<()> {
        match &caller.session {
            Some(id) => match self.named.remove_if(id, |_, session| session.principal == caller.principal) {
                Some((_, session)) => end(&session).await,
                None => Err(unknown()),
            },
            None => self.close_own(&(caller.connection.id, caller.principal.clone())).await,
        }
    }

    async fn close_own(&self, key: &(ConnectionId, Principal)) -> Result<()> {
        let removed = self.own.remove(key);
        match removed.as_ref().and_then(|(_, cell)| cell.get()) {
            Some(session) => end(session).await,
            None => Ok(()),
        }
    }

    /// Ends the sessions of a connection that is gone.
    pub(crate) async fn connection_closed(&self, id: ConnectionId) {
        let keys: Vec<_> = self.own.iter().filter(|entry| entry.key().0 == id).map(|entry| entry.key().clone()).collect();
        for key in keys {
            report(self.close_own(&key).await);
        }
    }

    /// Ends the named sessions that were idle for too long.
    pub(crate) async fn sweep(&self) {
        let late = |session: &Session| session.idle_for().is_some_and(|idle| idle >= self.idle_max);
        let ids: Vec<_> = self.named.iter().filter(|session| late(session)).map(|session| session.id.clone()).collect();
        for id in ids {
            if let Some((_, session)) = self.named.remove_if(&id, |_, session| late(session)) {
                tracing::info!(principal = %session.principal, "session expired");
                report(end(&session).await);
            }
        }
    }

    /// Ends all sessions, as the server goes.
    pub(crate) async fn close_all(&self) {
        let named: Vec<_> = self.named.iter().map(|session| Arc::clone(&session)).collect();
        let own: Vec<_> = self.own.iter().filter_map(|cell| cell.get().cloned()).collect();
        self.named.clear();
        self.own.clear();
        for session in named.iter().chain(&own) {
            report(end(session).await);
        }
    }
}

async fn end(session: &Session) -> Result<()> {
    ::metrics::gauge!("polybolos_sessions").decrement(1.0);
    session.transport.close().await
}

fn report(ended: Result<()>) {
    if let Err(error) = ended {
        tracing::warn!(%error, "a session did not close cleanly");
    }
}

fn unknown() -> Error {
    Error::new(Code::SessionNotFound, "the session has expired, was closed, or never was this caller's; open a new one")
}
