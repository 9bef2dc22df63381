//! From the start of a server process to the first answer in a client.

use std::time::Instant;

use crate::report::{Report, percentile};
use crate::server::Server;

pub(crate) async fn measure(report: &mut Report) {
    let mut times = Vec::new();
    for _ in 0..9 {
        let started = Instant::now();
        let server = Server::start(&[]);
        server.session().await.sql("select 1").expect("a frame").collect().await.expect("an answer");
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    report.add("server start to first answer", format!("{:.0} ms", percentile(&mut times, 0.5)), "<= 150 ms", "median of 9");
}
