//! Failed logins by address: each has a bucket of them, which fills again with time.
//!
//! Tokens are 256 random bits, so that no number of guesses matters: the limit keeps guesses from costing the server its log and its
//! time. A right token is never refused for what others behind the same address do.

use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use dashmap::DashMap;

/// Addresses that are told apart; beyond, all further ones share one bucket.
const ADDRESSES_MAX: usize = 10_000;
const EVERYBODY_ELSE: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// The buckets.
#[derive(Debug)]
pub(crate) struct Throttle {
    per_minute: f64,
    buckets: DashMap<IpAddr, Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Throttle {
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub(crate) fn new(per_minute: u64) -> Self {
        Self { per_minute: per_minute as f64, buckets: DashMap::new() }
    }

    /// Counts a failure; answers how long to wait, where the address has none left.
    pub(crate) fn fail(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let address = self.bucket_of(network(address), now);
        let mut bucket = self.buckets.entry(address).or_insert(Bucket { left: self.per_minute, at: now });
        bucket.left = self.filled(&bucket, now);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return None;
        }
        let seconds = (1.0 - bucket.left) / self.per_second();
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(60)))
    }

    /// Room is made by forgetting those whose buckets are full again.
    fn bucket_of(&self, address: IpAddr, now: Instant) -> IpAddr {
        if self.buckets.len() < ADDRESSES_MAX || self.buckets.contains_key(&address) {
            return address;
        }
        self.buckets.retain(|_, bucket| self.filled(bucket, now) < self.per_minute);
        if self.buckets.len() < ADDRESSES_MAX { address } else { EVERYBODY_ELSE }
    }

    fn filled(&self, bucket: &Bucket, now: Instant) -> f64 {
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.left + since * self.per_second()).min(self.per_minute)
    }

    fn per_second(&self) -> f64 {
        self.per_minute / 60.0
    }
}

/// One customer of IPv6 has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn an_address_may_fail_so_often_in_a_minute_and_again_when_time_has_passed() {
        let (throttle, start) = (Throttle::new(3), Instant::now());
        for _ in 0..3 {
            assert_eq!(throttle.fail(ADA, start), None);
        }
        assert_eq!(throttle.fail(ADA, start), Some(Duration::from_secs(20)));
        assert_eq!(throttle.fail(IpAddr::from([192, 0, 2, 2]), start), None, "another address has its own");
        assert_eq!(throttle.fail(ADA, start + Duration::from_secs(20)), None);
        assert!(throttle.fail(ADA, start + Duration::from_secs(20)).is_some());
    }

    #[test]
    fn addresses_of_one_network_of_ipv6_share_a_bucket() {
        let throttle = Throttle::new(1);
        let (one, other): (IpAddr, IpAddr) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
        assert_eq!(throttle.fail(one, Instant::now()), None);
        assert!(throttle.fail(other, Instant::now()).is_some());
    }

    #[test]
    fn any_number_of_addresses_takes_bounded_memory() {
        let (throttle, now) = (Throttle::new(1), Instant::now());
        for number in 0..30_000_u32 {
            throttle.fail(IpAddr::from(number.to_be_bytes()), now);
        }
        assert!(throttle.buckets.len() <= ADDRESSES_MAX + 1);
        throttle.fail(ADA, now + Duration::from_secs(120));
        assert!(throttle.buckets.len() <= 2, "those that have waited are forgotten");
    }
}
