//! The edges of a server's life: what refuses to start, TLS, health, and the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_flight::Ticket;
use polybolos_protocol::Code;
use polybolos_protocol::wire::flight::{CancelOutcome, CancelQuery, CancelQueryResult, QueryState};
use polybolos_server::config::{Span, TlsConfig};
use polybolos_server::{ServerBuilder, ServerConfig};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::auth::Tokens;
use crate::engine::FakeEngine;
use crate::harness::{Client, execute, serve, serve_with};

fn refusal(config: ServerConfig) -> Option<polybolos_protocol::Error> {
    ServerBuilder::new(Arc::new(FakeEngine::default())).with_config(config).build().err()
}

struct Pem {
    folder: tempfile::TempDir,
    authority: String,
}

fn pem() -> Pem {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("server.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.path().join("server.key"), made.signing_key.serialize_pem()).unwrap();
    Pem { folder, authority: made.cert.pem() }
}

impl Pem {
    fn config(&self) -> TlsConfig {
        TlsConfig { certificate: self.folder.path().join("server.pem"), key: self.folder.path().join("server.key"), client_authority: None }
    }
}

#[test]
fn an_address_that_others_can_reach_needs_tls_and_tokens_or_the_word_insecure() {
    let (tokens, pem) = (Tokens::of(&["ada"]), pem());
    let open = ServerConfig { listen: "0.0.0.0:0".parse().unwrap(), ..ServerConfig::default() };
    let mut with_tokens = open.clone();
    with_tokens.auth.tokens_file = Some(tokens.path());
    let with_tls = ServerConfig { tls: Some(pem.config()), ..open.clone() };
    let with_both = ServerConfig { tls: Some(pem.config()), ..with_tokens.clone() };
    for (config, needs) in [(&open, "TLS"), (&open, "tokens"), (&with_tokens, "TLS"), (&with_tls, "tokens")] {
        let message = refusal(config.clone()).unwrap().message().to_owned();
        assert!(message.contains(needs) && message.contains("--insecure") && message.contains("127.0.0.1"), "{message}");
    }
    assert!(refusal(with_both).is_none());
    assert!(refusal(ServerConfig { insecure: true, ..open.clone() }).is_none());
    assert!(refusal(ServerConfig { listen: "127.0.0.1:0".parse().unwrap(), ..open }).is_none());
}

#[test]
fn files_that_are_missing_or_wrong_are_named() {
    let pem = pem();
    let missing = TlsConfig { key: "/nowhere/server.key".into(), ..pem.config() };
    let error = refusal(ServerConfig { tls: Some(missing), ..ServerConfig::default() }).unwrap();
    assert_eq!(error.code(), Code::FileNotFound);
    assert!(error.message().contains("tls.key: /nowhere/server.key"), "{error}");
    let swapped = TlsConfig { certificate: pem.config().key, ..pem.config() };
    let error = refusal(ServerConfig { tls: Some(swapped), ..ServerConfig::default() }).unwrap();
    assert!(error.message().contains("server.key") && error.message().contains("CERTIFICATE"), "{error}");
    let tokens = pem.folder.path().join("tokens");
    std::fs::write(&tokens, "# fine\nada:abc\n").unwrap();
    let mut config = ServerConfig::default();
    config.auth.tokens_file = Some(tokens);
    let error = refusal(config).unwrap();
    assert!(error.message().contains("line 2") && error.message().contains("SHA-256"), "{error}");
}

#[tokio::test]
async fn over_tls_a_token_is_enough_and_plain_text_is_not_served() {
    let (tokens, pem) = (Tokens::of(&["ada"]), pem());
    let served = serve_with(|config| {
        config.auth.tokens_file = Some(tokens.path());
        config.tls = Some(pem.config());
    })
    .await;
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&pem.authority)).domain_name("localhost");
    let endpoint = Endpoint::from_shared(format!("https://{}", served.address)).unwrap().tls_config(tls).unwrap();
    let client = Client::over(endpoint.connect().await.unwrap()).with("authorization", tokens.bearer("ada"));
    assert!(client.run("who").await.unwrap().text().contains("ada"));
    client.run("create view v").await.unwrap();
    assert!(client.run("SELECT count views").await.unwrap().text().contains('1'), "the connection has its own session over TLS, too");
    let plain = Endpoint::from_shared(format!("http://{}", served.address)).unwrap().connect().await;
    if let Ok(channel) = plain {
        assert!(Client::over(channel).with("authorization", tokens.bearer("ada")).run("who").await.is_err());
    }
}

