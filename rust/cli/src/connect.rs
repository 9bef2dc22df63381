//! Opens the session that a command runs in: the engine in this process, or a server.

use std::sync::Arc;

use polybolos_client::Connect;
use polybolos_protocol::transport::Transport;
use polybolos_protocol::{Code, Error, Result};

use crate::args::Target;

/// A session at the target.
pub(crate) async fn open(target: &Target) -> Result<Arc<dyn Transport>> {
    match given(&target.url) {
        Some(url) => open_remote(url, target).await,
        None => polybolos_engine::embedded(),
    }
}

/// A session on a server; an error where the command line names none.
pub(crate) async fn open_server(target: &Target) -> Result<Arc<dyn Transport>> {
    match given(&target.url) {
        Some(url) => open_remote(url, target).await,
        None => Err(Error::invalid_argument("name the server: --url grpc://HOST:PORT, or POLYBOLOS_URL")),
    }
}

/// A variable of the environment that is empty is not set.
fn given(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|value| !value.is_empty())
}

async fn open_remote(url: &str, target: &Target) -> Result<Arc<dyn Transport>> {
    let mut connect = Connect::to(url);
    if let Some(token) = given(&target.token) {
        connect = connect.token(token);
    }
    if let Some(path) = &target.tls_ca {
        let pem = std::fs::read_to_string(path).map_err(|error| Error::new(Code::FileNotFound, format!("{}: {error}", path.display())))?;
        if !pem.contains("-----BEGIN CERTIFICATE-----") {
            return Err(Error::invalid_argument(format!("--tls-ca {}: there is no certificate in it (PEM)", path.display())));
        }
        connect = connect.ca_certificate(pem);
    }
    Ok(Arc::new(connect.transport().await?))
}
