//! Handles to things that belong to one process.
//!
//! After a fork the child has copies of sessions and streams whose threads and sockets it does not have. Using one there is an
//! error that says so; dropping one there does nothing, because shutting down threads that do not exist would wait for ever.

use std::mem::ManuallyDrop;

use polybolos_protocol::{Code, Error, Result};

/// A value that only the process that made it uses and drops.
pub(crate) struct Owned<T> {
    process: u32,
    value: ManuallyDrop<T>,
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { process: std::process::id(), value: ManuallyDrop::new(value) }
    }

    /// The value, in the process that made it.
    pub(crate) fn get(&self) -> Result<&T> {
        if self.is_ours() { Ok(&self.value) } else { Err(forked()) }
    }

    fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if self.is_ours() {
            // SAFETY: the value is dropped nowhere else, and self is gone after this.
            #[expect(unsafe_code, reason = "ManuallyDrop is how a drop is left out")]
            unsafe {
                ManuallyDrop::drop(&mut self.value);
            }
        }
    }
}

fn forked() -> Error {
    Error::new(Code::SessionNotFound, "the session was opened before this process was forked; open one here with pb.connect()")
}
