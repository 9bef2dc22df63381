//! A reader that takes its time: what the server holds for it above its idle size.

use std::path::Path;
use std::time::{Duration, Instant};

use futures::TryStreamExt;

use crate::report::Report;
use crate::server::Server;

pub(crate) async fn measure(report: &mut Report, data: &Path) {
    let server = Server::start(&[data]);
    let session = server.session().await;
    let query = format!("{} from '{}/lineitem/*.parquet'", crate::transfer::FIXED, data.display());
    session.sql(format!("{query} limit 1000")).expect("a frame").collect().await.expect("an answer");
    let idle = server.resident_mib();
    let mut batches = session.sql(query).expect("a frame").stream().await.expect("a stream");
    let (started, mut peak, mut rows) = (Instant::now(), 0.0f64, 0usize);
    while let Some(batch) = batches.try_next().await.expect("a batch") {
        rows += batch.num_rows();
        peak = peak.max(server.resident_mib());
        if started.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    report.add(
        "server memory above idle, slow reader",
        format!("{:.0} MB", peak - idle),
        "<= 100 MB",
        format!("{rows} rows, idle {idle:.0} MB"),
    );
}
