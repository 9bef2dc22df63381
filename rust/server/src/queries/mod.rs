//! The queries that came through the door: one entry each, from the moment it is accepted until some minutes after its end.

mod admission;
mod ahead;
mod describe;
mod lifecycle;
mod query;
mod run;

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use polybolos_protocol::transport::ExecuteRequest;
use polybolos_protocol::wire::flight::{CancelOutcome, QueryInfo};
use polybolos_protocol::{Code, Error, Result};
use tokio_util::sync::CancellationToken;

use admission::Admission;
pub(crate) use admission::AdmissionLimits;
pub(crate) use ahead::Shelf;
pub(crate) use lifecycle::Phase;
pub(crate) use query::Query;
pub(crate) use run::{Running, cancelled};

use crate::caller::Principal;

const KEPT_AFTER_END: Duration = Duration::from_secs(600);

/// All queries, by principal and operation id.
#[derive(Debug)]
pub(crate) struct Queries {
    admission: Admission,
    table: DashMap<(Principal, String), Arc<Query>>,
    ticket_life: Duration,
    time_max: Option<Duration>,
    shelf: Shelf,
    /// The server is ending and takes no new queries.
    ending: CancellationToken,
}

/// What queries are held to.
#[derive(Debug)]
pub(crate) struct QueryRules {
    pub(crate) admission: AdmissionLimits,
    /// How long a result waits for its DoGet.
    pub(crate) ticket_life: Duration,
    /// How long a query may run.
    pub(crate) time_max: Option<Duration>,
    /// Memory for results that wait for their DoGet.
    pub(crate) shelf: Shelf,
}

impl Queries {
    /// No queries yet; none are taken once `ending` is cancelled.
    pub(crate) fn new(rules: QueryRules, ending: CancellationToken) -> Self {
        let QueryRules { admission, ticket_life, time_max, shelf } = rules;
        Self { admission: Admission::new(admission), table: DashMap::new(), ticket_life, time_max, shelf, ending }
    }

    pub(crate) fn ticket_life(&self) -> Duration {
        self.ticket_life
    }

    /// Enters a query. An operation id that is in use by a query that has not ended is refused.
    fn register(&self, principal: &Principal, request: &ExecuteRequest, two_step: bool) -> Result<Arc<Query>> {
        if self.ending.is_cancelled() {
            return Err(Error::new(Code::Unavailable, "the server is shutting down and takes no new queries; ask again when it is back"));
        }
        let query = Arc::new(Query::new(principal.clone(), request, two_step));
        match self.table.entry((principal.clone(), request.operation_id.clone())) {
            Entry::Occupied(entry) if !entry.get().phase().is_end() => {
                return Err(Error::new(
                    Code::AlreadyExists,
                    "a query of this operation id has not ended yet; cancel it, or choose a new operation id for another query",
                ));
            }
            Entry::Occupied(mut entry) => drop(entry.insert(Arc::clone(&query))),
            Entry::Vacant(entry) => drop(entry.insert(Arc::clone(&query))),
        }
        ::metrics::gauge!("polybolos_queries_active").increment(1.0);
        Ok(query)
    }

    /// The query of this operation id.
    pub(crate) fn get(&self, principal: &Principal, operation_id: &str) -> Option<Arc<Query>> {
        self.table.get(&(principal.clone(), operation_id.to_owned())).map(|query| Arc::clone(&query))
    }

    /// Cancels by operation id or by the engine's query id.
    pub(crate) fn cancel(&self, principal: &Principal, id: &str) -> CancelOutcome {
        let by_engine_id =
            || self.table.iter().find(|query| &query.principal == principal && query.id() == id).map(|query| Arc::clone(&query));
        match self.get(principal, id).or_else(by_engine_id) {
            Some(query) if query.cancel() => CancelOutcome::Cancelled,
            Some(_) => CancelOutcome::AlreadyEnded,
            None => CancelOutcome::NotFound,
        }
    }

    /// The principal's queries, the latest first; those that have ended only where all are wanted.
    pub(crate) fn list(&self, principal: &Principal, all_states: bool) -> Vec<QueryInfo> {
        let wanted = |query: &Query| &query.principal == principal && (all_states || !query.phase().is_end());
        let mut infos: Vec<_> = self.table.iter().filter(|query| wanted(query)).map(|query| query.info()).collect();
        infos.sort_by_key(|info| std::cmp::Reverse(info.started_micros));
        infos
    }

    /// How many have not ended.
    pub(crate) fn active(&self) -> usize {
        self.table.iter().filter(|query| !query.phase().is_end()).count()
    }

    /// Cancels everything, as the server goes.
    pub(crate) fn cancel_all(&self) {
        self.table.iter().for_each(|query| {
            query.cancel();
        });
    }

    /// Forgets what ended a while ago, and cancels tickets that nobody fetched.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        for query in self.table.iter().filter(|query| query.is_stale(now, self.ticket_life)) {
            query.cancel();
        }
        self.table.retain(|_, query| query.ended_at().is_none_or(|ended| now.duration_since(ended) < KEPT_AFTER_END));
    }
}
