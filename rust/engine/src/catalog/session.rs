//! What one session sees.

use std::fmt;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, Session, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::datasource::TableType;
use datafusion::execution::SessionState;
use indexmap::IndexMap;
use parking_lot::RwLock;
use polybolos_protocol::{Code, Error, Result};

use super::names::{CATALOG, DEFAULT_SCHEMA};
use super::{ObjectName, SharedTables};
use crate::error::{into_datafusion, listed, near_names};
use crate::files::FileTables;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectType {
    Table,
    View,
}

impl fmt::Display for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::View => "view",
        })
    }
}

/// A table or view of a session.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) kind: ObjectType,
    pub(crate) provider: Arc<dyn TableProvider>,
}

/// What to do when the name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replace {
    /// `ALREADY_EXISTS`.
    Refuse,
    /// The new one takes its place.
    Overwrite,
    /// The old one stays.
    Keep,
}

type Tables = IndexMap<String, Entry>;

/// The catalog of one session.
pub(crate) struct SessionCatalog {
    schemas: RwLock<IndexMap<String, Tables>>,
    shared: Arc<SharedTables>,
    files: FileTables,
    /// Opens configured tables when DataFusion asks for them without a session.
    base: Arc<SessionState>,
    objects_max: usize,
    this: Weak<SessionCatalog>,
}

impl SessionCatalog {
    pub(crate) fn new(shared: Arc<SharedTables>, files: FileTables, base: Arc<SessionState>, objects_max: usize) -> Arc<Self> {
        let schemas = RwLock::new(IndexMap::from([(DEFAULT_SCHEMA.to_owned(), Tables::new())]));
        Arc::new_cyclic(|this| Self { schemas, shared, files, base, objects_max, this: Weak::clone(this) })
    }

    /// The table or view of this name.
    pub(crate) async fn find(&self, name: &ObjectName, session: &dyn Session) -> Result<Option<Arc<dyn TableProvider>>> {
        let own = self.schemas.read().get(&name.schema).and_then(|tables| tables.get(&name.name)).map(|entry| Arc::clone(&entry.provider));
        match own {
            Some(table) => Ok(Some(table)),
            None => self.shared.open(name, &self.files, session).await,
        }
    }

    /// The session's own entry of this name.
    pub(crate) fn own(&self, name: &ObjectName) -> Option<Entry> {
        self.schemas.read().get(&name.schema).and_then(|tables| tables.get(&name.name)).cloned()
    }

    /// Whether the session has views: what a name stands for can then be any query.
    pub(crate) fn has_views(&self) -> bool {
        self.schemas.read().values().any(|tables| tables.values().any(|entry| entry.kind == ObjectType::View))
    }

    /// Whether the name is taken.
    pub(crate) fn contains(&self, name: &ObjectName) -> bool {
        self.own(name).is_some() || self.shared.contains(name)
    }

    /// Puts a table or view under a name; false if one was there and stays.
    pub(crate) fn put(&self, name: &ObjectName, entry: Entry, replace: Replace) -> Result<bool> {
        let mut schemas = self.schemas.write();
        let count: usize = schemas.values().map(IndexMap::len).sum();
        let tables = schemas.get_mut(&name.schema).ok_or_else(|| self.no_schema(&name.schema))?;
        match (tables.get(&name.name), replace) {
            (Some(_), Replace::Keep) => return Ok(false),
            (Some(old), Replace::Refuse) => return Err(exists(name, old.kind)),
            (Some(old), Replace::Overwrite) if old.kind != entry.kind => return Err(other_kind(name, old.kind, entry.kind)),
            (None, _) if self.shared.contains(name) && replace == Replace::Refuse => return Err(exists(name, ObjectType::Table)),
            (None, _) if count >= self.objects_max => {
                return Err(Error::new(
                    Code::LimitExceeded,
                    format!("a session holds at most {} tables and views; drop some", self.objects_max),
                ));
            }
            _ => {}
        }
        tables.insert(name.name.clone(), entry);
        Ok(true)
    }

    /// Removes a table or view of the session.
    pub(crate) fn remove(&self, name: &ObjectName, kind: ObjectType, missing_ok: bool) -> Result<bool> {
        let mut schemas = self.schemas.write();
        let tables = schemas.get_mut(&name.schema);
        match tables.as_ref().and_then(|tables| tables.get(&name.name)).map(|entry| entry.kind) {
            Some(found) if found != kind => Err(other_kind(name, found, kind)),
            Some(_) => Ok(tables.and_then(|tables| tables.shift_remove(&name.name)).is_some()),
            None if self.shared.contains(name) => Err(Error::new(
                Code::PermissionDenied,
                format!("table '{name}' belongs to the server's configuration and cannot be dropped"),
            )),
            None if missing_ok => Ok(false),
            None => {
                drop(schemas);
                Err(self.not_found(name))
            }
        }
    }

