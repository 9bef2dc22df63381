//! The tables that one text sees: the relations that it was given as inputs, files that it names in quotes, and the session's
//! catalog below them.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::{TableType, ViewTable};
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Sql;
use polybolos_protocol::{Code, Error, Result};

use crate::catalog::{CATALOG, DEFAULT_SCHEMA, ObjectName, SessionCatalog};
use crate::context::BindContext;
use crate::error::OrTranslated;
use crate::files::{FileKind, FilesSpec, ReadFormat};
use crate::session::QueryContext;

/// Tables of `information_schema` that tell more than a session may know.
const WITHHELD: [&str; 1] = ["df_settings"];

/// A state that sees what the text names, if that is more than the session's catalog.
pub(super) async fn visible(
    context: &QueryContext,
    statement: &Statement,
    inputs: &[(String, LogicalPlan)],
) -> Result<Option<SessionState>> {
    let mut extra: HashMap<String, Arc<dyn TableProvider>> = HashMap::new();
    for (name, plan) in inputs {
        extra.insert(name.clone(), Arc::new(ViewTable::new(plan.clone(), None)));
    }
    // Of a SHOW, DataFusion names all of `information_schema`; it reads what the statement is about, never the settings.
    let names_more_than_it_reads = is_show(statement);
    for reference in context.state().resolve_table_references(statement).translated()? {
        if !names_more_than_it_reads {
            check(&reference)?;
        }
        if reference.schema() == Some("information_schema") {
            context.list_functions();
        }
        if let Some(table) = input(&extra, &reference) {
            extra.insert(reference.table().to_owned(), table);
        } else if let Some(file) = file(context, &reference).await? {
            extra.insert(reference.table().to_owned(), file);
        }
    }
    if extra.is_empty() {
        return Ok(None);
    }
    let mut state = context.state().clone();
    state.register_catalog_list(Arc::new(Overlay { extra: Arc::new(extra), below: Arc::clone(&context.session().catalog) }));
    Ok(Some(state))
}

/// Whether this is a SHOW, or the EXPLAIN of one.
fn is_show(statement: &Statement) -> bool {
    match statement {
        Statement::Statement(sql) => is_sql_show(sql),
        Statement::Explain(explain) => is_show(&explain.statement),
        _ => false,
    }
}

fn is_sql_show(sql: &Sql) -> bool {
    match sql {
        Sql::Explain { statement, .. } => is_sql_show(statement),
        _ => matches!(sql, Sql::ShowTables { .. } | Sql::ShowColumns { .. } | Sql::ShowFunctions { .. } | Sql::ShowCreate { .. }),
    }
}

/// Refuses a plan that reads what is withheld, whatever way it came there: DataFusion turns a SHOW into text of its own, with the user's
/// words in it.
pub(super) fn check_plan(plan: &LogicalPlan) -> Result<()> {
    let mut checked = Ok(());
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            checked = check(&scan.table_name);
        }
        Ok(if checked.is_ok() { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    walked.translated()?;
    checked
}

/// `information_schema` finds its tables in any case of letters.
fn check(reference: &TableReference) -> Result<()> {
    let is_withheld = WITHHELD.iter().any(|name| reference.table().eq_ignore_ascii_case(name));
    if is_withheld && reference.schema().is_some_and(|schema| schema.eq_ignore_ascii_case("information_schema")) {
        return Err(Error::new(
            Code::SqlNotAllowed,
            format!("information_schema.{} is not open to sessions; SHOW ALL lists the session's options", reference.table()),
        ));
    }
    Ok(())
}

/// An input under the very name, or under the only name that differs in case alone.
fn input(inputs: &HashMap<String, Arc<dyn TableProvider>>, reference: &TableReference) -> Option<Arc<dyn TableProvider>> {
    let TableReference::Bare { table } = reference else { return None };
    if let Some(input) = inputs.get(table.as_ref()) {
        return Some(Arc::clone(input));
    }
    let mut alike = inputs.iter().filter(|(name, _)| name.eq_ignore_ascii_case(table));
    let (_, first) = alike.next()?;
    alike.next().is_none().then(|| Arc::clone(first))
}

/// `FROM 'trips/*.parquet'`: a name that is no table and looks like a path.
async fn file(context: &QueryContext, reference: &TableReference) -> Result<Option<Arc<dyn TableProvider>>> {
    let TableReference::Bare { table } = reference else { return Ok(None) };
    let extension = table.as_ref().rsplit_once('.').map(|(_, extension): (&str, &str)| extension.to_ascii_lowercase());
    let kind = extension.filter(|extension| FileKind::from_name(extension).is_some());
    if kind.is_none() && !is_path(table) {
        return Ok(None);
    }
    if context.session().catalog.contains(&ObjectName { schema: DEFAULT_SCHEMA.to_owned(), name: table.to_string() }) {
        return Ok(None);
    }
    let tables = &context.session().core.files;
    let location = tables.storage.locate(table, "")?;
    let Some(kind) = kind else { return Err(no_format(table)) };
    let spec = FilesSpec {
        locations: vec![location],
        format: ReadFormat::of_name(&kind, context.state())?,
        schema: None,
        partitions: None,
        may_be_empty: false,
        own: false,
    };
    Ok(Some(Arc::new(tables.open(context.state(), spec).await?)))
}

/// Whether a name can only be meant as a path.
fn is_path(name: &str) -> bool {
    name.contains("://") || ["/", "./", "../"].iter().any(|start| name.starts_with(start))
}

fn no_format(path: &str) -> Error {
    let message = format!(
        "the name '{path}' does not tell the format of the file: end it in .parquet, .csv, .json, .arrow or .avro, or say the format with \
         CREATE EXTERNAL TABLE ... STORED AS ... LOCATION '{path}'"
    );
    Error::invalid_argument(message).param("path", path)
}

/// `TABLE_NOT_FOUND` with the near names.
pub(super) fn not_found(context: &QueryContext, name: &str) -> Error {
    context.session().catalog.not_found(&ObjectName { schema: DEFAULT_SCHEMA.to_owned(), name: name.to_owned() })
}

/// The session's catalog with more tables in its default schema.
#[derive(Debug, Clone)]
struct Overlay {
    extra: Arc<HashMap<String, Arc<dyn TableProvider>>>,
    below: Arc<SessionCatalog>,
}

impl CatalogProviderList for Overlay {
    fn register_catalog(&self, _name: String, _catalog: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        CatalogProviderList::catalog_names(self.below.as_ref())
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        if name == CATALOG { Some(Arc::new(self.clone())) } else { None }
    }
}

impl CatalogProvider for Overlay {
    fn schema_names(&self) -> Vec<String> {
        self.below.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let below = self.below.schema(name)?;
        if name == DEFAULT_SCHEMA { Some(Arc::new(OverlaySchema { extra: Arc::clone(&self.extra), below })) } else { Some(below) }
    }
}

#[derive(Debug)]
struct OverlaySchema {
    extra: Arc<HashMap<String, Arc<dyn TableProvider>>>,
    below: Arc<dyn SchemaProvider>,
}

#[async_trait]
impl SchemaProvider for OverlaySchema {
    fn table_names(&self) -> Vec<String> {
        self.below.table_names()
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        match self.extra.get(name) {
            Some(table) => Ok(Some(Arc::clone(table))),
            None => self.below.table(name).await,
        }
    }

    async fn table_type(&self, name: &str) -> DataFusionResult<Option<TableType>> {
        self.below.table_type(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.extra.contains_key(name) || self.below.table_exist(name)
    }
}
