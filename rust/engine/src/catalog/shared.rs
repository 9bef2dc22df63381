//! Tables that the engine was configured with, seen by every session: opened when they are first read, so that an engine starts
//! without touching its storage.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::{Session, TableProvider};
use polybolos_protocol::{Code, Error, Result};
use tokio::sync::OnceCell;

use super::ObjectName;
use super::names::DEFAULT_SCHEMA;
use crate::files::{FileKind, FileTables, FilesSpec, ReadFormat};

/// A table of the configuration.
#[derive(Debug)]
struct Configured {
    path: String,
    format: String,
    open: OnceCell<Arc<dyn TableProvider>>,
}

/// The tables of the configuration, by schema and name.
#[derive(Debug, Default)]
pub(crate) struct SharedTables(BTreeMap<(String, String), Configured>);

impl SharedTables {
    /// Adds a table over files; its name is `name` or `schema.name`.
    pub(crate) fn add(&mut self, name: &str, path: &str, format: &str) -> Result<()> {
        let (schema, name) = name.split_once('.').unwrap_or((DEFAULT_SCHEMA, name));
        FileKind::from_name(format).ok_or_else(|| crate::files::unknown_format(format))?;
        let table = Configured { path: path.to_owned(), format: format.to_owned(), open: OnceCell::new() };
        match self.0.insert((schema.to_owned(), name.to_owned()), table) {
            Some(_) => Err(Error::new(Code::AlreadyExists, format!("the table '{schema}.{name}' is configured twice"))),
            None => Ok(()),
        }
    }

    /// The schemas that hold tables.
    pub(crate) fn schemas(&self) -> Vec<String> {
        let mut schemas: Vec<String> = self.0.keys().map(|(schema, _)| schema.clone()).collect();
        schemas.dedup();
        schemas
    }

    /// The tables of a schema.
    pub(crate) fn names(&self, schema: &str) -> Vec<String> {
        self.0.keys().filter(|(of, _)| of == schema).map(|(_, name)| name.clone()).collect()
    }

    /// Whether the table is configured.
    pub(crate) fn contains(&self, name: &ObjectName) -> bool {
        self.0.contains_key(&(name.schema.clone(), name.name.clone()))
    }

    /// The table, opened now if it was not yet.
    pub(crate) async fn open(
        &self,
        name: &ObjectName,
        tables: &FileTables,
        session: &dyn Session,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(table) = self.0.get(&(name.schema.clone(), name.name.clone())) else { return Ok(None) };
        let open = table.open.get_or_try_init(|| async {
            let location = tables.storage.locate(&table.path, "")?;
            let format = ReadFormat::of_name(&table.format, session)?;
            let spec = FilesSpec { locations: vec![location], format, schema: None, partitions: None, may_be_empty: false, own: false };
            let opened: Arc<dyn TableProvider> = Arc::new(tables.open(session, spec).await?);
            Ok::<_, Error>(opened)
        });
        Ok(Some(Arc::clone(open.await?)))
    }
}
