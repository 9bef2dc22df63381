//! Reading the layers into one configuration, with errors that name the key and, in a file, the line.

use std::path::Path;

use polybolos_protocol::{Code, Error, Result};
use serde::Deserialize;
use toml::{Table, Value};

use super::ServerConfig;

const PREFIX: &str = "POLYBOLOS_";
const SEPARATOR: &str = "__";

/// The layers of a configuration, later ones over earlier ones.
///
/// ```
/// use polybolos_server::config::ConfigLayers;
///
/// let config = ConfigLayers::default().with_text("listen = \"127.0.0.1:0\"")?.with("results.messages_ahead", "2")?.build()?;
/// assert_eq!(config.results.messages_ahead, 2);
/// # Ok::<(), polybolos_protocol::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ConfigLayers {
    table: Table,
}

impl ConfigLayers {
    /// Adds a TOML file; an error names its key and line.
    pub fn with_file(self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        self.with_named_text(&read(path)?, &path.display().to_string())
    }

    /// Adds TOML text.
    pub fn with_text(self, text: &str) -> Result<Self> {
        self.with_named_text(text, "configuration")
    }

    fn with_named_text(mut self, text: &str, name: &str) -> Result<Self> {
        parse(text, name)?;
        let table = text.parse::<Table>().map_err(|e| wrong(name, text, &e))?;
        merge(&mut self.table, table);
        Ok(self)
    }

    /// Adds the variables of the environment that name settings. Others that begin with `POLYBOLOS_` belong to clients and are
    /// left alone, unless they hold two underscores.
    pub fn with_environment(self) -> Result<Self> {
        self.with_variables(std::env::vars())
    }

    /// Adds these variables.
    pub fn with_variables(self, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let ours = variables.into_iter().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_ascii_lowercase(), value)));
        ours.filter(|(key, _)| key.contains(SEPARATOR) || ["listen", "insecure"].contains(&key.as_str())).try_fold(
            self,
            |layers, (key, value)| {
                let variable = format!("{PREFIX}{}", key.to_ascii_uppercase());
                layers.with(&key.replace(SEPARATOR, "."), &value).map_err(|e| {
                    let message = format!("{variable}: {}", e.message());
                    Error::invalid_argument(message).param("variable", variable)
                })
            },
        )
    }

    /// Sets one value by its dotted key, as flags do. The value is TOML, or text where it is none.
    pub fn with(mut self, key: &str, value: &str) -> Result<Self> {
        let as_toml = nested(key, scalar(value));
        let as_text = nested(key, Value::String(value.to_owned()));
        let fits = |table: &Table| ServerConfig::deserialize(table.clone());
        let table = match fits(&as_toml) {
            Ok(_) => as_toml,
            Err(_) if fits(&as_text).is_ok() => as_text,
            Err(e) => return Err(Error::invalid_argument(format!("{key}: {}", e.message())).param("key", key)),
        };
        merge(&mut self.table, table);
        Ok(self)
    }

    /// All layers in one.
    pub fn build(self) -> Result<ServerConfig> {
        ServerConfig::deserialize(self.table).map_err(|e| Error::invalid_argument(format!("configuration: {}", e.message())))
    }
}

/// Checks a file; an error names its key and line.
pub fn check(path: impl AsRef<Path>) -> Result<ServerConfig> {
    let path = path.as_ref();
    parse(&read(path)?, &path.display().to_string())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| {
        let code = if e.kind() == std::io::ErrorKind::NotFound { Code::FileNotFound } else { Code::InvalidArgument };
        Error::new(code, format!("the configuration file {} cannot be read: {e}", path.display())).with_source(e)
    })
}

fn parse(text: &str, name: &str) -> Result<ServerConfig> {
    toml::from_str(text).map_err(|e| wrong(name, text, &e))
}

fn wrong(name: &str, text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().map(|span| 1 + text.get(..span.start).unwrap_or(text).matches('\n').count());
    let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
    let content = line.and_then(|line| text.lines().nth(line - 1)).map(str::trim).unwrap_or_default();
    let key = content.split('=').next().unwrap_or_default().trim();
    Error::invalid_argument(format!("{name}{place}: {key}: {}", error.message().replace('\n', " ")))
        .param("key", key)
        .param("line", line.unwrap_or_default().to_string())
}

fn merge(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

fn nested(key: &str, value: Value) -> Table {
    match key.split_once('.') {
        Some((section, rest)) => Table::from_iter([(section.to_owned(), Value::Table(nested(rest, value)))]),
        None => Table::from_iter([(key.to_owned(), value)]),
    }
}

fn scalar(text: &str) -> Value {
    let parsed = format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    parsed.filter(|value| !value.is_datetime()).unwrap_or_else(|| Value::String(text.to_owned()))
}
