//! The Flight transport against a scripted server: whole results, broken ones, starts again, cancels, secrets.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, Int64Array, RecordBatch};
use futures::{StreamExt, TryStreamExt, stream};
use polybolos_client::protocol::error::PlanPlace;
use polybolos_client::protocol::transport::Transport;
use polybolos_client::protocol::wire::flight::CancelOutcome;
use polybolos_client::protocol::{Code, Error};
use polybolos_client::{Connect, DataFrame, Session, col, connect};
use tonic::Status;

use crate::fake_server::{FakeServer, Get};

async fn frame_of(server: &FakeServer) -> DataFrame {
    connect(&server.address).await.unwrap().table("t").unwrap()
}

#[tokio::test]
async fn a_whole_result_arrives_with_its_trailer() {
    let server = FakeServer::start([Get::Whole(4)]).await;
    let mut result = frame_of(&server).await.stream().await.unwrap();
    assert_eq!(result.schema().field(0).name(), "n");
    assert_eq!((result.query_id().as_str(), result.progress().fraction), ("q-7", -1.0));
    let mut rows = 0;
    while let Some(batch) = result.try_next().await.unwrap() {
        rows += batch.num_rows();
    }
    assert_eq!((rows, result.progress().fraction, result.progress().stages[0].rows), (12, 1.0, 12));
    assert_eq!(result.trailer().unwrap().query_id, "q-7");
    server.seen(|seen| {
        assert_eq!(seen.plans.len(), 1, "one call");
        assert_eq!(seen.session.as_deref(), Some("s-1"));
        assert_eq!(seen.plans[0].client.as_ref().unwrap().language, "rust");
        assert_eq!(seen.plans[0].plan.as_ref().unwrap().relations.len(), 1);
    });
}

#[tokio::test]
async fn an_empty_result_has_columns() {
    let server = FakeServer::start([Get::Whole(0)]).await;
    let batch = frame_of(&server).await.collect_one().await.unwrap();
    assert_eq!((batch.num_rows(), batch.num_columns()), (0, 1));
}

#[tokio::test]
async fn a_result_without_its_trailer_is_an_error() {
    let server = FakeServer::start([Get::CutOff(2)]).await;
    let error = frame_of(&server).await.collect().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains("broke off after 6 rows"), "{error}");
}

#[tokio::test]
async fn a_result_with_other_rows_than_its_trailer_says_is_an_error() {
    let server = FakeServer::start([Get::Miscounted(2)]).await;
    let error = frame_of(&server).await.collect().await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::DataCorrupt, "the result has 7 rows and 6 arrived"));
}

#[test]
fn a_server_killed_in_the_middle_of_a_result_is_an_error() {
    // The server's runtime goes down with its connections, as a process does.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(FakeServer::start([Get::Endless(2)]));
    let address = server.address.clone();
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    client.block_on(async {
        let mut result = connect(&address).await.unwrap().table("t").unwrap().stream().await.unwrap();
        assert!(result.next().await.unwrap().is_ok());
        runtime.shutdown_background();
        let error = loop {
            match result.next().await.expect("a short result") {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(error.code(), Code::Unavailable, "{error}");
        assert!(error.retryable());
    });
}

#[tokio::test]
async fn a_query_starts_again_where_the_server_was_away() {
    let away = || Get::Status(Status::unavailable("restarting"));
    let server = FakeServer::start([away(), away(), Get::Whole(1)]).await;
    let batches = frame_of(&server).await.collect().await.unwrap();
    assert_eq!(batches.len(), 1);
    server.seen(|seen| {
        let ids: Vec<_> = seen.plans.iter().map(|plan| plan.operation_id.as_str()).collect();
        assert_eq!(ids.len(), 3);
        assert!(ids.iter().all(|id| *id == ids[0]), "the same operation each time");
    });
}

#[tokio::test]
async fn a_command_never_starts_again_by_itself() {
    let server = FakeServer::start([Get::Status(Status::unavailable("restarting")), Get::Whole(1)]).await;
    let error = frame_of(&server).await.write_parquet("out").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(server.seen(|seen| seen.plans.len()), 1);
}

#[tokio::test]
async fn an_error_of_the_plan_is_told_once_with_all_that_is_known() {
    let server = FakeServer::start([]).await;
    let frame = frame_of(&server).await;
    let line = line!() + 1;
    let frame = frame.filter(col("amout").gt(1)).unwrap();
    let place = PlanPlace::exact(frame.id(), "filter.predicate.call.args[0]");
    let error = Error::new(Code::UnresolvedColumn, "no column amout").with_candidates(["amount"]).at(place).with_query_id("q-9");
    let server = server.answering([Get::Fails(error)]);
    let error = frame.collect().await.unwrap_err();
    assert_eq!((error.code(), error.candidates()), (Code::UnresolvedColumn, vec!["amount"]));
    assert_eq!(error.query_id(), Some("q-9"));
    assert_eq!(error.call_site().unwrap().line, line);
    assert_eq!(server.seen(|seen| seen.plans.len()), 1, "not tried again");
}

#[tokio::test]
async fn a_stream_that_is_dropped_ends_the_call() {
    let server = FakeServer::start([Get::Endless(1)]).await;
    let mut result = frame_of(&server).await.stream().await.unwrap();
    assert!(result.next().await.unwrap().is_ok());
    drop(result);
    server.wait_until(|seen| seen.dropped == 1).await;
}

#[tokio::test]
async fn cancel_queries_capabilities_and_close_are_actions() {
    let server = FakeServer::start([]).await;
    let session = connect(&server.address).await.unwrap();
    assert_eq!(session.cancel("q").await.unwrap(), CancelOutcome::AlreadyEnded);
    assert!(session.queries(true).await.unwrap().is_empty());
    assert_eq!(session.capabilities().await.unwrap().engine, "fake", "the copy of the opening still holds");
    session.close().await.unwrap();
    session.close().await.unwrap();
    server.seen(|seen| {
        let names: Vec<_> = seen.actions.iter().map(|name| name.trim_start_matches("polybolos.flight.v1.")).collect();
        assert_eq!(names, ["OpenSession", "CancelQuery", "ListQueries", "GetCapabilities", "CloseSession"]);
    });
}

fn numbers(rows: i64) -> RecordBatch {
    let numbers: Arc<dyn Array> = Arc::new(Int64Array::from_iter_values(0..rows));
    RecordBatch::try_from_iter([("n", numbers)]).unwrap()
}

#[tokio::test]
async fn large_local_data_is_sent_before_the_plan_that_needs_it() {
    let server = FakeServer::start([]).await;
    let session = connect(&server.address).await.unwrap();
    let batch = numbers(1_000_000);
    session.from_batches(batch.schema(), [batch.clone(), batch]).unwrap().collect().await.unwrap();
    server.seen(|seen| {
        assert_eq!(seen.put_rows, 2_000_000);
        assert!(format!("{:?}", seen.plans[0]).contains("data-1"));
    });
}

#[tokio::test]
async fn an_upload_that_fails_here_is_given_up_there() {
    let server = FakeServer::start([]).await;
    let transport = Connect::to(&server.address).transport().await.unwrap();
    let failing = stream::iter([Ok(numbers(10)), Err(Error::new(Code::Cancelled, "no more"))]).boxed();
    let error = transport.put(numbers(1).schema(), failing).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Cancelled, "no more"));
    server.wait_until(|seen| seen.dropped == 1).await;
    assert_eq!(server.seen(|seen| seen.put_rows), 0);
}

