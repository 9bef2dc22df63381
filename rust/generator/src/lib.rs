//! The generator: `proto/functions/*.yaml` in, every derived file out.
//!
//! ```text
//! proto/functions/*.yaml ── load ──> Registry ── targets ──> (path, text) ── files ──> written, or compared
//! ```
//!
//! The registry is read strictly: an unknown key, a type that does not exist or an example that does not fit its
//! signature is an error that names file, function and key. A target is a function from the registry to files, so a new
//! language is one more entry in [`targets::all`].

mod check;
mod entry;
mod error;
mod example;
mod files;
mod load;
mod registry;
pub mod targets;
mod types;
mod value;

pub use error::Error;
pub use example::{Example, Frame, Input, Outcome};
pub use files::{Generated, root_above, stale, write};
pub use load::load;
pub use registry::{Area, Arg, EngineName, Function, Kind, Nulls, Registry, Volatility};
pub use types::Type;
pub use value::Value;

/// Renders every target: the complete list of generated files with their contents.
pub fn render(registry: &Registry) -> Vec<Generated> {
    targets::all().iter().flat_map(|target| (target.render)(registry)).collect()
}
