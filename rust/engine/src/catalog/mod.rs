//! The catalog of a session: one catalog, `polybolos`, of schemas (`public` is there from the start) of tables and views.
//!
//! A session sees its own views and tables over those that the engine was configured with; another session sees none of its
//! own. Names are exact; an unqualified name means schema `public`.

mod names;
mod session;
mod shared;

pub(crate) use names::{CATALOG, DEFAULT_SCHEMA, ObjectName};
pub(crate) use session::{Entry, ObjectType, Replace, SessionCatalog};
pub(crate) use shared::SharedTables;
