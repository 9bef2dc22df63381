//! Admission: so many queries at once, so many of one principal, a bounded queue behind them, and an honest no.
//!
//! The queue is first come, first served, but passes over a principal that has all its slots taken.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use polybolos_protocol::{Code, Error, Result};
use tokio::sync::oneshot;

use crate::caller::Principal;

const RETRY_AFTER_MILLIS: u64 = 1_000;

/// How many may run and wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdmissionLimits {
    pub(crate) running_max: usize,
    pub(crate) running_per_principal_max: usize,
    pub(crate) queue_max: usize,
    pub(crate) wait_max: Duration,
}

/// The desk at which queries ask for a slot.
#[derive(Debug, Clone)]
pub(crate) struct Admission(Arc<Desk>);

#[derive(Debug)]
struct Desk {
    limits: AdmissionLimits,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    running: usize,
    running_by: HashMap<Principal, usize>,
    queue: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    principal: Principal,
    grant: oneshot::Sender<Slot>,
}

/// The right to use the engine; given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    desk: Arc<Desk>,
    principal: Principal,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.desk.leave(&self.principal);
    }
}

impl Admission {
    pub(crate) fn new(limits: AdmissionLimits) -> Self {
        Self(Arc::new(Desk { limits, book: Mutex::default() }))
    }

    /// A slot at once, if there is one.
    pub(crate) fn try_enter(&self, principal: &Principal) -> Option<Slot> {
        let mut book = self.0.book.lock();
        book.queue.retain(|waiting| !waiting.grant.is_closed());
        let free = book.queue.is_empty() && book.has_room(&self.0.limits, principal);
        free.then(|| {
            book.enter(principal);
            self.0.slot(principal)
        })
    }

    /// A slot, perhaps after waiting; `OVERLOADED` where the queue is full or the wait is too long.
    pub(crate) async fn enter(&self, principal: &Principal) -> Result<Slot> {
        let granted = {
            let mut book = self.0.book.lock();
            book.queue.retain(|waiting| !waiting.grant.is_closed());
            if book.queue.len() >= self.0.limits.queue_max {
                return Err(overloaded("the queue of queries is full"));
            }
            let (grant, granted) = oneshot::channel();
            book.queue.push_back(Waiting { principal: principal.clone(), grant });
            granted
        };
        self.0.serve();
        match tokio::time::timeout(self.0.limits.wait_max, granted).await {
            Ok(Ok(slot)) => Ok(slot),
            _ => Err(overloaded("the query waited too long for its turn")),
        }
    }
}

impl Desk {
    fn slot(self: &Arc<Self>, principal: &Principal) -> Slot {
        Slot { desk: Arc::clone(self), principal: principal.clone() }
    }

    fn leave(self: &Arc<Self>, principal: &Principal) {
        self.book.lock().leave(principal);
        self.serve();
    }

    /// Grants free slots to those who wait. A grant that nobody takes any more comes back by its drop.
    fn serve(self: &Arc<Self>) {
        while let Some(waiting) = self.next() {
            // The slot of a waiter that has gone is dropped here, outside the lock, and serves the next one itself.
            let _ = waiting.grant.send(self.slot(&waiting.principal));
        }
    }

    /// By itself, so that the lock is given back before the loop's body.
    fn next(&self) -> Option<Waiting> {
        self.book.lock().next(&self.limits)
    }
}

impl Book {
    fn has_room(&self, limits: &AdmissionLimits, principal: &Principal) -> bool {
        let own = self.running_by.get(principal).copied().unwrap_or(0);
        self.running < limits.running_max && own < limits.running_per_principal_max
    }

    fn enter(&mut self, principal: &Principal) {
        self.running += 1;
        *self.running_by.entry(principal.clone()).or_default() += 1;
    }

    fn leave(&mut self, principal: &Principal) {
        self.running = self.running.saturating_sub(1);
        if let Some(own) = self.running_by.get_mut(principal) {
            *own -= 1;
            if *own == 0 {
                self.running_by.remove(principal);
            }
        }
    }

    fn next(&mut self, limits: &AdmissionLimits) -> Option<Waiting> {
        let position = self.queue.iter().position(|waiting| self.has_room(limits, &waiting.principal))?;
        let waiting = self.queue.remove(position)?;
        self.enter(&waiting.principal);
        Some(waiting)
    }
}

fn overloaded(why: &str) -> Error {
    Error::new(Code::Overloaded, format!("{why}; try again later")).retry_after(RETRY_AFTER_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(running: usize, own: usize, queue: usize, wait_millis: u64) -> Admission {
        let limits = AdmissionLimits {
            running_max: running,
            running_per_principal_max: own,
            queue_max: queue,
            wait_max: Duration::from_millis(wait_millis),
        };
        Admission::new(limits)
    }

    #[tokio::test]
    async fn a_full_queue_is_refused_with_advice_to_retry() {
        let (desk, ada) = (desk(1, 1, 0, 1_000), Principal::named("ada"));
        let _slot = desk.try_enter(&ada);
        let error = desk.enter(&ada).await.map(|_| ()).err();
        assert_eq!(error.as_ref().map(|e| (e.code(), e.retry_after_millis())), Some((Code::Overloaded, RETRY_AFTER_MILLIS)));
    }

    #[tokio::test]
    async fn a_wait_that_is_too_long_is_refused_and_leaves_nothing_behind() {
        let (desk, ada) = (desk(1, 1, 4, 20), Principal::named("ada"));
        let slot = desk.try_enter(&ada);
        assert_eq!(desk.enter(&ada).await.map(|_| ()).map_err(|e| e.code()), Err(Code::Overloaded));
        drop(slot);
        assert!(desk.try_enter(&ada).is_some());
    }

    #[tokio::test]
    async fn a_principal_with_all_its_slots_does_not_hold_up_another() {
        let desk = desk(2, 1, 4, 5_000);
        let (ada, bob) = (Principal::named("ada"), Principal::named("bob"));
        let slot = desk.try_enter(&ada);
        let waiting = tokio::spawn({
            let (desk, ada) = (desk.clone(), ada.clone());
            async move { desk.enter(&ada).await }
        });
        while desk.0.book.lock().queue.is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(desk.enter(&bob).await.is_ok());
        drop(slot);
        assert!(waiting.await.is_ok_and(|slot| slot.is_ok()));
    }

    #[tokio::test]
    async fn slots_are_conserved_when_waiters_vanish() {
        let (desk, ada) = (desk(1, 1, 8, 5_000), Principal::named("ada"));
        let slot = desk.try_enter(&ada);
        for _ in 0..4 {
            let waiting = desk.enter(&ada);
            let _ = tokio::time::timeout(Duration::from_millis(1), waiting).await;
        }
        drop(slot);
        assert!(desk.try_enter(&ada).is_some());
        assert_eq!(desk.0.book.lock().running, 0);
    }
}
