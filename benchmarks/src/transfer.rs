//! Six million rows of eight fixed-width columns from a table in the server's memory, so that no scan is in the figure.

use std::path::Path;
use std::time::Instant;

use futures::TryStreamExt;
use polybolos_client::Session;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::report::{Report, percentile};
use crate::server::Server;

pub(crate) const FIXED: &str = "select l_orderkey, l_partkey, l_suppkey, l_linenumber, cast(l_quantity as double) as l_quantity,
    cast(l_extendedprice as double) as l_extendedprice, cast(l_discount as double) as l_discount, cast(l_tax as double) as l_tax";

pub(crate) async fn measure(report: &mut Report, data: &Path) {
    let raw = loopback().await;
    let server = Server::start(&[data]);
    let session = server.session().await;
    load(&session, data).await;
    let mut rates = Vec::new();
    for _ in 0..9 {
        rates.push(read(&session).await);
    }
    let rate = percentile(&mut rates, 0.5);
    report.add(
        "8 fixed columns, server to client",
        format!("{rate:.2} GB/s"),
        ">= 2.2 GB/s",
        format!("{:.2} of raw loopback TCP ({raw:.1} GB/s)", rate / raw),
    );
}

/// A table in memory, on the server.
pub(crate) async fn load(session: &Session, data: &Path) {
    let text = format!("create table fixed as {FIXED} from '{}/lineitem/*.parquet'", data.display());
    session.execute(text).await.expect("a table").try_collect::<Vec<_>>().await.expect("a table");
}

async fn read(session: &Session) -> f64 {
    let started = Instant::now();
    let mut batches = session.table("fixed").expect("a frame").stream().await.expect("a stream");
    let mut bytes = 0;
    while let Some(batch) = batches.try_next().await.expect("a batch") {
        bytes += batch.num_rows() * 60;
    }
    bytes as f64 / started.elapsed().as_secs_f64() / 1e9
}

/// GB/s of plain TCP between two tasks of this process.
async fn loopback() -> f64 {
    const BYTES: usize = 2 << 30;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let sender = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a reader");
        let block = vec![7u8; 1 << 20];
        for _ in 0..BYTES >> 20 {
            stream.write_all(&block).await.expect("a write");
        }
    });
    let mut stream = TcpStream::connect(address).await.expect("a writer");
    let started = Instant::now();
    let (mut block, mut left) = (vec![0u8; 1 << 20], BYTES);
    while left > 0 {
        left -= stream.read(&mut block).await.expect("a read");
    }
    sender.await.expect("the sender ends");
    BYTES as f64 / started.elapsed().as_secs_f64() / 1e9
}
