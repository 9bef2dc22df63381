//! The functions of the registry, one documented wrapper each.
//!
//! A plain string is the name of a column, except where a function takes a pattern, a unit or a format, which is a string.
//! Arguments that may be left out are `()`.
//!
//! ```
//! use polybolos_client::functions as f;
//!
//! assert_eq!(f::sum("fare").name(), "sum(fare)");
//! assert_eq!(f::count(()).name(), "count(*)");
//! ```

mod generated;

pub use generated::*;
