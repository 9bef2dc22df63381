//! The only place where a gRPC status becomes an [`Error`].

use std::error::Error as StdError;

use arrow_flight::error::FlightError;
use polybolos_protocol::Error;
use polybolos_protocol::error::{Code, from_status_details};
use tonic::Status;

use super::address::Address;

/// The error behind a status. One that no server sent, but our own end of a connection that broke, is `UNAVAILABLE`.
pub(super) fn error_of(address: &Address, status: Status) -> Error {
    let broken = status.details().is_empty() && (status.source().is_some() || status.code() == tonic::Code::Unavailable);
    if !broken {
        return from_status_details(status.code() as i32, status.message(), status.details());
    }
    let cause = status.source().map_or_else(|| status.message().to_owned(), |source| root(source).to_string());
    let hint = hint(address, &cause);
    Error::new(Code::Unavailable, format!("the server at {address} cannot be reached: {cause}{hint}"))
}

/// What to write instead, by how it looks when only one of the two ends speaks TLS.
fn hint(address: &Address, cause: &str) -> &'static str {
    match address.tls() {
        true if cause.contains("InvalidContentType") => "; it seems to have no TLS: write grpc:// instead of grpc+tls://",
        false if cause.contains("frame with invalid size") => "; it seems to have TLS: write grpc+tls:// instead of grpc://",
        _ => "",
    }
}

fn root<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause
}

/// The error behind one of arrow-flight.
pub(super) fn error_of_flight(address: &Address, error: FlightError) -> Error {
    match error {
        FlightError::Tonic(status) => error_of(address, *status),
        FlightError::ExternalError(source) => match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(source) => damaged("the result cannot be read").with_source(source),
        },
        error => damaged("the result is not valid Arrow data").with_source(error),
    }
}

pub(super) fn damaged(message: &str) -> Error {
    Error::new(Code::DataCorrupt, message)
}
