//! The settings of a server. Each says its unit, its default and what it is good for.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::section::section;
use super::units::{Limit, Secret, Size, Span};

section! {
    /// The listener.
    pub(super) ListenConfig {
        /// Address and port of Flight, Flight SQL and health. Port 0 takes a free one. Default 127.0.0.1:50051.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 50051));
        /// Allows an address that others can reach although there is no TLS or no tokens. Default false: such a server refuses to
        /// start.
        insecure: bool = false;
    }
}

section! {
    /// Who may ask.
    pub AuthConfig {
        /// File of tokens, one line `name:sha256[:expiry]` each, as `polybolos token` prints it; read again when it changes.
        /// Not set: no tokens are asked for, and every caller is `anonymous`.
        tokens_file: Option<PathBuf> = None;
        /// Failed logins of one address in a minute; further ones are answered with LIMIT_EXCEEDED and advice when to try again.
        /// A right token is taken all the same. Default 60.
        failures_per_minute: Limit<u64> = Limit::At(60);
    }
}

/// Encryption of the listener.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// PEM file with the certificate chain of the server. Required for TLS.
    pub certificate: PathBuf,
    /// PEM file with the certificate's private key. Required for TLS.
    pub key: PathBuf,
    /// PEM file with the authority that must have signed the clients' certificates. Not set: clients need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_authority: Option<PathBuf>,
}

section! {
    /// How many queries run and wait.
    pub AdmissionConfig {
        /// Queries that run at once; further ones wait. Default 32.
        queries: usize = 32;
        /// Queries of one principal that run at once. Default 16.
        queries_per_principal: usize = 16;
        /// Queries that may wait; further ones are refused with OVERLOADED. Default 256.
        queue: usize = 256;
        /// Longest wait before OVERLOADED. Default 1m.
        queue_wait: Span = Span::minutes(1);
        /// Longest wall time of a query from when it runs until its last batch was sent; DEADLINE_EXCEEDED. Default 1h.
        query_time: Limit<Span> = Limit::At(Span::minutes(60));
    }
}

section! {
    /// Sessions of clients.
    pub SessionsConfig {
        /// A named session that is not used for this long is closed; SESSION_NOT_FOUND afterwards. Default 30m.
        idle: Span = Span::minutes(30);
        /// Named sessions of one principal; LIMIT_EXCEEDED. Default 64.
        per_principal: usize = 64;
        /// Prepared statements of one session; LIMIT_EXCEEDED. Default 256.
        prepared_statements: usize = 256;
    }
}

section! {
    /// How results leave.
    pub ResultsConfig {
        /// Largest message of a result, unless a single row is larger. Default 2MiB, at most 16MiB.
        message_bytes: Size = Size::mib(2);
        /// Messages that are encoded ahead of the reader, for each result. Default 3.
        messages_ahead: usize = 3;
        /// A result of which the client takes nothing for this long is ended. Default 10m.
        idle: Span = Span::minutes(10);
        /// How long a ticket is good before it is fetched. Default 5m.
        ticket_life: Span = Span::minutes(5);
        /// Memory for results that were made before their DoGet, because the client polls (PollFlightInfo), of all queries
        /// together. Where it is used up, queries wait for their readers. Default 256MiB.
        ahead: Size = Size::mib(256);
    }
}

