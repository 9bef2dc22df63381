//! Errors on the wire: a `google.rpc.Status` whose details hold `PlanErrors`, small enough for an HTTP/2 trailer.

use prost::Message;

use super::{Code, Error, Grpc, PlanPlace};
use crate::wire::{flight, plan};

/// What the status details may take, in bytes: 16 KiB is a hard wall of gRPC implementations after base64.
pub const STATUS_DETAILS_BYTES_MAX: usize = 3 * 1024;

/// What is left of it for `PlanErrors`: the status repeats the beginning of the message, and packs the details in an `Any`.
const PLAN_ERRORS_BYTES_MAX: usize = STATUS_DETAILS_BYTES_MAX - STATUS_MESSAGE_BYTES_MAX - 128;
const STATUS_MESSAGE_BYTES_MAX: usize = 256;

const PLAN_ERRORS_URL: &str = "type.googleapis.com/polybolos.flight.v1.PlanErrors";
const MESSAGE_BYTES_MAX: usize = 1024;
const CANDIDATES_MAX: usize = 8;

/// `google.rpc.Status`, of which only these three fields exist.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// All errors of the plan, for `FetchErrorDetails`.
pub fn to_plan_errors(error: &Error) -> flight::PlanErrors {
    flight::PlanErrors {
        errors: std::iter::once(error).chain(error.others()).map(encode).collect(),
        query_id: error.query_id().unwrap_or_default().to_owned(),
        ..Default::default()
    }
}

/// The bytes of `grpc-status-details-bin`: as many of the errors as fit, the first always.
pub fn to_status_details(error: &Error) -> Vec<u8> {
    to_status_details_with_id(error, "")
}

/// The same, with the id under which `FetchErrorDetails` gives all of them.
pub fn to_status_details_with_id(error: &Error, error_id: &str) -> Vec<u8> {
    let mut errors = flight::PlanErrors {
        errors: vec![encode(error)],
        error_id: error_id.to_owned(),
        query_id: clip(error.query_id().unwrap_or_default(), 128),
        ..Default::default()
    };
    shorten(&mut errors);
    for other in error.others() {
        errors.errors.push(encode(other));
        if errors.encoded_len() > PLAN_ERRORS_BYTES_MAX {
            errors.errors.pop();
            errors.truncated = true;
            break;
        }
    }
    let any = prost_types::Any { type_url: PLAN_ERRORS_URL.to_owned(), value: errors.encode_to_vec() };
    RpcStatus { code: error.code().grpc() as i32, message: clip(error.message(), STATUS_MESSAGE_BYTES_MAX), details: vec![any] }
        .encode_to_vec()
}

/// Drops facts of the first error until it fits; code, message and place always do.
fn shorten(errors: &mut flight::PlanErrors) {
    while errors.encoded_len() > PLAN_ERRORS_BYTES_MAX && errors.errors.first_mut().is_some_and(|first| first.params.pop().is_some()) {
        errors.truncated = true;
    }
}

/// The error of a gRPC status: from its details where they are ours, else from the status alone.
pub fn from_status_details(grpc: i32, message: &str, details: &[u8]) -> Error {
    RpcStatus::decode(details)
        .ok()
        .and_then(|status| status.details.into_iter().find(|any| any.type_url == PLAN_ERRORS_URL))
        .and_then(|any| flight::PlanErrors::decode(any.value.as_slice()).ok())
        .and_then(decode)
        .unwrap_or_else(|| Error::new(code_of_grpc(grpc), message))
}

fn decode(errors: flight::PlanErrors) -> Option<Error> {
    let mut all = errors.errors.iter().map(decode_one);
    let first = all.next()?.with_others(all);
    Some(if errors.query_id.is_empty() { first } else { first.with_query_id(errors.query_id) })
}

fn decode_one(wire: &flight::PlanError) -> Error {
    let code = Code::from_name(&wire.code).unwrap_or(Code::Internal);
    let error =
        Error::new(code, wire.message.clone()).relocated(wire.location.as_ref().map(decode_place)).retry_after(wire.retry_after_millis);
    wire.params.iter().fold(error, |error, param| error.param(param.key.clone(), param.value.clone()))
}

fn decode_place(wire: &flight::PlanLocation) -> PlanPlace {
    PlanPlace {
        relation: wire.relation,
        path: wire.path.clone(),
        precision: flight::Precision::try_from(wire.precision).unwrap_or(flight::Precision::Unspecified),
        sql_range: (wire.sql_start, wire.sql_end),
    }
}

fn encode(error: &Error) -> flight::PlanError {
    flight::PlanError {
        code: error.code().name().to_owned(),
        message: clipped(error.message()),
        location: error.location().map(encode_place),
        params: encode_params(error.params()),
        sqlstate: error.code().sqlstate().to_owned(),
        retryable: error.retryable(),
        retry_after_millis: error.retry_after_millis(),
        ..Default::default()
    }
}

fn encode_place(place: &PlanPlace) -> flight::PlanLocation {
    flight::PlanLocation {
        relation: place.relation,
        path: clip(&place.path, 256),
        precision: place.precision as i32,
        sql_start: place.sql_range.0,
        sql_end: place.sql_range.1,
        engine: String::new(),
    }
}

fn encode_params(params: &[(String, String)]) -> Vec<plan::KeyValue> {
    let mut candidates = 0;
    let kept = params.iter().filter(|(key, _)| {
        candidates += usize::from(key == "candidate");
        key != "candidate" || candidates <= CANDIDATES_MAX
    });
    kept.take(16).map(|(key, value)| plan::KeyValue { key: clip(key, 64), value: clip(value, 128) }).collect()
}

fn clipped(message: &str) -> String {
    clip(message, MESSAGE_BYTES_MAX)
}

/// The text, cut at a character boundary with an ellipsis where it is longer than `bytes_max`.
fn clip(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let end = (0..=bytes_max - 3).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// The code that a bare gRPC status most likely stands for (a proxy, a limit of the transport, another server).
fn code_of_grpc(grpc: i32) -> Code {
    const TABLE: [(Grpc, Code); 11] = [
        (Grpc::Cancelled, Code::Cancelled),
        (Grpc::InvalidArgument, Code::InvalidArgument),
        (Grpc::DeadlineExceeded, Code::DeadlineExceeded),
        (Grpc::NotFound, Code::QueryNotFound),
        (Grpc::AlreadyExists, Code::AlreadyExists),
        (Grpc::PermissionDenied, Code::PermissionDenied),
        (Grpc::ResourceExhausted, Code::LimitExceeded),
        (Grpc::OutOfRange, Code::LimitExceeded),
        (Grpc::Unimplemented, Code::Unsupported),
        (Grpc::Unavailable, Code::Unavailable),
        (Grpc::Unauthenticated, Code::Unauthenticated),
    ];
    TABLE.iter().find(|(status, _)| *status as i32 == grpc).map_or(Code::Internal, |(_, code)| *code)
}
