//! A table over files that looks at the storage again at each scan.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use object_store::ObjectMeta;
use polybolos_protocol::{Error, Result};

use super::{FilesSpec, Found, SchemaCache, near_files};
use crate::error::{OrTranslated, into_datafusion};
use crate::guard;
use crate::storage::Storage;

/// What makes tables over files: the storage, the schemas remembered, the limits.
#[derive(Debug, Clone)]
pub(crate) struct FileTables {
    pub(crate) storage: Storage,
    pub(crate) schemas: SchemaCache,
    pub(crate) files_max: usize,
}

impl FileTables {
    /// A table over the files that the spec means now; later scans look again.
    pub(crate) async fn open(&self, session: &dyn Session, mut spec: FilesSpec) -> Result<FilesTable> {
        if spec.locations.is_empty() {
            return Err(Error::invalid_argument("no path is given to read from"));
        }
        let in_folders = spec.locations.iter().all(|location| location.glob.is_none());
        if spec.partitions.as_ref().is_some_and(|partitions| !partitions.is_empty()) && !in_folders {
            return Err(Error::invalid_argument("partition columns are read from folder names: give the folder above them, not a pattern"));
        }
        let found = self.find(&spec).await?;
        let files: Vec<ObjectMeta> = found.iter().flat_map(|found| found.files.iter().cloned()).collect();
        let partitions = spec.partitions.take().unwrap_or_else(|| partitions_of(&found));
        let schema = match spec.schema.take() {
            Some(schema) => schema,
            None if files.is_empty() => return Err(Error::invalid_argument("a table over an empty folder needs its columns said")),
            None => {
                self.check(&spec, &files).await?;
                self.schemas.infer(session, &self.storage, &spec.format, &files).await?
            }
        };
        let file_schema = without_partitions(&schema, &partitions);
        let options = ListingOptions::new(Arc::clone(&spec.format.reader)).with_table_partition_cols(partitions);
        let shape = listing(session, &options, &file_schema, String::new(), vec![Storage::table_url(&spec_path(&spec), true)?])?;
        let scanned = spec.format.text.as_ref().map_or_else(|| Arc::clone(&file_schema), |text| text.scanned(&file_schema));
        Ok(FilesTable { tables: self.clone(), spec, options, file_schema, scanned, shape })
    }

    async fn find(&self, spec: &FilesSpec) -> Result<Vec<Found>> {
        let mut all = Vec::with_capacity(spec.locations.len());
        for location in &spec.locations {
            let found = Found::find(&self.storage, location, &spec.format, self.files_max).await?;
            if found.files.is_empty() && !spec.may_be_empty {
                return Err(near_files(&self.storage, location).await);
            }
            all.push(found);
        }
        Ok(all)
    }

    /// Some readers believe what a file says of itself; it is checked first.
    async fn check(&self, spec: &FilesSpec, files: &[ObjectMeta]) -> Result<()> {
        if spec.own {
            return Ok(());
        }
        for file in files {
            guard::check_file(&self.storage, file, spec.format.kind).await?;
        }
        Ok(())
    }
}

fn spec_path(spec: &FilesSpec) -> object_store::path::Path {
    spec.locations.first().map(super::Location::path).unwrap_or_default()
}

/// Files, as a table.
#[derive(Clone)]
pub(crate) struct FilesTable {
    tables: FileTables,
    spec: FilesSpec,
    options: ListingOptions,
    file_schema: SchemaRef,
    /// The columns of the files as they are read.
    scanned: SchemaRef,
    /// Answers what does not depend on the files: schema, which filters prune folders.
    shape: Arc<ListingTable>,
}

impl FilesTable {
    /// Where the table's files are, if it is one folder.
    pub(crate) fn spec(&self) -> &FilesSpec {
        &self.spec
    }

