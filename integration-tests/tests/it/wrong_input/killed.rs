//! A server that is killed in the middle of a result: the reader gets an error, never a result that is silently short.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use polybolos_client::{Code, connect};
use polybolos_engine::EngineBuilder;
use polybolos_integration_tests::doors::Server;

use super::alone::{self, Other, role};
use super::in_time;

const ROWS: i64 = 2_000_000_000;

/// In the other process: serves until it is killed.
async fn serve_until_killed() {
    let server = Server::start(Arc::new(EngineBuilder::new().build().unwrap())).await;
    alone::say(&server.url());
    std::future::pending::<()>().await;
}

#[test]
fn a_server_killed_in_the_middle_of_a_result_is_told_and_the_result_is_not_short() {
    alone::runtime().block_on(async {
        if role().is_some() {
            return serve_until_killed().await;
        }
        let test = concat!(module_path!(), "::a_server_killed_in_the_middle_of_a_result_is_told_and_the_result_is_not_short");
        let mut server = Other::start(test, "server");
        let session = connect(&server.said).await.unwrap();
        let frame = session.range(0, ROWS).unwrap();
        let mut rows = frame.stream().await.unwrap();
        for _ in 0..50 {
            rows.next().await.expect("more rows").expect("rows");
        }
        server.kill();
        let killed = Instant::now();
        let error = in_time(10, rows.collect()).await.expect_err("the result is short and nobody says so");
        assert_eq!(error.code(), Code::Unavailable, "{error}");
        assert!(error.retryable());
        assert!(killed.elapsed() < Duration::from_secs(5), "it took {:?}", killed.elapsed());

        let error = in_time(20, frame.collect()).await.expect_err("the server is dead");
        assert_eq!(error.code(), Code::Unavailable, "{error}");
        let address = server.said.trim_start_matches("grpc://");
        assert!(error.message().contains(address), "the message should name {address}: {error}");
    });
}

#[test]
fn a_server_killed_while_a_write_runs_is_told_and_the_write_is_not_repeated() {
    alone::runtime().block_on(async {
        if role().is_some() {
            return serve_until_killed().await;
        }
        let test = concat!(module_path!(), "::a_server_killed_while_a_write_runs_is_told_and_the_write_is_not_repeated");
        let mut server = Other::start(test, "server");
        let session = connect(&server.said).await.unwrap();
        let filling = session.range(0, ROWS).unwrap();
        let writing = tokio::spawn(async move { filling.write_table("big").await });
        super::until(10, "the write runs", async || !session.queries(false).await.unwrap().is_empty()).await;
        server.kill();
        let error = in_time(10, writing).await.unwrap().expect_err("the server is dead");
        assert_eq!(error.code(), Code::Unavailable, "{error}");
    });
}
