//! Frees long chains of plan nodes and expressions without deep recursion.
//!
//! A DataFrame of 3 000 steps is a chain of 3 000 `Arc`s; dropping the last of them naively recurses 3 000 frames deep, and
//! deeper when subqueries hang on expressions. Every node hands its children over to this queue as it is dropped, and only
//! the outermost drop of a thread works the queue off, so that the stack stays a few frames deep whatever the shape.

use std::cell::RefCell;
use std::sync::Arc;

use crate::expr::Expr;
use crate::frame::Relation;

thread_local! {
    static QUEUE: RefCell<Queue> = const { RefCell::new(Queue { waiting: Vec::new(), draining: false }) };
}

struct Queue {
    waiting: Vec<Owned>,
    draining: bool,
}

/// What a node owned.
#[expect(dead_code, reason = "held only to be dropped")]
pub(crate) enum Owned {
    Exprs(Vec<Expr>),
    Relations(Vec<Arc<Relation>>),
}

/// Drops the value after the node that owned it, never inside the drop of a node deeper down.
pub(crate) fn defer(owned: Owned) {
    let begun = QUEUE.try_with(|queue| {
        let mut queue = queue.borrow_mut();
        queue.waiting.push(owned);
        !std::mem::replace(&mut queue.draining, true)
    });
    if begun.unwrap_or(false) {
        drain();
    }
}

fn drain() {
    while let Ok(Some(next)) = QUEUE.try_with(|queue| queue.borrow_mut().waiting.pop()) {
        drop(next);
    }
    // At thread exit the queue is gone and there is nothing left to reset.
    let _ = QUEUE.try_with(|queue| queue.borrow_mut().draining = false);
}
