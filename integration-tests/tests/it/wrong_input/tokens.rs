//! Tokens that are wrong, missing, expired or taken back, and none of them ever in a message.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use polybolos_client::protocol::wire::flight::CancelOutcome;
use polybolos_client::{Code, Connect, Error, Result, Session};
use polybolos_engine::EngineBuilder;
use polybolos_integration_tests::doors::Server;
use polybolos_server::config::AuthConfig;
use polybolos_server::{ServerConfig, token};

use super::{in_time, until};

/// A server with a tokens file.
struct Guarded {
    server: Server,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Guarded {
    async fn start(lines: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        fs::write(&file, lines.join("\n")).unwrap();
        let auth = AuthConfig { tokens_file: Some(file.clone()), ..AuthConfig::default() };
        let engine = Arc::new(EngineBuilder::new().build().unwrap());
        let server = Server::start_with(engine, ServerConfig { auth, ..ServerConfig::default() }).await;
        Self { server, file, _folder: folder }
    }

    async fn session(&self, token: &str) -> Result<Session> {
        Connect::to(self.server.url()).token(token).connect().await
    }
}

async fn select_1(session: &Session) -> Result<usize> {
    Ok(session.sql("select 1")?.collect_one().await?.num_rows())
}

/// The error says nothing of the token, not even in its causes.
fn keeps_secret(error: &Error, token: &str) {
    let mut whole = format!("{error} {error:?} {:?}", error.params());
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        whole += &format!(" {next} {next:?}");
        cause = next.source();
    }
    assert!(!whole.contains(token), "the error gives the token away: {whole}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_token_works_and_a_wrong_or_missing_one_is_told() {
    let (good, line) = token::generate("ada", None).unwrap();
    let (wrong, _) = token::generate("ada", None).unwrap();
    let guarded = Guarded::start(&[&line]).await;
    let session = guarded.session(&good).await.unwrap();
    assert_eq!(select_1(&session).await.unwrap(), 1);
    assert!(!format!("{session:?}").contains(&good), "{session:?}");
    for token in [wrong.as_str(), "pbt_", "x", "Bearer", &good[..good.len() - 1], &format!("{good}x"), &good.to_uppercase()] {
        let error = guarded.session(token).await.expect_err("a wrong token");
        assert_eq!(error.code(), Code::Unauthenticated, "{error}");
        assert!(error.message().contains("token"), "{error}");
        if token.len() > 10 {
            keeps_secret(&error, token);
        }
    }
    let error = Connect::to(guarded.server.url()).connect().await.expect_err("no token");
    assert_eq!(error.code(), Code::Unauthenticated, "{error}");
    assert!(error.message().contains("token"), "{error}");
    assert_eq!(select_1(&session).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_a_header_is_an_error_that_does_not_show_it() {
    let (_, line) = token::generate("ada", None).unwrap();
    let guarded = Guarded::start(&[&line]).await;
    for token in ["canary-41d7\nx", "canary-41d7\u{0}", "canary-41d7-é"] {
        let error = guarded.session(token).await.expect_err("no header");
        assert!([Code::Unauthenticated, Code::InvalidArgument].contains(&error.code()), "{error}");
        keeps_secret(&error, "canary-41d7");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_told_as_expired() {
    let (token, line) = token::generate("ada", Some(SystemTime::now() - Duration::from_secs(3_600))).unwrap();
    let guarded = Guarded::start(&[&line]).await;
    let error = guarded.session(&token).await.expect_err("an expired token");
    assert_eq!(error.code(), Code::TokenExpired, "{error}");
    assert!(error.message().contains("expired"), "{error}");
    assert!(!error.retryable());
    keeps_secret(&error, &token);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_while_a_session_is_open_ends_it_and_nobody_elses() {
    let (short, short_line) = token::generate("ada", Some(SystemTime::now() + Duration::from_secs(3))).unwrap();
    let (long, long_line) = token::generate("bob", None).unwrap();
    let guarded = Guarded::start(&[&short_line, &long_line]).await;
    let (ada, bob) = (guarded.session(&short).await.unwrap(), guarded.session(&long).await.unwrap());
    assert_eq!(select_1(&ada).await.unwrap(), 1);
    let mut last = None;
    until(10, "the token expires", async || {
        last = select_1(&ada).await.err();
        last.is_some()
    })
    .await;
    let error = last.unwrap();
    assert_eq!(error.code(), Code::TokenExpired, "{error}");
    keeps_secret(&error, &short);
    assert_eq!(select_1(&bob).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_taken_back_stops_working_within_five_seconds() {
    let (token, line) = token::generate("ada", None).unwrap();
    let (_, other) = token::generate("bob", None).unwrap();
    let guarded = Guarded::start(&[&line, &other]).await;
    let session = guarded.session(&token).await.unwrap();
    assert_eq!(select_1(&session).await.unwrap(), 1);
    fs::write(&guarded.file, format!("# ada is gone\n{other}\n")).unwrap();
    let mut last = None;
    until(5, "the token is refused", async || {
        last = select_1(&session).await.err();
        last.is_some()
    })
    .await;
    assert_eq!(last.unwrap().code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_or_query_of_somebody_else_is_out_of_reach() {
    let (ada_token, ada_line) = token::generate("ada", None).unwrap();
    let (bob_token, bob_line) = token::generate("bob", None).unwrap();
    let guarded = Guarded::start(&[&ada_line, &bob_line]).await;
    let (ada, bob) = (guarded.session(&ada_token).await.unwrap(), guarded.session(&bob_token).await.unwrap());
    let result = ada.range(0, 10_000_000_000).unwrap().stream().await.unwrap();
    let id = result.query_id();
    until(10, "the query runs", async || !ada.queries(false).await.unwrap().is_empty()).await;
    assert!(bob.queries(true).await.unwrap().iter().all(|query| query.query_id != id), "bob sees ada's query");
    let outcome = bob.cancel(&id).await;
    assert!(matches!(outcome, Err(_) | Ok(CancelOutcome::NotFound)), "bob can cancel ada's query: {outcome:?}");
    let handle = result.cancel_handle();
    let reading = tokio::spawn(result.collect());
    handle.cancel().await.unwrap();
    assert_eq!(in_time(10, reading).await.unwrap().unwrap_err().code(), Code::Cancelled);
}
