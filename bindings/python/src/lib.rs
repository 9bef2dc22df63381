//! The native half of the Python package: plans are built by the Rust client, queries run on the embedded engine or over Flight, and
//! data crosses as the Arrow C stream interface only.
//!
//! ```text
//! polybolos (Python: names, types, docstrings, errors)
//!    └─ polybolos._native (this crate: borrow the arguments, call the core, convert the handle, map the error)
//!          ├─ polybolos-client   DataFrame, Expr, Session, Flight
//!          ├─ polybolos-engine   the engine in this process
//!          └─ polybolos-cli      `python -m polybolos`
//! ```
//!
//! Nothing here is public: the Python package wraps each name, and a test fails where it forgets one.

mod arrow_c;
mod build;
mod errors;
mod expr;
mod frame;
mod handle;
mod literal;
mod options;
mod plan;
mod progress;
mod result;
mod runtime;
mod session;
mod types;
mod upload;
mod value;
mod write;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the command line and answers its exit code.
#[pyfunction]
fn run_cli(py: Python<'_>, args: Vec<String>) -> u8 {
    py.detach(|| polybolos_cli::run_from(args))
}

/// The native half of `polybolos`.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(run_cli, module)?)?;
    module.add_function(wrap_pyfunction!(errors::error_codes, module)?)?;
    module.add_class::<expr::Expr>()?;
    module.add_class::<expr::SortKey>()?;
    module.add_class::<frame::Frame>()?;
    module.add_class::<plan::Plan>()?;
    module.add_class::<progress::TerminalBar>()?;
    module.add_class::<result::Batches>()?;
    module.add_class::<result::Stream>()?;
    module.add_class::<result::Task>()?;
    module.add_class::<session::Session>()?;
    module.add_class::<types::Schema>()?;
    module.add_class::<upload::Upload>()?;
    Ok(())
}
