//! SQL statements, as commands: those that answer rows do so, the others answer the row of a command.

use std::sync::Arc;

use arrow_schema::{DataType, SchemaRef};
use datafusion::logical_expr::dml::{CopyTo, InsertOp};
use datafusion::logical_expr::{CreateExternalTable, CreateMemoryTable, CreateView, DdlStatement, DmlStatement, LogicalPlan, WriteOp};
use polybolos_protocol::wire::plan::{ColumnMatch, SqlCommand, expression};
use polybolos_protocol::{Code, Error, Result};

use super::{Command, Outcome, Work, objects, prepared};
use crate::bind::BoundQuery;
use crate::catalog::{Entry, ObjectName, ObjectType, Replace};
use crate::context::BindContext;
use crate::files::{FileKind, FilesSpec, ReadFormat, unknown_format};
use crate::output;
use crate::session::QueryContext;
use crate::sql::{self, Allowed, Kind, Parameters};
use crate::write::{FilesWrite, Mode, TableWrite, WriteFormat, csv_of, json_of, none_left, options_of, plain_rows};

/// Plans a statement.
pub(super) async fn prepare(context: &QueryContext, command: &SqlCommand, fingerprint: Vec<u8>) -> Result<Work> {
    if !matches!(command.dialect.as_str(), "" | "datafusion") {
        return Err(Error::unsupported(format!("the SQL dialect '{}'; this engine speaks 'datafusion'", command.dialect)));
    }
    let (text, values) = (&command.text, values(command)?);
    let Allowed { statement, kind } = sql::allowed(context, text)?;
    match kind {
        Kind::Rows | Kind::ShowOption(_) => {
            let plan = sql::query(context, text, &[], &values).await?;
            let plan = sql::explained(context, plan).await?;
            prepared(context, whole(plan), 0, fingerprint).await.map(Work::Rows)
        }
        Kind::Set { option, value, .. } => Ok(Work::Command(set(option, value))),
        Kind::Command(_) => {
            let plan = sql::plan(context, text, statement, &[], &values).await?;
            change(context, plan).await.map(Work::Command)
        }
    }
}

/// The query of a statement that answers rows.
pub(crate) async fn query(context: &QueryContext, command: &SqlCommand) -> Result<Option<BoundQuery>> {
    match sql::allowed(context, &command.text)?.kind {
        Kind::Rows | Kind::ShowOption(_) => sql::query(context, &command.text, &[], &values(command)?).await.map(whole).map(Some),
        _ => Ok(None),
    }
}

/// The values of `$1`, `$2` and so on, which the binder has put in the place of the arguments.
fn values(command: &SqlCommand) -> Result<Parameters> {
    let literals = command.positional_args.iter().filter_map(|arg| match &arg.kind {
        Some(expression::Kind::Literal(literal)) => Some(literal.clone()),
        _ => None,
    });
    Parameters::of_plan(&literals.collect::<Vec<_>>(), &[])
}

/// A plan whose columns keep their names.
fn whole(plan: LogicalPlan) -> BoundQuery {
    BoundQuery { output_names: output::names(plan.schema().as_arrow()), plan, observed: Vec::new(), warnings: Vec::new() }
}

fn set(option: String, value: Option<String>) -> Command {
    Command::now(move |context| {
        let option = if matches!(option.as_str(), "timezone" | "time.zone") { "time_zone".to_owned() } else { option };
        context.session().set_options(&[(option.clone(), value.unwrap_or_default())])?;
        Ok(Outcome::of(option))
    })
}

async fn change(context: &QueryContext, plan: LogicalPlan) -> Result<Command> {
    match plan {
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(create)) => external_table(context, *create).await,
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(create)) => memory_table(context, create).await,
        LogicalPlan::Ddl(DdlStatement::CreateView(create)) => view(create),
        LogicalPlan::Ddl(DdlStatement::CreateCatalogSchema(create)) => {
            let (name, if_not_exists) = (schema_name(&create.schema_name)?, create.if_not_exists);
            Ok(Command::now(move |context| context.session().catalog.create_schema(&name, if_not_exists).map(|_| Outcome::of(name))))
        }
        LogicalPlan::Ddl(DdlStatement::DropTable(drop)) => {
            Ok(objects::drop_entry(ObjectName::of_sql(&drop.name)?, ObjectType::Table, drop.if_exists))
        }
        LogicalPlan::Ddl(DdlStatement::DropView(drop)) => {
            Ok(objects::drop_entry(ObjectName::of_sql(&drop.name)?, ObjectType::View, drop.if_exists))
        }
        LogicalPlan::Ddl(DdlStatement::DropCatalogSchema(drop)) => {
            let (name, if_exists, cascade) = (schema_name(&drop.name.to_string())?, drop.if_exists, drop.cascade);
            Ok(Command::now(move |context| context.session().catalog.drop_schema(&name, if_exists, cascade).map(|_| Outcome::of(name))))
        }
        LogicalPlan::Dml(insert) => self::insert(context, insert).await.map(Command::table),
        LogicalPlan::Copy(copy) => self::copy(context, copy).await.map(Command::files),
        other => Err(Error::new(Code::SqlNotAllowed, format!("a session may not run: {}", other.display()))),
    }
}

/// `schema` or `polybolos.schema`.
fn schema_name(name: &str) -> Result<String> {
    let name = name.strip_prefix(crate::catalog::CATALOG).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
    match name.contains('.') || name.is_empty() {
        true => Err(Error::invalid_argument(format!("'{name}' cannot name a schema"))),
        false => Ok(name.to_owned()),
    }
}

