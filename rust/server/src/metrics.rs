//! Numbers for Prometheus, on a listener of their own. No label comes from a user's text.

use std::net::SocketAddr;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use polybolos_protocol::{Error, Result};
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

/// Seconds from a tenth of a millisecond to an hour.
const SECONDS: [f64; 14] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0];
const MEMORY_EVERY: Duration = Duration::from_secs(5);

/// The listener and what feeds it; both end when this is dropped.
#[derive(Debug)]
pub(crate) struct MetricsListener {
    _listener: AbortOnDropHandle<()>,
    _memory: AbortOnDropHandle<()>,
}

/// Starts the listener. A process has one.
pub(crate) fn listen(address: SocketAddr) -> Result<MetricsListener> {
    let failed = |what: &str| Error::invalid_argument(format!("metrics.listen {address}: {what}")).param("key", "metrics.listen");
    // The exporter binds in its task, where an error would go unheard.
    std::net::TcpListener::bind(address).map_err(|e| failed(&e.to_string()).with_source(e))?;
    let builder = PrometheusBuilder::new().with_http_listener(address);
    let builder = builder
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .map_err(|e| failed("wrong buckets").with_source(e))?;
    let (recorder, exporter) = builder.build().map_err(|e| failed("the listener cannot start").with_source(e))?;
    ::metrics::set_global_recorder(recorder).map_err(|_| failed("this process has a metrics listener already"))?;
    describe();
    let listener: JoinHandle<()> = tokio::spawn(async move {
        if exporter.await.is_err() {
            tracing::error!(%address, "the metrics listener has stopped");
        }
    });
    Ok(MetricsListener { _listener: AbortOnDropHandle::new(listener), _memory: AbortOnDropHandle::new(tokio::spawn(watch_memory())) })
}

fn describe() {
    ::metrics::describe_counter!("polybolos_queries_total", "Queries that have ended, by state and code.");
    ::metrics::describe_gauge!("polybolos_queries_active", "Queries that have not ended.");
    ::metrics::describe_histogram!(
        "polybolos_query_seconds",
        ::metrics::Unit::Seconds,
        "Time of a query from when it was accepted to its end."
    );
    ::metrics::describe_counter!("polybolos_result_rows_total", "Rows sent in results.");
    ::metrics::describe_counter!("polybolos_result_bytes_total", ::metrics::Unit::Bytes, "Bytes of Arrow data sent in results.");
    ::metrics::describe_gauge!("polybolos_sessions", "Sessions that are open.");
    ::metrics::describe_gauge!("polybolos_connections", "Connections that are open.");
    ::metrics::describe_counter!("polybolos_auth_failures_total", "Requests refused for their token, by code.");
    ::metrics::describe_gauge!("polybolos_resident_memory_bytes", ::metrics::Unit::Bytes, "Resident memory of the process.");
}

async fn watch_memory() {
    let mut every = tokio::time::interval(MEMORY_EVERY);
    loop {
        every.tick().await;
        if let Some(bytes) = resident_bytes() {
            ::metrics::gauge!("polybolos_resident_memory_bytes").set(bytes);
        }
    }
}

/// What Linux says in `/proc/self/status`; nothing elsewhere.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}
