//! Tables over files: which files a path means, their format, their schema, and a table that looks again at every scan.
//!
//! ```text
//! paths --locate--> places in roots --find--> files --infer--> schema (remembered while size, time and etag stay the same)
//!                                                 \--> FilesTable: lists again at each scan, so a new file is seen
//! ```
//! Parquet footers and statistics stay in the engine's caches across queries and are checked against each file's size and
//! time before use.

mod csv_text;
mod find;
mod format;
mod schemas;
mod table;

use arrow_schema::{DataType, SchemaRef};

pub(crate) use find::{Found, near_files};
pub(crate) use format::{FileKind, ReadFormat, compression, one_byte, unknown as unknown_format};
pub(crate) use schemas::{SchemaCache, in_file};
pub(crate) use table::{FileTables, FilesTable};

use crate::storage::Location;

/// What to read, as a plan or a DDL statement says it.
#[derive(Debug, Clone)]
pub(crate) struct FilesSpec {
    /// Files, folders, patterns.
    pub(crate) locations: Vec<Location>,
    /// How to read them.
    pub(crate) format: ReadFormat,
    /// The columns in the files; absent: inferred from them.
    pub(crate) schema: Option<SchemaRef>,
    /// Columns that the folder names hold (`year=2024/`); absent: found in the folder names.
    pub(crate) partitions: Option<Vec<(String, DataType)>>,
    /// An empty folder is an empty table (it needs `schema`), not an error.
    pub(crate) may_be_empty: bool,
    /// The engine wrote the files itself: their lengths are right.
    pub(crate) own: bool,
}
