//! Rows into tables: new ones, and those that exist.

use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{StreamExt, TryStreamExt};
use polybolos_protocol::wire::plan::{ColumnMatch, WriteTable};
use polybolos_protocol::{Code, Error, Result};

use super::columns::{aligned, plain_rows};
use super::{FilesWrite, Mode, StoredTable, WriteFormat};
use crate::bind::BoundQuery;
use crate::catalog::{Entry, ObjectName, ObjectType, Replace};
use crate::commands::Outcome;
use crate::context::BindContext;
use crate::error::OrTranslated;
use crate::files::FilesTable;
use crate::output::{self, Output};
use crate::session::{Held, QueryContext};

/// A write to a table, planned.
pub(crate) enum TableWrite {
    /// The table is there and stays as it is.
    Nothing(ObjectName),
    /// A table that the session keeps.
    Create { name: ObjectName, rows: Rows, replace: Replace },
    /// More rows, or other rows, for a table that the session keeps.
    Stored { name: ObjectName, table: Arc<dyn TableProvider>, rows: Rows, replace: bool },
    /// Files in the folder of a table.
    Files { name: ObjectName, write: FilesWrite },
}

/// Planned rows and their public schema.
pub(crate) struct Rows {
    plan: Arc<dyn ExecutionPlan>,
    schema: SchemaRef,
}

impl TableWrite {
    /// Plans a write of a plan.
    pub(crate) async fn plan(
        context: &QueryContext,
        write: &WriteTable,
        query: &BoundQuery,
        overwrite_where: Option<Expr>,
    ) -> Result<Self> {
        let name = ObjectName::of_plan(write.table.as_ref())?;
        let mode = Mode::of_plan(write.mode())?;
        let replaces_table = write.mode() == polybolos_protocol::wire::plan::WriteMode::CreateOrReplace;
        if overwrite_where.is_some() && (mode != Mode::Overwrite || replaces_table) {
            return Err(Error::invalid_argument("overwrite_where belongs to the mode OVERWRITE"));
        }
        if context.session().catalog.contains(&name) && !replaces_table {
            return match mode {
                Mode::Create => Err(exists(&name)),
                Mode::IgnoreIfExists => Ok(Self::Nothing(name)),
                _ => Self::into_existing(context, name, query, write.column_match(), mode, overwrite_where).await,
            };
        }
        if matches!(mode, Mode::Append | Mode::OverwritePartitions) {
            return Err(context.session().catalog.not_found(&name));
        }
        check_new(write)?;
        Self::create(context, name, query, if replaces_table { Replace::Overwrite } else { Replace::Refuse }).await
    }

    /// Plans a new table that the session keeps.
    pub(crate) async fn create(context: &QueryContext, name: ObjectName, query: &BoundQuery, replace: Replace) -> Result<Self> {
        if replace != Replace::Overwrite && context.session().catalog.contains(&name) {
            return if replace == Replace::Keep { Ok(Self::Nothing(name)) } else { Err(exists(&name)) };
        }
        let plan = plain_rows(query, &[])?;
        let mut rows = Rows::plan(context, &plan).await?;
        if !declared(&query.plan) {
            rows.schema = all_nullable(&rows.schema);
        }
        Ok(Self::Create { name, rows, replace })
    }

    /// Plans rows for a table that exists.
    pub(crate) async fn into_existing(
        context: &QueryContext,
        name: ObjectName,
        query: &BoundQuery,
        matching: ColumnMatch,
        mode: Mode,
        overwrite_where: Option<Expr>,
    ) -> Result<Self> {
        let table = context.provider(&name).await?;
        let rows = aligned(query, &table.schema(), matching)?;
        let rows = match overwrite_where {
            Some(condition) => kept_and(&name, &table, condition, rows)?,
            None => rows,
        };
        if table.downcast_ref::<StoredTable>().is_some() {
            if mode == Mode::OverwritePartitions {
                return Err(Error::invalid_argument(format!("table '{name}' has no partitions; use the mode OVERWRITE")));
            }
            let rows = Rows { plan: context.physical(&rows).await?, schema: table.schema() };
            return Ok(Self::Stored { name, table, rows, replace: mode == Mode::Overwrite });
        }
        let Some(files) = table.downcast_ref::<FilesTable>() else {
            return Err(Error::invalid_argument(format!("'{name}' is a view; rows are written to tables")));
        };
        let write = into_files(context, &name, files, &rows, mode).await?;
        Ok(Self::Files { name, write })
    }