fn replace(or_replace: bool, if_not_exists: bool) -> Replace {
    match (or_replace, if_not_exists) {
        (true, _) => Replace::Overwrite,
        (_, true) => Replace::Keep,
        _ => Replace::Refuse,
    }
}

fn view(create: CreateView) -> Result<Command> {
    let query = whole(Arc::unwrap_or_clone(create.input));
    let name = ObjectName::of_sql(&create.name)?;
    Ok(objects::put_view(name, crate::write::named(&query)?, replace(create.or_replace, false), create.definition))
}

async fn memory_table(context: &QueryContext, create: CreateMemoryTable) -> Result<Command> {
    let name = ObjectName::of_sql(&create.name)?;
    if !create.column_defaults.is_empty() {
        return Err(Error::unsupported("default values of columns"));
    }
    let replace = replace(create.or_replace, create.if_not_exists);
    TableWrite::create(context, name, &whole(Arc::unwrap_or_clone(create.input)), replace).await.map(Command::table)
}

async fn insert(context: &QueryContext, insert: DmlStatement) -> Result<TableWrite> {
    let mode = match insert.op {
        WriteOp::Insert(InsertOp::Append) => Mode::Append,
        WriteOp::Insert(InsertOp::Overwrite) => Mode::Overwrite,
        other => {
            return Err(Error::new(
                Code::SqlNotAllowed,
                format!("{other} is not allowed; rows are added by INSERT INTO and replaced by INSERT OVERWRITE"),
            ));
        }
    };
    // DataFusion has put the rows into the order of the table's columns.
    let rows = whole(Arc::unwrap_or_clone(insert.input));
    TableWrite::into_existing(context, ObjectName::of_sql(&insert.table_name)?, &rows, ColumnMatch::ByPosition, mode, None).await
}

async fn copy(context: &QueryContext, copy: CopyTo) -> Result<FilesWrite> {
    let mut options = options_of(&copy.options);
    let profile = take(&mut options, "storage_profile").unwrap_or_default();
    let mode = take(&mut options, "mode").map_or(Ok(Mode::Create), |mode| Mode::of_name(&mode))?;
    let target = context.session().core.files.storage.locate_writable(&copy.output_url, &profile)?;
    let kind = copy.file_type.get_ext();
    let format = WriteFormat::of_name(&kind, &options, context.state())?;
    let rows = plain_rows(&whole(Arc::unwrap_or_clone(copy.input)), &copy.partition_by)?;
    FilesWrite::plan(context, &rows, target, format, copy.partition_by, mode).await
}

fn take(options: &mut Vec<(String, String)>, key: &str) -> Option<String> {
    let at = options.iter().position(|(name, _)| name == key)?;
    Some(options.remove(at).1)
}

async fn external_table(context: &QueryContext, create: CreateExternalTable) -> Result<Command> {
    if create.unbounded || !create.order_exprs.is_empty() || !create.column_defaults.is_empty() {
        return Err(Error::unsupported("CREATE EXTERNAL TABLE with UNBOUNDED, WITH ORDER or DEFAULT"));
    }
    let name = ObjectName::of_sql(&create.name)?;
    let mut options = options_of(&create.options);
    let profile = take(&mut options, "storage_profile").unwrap_or_default();
    let storage = &context.session().core.files.storage;
    let locations = create.locations.iter().map(|location| storage.locate(location, &profile)).collect::<Result<Vec<_>>>()?;
    let declared = (!create.schema.fields().is_empty()).then(|| Arc::new(create.schema.as_arrow().clone()));
    let spec = FilesSpec {
        locations,
        format: external_format(&create.file_type, &options, context)?,
        partitions: partitions(&create.table_partition_cols, declared.as_ref())?,
        may_be_empty: declared.is_some(),
        schema: declared,
        own: false,
    };
    let table = Arc::new(context.session().core.files.open(context.state(), spec).await?);
    let replace = replace(create.or_replace, create.if_not_exists);
    Ok(Command::now(move |context| {
        let entry = Entry { kind: ObjectType::Table, provider: table };
        context.session().catalog.put(&name, entry, replace)?;
        Ok(Outcome::of(name))
    }))
}

fn external_format(name: &str, options: &[(String, String)], context: &QueryContext) -> Result<ReadFormat> {
    match FileKind::from_name(name).ok_or_else(|| unknown_format(name))? {
        FileKind::Csv => ReadFormat::csv(&csv_of(options)?),
        FileKind::Json => ReadFormat::json(&json_of(options)?),
        _ => none_left(options).and_then(|()| ReadFormat::of_name(name, context.state())),
    }
}

/// `PARTITIONED BY`: with the declared types, else with those found in the folder names.
fn partitions(names: &[String], declared: Option<&SchemaRef>) -> Result<Option<Vec<(String, DataType)>>> {
    match declared {
        _ if names.is_empty() => Ok(None),
        None => Ok(Some(names.iter().map(|name| (name.clone(), DataType::Utf8)).collect())),
        Some(schema) => {
            let typed = |name: &String| schema.field_with_name(name).map(|field| (name.clone(), field.data_type().clone()));
            let columns = names.iter().map(typed).collect::<std::result::Result<Vec<_>, _>>();
            columns
                .map(Some)
                .map_err(|_| Error::new(Code::UnresolvedColumn, "PARTITIONED BY names a column that the table does not declare"))
        }
    }
}
