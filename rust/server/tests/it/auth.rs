//! Who is asked for a token, and what each kind of wrong one gets: every method, every time.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use arrow_flight::{Action, Criteria, Empty, FlightData, FlightDescriptor, HandshakeRequest, Ticket};
use base64::Engine;
use futures::{StreamExt, TryStreamExt, stream};
use polybolos_protocol::Code;
use polybolos_protocol::error::from_status_details;
use polybolos_server::config::Limit;
use polybolos_server::token;
use tonic::Status;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::harness::{Client, Served, eventually, execute, serve, serve_with};

/// A tokens file and the tokens in it.
pub struct Tokens {
    folder: tempfile::TempDir,
    tokens: Vec<(String, String)>,
}

impl Tokens {
    pub fn of(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made: Vec<_> = names.iter().map(|name| (*name, token::generate(name, None).unwrap())).collect();
        let mut text = "# name:sha256[:expiry]\n\n".to_owned();
        made.iter().for_each(|(_, (_, line))| text.push_str(&format!("{line}\n")));
        std::fs::write(folder.path().join("tokens"), text).unwrap();
        Self { folder, tokens: made.into_iter().map(|(name, (token, _))| (name.to_owned(), token)).collect() }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    pub fn token(&self, name: &str) -> String {
        self.tokens.iter().find(|(known, _)| known == name).unwrap().1.clone()
    }

    pub fn bearer(&self, name: &str) -> String {
        format!("Bearer {}", self.token(name))
    }

    fn add_expired(&mut self) -> String {
        let (token, line) = token::generate("late", Some(SystemTime::now() - Duration::from_secs(60))).unwrap();
        let text = std::fs::read_to_string(self.path()).unwrap();
        std::fs::write(self.path(), format!("{text}{line}\n")).unwrap();
        format!("Bearer {token}")
    }
}

/// All methods of the port, from Flight's and health's descriptors.
const METHODS: [&str; 12] = [
    "Handshake",
    "ListFlights",
    "GetFlightInfo",
    "PollFlightInfo",
    "GetSchema",
    "DoGet",
    "DoPut",
    "DoExchange",
    "DoAction",
    "ListActions",
    "Health.Check",
    "Health.Watch",
];
const OPEN: [&str; 3] = ["Handshake", "Health.Check", "Health.Watch"];

async fn call(served: &Served, client: &Client, method: &str) -> Option<Status> {
    let mut flight = client.flight.clone();
    let descriptor = || FlightDescriptor::new_cmd(execute("rows 1"));
    let data = || stream::iter([FlightData { flight_descriptor: Some(descriptor()), ..FlightData::default() }]);
    let with = |headers: &Client| headers.request(HealthCheckRequest::default());
    match method {
        "Handshake" => flight.handshake(client.request(stream::iter([HandshakeRequest::default()]))).await.err(),
        "ListFlights" => flight.list_flights(client.request(Criteria::default())).await.err(),
        "GetFlightInfo" => flight.get_flight_info(client.request(descriptor())).await.err(),
        "PollFlightInfo" => flight.poll_flight_info(client.request(descriptor())).await.err(),
        "GetSchema" => flight.get_schema(client.request(descriptor())).await.err(),
        "DoGet" => flight.do_get(client.request(Ticket::new(execute("rows 1")))).await.err(),
        "DoPut" => flight.do_put(client.request(data())).await.err(),
        "DoExchange" => flight.do_exchange(client.request(data())).await.err(),
        "DoAction" => flight.do_action(client.request(Action::new("GetSessionOptions", Vec::new()))).await.err(),
        "ListActions" => flight.list_actions(client.request(Empty {})).await.err(),
        "Health.Check" => health(served).await.check(with(client)).await.err(),
        "Health.Watch" => health(served).await.watch(with(client)).await.err(),
        other => panic!("{other} is not in the table"),
    }
}

async fn health(served: &Served) -> HealthClient<tonic::transport::Channel> {
    HealthClient::new(served.channel().await)
}

fn code(status: &Status) -> Code {
    from_status_details(status.code() as i32, status.message(), status.details()).code()
}

#[tokio::test]
async fn every_method_but_handshake_and_health_needs_a_good_token() {
    let mut tokens = Tokens::of(&["ada"]);
    let expired = tokens.add_expired();
    let served = serve_with(|config| {
        config.auth.tokens_file = Some(tokens.path());
        config.auth.failures_per_minute = Limit::Unlimited;
    })
    .await;
    let client = served.client().await;
    let wrong = token::generate("ada", None).unwrap().0;
    let cases = [
        ("none", client.clone(), Some(Code::Unauthenticated)),
        ("malformed", client.clone().with("authorization", "Beaver x"), Some(Code::Unauthenticated)),
        ("empty", client.clone().with("authorization", "Bearer "), Some(Code::Unauthenticated)),
        ("basic", client.clone().with("authorization", "Basic YWRhOng="), Some(Code::Unauthenticated)),
        ("wrong", client.clone().with("authorization", format!("Bearer {wrong}")), Some(Code::Unauthenticated)),
        ("expired", client.clone().with("authorization", expired), Some(Code::TokenExpired)),
        ("valid", client.clone().with("authorization", tokens.bearer("ada")), None),
    ];
    for (case, client, refusal) in cases {
        for method in METHODS {
            let status = call(&served, &client, method).await;
            let got = status.as_ref().map(code).filter(|code| matches!(code, Code::Unauthenticated | Code::TokenExpired));
            let expected = if OPEN.contains(&method) { None } else { refusal };
            if method != "Handshake" {
                assert_eq!(got, expected, "{method} with {case} token: {status:?}");
            }
        }
    }
}

#[test]
fn the_table_of_methods_is_the_descriptors() {
    // arrow-flight generates one trait method for each of Flight's methods; this list fails to be complete when one is added.
    let flight = [
        "Handshake",
        "ListFlights",
        "GetFlightInfo",
        "PollFlightInfo",
        "GetSchema",
        "DoGet",
        "DoPut",
        "DoExchange",
        "DoAction",
        "ListActions",
    ];
    assert!(flight.iter().all(|method| METHODS.contains(method)));
    assert_eq!(METHODS.len(), flight.len() + 2);
}

#[tokio::test]
async fn unknown_services_are_refused_without_a_token_and_unknown_with_one() {
    let tokens = Tokens::of(&["ada"]);
    let served = serve_with(|config| config.auth.tokens_file = Some(tokens.path())).await;
    let channel = served.channel().await;
    let call = |authorization: Option<String>| {
        let mut grpc = tonic::client::Grpc::new(channel.clone());
        async move {
            grpc.ready().await.unwrap();
            let mut request = tonic::Request::new(Empty {});
            if let Some(value) = authorization {
                request.metadata_mut().insert("authorization", value.parse().unwrap());
            }
            let path = http::uri::PathAndQuery::from_static("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
            let codec = tonic_prost_codec();
            grpc.unary(request, path, codec).await.map(|_: tonic::Response<Empty>| ()).unwrap_err().code()
        }
    };
    assert_eq!(call(None).await, tonic::Code::Unauthenticated);
    assert_eq!(call(Some(tokens.bearer("ada"))).await, tonic::Code::Unimplemented);
}

/// A codec of `Empty`, as tonic's own is not a dependency of its own here.
fn tonic_prost_codec() -> impl tonic::codec::Codec<Encode = Empty, Decode = Empty> {
    #[derive(Default)]
    struct EmptyCodec;
    struct Nothing;
    impl tonic::codec::Encoder for Nothing {
        type Item = Empty;
        type Error = Status;
        fn encode(&mut self, _: Empty, _: &mut tonic::codec::EncodeBuf<'_>) -> Result<(), Status> {
            Ok(())
        }
    }
    impl tonic::codec::Decoder for Nothing {
        type Item = Empty;
        type Error = Status;
        fn decode(&mut self, _: &mut tonic::codec::DecodeBuf<'_>) -> Result<Option<Empty>, Status> {
            Ok(Some(Empty {}))
        }
    }
    impl tonic::codec::Codec for EmptyCodec {
        type Encode = Empty;
        type Decode = Empty;
        type Encoder = Nothing;
        type Decoder = Nothing;
        fn encoder(&mut self) -> Nothing {
            Nothing
        }
        fn decoder(&mut self) -> Nothing {
            Nothing
        }
    }
    EmptyCodec
}

#[tokio::test]
async fn a_handshake_with_name_and_token_gives_the_bearer_header_of_stock_clients() {
    let tokens = Tokens::of(&["ada", "bob"]);
    let served = serve_with(|config| config.auth.tokens_file = Some(tokens.path())).await;
    let client = served.client().await;
    let basic =
        |user: &str, password: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")));
    let shake =
        |client: Client| async move { client.flight.clone().handshake(client.request(stream::iter([HandshakeRequest::default()]))).await };
    let response = shake(client.clone().with("authorization", basic("ada", &tokens.token("ada")))).await.unwrap();
    let bearer = response.metadata().get("authorization").unwrap().to_str().unwrap().to_owned();
    let payload: Vec<_> = response.into_inner().try_collect().await.unwrap();
    assert_eq!(format!("Bearer {}", String::from_utf8(payload[0].payload.to_vec()).unwrap()), bearer);
    assert!(client.clone().with("authorization", bearer).run("who").await.unwrap().text().contains("ada"));
    for wrong in [basic("ada", "nonsense"), basic("ada", &tokens.token("bob")), "Basic %%%".to_owned()] {
        let status = shake(client.clone().with("authorization", wrong)).await.err().unwrap();
        assert_eq!(code(&status), Code::Unauthenticated);
    }
}

#[tokio::test]
async fn an_address_that_fails_too_often_is_told_to_wait_and_a_right_token_is_taken_all_the_same() {
    let mut tokens = Tokens::of(&["ada"]);
    let expired = tokens.add_expired();
    let served = serve_with(|config| {
        config.auth.tokens_file = Some(tokens.path());
        config.auth.failures_per_minute = Limit::At(4);
    })
    .await;
    let client = served.client().await;
    let wrong = client.clone().with("authorization", "Bearer nonsense");
    for _ in 0..4 {
        assert_eq!(wrong.run("rows 1").await.err().map(|e| e.code()), Some(Code::Unauthenticated));
    }
    let refused = wrong.run("rows 1").await.err().unwrap();
    assert_eq!(refused.code(), Code::LimitExceeded);
    let wait = refused.retry_after_millis();
    assert!((1..=15_000).contains(&wait), "{wait} ms");
    let late = client.clone().with("authorization", expired);
    assert_eq!(late.run("rows 1").await.err().map(|e| e.code()), Some(Code::LimitExceeded), "what was wrong is not told any more");
    let basic = client.clone().with("authorization", "Basic YWRhOng=");
    let shaken = basic.flight.clone().handshake(basic.request(stream::iter([HandshakeRequest::default()]))).await;
    assert_eq!(shaken.err().as_ref().map(code), Some(Code::LimitExceeded));
    assert!(client.clone().with("authorization", tokens.bearer("ada")).run("rows 1").await.is_ok());
}

#[tokio::test]
async fn a_changed_tokens_file_is_read_again_and_a_broken_one_changes_nothing() {
    let mut tokens = Tokens::of(&["ada", "bob"]);
    let served = serve_with(|config| config.auth.tokens_file = Some(tokens.path())).await;
    let client = served.client().await;
    let (ada, bob) =
        (client.clone().with("authorization", tokens.bearer("ada")), client.clone().with("authorization", tokens.bearer("bob")));
    assert!(ada.run("rows 1").await.is_ok() && bob.run("rows 1").await.is_ok());
    let text = std::fs::read_to_string(tokens.path()).unwrap();
    std::fs::write(tokens.path(), "nonsense\n").unwrap();
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert!(ada.run("rows 1").await.is_ok(), "a typing error locks nobody out");
    let without_bob: String = text.lines().filter(|line| !line.starts_with("bob")).map(|line| format!("{line}\n")).collect();
    std::fs::write(tokens.path(), without_bob).unwrap();
    tokens.tokens.retain(|(name, _)| name == "ada");
    let start = std::time::Instant::now();
    while bob.run("rows 1").await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(5), "revocation takes effect within five seconds");
    }
    assert!(ada.run("rows 1").await.is_ok());
}

