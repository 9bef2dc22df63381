//! Inferred schemas, remembered while the files stay the same.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow_schema::{DataType, Schema, SchemaRef};
use datafusion::catalog::Session;
use futures::FutureExt;
use moka::sync::Cache;
use object_store::{ObjectMeta, ObjectStore};
use polybolos_protocol::{Code, Error, Result};
use sha2::{Digest, Sha256};

use super::{FileKind, ReadFormat};
use crate::error::OrTranslated;
use crate::scan::damaged;
use crate::storage::Storage;

const REMEMBERED: u64 = 10_000;

/// Schemas by format, files, sizes, times and etags.
#[derive(Debug, Clone)]
pub(crate) struct SchemaCache(Cache<[u8; 32], SchemaRef>);

impl SchemaCache {
    pub(crate) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    /// The schema of these files together.
    pub(crate) async fn infer(
        &self,
        session: &dyn Session,
        storage: &Storage,
        format: &ReadFormat,
        files: &[ObjectMeta],
    ) -> Result<SchemaRef> {
        let key = key(format, files);
        if let Some(schema) = self.0.get(&key) {
            return Ok(schema);
        }
        let schema = infer(session, storage, format, files).await?;
        self.0.insert(key, Arc::clone(&schema));
        Ok(schema)
    }
}

fn key(format: &ReadFormat, files: &[ObjectMeta]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(&format.key);
    for file in files {
        hash.update(file.location.as_ref());
        hash.update(file.size.to_le_bytes());
        hash.update(file.last_modified.timestamp_nanos_opt().unwrap_or_default().to_le_bytes());
        hash.update(file.e_tag.as_deref().unwrap_or_default());
        hash.update([0]);
    }
    hash.finalize().into()
}

async fn infer(session: &dyn Session, storage: &Storage, format: &ReadFormat, files: &[ObjectMeta]) -> Result<SchemaRef> {
    let store: Arc<dyn ObjectStore> = Arc::new(storage.clone());
    match infer_caught(session, &store, format, files).await {
        Ok(schema) => Ok(schema),
        Err(error) if files.len() > 1 => Err(blame(session, &store, storage, format, files).await.unwrap_or(error)),
        Err(error) => Err(named(error, storage, files.first())),
    }
}

/// The schema as the reader infers it; a damaged file may make it panic.
async fn infer_caught(session: &dyn Session, store: &Arc<dyn ObjectStore>, format: &ReadFormat, files: &[ObjectMeta]) -> Result<SchemaRef> {
    let inferring = async {
        let schema = format.reader.infer_schema(session, store, files).await?;
        let schema = if format.kind == FileKind::Csv { without_null_type(schema) } else { schema };
        match &format.text {
            Some(text) => text.inferred(session, &format.reader, files, schema).await,
            None => Ok(schema),
        }
    };
    match AssertUnwindSafe(inferring).catch_unwind().await {
        Ok(inferred) => inferred.translated(),
        Err(panic) => Err(damaged(panic.as_ref())),
    }
}

/// A column of which no value was seen is text: the reader would drop the values that come later.
fn without_null_type(schema: SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Null => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

/// The first file whose schema cannot be read alone.
async fn blame(
    session: &dyn Session,
    store: &Arc<dyn ObjectStore>,
    storage: &Storage,
    format: &ReadFormat,
    files: &[ObjectMeta],
) -> Option<Error> {
    for file in files {
        if let Err(error) = infer_caught(session, store, format, std::slice::from_ref(file)).await {
            return Some(named(error, storage, Some(file)));
        }
    }
    None
}

fn named(error: Error, storage: &Storage, file: Option<&ObjectMeta>) -> Error {
    match file {
        Some(file) => in_file(error, &storage.shown(&file.location)),
        None => error,
    }
}

/// The same error, naming the file.
pub(crate) fn in_file(error: Error, file: &str) -> Error {
    if error.params().iter().any(|(key, _)| key == "file" || key == "path") {
        return error;
    }
    let message = format!("{} in file '{file}'", error.message());
    match error.code() {
        // Reading a file as what it is not: readers answer with whatever their parser met first.
        Code::CastFailed | Code::InvalidArgument | Code::Internal | Code::TypeMismatch => {
            Error::new(Code::DataInvalid, message).with_source(error)
        }
        _ => error.reworded(message),
    }
    .param("file", file)
}
