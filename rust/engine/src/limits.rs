//! Every number that a query can reach in this engine, once, with its default and the error it raises. The numbers that a
//! plan can reach stand in `polybolos_protocol::limits`.

use std::time::Duration;

/// The limits of an engine. `None` means unlimited.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineLimits {
    /// Share of the process's memory pool that one query may hold. Default 1.0 embedded, 0.25 on a server; `RESOURCES_EXHAUSTED`.
    pub query_memory_share: f64,
    /// Bytes that one query may spill. Default 10 GiB; `RESOURCES_EXHAUSTED`.
    pub query_spill_bytes: u64,
    /// Bytes that all queries together may hold in spill files and session data. Default 50 GiB; `RESOURCES_EXHAUSTED`.
    pub total_spill_bytes: u64,
    /// Wall time of a query from its start. Default none (a server sets 5 minutes); `DEADLINE_EXCEEDED`.
    pub query_time: Option<Duration>,
    /// Longest wall time that a session may ask for. Default 24 hours; `INVALID_ARGUMENT`.
    pub query_time_max: Duration,
    /// Wall time of binding and planning. Default 60 seconds; `DEADLINE_EXCEEDED`.
    pub planning_time: Duration,
    /// Rows of a result. Default unlimited; `LIMIT_EXCEEDED`.
    pub result_rows: Option<u64>,
    /// Bytes of a result in memory layout. Default unlimited; `LIMIT_EXCEEDED`.
    pub result_bytes: Option<u64>,
    /// Files that one scan may list. Default 100 000; `LIMIT_EXCEEDED`.
    pub scan_files: usize,
    /// Estimated rows of a join without any condition. Default 10^12, which keeps the estimate out of honest work;
    /// `LIMIT_EXCEEDED`.
    pub product_rows: Option<u64>,
    /// Bytes of local data that a session keeps in memory before it goes to a file. Default 64 MiB.
    pub upload_memory_bytes: u64,
    /// Bytes of local data that one session may hold. Default 10 GiB; `LIMIT_EXCEEDED`.
    pub upload_bytes: u64,
    /// Views, tables, uploads and cached results that one session may hold. Default 4 096; `LIMIT_EXCEEDED`.
    pub session_objects: usize,
    /// Sessions that one principal may hold open. Default 64 on a server, unlimited embedded; `LIMIT_EXCEEDED`.
    pub sessions_per_principal: Option<usize>,
    /// Highest `target_partitions` that a session may ask for. Default 4 times the cores, at least 16; `INVALID_ARGUMENT`.
    pub target_partitions_max: usize,
    /// Ended queries that the engine remembers for lists and repeated writes. Default 1 000.
    pub remembered_queries: usize,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            query_memory_share: 1.0,
            query_spill_bytes: 10 << 30,
            total_spill_bytes: 50 << 30,
            query_time: None,
            query_time_max: Duration::from_secs(24 * 60 * 60),
            planning_time: Duration::from_secs(60),
            result_rows: None,
            result_bytes: None,
            scan_files: 100_000,
            product_rows: Some(1_000_000_000_000),
            upload_memory_bytes: 64 << 20,
            upload_bytes: 10 << 30,
            session_objects: 4_096,
            sessions_per_principal: None,
            target_partitions_max: (4 * cores()).max(16),
            remembered_queries: 1_000,
        }
    }
}

/// The cores that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
