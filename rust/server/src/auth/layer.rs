//! The layer: no request reaches a service without a principal, except those that must come before one.

use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use futures::future::{Either, Ready, ready};
use http::{HeaderMap, Request, Response};
use polybolos_protocol::{Code, Error, Result};
use tonic::body::Body;
use tower::{Layer, Service};

use super::{Gate, Tokens};
use crate::caller::Principal;
use crate::connection::ConnectionInfo;
use crate::errors;

/// The only paths that answer without a token.
const OPEN: [&str; 3] = ["/arrow.flight.protocol.FlightService/Handshake", "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"];

/// Wraps every service of the port; without tokens, everybody is `anonymous`.
#[derive(Debug, Clone)]
pub(crate) struct AuthLayer {
    gate: Arc<Gate>,
}

impl AuthLayer {
    pub(crate) fn new(gate: Arc<Gate>) -> Self {
        Self { gate }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Auth<S> {
        Auth { gate: Arc::clone(&self.gate), inner }
    }
}

/// A service behind authentication.
#[derive(Debug, Clone)]
pub(crate) struct Auth<S> {
    gate: Arc<Gate>,
    inner: S,
}

impl<S: Service<Request<Body>, Response = Response<Body>>> Service<Request<Body>> for Auth<S> {
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<std::result::Result<Response<Body>, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        match authenticate(self.gate.tokens(), request.headers()) {
            Ok(principal) => {
                request.extensions_mut().insert(principal);
                Either::Left(self.inner.call(request))
            }
            Err(_) if OPEN.contains(&request.uri().path()) => Either::Left(self.inner.call(request)),
            Err(error) => {
                let peer = ConnectionInfo::of(request.extensions()).map(|connection| connection.peer.ip());
                let error = self.gate.refused(peer, error);
                Either::Right(ready(Ok(errors::status(&error).into_http())))
            }
        }
    }
}

fn authenticate(tokens: Option<&Tokens>, headers: &HeaderMap) -> Result<Principal> {
    let Some(tokens) = tokens else { return Ok(Principal::anonymous()) };
    let header = headers.get(http::header::AUTHORIZATION).ok_or_else(|| missing("the request has no token"))?;
    let token = header.to_str().ok().and_then(|value| scheme(value, "bearer"));
    tokens.principal(token.ok_or_else(|| missing("the authorization header is not a bearer token"))?)
}

fn missing(what: &str) -> Error {
    Error::new(Code::Unauthenticated, format!("{what}; send the header \"authorization: Bearer <token>\""))
}

/// The credentials after this scheme's name, in whatever case.
fn scheme<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let (scheme, rest) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case(name).then(|| rest.trim())
}

/// The user and password of a basic authorization header.
pub(crate) fn basic_password(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let encoded = scheme(value, "basic")?;
    let decoded = STANDARD.decode(encoded).or_else(|_| STANDARD_NO_PAD.decode(encoded)).ok()?;
    let (user, password) =
        String::from_utf8(decoded).ok()?.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))?;
    Some((user, password))
}
