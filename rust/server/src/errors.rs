//! The only place where an [`Error`] becomes a gRPC status.
//!
//! What does not fit the status's 3 KiB of details stays here for ten minutes, for the principal it was told to.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::sync::Cache;
use polybolos_protocol::error::{STATUS_DETAILS_BYTES_MAX, to_plan_errors, to_status_details_with_id};
use polybolos_protocol::wire::flight::PlanErrors;
use polybolos_protocol::{Code, Error, Result};
use prost::Message;
use tonic::Status;

use crate::caller::Principal;

const KEPT_FOR: Duration = Duration::from_secs(600);
const KEPT_BYTES_MAX: u64 = 16 << 20;
const MESSAGE_BYTES_MAX: usize = 512;

/// Errors told in short, kept in full.
#[derive(Debug, Clone)]
pub(crate) struct Errors {
    kept: Cache<String, Arc<(Principal, PlanErrors)>>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        let weigh = |_: &String, kept: &Arc<(Principal, PlanErrors)>| u32::try_from(kept.1.encoded_len()).unwrap_or(u32::MAX);
        Self { kept: Cache::builder().time_to_live(KEPT_FOR).max_capacity(KEPT_BYTES_MAX).weigher(weigh).build() }
    }

    /// The status that tells this error; where it is too long, with an id to fetch the rest by.
    pub(crate) fn status(&self, principal: &Principal, error: &Error) -> Status {
        let mut all = to_plan_errors(error);
        if all.encoded_len() <= STATUS_DETAILS_BYTES_MAX {
            return status(error);
        }
        let id = uuid::Uuid::new_v4().to_string();
        all.error_id.clone_from(&id);
        self.kept.insert(id.clone(), Arc::new((principal.clone(), all)));
        status_under(error, &id)
    }

    /// The whole of an error that this principal was told.
    pub(crate) fn fetch(&self, principal: &Principal, id: &str) -> Result<PlanErrors> {
        let kept = self.kept.get(id).filter(|kept| &kept.0 == principal);
        kept.map(|kept| kept.1.clone()).ok_or_else(|| {
            Error::new(Code::QueryNotFound, "no error is kept under this id: details are kept for ten minutes, for whom they were told to")
        })
    }
}

/// The status of an error that no principal may fetch more of.
pub(crate) fn status(error: &Error) -> Status {
    status_under(error, "")
}

fn status_under(error: &Error, error_id: &str) -> Status {
    let details = Bytes::from(to_status_details_with_id(error, error_id));
    Status::with_details(tonic::Code::from_i32(error.code().grpc() as i32), headline(error), details)
}

/// What stock clients show: code, message and place, in one short line.
fn headline(error: &Error) -> String {
    let mut text = error.to_string();
    if text.len() > MESSAGE_BYTES_MAX {
        let end = (0..MESSAGE_BYTES_MAX).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The error of a status that a client's stream, or the transport under it, ended with.
pub(crate) fn from_status(status: &Status) -> Error {
    polybolos_protocol::error::from_status_details(status.code() as i32, status.message(), status.details())
}
