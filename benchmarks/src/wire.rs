//! Bytes on the wire over logical bytes, for results with text: sliced views must not travel with their whole buffers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use futures::TryStreamExt;
use polybolos_client::connect;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::report::Report;
use crate::server::Server;

pub(crate) async fn measure(report: &mut Report, data: &Path) {
    let server = Server::start(&[data]);
    let (url, counted) = counting_proxy(server.address()).await;
    let session = connect(&url).await.expect("the proxy answers");
    let queries = [
        ("whole lineitem", format!("select * from '{}/lineitem/part-0.parquet'", data.display())),
        (
            "text of one line in forty",
            format!("select l_comment, l_shipmode from '{}/lineitem/part-0.parquet' where l_orderkey % 40 = 0", data.display()),
        ),
    ];
    for (name, query) in queries {
        let before = counted.load(Ordering::Relaxed);
        let mut batches = session.sql(query).expect("a frame").stream().await.expect("a stream");
        let mut logical = 0;
        while let Some(batch) = batches.try_next().await.expect("a batch") {
            logical += logical_bytes(&batch);
        }
        let wire = counted.load(Ordering::Relaxed) - before;
        let ratio = wire as f64 / logical as f64;
        report.add(
            format!("bytes on the wire / logical bytes, {name}"),
            format!("{ratio:.2}"),
            "<= 1.2",
            format!("{} MB", logical / 1_000_000),
        );
    }
}

/// A proxy that counts what the server sends.
async fn counting_proxy(server: &str) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("grpc://{}", listener.local_addr().expect("an address"));
    let (server, counted) = (server.to_owned(), Arc::new(AtomicU64::new(0)));
    let counter = Arc::clone(&counted);
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.expect("a client");
            let upstream = TcpStream::connect(&server).await.expect("the server");
            let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.into_split(), upstream.into_split());
            tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                let mut block = vec![0u8; 1 << 18];
                while let Ok(read @ 1..) = from_server.read(&mut block).await {
                    counter.fetch_add(read as u64, Ordering::Relaxed);
                    if to_client.write_all(&block[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (url, counted)
}

/// What the values take: widths of fixed types, lengths and offsets of text; no padding, no validity.
fn logical_bytes(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| of_column(column)).sum()
}

fn of_column(column: &dyn Array) -> usize {
    let text = |lengths: usize| lengths + 4 * column.len();
    match column.data_type() {
        DataType::Utf8 => text(column.as_string::<i32>().iter().flatten().map(str::len).sum()),
        DataType::LargeUtf8 => text(column.as_string::<i64>().iter().flatten().map(str::len).sum()),
        DataType::Utf8View => text(column.as_string_view().iter().flatten().map(str::len).sum()),
        other => other.primitive_width().expect("a fixed width") * column.len(),
    }
}
