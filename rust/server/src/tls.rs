//! TLS from files; an error names the file.

use std::path::Path;
use std::time::Duration;

use polybolos_protocol::{Code, Error, Result};
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use crate::config::TlsConfig;

/// The TLS side of the listener.
pub(crate) fn load(config: &TlsConfig, handshake: Duration) -> Result<ServerTlsConfig> {
    let certificate = read(&config.certificate, "BEGIN CERTIFICATE", "tls.certificate")?;
    let key = read(&config.key, "PRIVATE KEY", "tls.key")?;
    let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key)).timeout(handshake);
    match &config.client_authority {
        Some(path) => Ok(tls.client_ca_root(Certificate::from_pem(read(path, "BEGIN CERTIFICATE", "tls.client_authority")?))),
        None => Ok(tls),
    }
}

fn read(path: &Path, marker: &str, setting: &str) -> Result<String> {
    let wrong =
        |what: &str| Error::invalid_argument(format!("{setting}: {} {what}", path.display())).param("file", path.display().to_string());
    if path.as_os_str().is_empty() {
        return Err(Error::invalid_argument(format!("{setting} is not set; TLS needs tls.certificate and tls.key")).param("key", setting));
    }
    let text = std::fs::read_to_string(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::new(Code::FileNotFound, format!("{setting}: {} does not exist", path.display())),
        _ => wrong("cannot be read").with_source(e),
    })?;
    if text.contains(marker) { Ok(text) } else { Err(wrong(&format!("holds no PEM block with {marker:?}"))) }
}