    /// Writes.
    pub(crate) async fn run(self, context: &QueryContext) -> Result<Outcome> {
        match self {
            Self::Nothing(name) => Ok(Outcome::of(name)),
            Self::Create { name, rows, replace } => {
                let schema = Arc::clone(&rows.schema);
                let (part, outcome) = rows.hold(context, &name).await?;
                let entry = Entry { kind: ObjectType::Table, provider: Arc::new(StoredTable::new(schema, part)) };
                context.session().catalog.put(&name, entry, replace)?;
                Ok(outcome)
            }
            Self::Stored { name, table, rows, replace } => {
                let (part, outcome) = rows.hold(context, &name).await?;
                let stored = table.downcast_ref::<StoredTable>().ok_or_else(|| Error::internal("a stored table changed its kind"))?;
                if replace {
                    stored.replace(part)
                } else {
                    stored.append(part)
                }
                Ok(outcome)
            }
            Self::Files { name, write } => Ok(Outcome { path: Some(name.to_string()), ..write.run(context).await? }),
        }
    }
}

impl Rows {
    async fn plan(context: &QueryContext, plan: &LogicalPlan) -> Result<Self> {
        let schema = output::schema(plan.schema().as_arrow(), &output::names(plan.schema().as_arrow()))?;
        Ok(Self { plan: context.physical(plan).await?, schema })
    }

    async fn hold(self, context: &QueryContext, name: &ObjectName) -> Result<(Held, Outcome)> {
        let (held, rows, bytes) = hold(context, &self.plan, self.schema).await?;
        Ok((held, Outcome { rows, files: 0, bytes, path: Some(name.to_string()) }))
    }
}

/// Whether the columns were declared (`CREATE TABLE t (a INT NOT NULL)`), not found by a query.
fn declared(plan: &LogicalPlan) -> bool {
    let mut plan = plan;
    while let Some(input) = plan.inputs().first().copied() {
        plan = input;
    }
    matches!(plan, LogicalPlan::EmptyRelation(empty) if !empty.produce_one_row)
}

/// That a query's rows hold no null says nothing about the rows that come later.
fn all_nullable(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| Arc::new(field.as_ref().clone().with_nullable(true)));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Runs a plan and keeps its rows in the session; answers them with their number and bytes.
pub(crate) async fn hold(context: &QueryContext, plan: &Arc<dyn ExecutionPlan>, schema: SchemaRef) -> Result<(Held, u64, u64)> {
    let output = Output::new(Arc::clone(&schema), 0, 0);
    let batches = execute_stream(Arc::clone(plan), Arc::clone(context.task())).translated()?;
    let batches = batches.map_err(crate::error::from_datafusion).and_then(move |batch| std::future::ready(output.convert(&batch)));
    let (held, bytes, rows) = context.session().uploads.hold(schema, batches.boxed()).await?;
    Ok((held, rows, bytes))
}

/// The rows of the table that the condition does not name, and the new ones.
fn kept_and(name: &ObjectName, table: &Arc<dyn TableProvider>, condition: Expr, rows: LogicalPlan) -> Result<LogicalPlan> {
    let kept = LogicalPlanBuilder::scan(name.reference(), provider_as_source(Arc::clone(table)), None)
        .and_then(|scan| scan.filter(condition.is_not_true()));
    kept.and_then(|kept| kept.union(rows)).and_then(LogicalPlanBuilder::build).translated()
}

async fn into_files(context: &QueryContext, name: &ObjectName, files: &FilesTable, rows: &LogicalPlan, mode: Mode) -> Result<FilesWrite> {
    let spec = files.spec();
    let (Some(location), 1) = (spec.locations.first().filter(|location| location.glob.is_none()), spec.locations.len()) else {
        return Err(Error::invalid_argument(format!(
            "table '{name}' reads a pattern or several places; rows are written to a table over one folder"
        )));
    };
    if !location.root.writable() {
        return Err(Error::new(
            Code::PermissionDenied,
            format!("table '{name}' is in the storage root '{}', which is read-only", location.root.name()),
        ));
    }
    let folder = crate::storage::Location { folder: true, ..location.clone() };
    let format = WriteFormat::like(&spec.format, context.state())?;
    let partition_by = files.partition_columns();
    let query = BoundQuery {
        plan: rows.clone(),
        output_names: output::names(rows.schema().as_arrow()),
        observed: Vec::new(),
        warnings: Vec::new(),
    };
    FilesWrite::plan(context, &plain_rows(&query, &partition_by)?, folder, format, partition_by, mode).await
}

fn check_new(write: &WriteTable) -> Result<()> {
    if !matches!(write.provider.as_str(), "" | "memory") {
        return Err(Error::unsupported(format!(
            "a table kept as '{}'; write files and make a table over them with CREATE EXTERNAL TABLE",
            write.provider
        )));
    }
    if let Some(property) = write.properties.first() {
        return Err(Error::invalid_argument(format!("a table that the session keeps has no property '{}'", property.key)));
    }
    if !write.partition_by.is_empty() {
        return Err(Error::invalid_argument("a table that the session keeps has no partitions; write files with partition_by instead"));
    }
    Ok(())
}

fn exists(name: &ObjectName) -> Error {
    Error::new(Code::AlreadyExists, format!("table '{name}' exists already; append to it, overwrite it, or choose another name"))
        .param("name", name.to_string())
}