    /// Makes a schema; false if it was there.
    pub(crate) fn create_schema(&self, name: &str, if_not_exists: bool) -> Result<bool> {
        let mut schemas = self.schemas.write();
        if schemas.contains_key(name) || name == "information_schema" {
            return if if_not_exists { Ok(false) } else { Err(Error::new(Code::AlreadyExists, format!("schema '{name}' exists already"))) };
        }
        if schemas.len() >= self.objects_max {
            return Err(Error::new(Code::LimitExceeded, format!("a session holds at most {} schemas", self.objects_max)));
        }
        schemas.insert(name.to_owned(), Tables::new());
        Ok(true)
    }

    /// Removes a schema, with what is in it if `cascade`.
    pub(crate) fn drop_schema(&self, name: &str, missing_ok: bool, cascade: bool) -> Result<bool> {
        let mut schemas = self.schemas.write();
        match schemas.get(name) {
            _ if name == DEFAULT_SCHEMA => Err(Error::invalid_argument(format!("schema '{DEFAULT_SCHEMA}' cannot be dropped"))),
            None if missing_ok => Ok(false),
            None => Err(self.no_schema(name)),
            Some(tables) if !tables.is_empty() && !cascade => Err(Error::invalid_argument(format!(
                "schema '{name}' holds {} tables or views; drop them, or drop it with CASCADE",
                tables.len()
            ))),
            Some(_) => Ok(schemas.shift_remove(name).is_some()),
        }
    }

    /// `TABLE_NOT_FOUND` with the near names.
    pub(crate) fn not_found(&self, name: &ObjectName) -> Error {
        let names = self.table_names_of(&name.schema);
        let near = near_names(&name.name, names.iter().map(String::as_str));
        let hint = match near.as_slice() {
            [] if names.is_empty() => String::new(),
            [] => format!("; the tables are {}", listed(&names)),
            near => format!("; did you mean {}?", listed(near)),
        };
        Error::new(Code::TableNotFound, format!("no table or view named '{name}'{hint}"))
            .param("name", name.to_string())
            .with_candidates(near)
    }

    /// Drops all that the session holds.
    pub(crate) fn clear(&self) {
        self.schemas.write().clear();
    }

    fn no_schema(&self, name: &str) -> Error {
        Error::new(Code::TableNotFound, format!("there is no schema '{name}'; CREATE SCHEMA makes one"))
    }

    fn table_names_of(&self, schema: &str) -> Vec<String> {
        let mut names: Vec<String> = self.schemas.read().get(schema).map(|tables| tables.keys().cloned().collect()).unwrap_or_default();
        names.extend(self.shared.names(schema));
        names.sort();
        names.dedup();
        names
    }
}

fn exists(name: &ObjectName, kind: ObjectType) -> Error {
    Error::new(Code::AlreadyExists, format!("{kind} '{name}' exists already; drop it, or say to replace it"))
        .param("name", name.to_string())
}

fn other_kind(name: &ObjectName, found: ObjectType, wanted: ObjectType) -> Error {
    Error::invalid_argument(format!("'{name}' is a {found}, not a {wanted}"))
}

impl fmt::Debug for SessionCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCatalog").finish_non_exhaustive()
    }
}

impl CatalogProviderList for SessionCatalog {
    fn register_catalog(&self, _name: String, _catalog: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.to_owned()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        if name == CATALOG { self.this.upgrade().map(|catalog| catalog as Arc<dyn CatalogProvider>) } else { None }
    }
}

impl CatalogProvider for SessionCatalog {
    fn schema_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.schemas.read().keys().cloned().chain(self.shared.schemas()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let known = self.schemas.read().contains_key(name) || self.shared.schemas().iter().any(|schema| schema == name);
        let catalog = self.this.upgrade().filter(|_| known)?;
        Some(Arc::new(SchemaView { catalog, schema: name.to_owned() }))
    }
}

/// One schema, as DataFusion asks for it.
#[derive(Debug)]
struct SchemaView {
    catalog: Arc<SessionCatalog>,
    schema: String,
}

#[async_trait]
impl SchemaProvider for SchemaView {
    fn table_names(&self) -> Vec<String> {
        self.catalog.table_names_of(&self.schema)
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let name = ObjectName { schema: self.schema.clone(), name: name.to_owned() };
        self.catalog.find(&name, self.catalog.base.as_ref()).await.map_err(into_datafusion)
    }

    async fn table_type(&self, name: &str) -> DataFusionResult<Option<TableType>> {
        let name = ObjectName { schema: self.schema.clone(), name: name.to_owned() };
        Ok(match self.catalog.own(&name) {
            Some(entry) if entry.kind == ObjectType::View => Some(TableType::View),
            Some(_) => Some(TableType::Base),
            None => self.catalog.shared.contains(&name).then_some(TableType::Base),
        })
    }

    fn table_exist(&self, name: &str) -> bool {
        self.catalog.contains(&ObjectName { schema: self.schema.clone(), name: name.to_owned() })
    }
}
