//! The end of a server, in order, so that nobody who runs something is cut off:
//!
//! ```text
//!   asked to stop ──► listener closed, health NOT_SERVING, new queries refused with UNAVAILABLE
//!                 ──► queries that run end, or are cancelled after `shutdown.drain`
//!                 ──► connections are told to close (GOAWAY), and do once their readers have taken what was sent
//! ```

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::queries::Queries;

/// What cancelled queries get to tell their clients before their connections are cut.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(2);

const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The names under which health is told: the server, and the service that it has.
const SERVICES: [&str; 2] = ["", "arrow.flight.protocol.FlightService"];

/// What ends, and how long it may take.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) health: HealthReporter,
    pub(crate) queries: Arc<Queries>,
    /// Closes the listener and refuses queries.
    pub(crate) begun: CancellationToken,
    pub(crate) drain: Duration,
}

impl Ending {
    /// Says that the server is there.
    pub(crate) async fn say_hello(&self) {
        for service in SERVICES {
            self.health.set_service_status(service, ServingStatus::Serving).await;
        }
    }

    /// Once `asked` completes: takes nothing new and waits until the connections may close. `latest` hears when they must.
    pub(crate) async fn when(mut self, asked: impl Future<Output = ()> + Send, latest: oneshot::Sender<Instant>) {
        asked.await;
        self.begun.cancel();
        for service in SERVICES {
            self.health.set_service_status(service, ServingStatus::NotServing).await;
        }
        let deadline = Instant::now() + self.drain;
        // Whoever waits for it is polled beside this.
        let _ = latest.send(deadline + LAST_WORDS);
        tracing::info!(queries = self.queries.active(), "shutting down");
        if tokio::time::timeout_at(deadline, self.quiet()).await.is_err() {
            tracing::warn!(queries = self.queries.active(), "cancelling what did not end in time");
            self.queries.cancel_all();
        }
        // Ends the streams of those who watch, which would keep their connections open.
        for service in SERVICES {
            self.health.clear_service_status(service).await;
        }
    }

    async fn quiet(&self) {
        while self.queries.active() > 0 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Completes at the time that is told; never where none is.
pub(crate) async fn at(latest: oneshot::Receiver<Instant>) {
    match latest.await {
        Ok(time) => tokio::time::sleep_until(time).await,
        Err(_) => std::future::pending().await,
    }
}
