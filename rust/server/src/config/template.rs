//! The commented TOML of all settings, printed by `polybolos config template`.

use super::section::Setting;
use super::sections::{
    AdmissionConfig, AuthConfig, EngineConfig, ListenConfig, LogConfig, MetricsConfig, ResultsConfig, SessionsConfig, ShutdownConfig,
    TransportConfig,
};

const HEAD: &str = "\
# Settings of `polybolos serve`. Every line that is commented out shows the default.
# Sizes are written like \"64MiB\", durations like \"30s\"; where it is allowed, the word \"unlimited\" means no limit.
# POLYBOLOS_<KEY> and POLYBOLOS_<SECTION>__<KEY> in the environment win over this file, flags win over both.
";

const TLS: &str = "
# Encryption of the listener; without this section there is none.
#[tls]
# PEM file with the certificate chain of the server.
#certificate = \"server.pem\"
# PEM file with the certificate's private key.
#key = \"server.key\"
# PEM file with the authority that must have signed the clients' certificates. Not set: clients need none.
#client_authority = \"clients.pem\"
";

const STORAGE: &str = "
# Where queries may read, and write where `writable` says so. Relative paths lead to the first root.
# Without roots, queries see only what clients send.
#[[storage.roots]]
#name = \"lake\"
#folder = \"/srv/lake\"
#writable = false
#
#[[storage.roots]]
#name = \"archive\"
#s3 = { bucket = \"archive\", prefix = \"2026/\", endpoint = \"http://127.0.0.1:9000\", allow_http = true }
";

/// The template: valid TOML that sets nothing.
pub fn template() -> String {
    let mut text = HEAD.to_owned();
    text.push('\n');
    write(&mut text, &ListenConfig::settings());
    section(&mut text, "auth", &AuthConfig::settings());
    text.push_str(TLS);
    section(&mut text, "admission", &AdmissionConfig::settings());
    section(&mut text, "sessions", &SessionsConfig::settings());
    section(&mut text, "results", &ResultsConfig::settings());
    section(&mut text, "transport", &TransportConfig::settings());
    section(&mut text, "engine", &EngineConfig::settings());
    text.push_str(STORAGE);
    section(&mut text, "metrics", &MetricsConfig::settings());
    section(&mut text, "log", &LogConfig::settings());
    section(&mut text, "shutdown", &ShutdownConfig::settings());
    text
}

fn section(text: &mut String, name: &str, settings: &[Setting]) {
    text.push_str(&format!("\n[{name}]\n"));
    write(text, settings);
}

fn write(text: &mut String, settings: &[Setting]) {
    for setting in settings {
        for line in setting.docs {
            text.push_str(&format!("#{line}\n"));
        }
        let default = setting.default.as_deref().unwrap_or("\"...\"");
        text.push_str(&format!("#{} = {default}\n", setting.key));
    }
}
