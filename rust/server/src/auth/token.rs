//! Tokens: 256 random bits, shown once; only their SHA-256 is stored.
//!
//! ```
//! let (token, line) = polybolos_server::token::generate("ci", None)?;
//! assert!(token.starts_with("pbt_"));
//! assert!(line.starts_with("ci:") && !line.contains(&token));
//! # Ok::<(), polybolos_protocol::Error>(())
//! ```

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use polybolos_protocol::{Error, Result};
use sha2::{Digest, Sha256};

/// What every token starts with, so that scanners for leaked secrets know one.
const PREFIX: &str = "pbt_";

/// SHA-256 of a token.
pub(crate) type TokenHash = [u8; 32];

/// A new token for this principal, and its line for the tokens file (`name:hash[:expiry]`). The token cannot be had again.
pub fn generate(name: &str, expiry: Option<SystemTime>) -> Result<(String, String)> {
    check_name(name)?;
    let secret: [u8; 32] = rand::random();
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    let expiry = expiry.map(|time| format!(":{}", humantime::format_rfc3339_seconds(time))).unwrap_or_default();
    let line = format!("{name}:{}{expiry}", hex(&hash(&token)));
    Ok((token, line))
}

/// A name of 1 to 64 letters, digits, `-`, `_`, `.` and `@`.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    if !name.is_empty() && name.len() <= 64 && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::invalid_argument(format!("the name {name:?} of a token must be 1 to 64 letters, digits, '-', '_', '.' or '@'")))
}

pub(crate) fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// Reads 64 hexadecimal digits.
pub(crate) fn parse_hash(text: &str) -> Option<TokenHash> {
    let mut hash = TokenHash::default();
    if text.len() != hash.len() * 2 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(hash)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_line_holds_the_hash_of_its_token() {
        let (token, line) = generate("ada", None).unwrap();
        assert_eq!(line.split(':').nth(1).and_then(parse_hash), Some(hash(&token)));
        assert!(generate("a:b", None).is_err());
    }
}
