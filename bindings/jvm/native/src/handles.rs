//! What the JVM holds of us: numbers that are never given twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::RwLock;

/// Values by the numbers that were given out for them.
///
/// A call borrows its value with a count of its own, so that closing meanwhile takes nothing from under it.
pub(crate) struct Handles<T>(RwLock<HashMap<i64, Arc<T>>>);

impl<T> Handles<T> {
    pub(crate) fn new() -> Self {
        Self(RwLock::default())
    }

    pub(crate) fn add(&self, value: Arc<T>) -> i64 {
        /// One sequence for all kinds: the number of a session is never that of a query.
        static NEXT: AtomicI64 = AtomicI64::new(1);
        let handle = NEXT.fetch_add(1, Ordering::Relaxed);
        self.0.write().insert(handle, value);
        handle
    }

    pub(crate) fn get(&self, handle: i64) -> Option<Arc<T>> {
        self.0.read().get(&handle).map(Arc::clone)
    }

    pub(crate) fn remove(&self, handle: i64) -> Option<Arc<T>> {
        self.0.write().remove(&handle)
    }

    /// Takes out all values that are meant.
    pub(crate) fn remove_where(&self, meant: impl Fn(&T) -> bool) -> Vec<Arc<T>> {
        self.0.write().extract_if(|_, value| meant(value)).map(|(_, value)| value).collect()
    }
}
