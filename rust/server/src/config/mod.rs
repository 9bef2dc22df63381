//! Configuration: defaults, a TOML file over them, environment variables over that, flags over all.
//!
//! An environment variable is `POLYBOLOS_` with section and key joined by two underscores: `POLYBOLOS_LISTEN`,
//! `POLYBOLOS_RESULTS__MESSAGE_BYTES`. An unknown key is an error that names it, wherever it stands.

mod load;
mod section;
mod sections;
mod template;
mod units;

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

pub use load::{ConfigLayers, check};
pub use sections::{
    AdmissionConfig, AuthConfig, EngineConfig, LogConfig, LogFormat, MetricsConfig, ResultsConfig, RootConfig, S3Config, SessionsConfig,
    ShutdownConfig, StorageConfig, TlsConfig, TransportConfig,
};
pub use template::template;
pub use units::{Limit, Secret, Size, Span};

use sections::ListenConfig;

/// All settings of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address and port of Flight, Flight SQL and health. Default 127.0.0.1:50051.
    pub listen: SocketAddr,
    /// Allows an address that others can reach without TLS or without tokens. Default false.
    pub insecure: bool,
    /// Who may ask.
    pub auth: AuthConfig,
    /// Encryption of the listener. Not set: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsConfig>,
    /// How many queries run and wait.
    pub admission: AdmissionConfig,
    /// Sessions of clients.
    pub sessions: SessionsConfig,
    /// How results leave.
    pub results: ResultsConfig,
    /// The transport.
    pub transport: TransportConfig,
    /// The engine inside the server.
    pub engine: EngineConfig,
    /// Where queries may read and write.
    pub storage: StorageConfig,
    /// Numbers for Prometheus.
    pub metrics: MetricsConfig,
    /// The log.
    pub log: LogConfig,
    /// The end of the server.
    pub shutdown: ShutdownConfig,
}

impl Default for ServerConfig {
    fn default() -> Self {
        let ListenConfig { listen, insecure } = ListenConfig::default();
        Self {
            listen,
            insecure,
            auth: AuthConfig::default(),
            tls: None,
            admission: AdmissionConfig::default(),
            sessions: SessionsConfig::default(),
            results: ResultsConfig::default(),
            transport: TransportConfig::default(),
            engine: EngineConfig::default(),
            storage: StorageConfig::default(),
            metrics: MetricsConfig::default(),
            log: LogConfig::default(),
            shutdown: ShutdownConfig::default(),
        }
    }
}