    /// The names of the columns that the folder names hold.
    pub(crate) fn partition_columns(&self) -> Vec<String> {
        self.options.table_partition_cols.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The table over the files that are there now; `None` if there are none.
    async fn now(&self, session: &dyn Session) -> Result<Option<Arc<ListingTable>>> {
        let found = self.tables.find(&self.spec).await?;
        let mut urls: Vec<ListingTableUrl> = Vec::new();
        let mut extensions = BTreeSet::new();
        for found in &found {
            self.tables.check(&self.spec, &found.files).await?;
            urls.extend(found.urls()?);
            extensions.insert(found.folder.as_ref().map(|folder| folder.extension.clone()).unwrap_or_default());
        }
        // One ending only where every part of the table agrees on it.
        let extension = if extensions.len() == 1 { extensions.pop_first().unwrap_or_default() } else { String::new() };
        if urls.is_empty() {
            return Ok(None);
        }
        listing(session, &self.options, &self.scanned, extension, urls).map(Some)
    }
}

fn listing(
    session: &dyn Session,
    options: &ListingOptions,
    schema: &SchemaRef,
    extension: String,
    urls: Vec<ListingTableUrl>,
) -> Result<Arc<ListingTable>> {
    let options = options.clone().with_file_extension(extension);
    let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(Arc::clone(schema));
    let table = ListingTable::try_new(config).translated()?;
    Ok(Arc::new(table.with_cache(session.runtime_env().cache_manager.get_file_statistic_cache())))
}

fn without_partitions(schema: &SchemaRef, partitions: &[(String, DataType)]) -> SchemaRef {
    if !schema.fields().iter().any(|field| partitions.iter().any(|(name, _)| name == field.name())) {
        return Arc::clone(schema);
    }
    let kept = schema.fields().iter().filter(|field| !partitions.iter().any(|(name, _)| name == field.name())).cloned();
    Arc::new(Schema::new_with_metadata(kept.collect::<Vec<_>>(), schema.metadata().clone()))
}

/// The `key=value` folders that all files of one folder share, with types that fit all values.
fn partitions_of(found: &[Found]) -> Vec<(String, DataType)> {
    let [Found { files, folder: Some(folder) }] = found else { return Vec::new() };
    let mut rows = files.iter().map(|file| {
        let rest = file.location.as_ref().strip_prefix(folder.path.as_ref()).unwrap_or_default().trim_start_matches('/');
        rest.rsplit_once('/')
            .map_or_else(Vec::new, |(folders, _)| folders.split('/').filter_map(|folder| folder.split_once('=')).collect::<Vec<_>>())
    });
    let Some(first) = rows.next() else { return Vec::new() };
    let names: Vec<&str> = first.iter().map(|(name, _)| *name).collect();
    let mut values: Vec<Vec<&str>> = first.iter().map(|(_, value)| vec![*value]).collect();
    for row in rows {
        if row.len() != names.len() || row.iter().zip(&names).any(|((name, _), expected)| name != expected) {
            return Vec::new();
        }
        for (column, (_, value)) in values.iter_mut().zip(row) {
            column.push(value);
        }
    }
    names.iter().zip(values).map(|(name, values)| ((*name).to_owned(), type_of(&values))).collect()
}

fn type_of(values: &[&str]) -> DataType {
    let integer = |value: &&str| value.parse::<i64>().is_ok_and(|number| number.to_string() == **value);
    let date = |value: &&str| value.len() == 10 && chrono::NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok();
    if values.iter().all(integer) {
        DataType::Int64
    } else if values.iter().all(date) {
        DataType::Date32
    } else {
        DataType::Utf8
    }
}

impl fmt::Debug for FilesTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilesTable").field("spec", &self.spec).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        self.shape.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        match self.now(session).await.map_err(into_datafusion)? {
            Some(table) => match &self.spec.format.text {
                None => table.scan(session, projection, filters, limit).await,
                // Filters speak of the typed columns; they are applied above the scan.
                Some(text) => {
                    let scan = table.scan(session, projection, &[], limit).await?;
                    text.typed(scan, &self.schema(), &self.file_schema, session.config().options())
                }
            },
            None => {
                let schema = datafusion::common::project_schema(&self.schema(), projection)?;
                Ok(Arc::new(datafusion::physical_plan::empty::EmptyExec::new(schema)))
            }
        }
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        if self.spec.format.text.is_some() {
            return Ok(vec![TableProviderFilterPushDown::Unsupported; filters.len()]);
        }
        self.shape.supports_filters_pushdown(filters)
    }
}
