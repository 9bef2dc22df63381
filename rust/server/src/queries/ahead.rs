//! Running ahead: the query of a client that polls runs before anybody fetches it.
//!
//! ```text
//!   PollFlightInfo ──► plan ──► run, keeping batches ──┬── the result is whole ───────┐
//!                                                      ├── the shelf is full ─────────┼──► DoGet: what is kept, then the rest
//!                                                      └── somebody fetches it now ───┘
//! ```
//!
//! What is kept is bounded for all queries together, so that results that nobody fetches cannot fill the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arrow::array::RecordBatch;
use futures::{StreamExt, stream};
use polybolos_protocol::Result;
use polybolos_protocol::transport::{BatchStream, QueryStream};

use super::Query;
use super::run::within;

/// The memory for results that wait for their DoGet.
#[derive(Debug, Clone)]
pub(crate) struct Shelf(Arc<AtomicU64>);

/// Memory that one batch takes of the shelf; given back when dropped.
#[derive(Debug)]
struct Place {
    shelf: Arc<AtomicU64>,
    bytes: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shelf.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

impl Shelf {
    /// A shelf for so many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    fn place(&self, bytes: u64) -> Option<Place> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(bytes));
        taken.ok().map(|_| Place { shelf: Arc::clone(&self.0), bytes })
    }

    /// Runs the query as far as its result can be kept; answers the result, whose first batches are there already.
    pub(super) async fn run_ahead(&self, query: &Query, mut result: QueryStream, deadline: Option<Instant>) -> Result<QueryStream> {
        let mut kept = Vec::new();
        let whole = self.fill(query, &mut result, deadline, &mut kept).await?;
        if whole {
            let rows = kept.iter().map(|(batch, _)| batch.num_rows() as u64).sum();
            query.is_whole(rows, kept.iter().map(|(batch, _)| bytes_of(batch)).sum());
        }
        let (schema, handle) = (Arc::clone(result.schema()), result.query());
        // The place of a batch is free as soon as the batch is on its way.
        let first = stream::iter(kept).map(|(batch, _)| Ok(batch));
        let batches: BatchStream = if whole { first.boxed() } else { first.chain(result).boxed() };
        Ok(QueryStream::new(schema, batches, handle))
    }

    /// Takes batches until the result is whole (true), there is no room, or somebody wants it.
    async fn fill(
        &self,
        query: &Query,
        result: &mut QueryStream,
        deadline: Option<Instant>,
        kept: &mut Vec<(RecordBatch, Option<Place>)>,
    ) -> Result<bool> {
        loop {
            let next = tokio::select! {
                biased;
                () = query.wanted() => return Ok(false),
                next = within(query, deadline, result.next()) => next.and_then(Option::transpose)?,
            };
            let Some(batch) = next else { return Ok(true) };
            let place = self.place(bytes_of(&batch));
            let is_full = place.is_none();
            // The batch that does not fit any more is kept all the same: it has been made.
            kept.push((batch, place));
            if is_full {
                return Ok(false);
            }
        }
    }
}

fn bytes_of(batch: &RecordBatch) -> u64 {
    batch.get_array_memory_size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_gives_no_more_than_it_has_and_takes_back_what_it_gave() {
        let shelf = Shelf::new(10);
        let place = shelf.place(8);
        assert!(place.is_some() && shelf.place(3).is_none());
        drop(place);
        assert!(shelf.place(10).is_some());
    }
}
