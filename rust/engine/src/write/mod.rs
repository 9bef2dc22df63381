//! Writing: rows to files, to tables, to the session's memory.
//!
//! Files are made under a hidden name first and appear under their own at the end, by renames: a reader, a crash or a cancel
//! never leaves a part of them. On object stores each file appears as a whole, with a name that no other write takes.
//!
//! ```text
//! rows --columns--> --sink--> .polybolos-<id>/part files --publish--> out/
//! ```

mod columns;
mod encode;
mod files;
mod format;
mod publish;
mod sink;
mod stored;
mod tables;

pub(crate) use columns::{named, plain_rows};
pub(crate) use files::FilesWrite;
pub(crate) use format::{WriteFormat, csv_of, json_of, none_left, options_of};
pub(crate) use publish::Mode;
pub(crate) use stored::StoredTable;
pub(crate) use tables::{TableWrite, hold};