#[tokio::test]
async fn the_token_goes_to_the_server_and_nowhere_else() {
    let server = FakeServer::start([]).await;
    let connecting = Connect::to(&server.address).token("s3cret");
    assert!(!format!("{connecting:?}").contains("s3cret"));
    let session = connecting.connect().await.unwrap();
    assert_eq!(server.seen(|seen| seen.authorization.clone()).as_deref(), Some("Bearer s3cret"));
    assert!(!format!("{session:?}").contains("s3cret"));
    let error = Connect::to(&server.address).token("s3cret\n\u{7f}").connect().await.unwrap_err();
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_by_its_address() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = connect(format!("grpc://{free}")).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains(&format!("grpc://{free}")) && error.message().to_lowercase().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("grpc://{}", silent.local_addr().unwrap());
    let error = Connect::to(address).connect_timeout(Duration::from_millis(300)).connect().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains("did not answer within 300ms"), "{error}");
}

#[tokio::test]
async fn sessions_of_two_connections_do_not_meet() {
    let server = FakeServer::start([]).await;
    let (a, b): (Session, Session) = (connect(&server.address).await.unwrap(), connect(&server.address).await.unwrap());
    assert!(a.table("t").unwrap().union(&b.table("t").unwrap()).is_err());
}

#[tokio::test]
async fn tls_trusts_the_authority_that_is_said_and_no_other() {
    let (ours, others) = (certificate(), certificate());
    let server = FakeServer::start_with_tls(&ours.0, &ours.1).await;
    let connecting = |ca: &str| Connect::to(&server.address).ca_certificate(ca).server_name("localhost").token("s3cret");
    let session = connecting(&ours.0).connect().await.unwrap();
    assert_eq!(session.table("t").unwrap().collect().await.unwrap().len(), 1);

    let error = connecting(&others.0).connect().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().to_lowercase().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_client_without_tls_is_told_that_the_server_cannot_be_reached() {
    let (certificate, key) = certificate();
    let server = FakeServer::start_with_tls(&certificate, &key).await;
    let plain = server.address.replace("grpc+tls", "grpc");
    let error = Connect::to(plain).connect_timeout(Duration::from_secs(3)).connect().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error}");
}

/// A certificate for `localhost` that signs itself, and its key.
fn certificate() -> (String, String) {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (signed.cert.pem(), signed.signing_key.serialize_pem())
}

#[tokio::test]
async fn a_session_that_nobody_closed_is_closed_when_its_last_frame_is_gone() {
    let server = FakeServer::start([]).await;
    let session = connect(&server.address).await.unwrap();
    let frame = session.table("t").unwrap();
    drop(session);
    frame.collect().await.unwrap();
    assert!(!server.seen(|seen| seen.actions.iter().any(|name| name.ends_with("CloseSession"))));
    drop(frame);
    server.wait_until(|seen| seen.actions.iter().any(|name| name.ends_with("CloseSession"))).await;
}
