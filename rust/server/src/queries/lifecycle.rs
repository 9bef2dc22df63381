//! The life of a query as a pure state machine: no clock, no lock, no task.
//!
//! ```text
//!   Accepted ─┬────────────► Planning ─┬────────────────────► Running ──► Finished
//!             └► Queued ────►          ├► Ready ───────────┬►        └──► Failed
//!                   ▲                  └► Ahead ──► Kept ──┤               Cancelled
//!                   └──────────────────────────────────────┘        (from everywhere)
//! ```
//!
//! An event that does not fit the phase changes nothing: a cancel that races with the end loses, and an end comes once.

use polybolos_protocol::wire::flight::QueryState;

/// Where a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// Known, nothing done yet.
    Accepted,
    /// Waits for a slot.
    Queued,
    /// Holds a slot, is being planned.
    Planning,
    /// Planned, waits for its DoGet without a slot.
    Ready,
    /// Holds a slot, runs ahead of its DoGet.
    Ahead,
    /// Ran ahead as far as it may, waits for its DoGet without a slot.
    Kept,
    /// Holds a slot, its batches are on their way.
    Running,
    /// All batches were taken.
    Finished,
    /// Ended with an error.
    Failed,
    /// Ended because somebody said so, or nobody was there to take its batches.
    Cancelled,
}

/// What happens to a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Queue,
    Plan,
    Planned,
    RunAhead,
    Keep,
    Start,
    Finish,
    Fail,
    Cancel,
}

impl Phase {
    /// The phase after this event; nothing where the event does not fit.
    pub(crate) fn after(self, event: Event) -> Option<Self> {
        match (self, event) {
            (ended, _) if ended.is_end() => None,
            (_, Event::Cancel) => Some(Self::Cancelled),
            (_, Event::Fail) => Some(Self::Failed),
            (Self::Accepted | Self::Ready | Self::Kept, Event::Queue) => Some(Self::Queued),
            (Self::Accepted | Self::Queued, Event::Plan) => Some(Self::Planning),
            (Self::Planning, Event::Planned) => Some(Self::Ready),
            (Self::Planning, Event::RunAhead) => Some(Self::Ahead),
            (Self::Ahead, Event::Keep) => Some(Self::Kept),
            (Self::Planning | Self::Queued | Self::Ready | Self::Kept, Event::Start) => Some(Self::Running),
            (Self::Running, Event::Finish) => Some(Self::Finished),
            _ => None,
        }
    }

    /// Whether nothing can happen any more.
    pub(crate) fn is_end(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Cancelled)
    }

    /// Whether the plan is still to come.
    pub(crate) fn is_planning(self) -> bool {
        matches!(self, Self::Accepted | Self::Queued | Self::Planning)
    }

    /// Whether it waits for a DoGet, or will.
    pub(crate) fn is_before_reading(self) -> bool {
        self.is_planning() || matches!(self, Self::Ready | Self::Ahead | Self::Kept)
    }

    /// What clients see.
    pub(crate) fn state(self) -> QueryState {
        match self {
            Self::Accepted | Self::Queued => QueryState::Queued,
            Self::Planning | Self::Ready => QueryState::Planning,
            Self::Ahead | Self::Kept | Self::Running => QueryState::Running,
            Self::Finished => QueryState::Finished,
            Self::Failed => QueryState::Failed,
            Self::Cancelled => QueryState::Cancelled,
        }
    }

    /// The label of metrics and logs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Planning => "planning",
            Self::Ready => "ready",
            Self::Ahead => "ahead",
            Self::Kept => "kept",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

    const EVENTS: [Event; 9] =
        [Event::Queue, Event::Plan, Event::Planned, Event::RunAhead, Event::Keep, Event::Start, Event::Finish, Event::Fail, Event::Cancel];

    fn run(events: impl IntoIterator<Item = Event>) -> Vec<Phase> {
        let mut phases = vec![Phase::Accepted];
        for event in events {
            phases.extend(phases.last().and_then(|phase| phase.after(event)));
        }
        phases
    }

    #[test]
    fn a_single_step_query_is_planned_and_run_on_one_slot() {
        assert_eq!(run([Event::Plan, Event::Start, Event::Finish]), [Phase::Accepted, Phase::Planning, Phase::Running, Phase::Finished]);
    }

    #[test]
    fn a_ticket_waits_without_a_slot_and_may_queue_again() {
        let phases = run([Event::Queue, Event::Plan, Event::Planned, Event::Queue, Event::Start, Event::Finish]);
        assert_eq!(phases, [Phase::Accepted, Phase::Queued, Phase::Planning, Phase::Ready, Phase::Queued, Phase::Running, Phase::Finished]);
    }

    #[test]
    fn a_query_that_ran_ahead_waits_without_a_slot_until_it_is_read() {
        let phases = run([Event::Plan, Event::RunAhead, Event::Start, Event::Keep, Event::Start, Event::Finish]);
        assert_eq!(phases, [Phase::Accepted, Phase::Planning, Phase::Ahead, Phase::Kept, Phase::Running, Phase::Finished]);
    }

    #[test]
    fn random_events_end_a_query_at_most_once_and_never_revive_it() {
        let mut random = StdRng::seed_from_u64(0x706f_6c79);
        for round in 0..100_000 {
            let length = random.random_range(0..12);
            let events: Vec<_> = (0..length).map(|_| EVENTS[random.random_range(0..EVENTS.len())]).collect();
            let phases = run(events.iter().copied());
            let ends = phases.iter().filter(|phase| phase.is_end()).count();
            assert!(ends <= 1, "round {round}: {events:?} gave {phases:?}");
            assert!(ends == 0 || phases.last().is_some_and(|phase| phase.is_end()), "round {round}: {events:?} gave {phases:?}");
            let finished = phases.windows(2).filter(|pair| pair[1] == Phase::Finished).all(|pair| pair[0] == Phase::Running);
            assert!(finished, "round {round}: {events:?} gave {phases:?}");
        }
        let _ = random.next_u32();
    }
}
