//! Servers that are not there, and addresses that are none.

use std::time::{Duration, Instant};

use polybolos_client::{Code, Connect, connect};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_told_quickly_with_its_address() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let asked = Instant::now();
    let error = connect(format!("grpc://{free}")).await.expect_err("nobody listens");
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    assert!(error.message().contains(&free.to_string()), "{error}");
    assert!(error.retryable());
    assert!(asked.elapsed() < Duration::from_secs(3), "it took {:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_there_is_told_with_its_name() {
    let error = connect("grpc://no-such-host.invalid:50051").await.expect_err("nobody listens");
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    assert!(error.message().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_connections_and_says_nothing_is_told_after_the_timeout() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let asked = Instant::now();
    let attempt = Connect::to(format!("grpc://{address}")).connect_timeout(Duration::from_millis(500)).connect();
    let error = attempt.await.expect_err("nobody answers");
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    assert!(error.message().contains(&address.to_string()), "{error}");
    assert!(asked.elapsed() < Duration::from_secs(3), "it took {:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_address_is_told_with_one_that_is() {
    for address in
        ["localhost:50051", "http://localhost:50051", "grpc://", "grpc://host:port", "grpc://host:99999", "", "grpc://host/path", "jdbc:x"]
    {
        let error = connect(address).await.expect_err(address);
        assert_eq!(error.code(), Code::InvalidArgument, "{address}: {error}");
        assert!(error.message().contains("grpc://host:50051"), "{address}: {error}");
    }
    let error = connect("grpc://ada:canary-41d7@localhost:50051").await.expect_err("a password in an address");
    assert_eq!(error.code(), Code::InvalidArgument, "{error}");
    assert!(!format!("{error} {error:?}").contains("canary-41d7"), "{error}");
}