#[tokio::test]
async fn one_principals_sessions_queries_and_details_are_not_anothers() {
    use polybolos_protocol::wire::flight::{
        CancelOutcome, CancelQuery, CancelQueryResult, ListQueries, ListQueriesResult, OpenSession, SessionOpened,
    };
    let tokens = Tokens::of(&["ada", "bob"]);
    let served = serve_with(|config| config.auth.tokens_file = Some(tokens.path())).await;
    let client = served.client().await;
    let (ada, bob) =
        (client.clone().with("authorization", tokens.bearer("ada")), client.clone().with("authorization", tokens.bearer("bob")));
    let session: SessionOpened = ada.act("OpenSession", &OpenSession::default()).await.unwrap();
    let intruder = bob.clone().with("polybolos-session", session.session_id);
    assert_eq!(intruder.run("rows 1").await.err().map(|e| e.code()), Some(Code::SessionNotFound));
    let id = crate::harness::uuid();
    let mut stream =
        ada.flight.clone().do_get(ada.request(Ticket::new(crate::harness::execute_as("hang", &id)))).await.unwrap().into_inner();
    stream.next().await.unwrap().unwrap();
    let listed: ListQueriesResult = bob.act("ListQueries", &ListQueries { all_states: true }).await.unwrap();
    assert!(listed.queries.is_empty());
    let cancelled: CancelQueryResult = bob.act("CancelQuery", &CancelQuery { query_id: id.clone() }).await.unwrap();
    assert_eq!(cancelled.outcome, CancelOutcome::NotFound as i32);
    let cancelled: CancelQueryResult = ada.act("CancelQuery", &CancelQuery { query_id: id }).await.unwrap();
    assert_eq!(cancelled.outcome, CancelOutcome::Cancelled as i32);
}

#[tokio::test]
async fn without_tokens_everybody_on_loopback_is_anonymous() {
    let served = serve().await;
    let client = served.client().await;
    assert!(client.run("who").await.unwrap().text().contains("anonymous"));
    let engine = served.engine.clone();
    drop(client);
    eventually("the session's end", || engine.closed.load(std::sync::atomic::Ordering::SeqCst) == 1).await;
}
