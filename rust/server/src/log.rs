//! The log: lines on standard error, for people or for machines.

use std::io::IsTerminal;

use polybolos_protocol::{Error, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Starts logging in this process as the settings say. Programs that have a subscriber of their own leave this out.
pub fn start(config: &LogConfig) -> Result<()> {
    let filter = EnvFilter::try_new(&config.level).map_err(|e| {
        Error::invalid_argument(format!(
            "log.level {:?} is neither a level nor a list of directives like \"info,polybolos_engine=debug\"",
            config.level
        ))
        .param("key", "log.level")
        .with_source(e)
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let started = match config.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    started.map_err(|e| Error::invalid_argument("this process has a log already").with_source(e))
}
