//! Building and running a server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::Engine;
use polybolos_protocol::{Code, Error, Result};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tonic::transport::ServerTlsConfig;

use crate::auth::{AuthLayer, Gate, Tokens};
use crate::config::{ServerConfig, TransportConfig};
use crate::connection::{ConnectionId, ConnectionLimits, Incoming};
use crate::door::{Door, Shared};
use crate::ending::{self, Ending, LAST_WORDS};
use crate::errors::Errors;
use crate::metrics;
use crate::queries::{AdmissionLimits, Queries, QueryRules, Shelf};
use crate::router::Router;
use crate::sessions::Sessions;
use crate::ticket::Sealer;
use crate::tls;

const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Puts a server together: an engine, where to listen, and settings.
#[derive(Debug)]
pub struct ServerBuilder {
    engine: Arc<dyn Engine>,
    config: ServerConfig,
}

impl ServerBuilder {
    /// A server of this engine with default settings: loopback, no tokens, no TLS.
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine, config: ServerConfig::default() }
    }

    /// Replaces all settings.
    #[must_use]
    pub fn with_config(mut self, config: ServerConfig) -> Self {
        self.config = config;
        self
    }

    /// Listens here; port 0 takes a free one. Default 127.0.0.1:50051.
    #[must_use]
    pub fn with_listen(mut self, listen: SocketAddr) -> Self {
        self.config.listen = listen;
        self
    }

    /// Checks the settings and reads the files that they name. Refuses an address that others can reach without TLS and tokens,
    /// unless `insecure` says so.
    pub fn build(self) -> Result<Server> {
        check_exposure(&self.config)?;
        check_sizes(&self.config)?;
        let tls = self.config.tls.as_ref().map(|tls| tls::load(tls, self.config.transport.tls_handshake.0)).transpose()?;
        let tokens = self.config.auth.tokens_file.as_deref().map(Tokens::load).transpose()?;
        Ok(Server { engine: self.engine, config: Arc::new(self.config), tls, tokens: tokens.map(Arc::new), listener: None })
    }
}

fn check_exposure(config: &ServerConfig) -> Result<()> {
    let missing = match (&config.tls, &config.auth.tokens_file) {
        (Some(_), Some(_)) => return Ok(()),
        (None, Some(_)) => "TLS (section [tls] with certificate and key)",
        (Some(_), None) => "tokens (auth.tokens_file)",
        (None, None) => "TLS (section [tls] with certificate and key) and tokens (auth.tokens_file)",
    };
    if config.listen.ip().is_loopback() || config.insecure {
        return Ok(());
    }
    Err(Error::invalid_argument(format!(
        "{} can be reached by other machines, so the server needs {missing}; set that, or listen on 127.0.0.1, or allow it as it is with insecure = true (--insecure)",
        config.listen
    ))
    .param("key", "listen"))
}

fn check_sizes(config: &ServerConfig) -> Result<()> {
    let checks = [
        ("results.message_bytes", config.results.message_bytes.0, 1 << 10, 16 << 20),
        ("transport.message_bytes", config.transport.message_bytes.0, 1 << 10, 64 << 20),
        ("transport.frame_bytes", config.transport.frame_bytes.0, 16 << 10, (16 << 20) - 1),
        ("transport.stream_window", config.transport.stream_window.0, 64 << 10, i32::MAX as u64),
        ("transport.connection_window", config.transport.connection_window.0, 64 << 10, i32::MAX as u64),
    ];
    match checks.iter().find(|(_, value, least, most)| value < least || value > most) {
        None => Ok(()),
        Some((key, value, least, most)) => {
            Err(Error::invalid_argument(format!("{key} is {value} bytes and must be from {least} to {most}")).param("key", *key))
        }
    }
}

/// A server, ready to listen.
pub struct Server {
    engine: Arc<dyn Engine>,
    config: Arc<ServerConfig>,
    tls: Option<ServerTlsConfig>,
    tokens: Option<Arc<Tokens>>,
    listener: Option<TcpListener>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("listen", &self.config.listen).finish_non_exhaustive()
    }
}

impl Server {
    /// Takes the port, so that its number is known before the first request. [`Server::serve`] does it where it was not done.
    pub async fn bind(&mut self) -> Result<SocketAddr> {
        if self.listener.is_none() {
            let listener = TcpListener::bind(self.config.listen).await.map_err(|e| cannot_listen(self.config.listen, e))?;
            self.listener = Some(listener);
        }
        self.local_addr().ok_or_else(|| Error::internal("a bound listener has no address"))
    }

