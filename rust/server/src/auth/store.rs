//! The tokens file: one line `name:hash[:expiry]` a token, `#` for comments; read again when it changes.
//!
//! A file that stops being readable keeps the tokens that were read last, and says so in the log: a typing error must neither
//! lock everybody out nor let anybody in.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::{Mutex, RwLock};
use polybolos_protocol::{Code, Error, Result};
use subtle::ConstantTimeEq;

use super::token::{self, TokenHash};
use crate::caller::Principal;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The tokens that are good now.
#[derive(Debug)]
pub(crate) struct Tokens {
    path: PathBuf,
    /// By the first bytes of the hash, the rest compared in constant time.
    entries: RwLock<HashMap<[u8; 8], Vec<Entry>>>,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Entry {
    principal: Principal,
    hash: TokenHash,
    expiry: Option<SystemTime>,
}

#[derive(Debug)]
struct Seen {
    looked: Instant,
    stamp: Option<(SystemTime, u64)>,
}

impl Tokens {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let entries = index(read(path)?);
        let seen = Seen { looked: Instant::now(), stamp: stamp(path) };
        Ok(Self { path: path.to_owned(), entries: RwLock::new(entries), seen: Mutex::new(seen) })
    }

    /// Whose token this is: `UNAUTHENTICATED` where it is nobody's, `TOKEN_EXPIRED` where it was somebody's.
    pub(crate) fn principal(&self, token: &str) -> Result<Principal> {
        self.look();
        let hash = token::hash(token);
        let entries = self.entries.read();
        let bucket = hash.first_chunk().and_then(|start| entries.get(start)).map_or(&[][..], Vec::as_slice);
        let found = bucket.iter().find(|entry| entry.hash.ct_eq(&hash).into());
        let entry = found.ok_or_else(|| Error::new(Code::Unauthenticated, "the token is not one of this server's"))?;
        match entry.expiry {
            Some(expiry) if expiry <= SystemTime::now() => Err(Error::new(Code::TokenExpired, "the token has expired; ask for a new one")),
            _ => Ok(entry.principal.clone()),
        }
    }

    /// Reads the file again where it has changed, at most once a second.
    fn look(&self) {
        let Some(mut seen) = self.seen.try_lock().filter(|seen| seen.looked.elapsed() >= LOOK_EVERY) else { return };
        seen.looked = Instant::now();
        let stamp = stamp(&self.path);
        if stamp == seen.stamp {
            return;
        }
        seen.stamp = stamp;
        match read(&self.path) {
            Ok(entries) => {
                tracing::info!(tokens = entries.len(), "the tokens file was read again");
                *self.entries.write() = index(entries);
            }
            Err(error) => tracing::error!(%error, "the tokens file cannot be read; the tokens read before stay good"),
        }
    }
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read(path: &Path) -> Result<Vec<Entry>> {
    let text = fs::read_to_string(path).map_err(|e| {
        let code = if e.kind() == std::io::ErrorKind::NotFound { Code::FileNotFound } else { Code::InvalidArgument };
        Error::new(code, format!("auth.tokens_file: {} cannot be read", path.display())).with_source(e)
    })?;
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(number, line)| parse(line).map_err(|why| wrong_line(path, number, why))).collect()
}

/// One line; the error never repeats what the line says.
fn parse(line: &str) -> std::result::Result<Entry, &'static str> {
    let mut parts = line.splitn(3, ':');
    let name =
        parts.next().filter(|name| token::check_name(name).is_ok()).ok_or("the name must be letters, digits, '-', '_', '.' or '@'")?;
    let hash =
        parts.next().and_then(token::parse_hash).ok_or("after the name comes ':' and the token's SHA-256 in 64 hexadecimal digits")?;
    let expiry = parts.next().map(|time| humantime::parse_rfc3339_weak(time).map_err(|_| "the expiry must be like 2030-01-31T12:00:00Z"));
    Ok(Entry { principal: Principal::named(name), hash, expiry: expiry.transpose()? })
}

fn wrong_line(path: &Path, number: usize, why: &str) -> Error {
    Error::invalid_argument(format!("auth.tokens_file: {}, line {number}: {why}", path.display())).param("line", number.to_string())
}

fn index(entries: Vec<Entry>) -> HashMap<[u8; 8], Vec<Entry>> {
    let mut index: HashMap<_, Vec<_>> = HashMap::new();
    for entry in entries {
        let start = entry.hash.first_chunk().copied().unwrap_or_default();
        index.entry(start).or_default().push(entry);
    }
    index
}
