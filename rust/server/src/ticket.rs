//! Sealed handles: a ticket names a query, for one principal, until a time, and nobody but this process can make one.
//!
//! ```text
//!   version 1 │ purpose 1 │ expiry 8 (ms since the epoch) │ name … │ HMAC-SHA256 32
//! ```
//!
//! The principal is under the seal but not in the ticket: another principal's ticket is as wrong as a forged one, and the
//! answer is the same. There is no address inside.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use polybolos_protocol::{Code, Error, Result};
use sha2::Sha256;

use crate::caller::Principal;

const VERSION: u8 = 1;
const HEAD_BYTES: usize = 10;
const SEAL_BYTES: usize = 32;

/// What a sealed handle is for; one kind is not good for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Purpose {
    /// Fetching a result by DoGet.
    Result = 1,
    /// Asking again by PollFlightInfo.
    Poll = 2,
}

/// The key of this process.
#[derive(Clone)]
pub(crate) struct Sealer(Hmac<Sha256>);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// A sealer with a random key.
    pub(crate) fn random() -> Self {
        let key: [u8; 64] = rand::random();
        Self(Hmac::new(&key.into()))
    }

    /// Seals a name for this principal until `expiry`.
    pub(crate) fn seal(&self, purpose: Purpose, principal: &Principal, name: &str, expiry: SystemTime) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(HEAD_BYTES + name.len() + SEAL_BYTES);
        sealed.extend_from_slice(&[VERSION, purpose as u8]);
        sealed.extend_from_slice(&millis(expiry).to_be_bytes());
        sealed.extend_from_slice(name.as_bytes());
        let seal = self.mac(principal, &sealed).finalize().into_bytes();
        sealed.extend_from_slice(&seal);
        sealed
    }

    /// The name in a handle that this process sealed for this principal and purpose, and that has not expired.
    pub(crate) fn open(&self, purpose: Purpose, principal: &Principal, sealed: &[u8]) -> Result<String> {
        let split = sealed.len().checked_sub(SEAL_BYTES).filter(|&at| at >= HEAD_BYTES).ok_or_else(refused)?;
        let (content, seal) = sealed.split_at(split);
        self.mac(principal, content).verify_slice(seal).map_err(|_| refused())?;
        let (head, name) = content.split_at(HEAD_BYTES);
        let Some((&[VERSION, kind], expiry)) = head.split_first_chunk() else { return Err(refused()) };
        if kind != purpose as u8 {
            return Err(refused());
        }
        if expiry.try_into().map(u64::from_be_bytes).is_ok_and(|expiry| expiry <= millis(SystemTime::now())) {
            return Err(Error::new(Code::QueryNotFound, "the ticket has expired; run the query again"));
        }
        String::from_utf8(name.to_vec()).map_err(|_| refused())
    }

    fn mac(&self, principal: &Principal, content: &[u8]) -> Hmac<Sha256> {
        let name = principal.name().as_bytes();
        let length = u64::try_from(name.len()).unwrap_or(u64::MAX);
        self.0.clone().chain_update(length.to_be_bytes()).chain_update(name).chain_update(content)
    }
}

fn refused() -> Error {
    Error::new(Code::PermissionDenied, "the ticket was not given to this caller by this server; get a new one with GetFlightInfo")
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later() -> SystemTime {
        SystemTime::now() + Duration::from_secs(60)
    }

    #[test]
    fn a_ticket_opens_for_its_principal_and_purpose_only() {
        let (sealer, ada) = (Sealer::random(), Principal::named("ada"));
        let sealed = sealer.seal(Purpose::Result, &ada, "query-1", later());
        assert_eq!(sealer.open(Purpose::Result, &ada, &sealed).ok().as_deref(), Some("query-1"));
        for refused in [
            sealer.open(Purpose::Poll, &ada, &sealed),
            sealer.open(Purpose::Result, &Principal::named("bob"), &sealed),
            Sealer::random().open(Purpose::Result, &ada, &sealed),
        ] {
            assert_eq!(refused.map_err(|e| e.code()), Err(Code::PermissionDenied));
        }
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_refused() {
        let (sealer, ada) = (Sealer::random(), Principal::named("ada"));
        let sealed = sealer.seal(Purpose::Result, &ada, "query-1", later());
        for bit in 0..sealed.len() * 8 {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open(Purpose::Result, &ada, &forged).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(sealer.open(Purpose::Result, &ada, &sealed[..length]).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn an_expired_ticket_says_so() {
        let (sealer, ada) = (Sealer::random(), Principal::named("ada"));
        let sealed = sealer.seal(Purpose::Result, &ada, "query-1", SystemTime::now() - Duration::from_secs(1));
        assert_eq!(sealer.open(Purpose::Result, &ada, &sealed).map_err(|e| e.code()), Err(Code::QueryNotFound));
    }
}
