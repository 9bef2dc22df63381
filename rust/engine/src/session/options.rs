//! What a session may set, and nothing else: a closed list of keys with bounds.
//!
//! | key | values | default |
//! | --- | --- | --- |
//! | `time_zone` | an IANA zone or an offset such as `+02:00` | `UTC` |
//! | `target_partitions` | 1 to the engine's maximum | the cores |
//! | `batch_size` | 256 to 65536 rows | 16384 |
//! | `query_timeout_ms` | 1 to the engine's maximum; 0 for the engine's own | 0 |
//! | `query_memory_bytes` | at least 1048576; 0 for the engine's own; never more than it | 0 |
//! | `result_rows_max` | 0 for the engine's own; never more than it | 0 |
//! | `overflow` | `error`, `null` or `wrap`: what integers do that do not fit | `error` |
//! | `division_by_zero` | `error` or `null`, of integers and decimals | `error` |
//! | `identifiers` | `exact` or `case_insensitive`: how plans name columns | `exact` |

use std::time::Duration;

use polybolos_protocol::{Code, Error, Result};

use crate::error::{listed, near_names};
use crate::limits::{EngineLimits, cores};
use crate::state::BATCH_SIZE;

/// The keys, in the order in which they are listed.
const KEYS: [&str; 9] = [
    "time_zone",
    "target_partitions",
    "batch_size",
    "query_timeout_ms",
    "query_memory_bytes",
    "result_rows_max",
    "overflow",
    "division_by_zero",
    "identifiers",
];
const BATCH_SIZE_MIN: u64 = 256;
const BATCH_SIZE_MAX: u64 = 65_536;
const QUERY_MEMORY_MIN: u64 = 1 << 20;

/// The options of a session, all within their bounds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    pub(crate) time_zone: String,
    pub(crate) target_partitions: usize,
    pub(crate) batch_size: usize,
    query_timeout_ms: u64,
    query_memory_bytes: u64,
    result_rows_max: u64,
    pub(crate) overflow: String,
    pub(crate) division_by_zero: String,
    pub(crate) identifiers: String,
}

impl Options {
    pub(crate) fn new(target_partitions: Option<usize>) -> Self {
        Self {
            time_zone: "UTC".to_owned(),
            target_partitions: target_partitions.unwrap_or_else(cores),
            batch_size: BATCH_SIZE,
            query_timeout_ms: 0,
            query_memory_bytes: 0,
            result_rows_max: 0,
            overflow: "error".to_owned(),
            division_by_zero: "error".to_owned(),
            identifiers: "exact".to_owned(),
        }
    }

    /// The options after these were set; all or none.
    pub(crate) fn with(&self, values: &[(String, String)], limits: &EngineLimits) -> Result<Self> {
        let mut next = self.clone();
        for (key, value) in values {
            next.set(key, value.trim(), limits)?;
        }
        Ok(next)
    }

    fn set(&mut self, key: &str, value: &str, limits: &EngineLimits) -> Result<()> {
        match key {
            "time_zone" => self.time_zone = time_zone(value)?,
            "target_partitions" => self.target_partitions = size(number(key, value, 1, limits.target_partitions_max as u64)?),
            "batch_size" => self.batch_size = size(number(key, value, BATCH_SIZE_MIN, BATCH_SIZE_MAX)?),
            "query_timeout_ms" => self.query_timeout_ms = number(key, value, 0, millis(limits.query_time_max))?,
            "query_memory_bytes" => self.query_memory_bytes = or_zero(key, value, QUERY_MEMORY_MIN)?,
            "result_rows_max" => self.result_rows_max = number(key, value, 0, u64::MAX)?,
            "overflow" => self.overflow = one_of(key, value, &["error", "null", "wrap"])?,
            "division_by_zero" => self.division_by_zero = one_of(key, value, &["error", "null"])?,
            "identifiers" => self.identifiers = one_of(key, value, &["exact", "case_insensitive"])?,
            _ => return Err(unknown(key)),
        }
        Ok(())
    }

    /// All options as they are, in the order of the table.
    pub(crate) fn list(&self) -> Vec<(String, String)> {
        KEYS.iter().map(|key| ((*key).to_owned(), self.value(key))).collect()
    }

    /// The value of one option.
    pub(crate) fn get(&self, key: &str) -> Result<String> {
        if KEYS.contains(&key) { Ok(self.value(key)) } else { Err(unknown(key)) }
    }

    fn value(&self, key: &str) -> String {
        match key {
            "time_zone" => self.time_zone.clone(),
            "target_partitions" => self.target_partitions.to_string(),
            "batch_size" => self.batch_size.to_string(),
            "query_timeout_ms" => self.query_timeout_ms.to_string(),
            "query_memory_bytes" => self.query_memory_bytes.to_string(),
            "result_rows_max" => self.result_rows_max.to_string(),
            "overflow" => self.overflow.clone(),
            "division_by_zero" => self.division_by_zero.clone(),
            _ => self.identifiers.clone(),
        }
    }

    /// How long a query may run.
    pub(crate) fn deadline(&self, limits: &EngineLimits) -> Option<Duration> {
        if self.query_timeout_ms == 0 { limits.query_time } else { Some(Duration::from_millis(self.query_timeout_ms)) }
    }

    /// The engine's limits, lowered as the session asked.
    pub(crate) fn lowered(&self, limits: &EngineLimits) -> EngineLimits {
        let mut lowered = limits.clone();
        if self.result_rows_max > 0 {
            lowered.result_rows = Some(limits.result_rows.map_or(self.result_rows_max, |rows| rows.min(self.result_rows_max)));
        }
        lowered
    }

    /// The memory that a query of this session may hold, where the session lowered it.
    pub(crate) fn memory_bytes(&self) -> Option<usize> {
        (self.query_memory_bytes > 0).then(|| size(self.query_memory_bytes))
    }
}

fn unknown(key: &str) -> Error {
    let near = near_names(key, KEYS);
    let known: Vec<String> = KEYS.iter().map(|key| (*key).to_owned()).collect();
    let hint = if near.is_empty() { format!("the options are {}", listed(&known)) } else { format!("did you mean {}?", listed(&near)) };
    Error::new(Code::InvalidArgument, format!("there is no session option '{key}'; {hint}")).param("name", key).with_candidates(near)
}

fn number(key: &str, value: &str, min: u64, max: u64) -> Result<u64> {
    match value.parse::<u64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ if max == u64::MAX => {
            Err(Error::invalid_argument(format!("the session option {key} is a whole number from {min} on, not '{value}'")))
        }
        _ => Err(Error::invalid_argument(format!("the session option {key} is a whole number from {min} to {max}, not '{value}'"))),
    }
}

fn or_zero(key: &str, value: &str, min: u64) -> Result<u64> {
    if value == "0" { Ok(0) } else { number(key, value, min, u64::MAX) }
}

fn one_of(key: &str, value: &str, allowed: &[&str]) -> Result<String> {
    if allowed.contains(&value) {
        return Ok(value.to_owned());
    }
    Err(Error::invalid_argument(format!("the session option {key} is one of {}, not '{value}'", allowed.join(", "))))
}

fn time_zone(value: &str) -> Result<String> {
    value.parse::<datafusion::arrow::array::timezone::Tz>().map(|_| value.to_owned()).map_err(|_| {
        let message = "the session option time_zone is an IANA name such as Europe/Berlin, or an offset such as +02:00";
        Error::invalid_argument(format!("{message}, not '{value}'"))
    })
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