    /// The address that the server listens on, once it is bound.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Serves until `shutdown` completes; then takes no new connections and queries, lets running queries end for
    /// `shutdown.drain`, and cancels the rest.
    pub async fn serve(mut self, shutdown: impl Future<Output = ()> + Send) -> Result<()> {
        let address = self.bind().await?;
        let Some(listener) = self.listener.take() else { return Err(Error::internal("the listener is gone")) };
        let _metrics = self.config.metrics.listen.map(metrics::listen).transpose()?;
        let ending = CancellationToken::new();
        let parts = Parts::new(&self, &ending);
        let transport = &self.config.transport;
        let (health, health_service) = tonic_health::server::health_reporter();
        let (closed, closings) = mpsc::unbounded_channel();
        let limits = ConnectionLimits { total_max: transport.connections, per_address_max: transport.connections_per_address };
        let lingering = TaskTracker::new();
        let incoming = Incoming::new(listener, ending.clone(), limits, closed, lingering.clone());
        let _housekeeping = AbortOnDropHandle::new(tokio::spawn(keep_house(parts.sessions.clone(), parts.queries.clone(), closings)));
        let router = Router::new(parts.door.clone(), health_service, transport.message_bytes.as_usize());
        let mut grpc = http2(transport).layer(AuthLayer::new(Arc::clone(&parts.gate)));
        if let Some(tls) = self.tls.take() {
            grpc = grpc
                .tls_config(tls)
                .map_err(|e| Error::invalid_argument("tls: the certificate and key do not work together").with_source(e))?;
        }
        let ending = Ending { health, queries: Arc::clone(&parts.queries), begun: ending, drain: self.config.shutdown.drain.0 };
        ending.say_hello().await;
        tracing::info!(%address, tls = self.config.tls.is_some(), tokens = self.config.auth.tokens_file.is_some(), "serving");
        let (latest, told) = oneshot::channel();
        let served = tokio::select! {
            served = grpc.serve_with_incoming_shutdown(router, incoming, ending.when(shutdown, latest)) => {
                served.map_err(|e| Error::new(Code::External, "the listener failed").with_source(e))
            }
            () = ending::at(told) => Ok(()),
        };
        lingering.close();
        let _ = tokio::time::timeout(LAST_WORDS, lingering.wait()).await;
        parts.sessions.close_all().await;
        tracing::info!("served");
        served
    }
}

/// What requests and housekeeping share.
struct Parts {
    sessions: Arc<Sessions>,
    queries: Arc<Queries>,
    gate: Arc<Gate>,
    door: Door,
}

impl Parts {
    fn new(server: &Server, ending: &CancellationToken) -> Self {
        let config = &server.config;
        let sessions = Arc::new(Sessions::new(Arc::clone(&server.engine), config.sessions.idle.0, config.sessions.per_principal));
        let limits = AdmissionLimits {
            running_max: config.admission.queries,
            running_per_principal_max: config.admission.queries_per_principal,
            queue_max: config.admission.queue,
            wait_max: config.admission.queue_wait.0,
        };
        let time_max = config.admission.query_time.at().map(|span| span.0);
        let rules = QueryRules {
            admission: limits,
            ticket_life: config.results.ticket_life.0,
            time_max,
            shelf: Shelf::new(config.results.ahead.0),
        };
        let queries = Arc::new(Queries::new(rules, ending.clone()));
        let gate = Arc::new(Gate::new(server.tokens.clone(), config.auth.failures_per_minute.at()));
        let door = Door::new(Shared {
            sessions: Arc::clone(&sessions),
            queries: Arc::clone(&queries),
            errors: Errors::new(),
            sealer: Sealer::random(),
            config: Arc::clone(config),
            limits: PlanLimits::default(),
            gate: Arc::clone(&gate),
        });
        Self { sessions, queries, gate, door }
    }
}

fn http2(transport: &TransportConfig) -> tonic::transport::Server {
    let server = tonic::transport::Server::builder()
        .initial_stream_window_size(transport.stream_window.as_u32())
        .initial_connection_window_size(transport.connection_window.as_u32())
        .max_frame_size(transport.frame_bytes.as_u32())
        .max_concurrent_streams(transport.streams_per_connection)
        .http2_max_header_list_size(transport.header_bytes.as_u32())
        .http2_keepalive_interval(Some(transport.keepalive_interval.0))
        .http2_keepalive_timeout(Some(transport.keepalive_timeout.0));
    match transport.connection_age.at() {
        Some(age) => server.max_connection_age(age.0).max_connection_age_grace(transport.connection_age_grace.0),
        None => server,
    }
}

/// Expires sessions and tickets, and ends the sessions of connections that are gone.
async fn keep_house(sessions: Arc<Sessions>, queries: Arc<Queries>, mut closings: UnboundedReceiver<ConnectionId>) {
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        tokio::select! {
            Some(connection) = closings.recv() => sessions.connection_closed(connection).await,
            _ = sweep.tick() => {
                queries.sweep();
                sessions.sweep().await;
            }
        }
    }
}

fn cannot_listen(address: SocketAddr, error: std::io::Error) -> Error {
    Error::new(Code::Unavailable, format!("cannot listen on {address}: {error}")).with_source(error)
}
