//! Commands that a client sends again because it did not hear the answer: each runs once.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use polybolos_protocol::{Error, Result};
use tokio::sync::OnceCell;

use super::Outcome;

const REMEMBERED: u64 = 10_000;
const REMEMBERED_FOR: Duration = Duration::from_secs(30 * 60);

/// The commands that ran, by session and operation id.
#[derive(Debug)]
pub(crate) struct Operations(Cache<(String, String), Arc<Operation>>);

#[derive(Debug)]
struct Operation {
    fingerprint: Vec<u8>,
    /// Stays empty where the command failed or was cancelled: then the next attempt runs.
    outcome: OnceCell<Outcome>,
}

impl Operations {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(REMEMBERED).time_to_live(REMEMBERED_FOR).build())
    }

    /// Runs the command unless this id already did; waits where it is running now.
    pub(crate) async fn once(
        &self,
        session: &str,
        id: &str,
        fingerprint: &[u8],
        run: impl Future<Output = Result<Outcome>>,
    ) -> Result<Outcome> {
        let key = (session.to_owned(), id.to_owned());
        let operation = self.0.get_with(key, || Arc::new(Operation { fingerprint: fingerprint.to_vec(), outcome: OnceCell::new() }));
        if operation.fingerprint != fingerprint {
            return Err(Error::invalid_argument(format!("the operation id '{id}' was used for another command; choose a new one")));
        }
        operation.outcome.get_or_try_init(|| run).await.cloned()
    }
}
