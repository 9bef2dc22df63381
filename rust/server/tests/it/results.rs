//! How results leave: in messages of a bounded size, no larger than their rows, as fast as they are read.

use std::sync::atomic::Ordering;
use std::time::Duration;

use arrow::array::{Array, AsArray};
use arrow_flight::Ticket;
use arrow_schema::DataType;
use polybolos_protocol::Code;
use polybolos_protocol::wire::flight::{Codec, ExecutePlan, ResultOptions};
use polybolos_server::config::{Size, Span};

use crate::engine::BATCH_ROWS;
use crate::harness::{eventually, execute, pack, serve, serve_with, sql_plan};

fn with_options(statement: &str, result: ResultOptions) -> Vec<u8> {
    let message = ExecutePlan { plan: Some(sql_plan(statement)), result: Some(result), ..ExecutePlan::default() };
    pack("polybolos.flight.v1.ExecutePlan", &message)
}

#[tokio::test]
async fn slices_of_views_and_dictionaries_cost_no_more_than_their_rows() {
    let served = serve().await;
    let client = served.client().await;
    let fetched = client.run("views 100000").await.unwrap();
    assert_eq!(fetched.rows(), 50_000);
    let schema = fetched.batches[0].schema();
    let types: Vec<_> = schema.fields().iter().map(|field| field.data_type().clone()).collect();
    assert_eq!(types, [DataType::Utf8, DataType::Utf8, DataType::Utf8]);
    let text =
        |column: usize| fetched.batches.iter().map(|batch| batch.column(column).as_string::<i32>().value_data().len()).sum::<usize>();
    let logical = text(0) + text(1) + text(2) + fetched.rows() * 4 * 3;
    let ratio = fetched.wire_bytes as f64 / logical as f64;
    assert!(ratio <= 1.2, "{} bytes on the wire for {logical} of rows: {ratio:.2}", fetched.wire_bytes);
    let first = fetched.batches[0].column(0).as_string::<i32>();
    assert_eq!(first.value(0), "a string that is longer than twelve bytes, number 25000");
    assert!(!first.is_null(0));
}

#[tokio::test]
async fn messages_keep_to_the_servers_and_the_clients_sizes() {
    let served = serve_with(|config| config.results.message_bytes = Size::kib(64)).await;
    let client = served.client().await;
    let fetched = client.run("views 100000").await.unwrap();
    assert!(fetched.largest_message <= (64 << 10) + 1024, "{}", fetched.largest_message);
    let options = ResultOptions { max_batch_rows: Some(100), max_batch_bytes: Some(1 << 40), ..ResultOptions::default() };
    let fetched = client.get(with_options("rows 1000", options)).await.unwrap();
    assert_eq!(fetched.batches.iter().map(|batch| batch.num_rows()).collect::<Vec<_>>(), [100; 10]);
}

#[tokio::test]
async fn a_client_may_ask_for_compression() {
    let served = serve().await;
    let client = served.client().await;
    let plain = client.run("rows 100000").await.unwrap();
    for codec in [Codec::Zstd, Codec::Lz4Frame] {
        let options = ResultOptions { ipc_codec: codec as i32, ..ResultOptions::default() };
        let packed = client.get(with_options("rows 100000", options)).await.unwrap();
        assert_eq!(packed.rows(), 100_000);
        assert!(packed.wire_bytes < plain.wire_bytes * 6 / 10, "{codec:?}: {} of {}", packed.wire_bytes, plain.wire_bytes);
    }
    let options = ResultOptions { ipc_codec: 99, ..ResultOptions::default() };
    assert!(client.get(with_options("rows 1", options)).await.is_err());
}

#[tokio::test]
async fn a_result_without_rows_and_one_without_columns_arrive() {
    let served = serve().await;
    let client = served.client().await;
    assert_eq!(client.run("rows 0").await.unwrap().rows(), 0);
    let nothing = client.run("nothing").await.unwrap();
    assert_eq!(nothing.rows(), 0);
    assert!(nothing.trailer.is_some());
}

#[tokio::test]
async fn a_reader_that_pauses_holds_the_query_back() {
    let served = serve().await;
    let client = served.client().await;
    let rows = 50_000_000;
    let mut stream =
        client.flight.clone().do_get(client.request(Ticket::new(execute(&format!("rows {rows}"))))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    let engine = served.engine.clone();
    eventually("the first batches", || engine.made.load(Ordering::SeqCst) > 2).await;
    // It may fill the client's window, its own channel and the sockets' buffers; not the result.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let made = engine.made.load(Ordering::SeqCst);
    assert!(made < rows / BATCH_ROWS / 10, "{made} batches were made for a reader that took one");
    drop(stream);
    eventually("the query's end", || engine.abandoned.load(Ordering::SeqCst) == 1).await;
    assert_eq!(client.run("rows 1").await.unwrap().rows(), 1);
}

#[tokio::test]
async fn a_reader_that_stops_for_too_long_is_ended() {
    let served = serve_with(|config| config.results.idle = Span::millis(200)).await;
    let client = served.client().await;
    let mut stream = client.flight.clone().do_get(client.request(Ticket::new(execute("rows 50000000")))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    let engine = served.engine.clone();
    eventually("the query's end", || engine.abandoned.load(Ordering::SeqCst) == 1).await;
    let mut last = Ok(());
    while last.is_ok() {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a cut result must not look complete"),
            Err(status) => last = Err(crate::harness::error(status).code()),
        }
    }
    assert_eq!(last, Err(Code::DeadlineExceeded));
}

#[tokio::test]
async fn a_client_that_vanishes_cancels_its_query() {
    let served = serve().await;
    let client = served.client().await;
    let mut stream = client.flight.clone().do_get(client.request(Ticket::new(execute("hang")))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    drop(stream);
    drop(client);
    let engine = served.engine.clone();
    eventually("the query's end", || engine.abandoned.load(Ordering::SeqCst) == 1).await;
}
