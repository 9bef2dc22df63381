//! Addresses: `grpc://host:port` and `grpc+tls://host:port`.

use std::fmt;
use std::str::FromStr;

use polybolos_protocol::{Error, Result};
use url::Url;

/// The port where none is given.
const DEFAULT_PORT: u16 = 50051;

/// Where a server is.
///
/// ```
/// use polybolos_client::flight::Address;
///
/// let address: Address = "grpc+tls://data.example.com".parse()?;
/// assert_eq!(address.to_string(), "grpc+tls://data.example.com:50051");
/// let error = "localhost:50051".parse::<Address>().unwrap_err();
/// assert!(error.message().contains("grpc://localhost:50051"));
/// # Ok::<(), polybolos_client::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    tls: bool,
}

impl Address {
    /// Whether the connection is encrypted.
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// The name or number of the host, IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address in the words of HTTP.
    pub(super) fn to_http(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if !text.contains("://") {
            return Err(wrong(text, &format!("write grpc://{text}, or grpc+tls://{text} where the server has TLS")));
        }
        let url = Url::parse(text).map_err(|error| wrong(text, &error.to_string()))?;
        let tls = match url.scheme() {
            "grpc" | "grpc+tcp" => false,
            "grpc+tls" => true,
            other => return Err(wrong(text, &format!("the scheme is grpc or grpc+tls, not {other}"))),
        };
        if !url.username().is_empty() || url.password().is_some() {
            let shown = format!("{}://...", url.scheme());
            return Err(wrong(&shown, "a user and password do not belong into an address; a token is given beside it"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(text, "nothing stands after the port"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong(text, "the host is missing"))?;
        Ok(Self { host: host.to_owned(), port: url.port().unwrap_or(DEFAULT_PORT), tls })
    }
}

fn wrong(text: &str, why: &str) -> Error {
    Error::invalid_argument(format!("{text:?} is not an address such as grpc://host:50051 or grpc+tls://host:50051: {why}"))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "grpc+tls" } else { "grpc" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}
