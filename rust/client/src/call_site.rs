//! Where the caller's program made a call: file and line, kept beside each plan node and never sent.
//!
//! In Rust it is the location that `#[track_caller]` gives, for free. A binding for another language says where its own
//! caller stands with [`with`], around the call it makes for it.

use std::cell::RefCell;
use std::panic::Location;
use std::sync::Arc;

use polybolos_protocol::error::CallSite;

thread_local! {
    static FOREIGN: RefCell<Option<Arc<CallSite>>> = const { RefCell::new(None) };
}

/// Runs `call` so that the plan nodes it makes belong to this line of another language's program.
///
/// ```
/// use polybolos_client::{Session, call_site, col};
/// use polybolos_client::protocol::error::CallSite;
///
/// # fn main() -> polybolos_client::Result<()> {
/// let frame = Session::detached().table("trips")?;
/// let site = CallSite { file: "job.py".into(), line: 7 };
/// let error = call_site::with(site, || frame.select(Vec::<polybolos_client::Expr>::new())).unwrap_err();
/// assert_eq!(error.call_site().map(|site| site.line), Some(7));
/// # Ok(())
/// # }
/// ```
pub fn with<T>(site: CallSite, call: impl FnOnce() -> T) -> T {
    let outer = FOREIGN.replace(Some(Arc::new(site)));
    let _restore = Restore(outer);
    call()
}

struct Restore(Option<Arc<CallSite>>);

impl Drop for Restore {
    fn drop(&mut self) {
        let outer = self.0.take();
        let _ = FOREIGN.try_with(|foreign| foreign.replace(outer));
    }
}

/// A call site that costs nothing until it is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Site {
    Rust(&'static Location<'static>),
    Foreign(Arc<CallSite>),
}

impl Site {
    #[track_caller]
    pub(crate) fn caller() -> Self {
        let rust = Location::caller();
        FOREIGN.with_borrow(|foreign| foreign.clone().map_or(Site::Rust(rust), Site::Foreign))
    }

    pub(crate) fn to_call_site(&self) -> CallSite {
        match self {
            Site::Rust(location) => CallSite { file: location.file().to_owned(), line: location.line() },
            Site::Foreign(site) => CallSite::clone(site),
        }
    }
}