#[tokio::test]
async fn health_needs_no_token_and_says_not_serving_while_the_server_drains() {
    let tokens = Tokens::of(&["ada"]);
    let mut served = serve_with(|config| {
        config.auth.tokens_file = Some(tokens.path());
        config.shutdown.drain = Span::seconds(20);
    })
    .await;
    let mut health = HealthClient::new(served.channel().await);
    let check = HealthCheckRequest { service: "arrow.flight.protocol.FlightService".to_owned() };
    assert_eq!(health.check(check.clone()).await.unwrap().into_inner().status(), ServingStatus::Serving);
    let mut watching = health.watch(check).await.unwrap().into_inner();
    assert_eq!(watching.message().await.unwrap().map(|answer| answer.status()), Some(ServingStatus::Serving));
    let client = served.client().await.with("authorization", tokens.bearer("ada"));
    let mut stream = client.flight.clone().do_get(client.request(Ticket::new(execute("hang")))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    served.stop();
    assert_eq!(watching.message().await.unwrap().map(|answer| answer.status()), Some(ServingStatus::NotServing));
}

#[tokio::test]
async fn the_end_waits_for_running_queries() {
    let mut served = serve().await;
    let client = served.client().await;
    let mut stream = client.flight.clone().do_get(client.request(Ticket::new(execute("rows 3000000")))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    served.stop();
    let mut messages = 1;
    while stream.message().await.unwrap().is_some() {
        messages += 1;
    }
    assert!(messages > 3_000_000 / 8192, "{messages} messages");
    drop((client, stream));
    served.stopped().await.unwrap();
}

#[tokio::test]
async fn while_it_drains_new_queries_and_connections_are_refused_and_a_ticket_is_still_good() {
    let mut served = serve_with(|config| config.shutdown.drain = Span::seconds(20)).await;
    let client = served.client().await;
    let ticket = client.ticket("rows 5").await.unwrap();
    let mut stream = client.flight.clone().do_get(client.request(Ticket::new(execute("hang")))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    served.stop();
    let address = served.address;
    let start = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(10), "the listener is still open");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let refused = client.run("rows 1").await.err().unwrap();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("shutting down"), "{refused}");
    assert_eq!(client.get(ticket).await.unwrap().rows(), 5, "what was promised is kept");
    let running = client.until(QueryState::Running).await;
    let cancel = CancelQuery { query_id: running.query_id };
    let cancelled: CancelQueryResult = client.act("CancelQuery", &cancel).await.unwrap();
    assert_eq!(cancelled.outcome(), CancelOutcome::Cancelled, "a running query can still be cancelled");
    drop((client, stream));
    served.stopped().await.unwrap();
}

#[tokio::test]
async fn a_slow_reader_gets_the_whole_of_what_the_server_has_done_with() {
    let mut served = serve().await;
    let client = served.client().await;
    let mut stream = client.flight.clone().do_get(client.request(Ticket::new(execute("rows 400000")))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    served.stop();
    let mut messages = 1;
    while stream.message().await.unwrap().is_some() {
        messages += 1;
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    assert!(messages > 400_000 / 8192, "{messages} messages");
    drop((client, stream));
    served.stopped().await.unwrap();
}

#[tokio::test]
async fn the_end_cancels_what_does_not_end_in_time() {
    let mut served = serve_with(|config| config.shutdown.drain = Span::millis(200)).await;
    let client = served.client().await;
    let mut stream = client.flight.clone().do_get(client.request(Ticket::new(execute("hang")))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    stream.message().await.unwrap();
    let start = Instant::now();
    served.stop();
    let last = loop {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a cut result must not look complete"),
            Err(status) => break crate::harness::error(status).code(),
        }
    };
    assert_eq!(last, Code::Cancelled);
    served.stopped().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let served = serve().await;
    let config = ServerConfig { listen: served.address, ..ServerConfig::default() };
    let mut server = ServerBuilder::new(Arc::new(FakeEngine::default())).with_config(config).build().unwrap();
    let error = server.bind().await.unwrap_err();
    assert!(error.message().contains(&served.address.to_string()), "{error}");
}

#[tokio::test]
async fn metrics_are_told_on_a_listener_of_their_own() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let served = serve_with(|config| config.metrics.listen = Some(free)).await;
    let client = served.client().await;
    client.run("rows 20000").await.unwrap();
    assert!(client.run("fail").await.is_err());
    let scraped = scrape(free).await;
    for expected in [
        "polybolos_queries_total{state=\"finished\",code=\"OK\"} ",
        "polybolos_queries_total{state=\"failed\",code=\"UNRESOLVED_COLUMN\"} ",
        "polybolos_query_seconds_bucket",
        "polybolos_result_rows_total ",
        "polybolos_sessions ",
        "polybolos_connections ",
    ] {
        assert!(scraped.contains(expected), "{expected} is missing in:\n{scraped}");
    }
}

async fn scrape(address: std::net::SocketAddr) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let start = Instant::now();
    loop {
        if let Ok(mut stream) = tokio::net::TcpStream::connect(address).await {
            stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            return answer;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "the metrics listener does not answer");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
