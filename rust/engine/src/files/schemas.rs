//! Inferred schemas, remembered while the files stay the same.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use datafusion::catalog::Session;
use moka::sync::Cache;
use object_store::{ObjectMeta, ObjectStore};
use polybolos_protocol::{Code, Error, Result};
use sha2::{Digest, Sha256};

use super::ReadFormat;
use crate::error::{OrTranslated, from_datafusion};
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
    match format.reader.infer_schema(session, &store, files).await {
        Ok(schema) => Ok(schema),
        Err(error) if files.len() > 1 => {
            Err(blame(session, &store, storage, format, files).await.unwrap_or_else(|| from_datafusion(error)))
        }
        Err(error) => Err(named(from_datafusion(error), storage, files.first())),
    }
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
        if let Err(error) = format.reader.infer_schema(session, store, std::slice::from_ref(file)).await.translated() {
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
