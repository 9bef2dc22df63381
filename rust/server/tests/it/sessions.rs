//! Sessions: named ones, a connection's own, the cookie's, and their ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use polybolos_protocol::Code;
use polybolos_protocol::wire::flight::{CloseSession, OpenSession, SessionOpened};
use polybolos_protocol::wire::plan::KeyValue;
use polybolos_server::config::Span;

use crate::harness::{Client, eventually, serve, serve_with};

async fn open(client: &Client) -> SessionOpened {
    client.act("OpenSession", &OpenSession::default()).await.unwrap()
}

async fn views(client: &Client) -> i64 {
    let fetched = client.run("SELECT count views").await.unwrap();
    fetched.batches[0].column(0).as_any().downcast_ref::<arrow::array::Int64Array>().unwrap().value(0)
}

#[tokio::test]
async fn a_named_session_keeps_its_views_across_connections_and_apart_from_others() {
    let served = serve().await;
    let client = served.client().await;
    let (one, two) = (open(&client).await, open(&client).await);
    let one = client.clone().with("polybolos-session", one.session_id);
    let two = client.clone().with("polybolos-session", two.session_id);
    one.run("create view v").await.unwrap();
    let elsewhere = Client { headers: one.headers.clone(), ..served.client().await };
    assert_eq!((views(&one).await, views(&elsewhere).await, views(&two).await, views(&client).await), (1, 1, 0, 0));
}

#[tokio::test]
async fn a_connection_without_a_session_has_its_own_until_it_closes() {
    let served = serve().await;
    let (one, two) = (served.client().await, served.client().await);
    one.run("create view v").await.unwrap();
    one.run("create view w").await.unwrap();
    assert_eq!((views(&one).await, views(&two).await), (2, 0));
    drop(one);
    let engine = served.engine.clone();
    eventually("the connection's session to close", || engine.closed.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn opening_tells_options_capabilities_and_how_long_it_may_idle() {
    let served = serve().await;
    let client = served.client().await;
    let options = vec![KeyValue { key: "time_zone".to_owned(), value: "UTC".to_owned() }];
    let opened: SessionOpened =
        client.act("OpenSession", &OpenSession { options: options.clone(), ..OpenSession::default() }).await.unwrap();
    assert_eq!(opened.options, options);
    assert_eq!(opened.idle_timeout_millis, 30 * 60 * 1000);
    assert_eq!(opened.capabilities.map(|capabilities| capabilities.engine), Some("fake".to_owned()));
    let wrong = vec![KeyValue { key: "tme_zone".to_owned(), value: "UTC".to_owned() }];
    let refused = client.act::<SessionOpened>("OpenSession", &OpenSession { options: wrong, ..OpenSession::default() }).await;
    assert_eq!(refused.err().map(|e| e.candidates().join(",")), Some("time_zone".to_owned()));
}

#[tokio::test]
async fn a_closed_an_unknown_and_an_idle_session_are_not_found() {
    let served = serve_with(|config| config.sessions.idle = Span::millis(300)).await;
    let client = served.client().await;
    let closed = client.clone().with("polybolos-session", open(&client).await.session_id);
    let _: CloseSession = closed.act("CloseSession", &CloseSession {}).await.unwrap();
    assert_eq!(closed.run("rows 1").await.err().map(|e| e.code()), Some(Code::SessionNotFound));
    let unknown = client.clone().with("polybolos-session", "nobody's");
    assert_eq!(unknown.run("rows 1").await.err().map(|e| e.code()), Some(Code::SessionNotFound));
    let idle = client.clone().with("polybolos-session", open(&client).await.session_id);
    let engine = served.engine.clone();
    eventually("the idle session to be closed", || engine.closed.load(Ordering::SeqCst) == 2).await;
    assert_eq!(idle.run("rows 1").await.err().map(|e| e.code()), Some(Code::SessionNotFound));
}

#[tokio::test]
async fn a_session_with_a_running_query_does_not_expire() {
    let served = serve_with(|config| config.sessions.idle = Span::millis(100)).await;
    let client = served.client().await;
    let client = client.clone().with("polybolos-session", open(&client).await.session_id);
    let request = client.request(arrow_flight::Ticket::new(crate::harness::execute("hang")));
    let mut stream = client.flight.clone().do_get(request).await.unwrap().into_inner();
    stream.message().await.unwrap();
    // Longer than two sweeps and the idle time.
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    assert_eq!(served.engine.closed.load(Ordering::SeqCst), 0);
    assert_eq!(views(&client).await, 0);
}

#[tokio::test]
async fn a_principal_may_not_open_more_sessions_than_allowed() {
    let served = serve_with(|config| config.sessions.per_principal = 2).await;
    let client = served.client().await;
    open(&client).await;
    open(&client).await;
    let refused = client.act::<SessionOpened>("OpenSession", &OpenSession::default()).await;
    assert_eq!(refused.err().map(|e| e.code()), Some(Code::LimitExceeded));
}

#[tokio::test]
async fn the_standard_actions_set_read_and_close_a_session_by_cookie() {
    let served = serve().await;
    let client = served.client().await;
    // SetSessionOptionsRequest { session_options: { "time_zone": { string_value: "UTC" } } }
    let set = [&[0x0a, 18, 0x0a, 9][..], b"time_zone", &[0x12, 5, 0x0a, 3], b"UTC"].concat();
    let request = client.request(arrow_flight::Action::new("SetSessionOptions", set));
    let response = client.flight.clone().do_action(request).await.unwrap();
    let cookie = response.metadata().get("set-cookie").unwrap().to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("arrow_flight_session_id="), "{cookie}");
    let client = client.with("cookie", cookie);
    let options = client.act_raw("GetSessionOptions", Vec::new()).await.unwrap();
    assert_eq!(options[0], [&[0x0a, 18, 0x0a, 9][..], b"time_zone", &[0x12, 5, 0x0a, 3], b"UTC"].concat());
    // An unknown option is told by name, not as a failed call: errors { key: "nonsense" value { INVALID_NAME } }.
    let wrong = [&[0x0a, 15, 0x0a, 8][..], b"nonsense", &[0x12, 3, 0x0a, 1], b"1"].concat();
    let answer = client.act_raw("SetSessionOptions", wrong).await.unwrap();
    assert_eq!(answer[0], [&[0x0a, 14, 0x0a, 8][..], b"nonsense", &[0x12, 2, 0x08, 1]].concat());
    assert_eq!(client.act_raw("CloseSession", Vec::new()).await.unwrap(), [&[0x08, 1][..]]);
    assert_eq!(client.run("rows 1").await.err().map(|e| e.code()), Some(Code::SessionNotFound));
}
