//! The one row that every command answers:
//!
//! | column | type | meaning |
//! | --- | --- | --- |
//! | `rows` | uint64 | rows written; 0 where none were |
//! | `files` | uint64 | files written |
//! | `bytes` | uint64 | bytes of those files, or of the rows kept in memory |
//! | `path` | utf8, may be null | where files were written, or the name of the table, view or setting that changed |

use std::sync::{Arc, LazyLock};

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use polybolos_protocol::Result;

use crate::error::OrTranslated;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let count = |name| Field::new(name, DataType::UInt64, false);
    Arc::new(Schema::new(vec![count("rows"), count("files"), count("bytes"), Field::new("path", DataType::Utf8, true)]))
});

/// What a command did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) rows: u64,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) path: Option<String>,
}

impl Outcome {
    /// A change that wrote no rows.
    pub(crate) fn of(name: impl ToString) -> Self {
        Self { path: Some(name.to_string()), ..Self::default() }
    }

    /// The schema of the row.
    pub(crate) fn schema() -> SchemaRef {
        Arc::clone(&SCHEMA)
    }

    /// The row.
    pub(crate) fn row(&self) -> Result<RecordBatch> {
        let count = |value| Arc::new(UInt64Array::from(vec![value])) as ArrayRef;
        let columns =
            vec![count(self.rows), count(self.files), count(self.bytes), Arc::new(StringArray::from(vec![self.path.clone()])) as ArrayRef];
        RecordBatch::try_new(Self::schema(), columns).translated()
    }
}