section! {
    /// The transport: TCP, TLS and HTTP/2.
    pub TransportConfig {
        /// Largest request message: plans, and each message of a DoPut. Default 32MiB, at most 64MiB.
        message_bytes: Size = Size::mib(32);
        /// Open connections; further ones are closed at once. Default 1024.
        connections: usize = 1024;
        /// Open connections from one address. Default 256.
        connections_per_address: usize = 256;
        /// Requests at once on one connection. Default 128.
        streams_per_connection: u32 = 128;
        /// Longest life of a connection; it is then closed as soon as its requests have ended. A client that has no session of
        /// its own loses the connection's views with it. Default unlimited.
        connection_age: Limit<Span> = Limit::Unlimited;
        /// What a connection past its age gets to end its requests. Default 5m.
        connection_age_grace: Span = Span::minutes(5);
        /// A connection is asked for a sign of life this often. Default 30s.
        keepalive_interval: Span = Span::seconds(30);
        /// A connection that gives none in this time is closed. Default 10s.
        keepalive_timeout: Span = Span::seconds(10);
        /// Time for a TLS handshake. Default 5s.
        tls_handshake: Span = Span::seconds(5);
        /// HTTP/2 frames that clients may send, at most 16MiB. Small frames halve the speed of uploads. Default 1MiB.
        frame_bytes: Size = Size::mib(1);
        /// HTTP/2 window of one upload. Default 8MiB.
        stream_window: Size = Size::mib(8);
        /// HTTP/2 window of one connection. Default 16MiB.
        connection_window: Size = Size::mib(16);
        /// Size of all headers of a request. Default 16KiB.
        header_bytes: Size = Size::kib(16);
    }
}

section! {
    /// The engine inside the server.
    pub EngineConfig {
        /// Memory of all queries together. Not set: half of the machine's memory.
        memory: Option<Size> = None;
        /// Share of that memory that one query may hold, 0 to 1. Default 0.25.
        query_memory_share: f64 = 0.25;
        /// Folder for spill files. Not set: the system's folder for temporary files.
        spill_folder: Option<PathBuf> = None;
        /// Spill files of one query. Default 10GiB.
        query_spill: Size = Size::gib(10);
        /// Spill files and session data of all queries together. Default 50GiB.
        total_spill: Size = Size::gib(50);
        /// Tables and uploads of one session stay in memory up to this size; beyond it they go to a file. Default 64MiB.
        session_memory: Size = Size::mib(64);
        /// Rows of a result; LIMIT_EXCEEDED. Default unlimited.
        result_rows: Limit<u64> = Limit::Unlimited;
        /// Bytes of a result; LIMIT_EXCEEDED. Default unlimited.
        result_bytes: Limit<Size> = Limit::Unlimited;
        /// Threads that run queries. Not set: one for each core.
        threads: Option<usize> = None;
    }
}

/// A place where queries may read, and write where it says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootConfig {
    /// The name that plans and EXPLAIN use, such as `lake`.
    pub name: String,
    /// A folder of this machine; or `s3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// An S3-compatible bucket; or `folder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3Config>,
    /// Whether queries may write and remove files. Default false.
    #[serde(default)]
    pub writable: bool,
}

/// An S3-compatible bucket. Without keys, the environment's credentials are used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct S3Config {
    /// The bucket. Required.
    pub bucket: String,
    /// Only keys below this prefix. Default: the whole bucket.
    pub prefix: String,
    /// The region. Not set: the environment's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The endpoint of a store that is not AWS, such as `http://127.0.0.1:9000`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The access key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// Its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<Secret>,
    /// The token of a temporary key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_token: Option<Secret>,
    /// Allows an endpoint without TLS. Default false.
    pub allow_http: bool,
    /// Puts the bucket into the host name although an endpoint is given. Default false.
    pub virtual_hosted: bool,
    /// Reads without signing, for public buckets. Default false.
    pub anonymous: bool,
}

/// Where queries may read and write.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfig {
    /// The roots; the first is where relative paths lead. None: queries see only what clients send.
    pub roots: Vec<RootConfig>,
}

section! {
    /// Numbers for Prometheus.
    pub MetricsConfig {
        /// Address and port of a second listener that answers `GET /metrics` in Prometheus' text format, without tokens or TLS:
        /// keep it on a private address. Not set: no listener.
        listen: Option<SocketAddr> = None;
    }
}

section! {
    /// The log, on standard error.
    pub LogConfig {
        /// What is logged: a level, or `tracing` directives such as "info,polybolos_engine=debug". Statements show as shape and
        /// digest, never with their literals. Default "info".
        level: String = "info".to_owned();
        /// "text" for people, "json" for machines. Default "text".
        format: LogFormat = LogFormat::Text;
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

section! {
    /// The end of the server.
    pub ShutdownConfig {
        /// After SIGTERM, running queries get this long to end before they are cancelled. Default 30s.
        drain: Span = Span::seconds(30);
    }
}
