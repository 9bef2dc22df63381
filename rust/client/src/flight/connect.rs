//! Opens a session on a server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use polybolos_protocol::error::Code;
use polybolos_protocol::{Error, Result};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use zeroize::Zeroizing;

use crate::session::Session;

use super::address::Address;
use super::transport::FlightTransport;

/// The variable that holds the token where none is given.
const TOKEN_VARIABLE: &str = "POLYBOLOS_TOKEN";

/// HTTP/2 frames that we are ready to take, in bytes. The receiver announces it; the default of 16 KiB halves throughput.
const FRAME_BYTES: u32 = 1 << 20;
/// What may be under way of one result before we have read it, in bytes.
const STREAM_WINDOW_BYTES: u32 = 16 << 20;
/// What may be under way of all results before we have read it, in bytes.
const CONNECTION_WINDOW_BYTES: u32 = 64 << 20;

/// Opens a session on the server at this address, with the token of the variable `POLYBOLOS_TOKEN` where there is one.
///
/// ```no_run
/// # async fn example() -> polybolos_client::Result<()> {
/// let session = polybolos_client::connect("grpc://localhost:50051").await?;
/// session.sql("select 1")?.show().await
/// # }
/// ```
///
/// # Errors
///
/// `INVALID_ARGUMENT` for an address that is none, `UNAVAILABLE` where nobody answers, `UNAUTHENTICATED` for a token that
/// is missing or wrong.
pub async fn connect(address: impl AsRef<str>) -> Result<Session> {
    Connect::to(address.as_ref()).connect().await
}

/// A connection in the making: address, token, certificates, timeouts, options of the session.
///
/// ```no_run
/// use std::time::Duration;
/// use polybolos_client::Connect;
///
/// # async fn example(token: String) -> polybolos_client::Result<()> {
/// let session = Connect::to("grpc+tls://data.example.com")
///     .token(token)
///     .connect_timeout(Duration::from_secs(3))
///     .option("time_zone", "Europe/Vienna")
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Connect {
    address: String,
    token: Option<Zeroizing<String>>,
    ca_certificate: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    server_name: Option<String>,
    connect_timeout: Duration,
    keep_alive: Duration,
    options: Vec<(String, String)>,
}

impl Connect {
    /// To the server at this address: `grpc://host:port` or `grpc+tls://host:port`. The port may be left out; it is 50051.
    pub fn to(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            token: None,
            ca_certificate: None,
            identity: None,
            server_name: None,
            connect_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(30),
            options: Vec::new(),
        }
    }

    /// The bearer token. Without it, that of the variable `POLYBOLOS_TOKEN`, if there is one.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Zeroizing::new(token.into()));
        self
    }

    /// Trusts the certificates that this authority signed (PEM), instead of those that the system trusts.
    pub fn ca_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_certificate = Some(pem.into());
        self
    }

    /// The certificate and private key (PEM) that this client shows, where the server asks for one.
    pub fn client_certificate(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((certificate.into(), Zeroizing::new(key.into())));
        self
    }

    /// The name that the server's certificate must have, where it is not the host of the address.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// How long to wait for the server when connecting; 10 seconds unless said.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How often to ask a silent server for a sign of life while a call runs; 30 seconds unless said. One that gives none
    /// for 20 seconds is gone.
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval;
        self
    }

    /// An option of the session, such as `time_zone`.
    pub fn option(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.push((key.into(), value.into()));
        self
    }

    /// Connects and opens the session.
    pub async fn connect(self) -> Result<Session> {
        self.transport().await.map(|transport| Session::over(Arc::new(transport)))
    }

    /// Connects and opens the session; the transport alone.
    pub async fn transport(self) -> Result<FlightTransport> {
        let address: Address = self.address.parse()?;
        let endpoint = self.endpoint(&address)?;
        let timeout = self.connect_timeout;
        let token = self.token.or_else(token_of_environment);
        let opening = FlightTransport::open(address.clone(), endpoint, token, self.options);
        match tokio::time::timeout(timeout, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(Error::new(Code::Unavailable, format!("the server at {address} did not answer within {timeout:?}"))),
        }
    }

    fn endpoint(&self, address: &Address) -> Result<Endpoint> {
        let endpoint = Endpoint::from_shared(address.to_http())
            .map_err(|error| Error::invalid_argument(format!("{address} is not an address")).with_source(error))?
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .tcp_keepalive(Some(self.keep_alive))
            .http2_keep_alive_interval(self.keep_alive)
            .keep_alive_timeout(Duration::from_secs(20))
            .keep_alive_while_idle(false)
            .max_frame_size(FRAME_BYTES)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
        if address.tls() {
            let wrong = |error| Error::invalid_argument("the certificates for TLS cannot be used").with_source(error);
            return endpoint.tls_config(self.tls()).map_err(wrong);
        }
        if self.ca_certificate.is_some() || self.identity.is_some() || self.server_name.is_some() {
            return Err(Error::invalid_argument(format!("{address} has no TLS, so certificates mean nothing: write grpc+tls://")));
        }
        Ok(endpoint)
    }

    fn tls(&self) -> ClientTlsConfig {
        let mut tls = ClientTlsConfig::new();
        tls = match &self.ca_certificate {
            Some(pem) => tls.ca_certificate(Certificate::from_pem(pem)),
            None => tls.with_native_roots(),
        };
        if let Some((certificate, key)) = &self.identity {
            tls = tls.identity(Identity::from_pem(certificate, key.as_slice()));
        }
        match &self.server_name {
            Some(name) => tls.domain_name(name),
            None => tls,
        }
    }
}

fn token_of_environment() -> Option<Zeroizing<String>> {
    std::env::var(TOKEN_VARIABLE).ok().filter(|token| !token.is_empty()).map(Zeroizing::new)
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect").field("address", &self.address).field("options", &self.options).finish_non_exhaustive()
    }
}
