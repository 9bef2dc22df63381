//! The only translation from what DataFusion, Arrow, Parquet and object stores say into the contract's errors.
//!
//! A typed cause stays attached as the source. Where a cause is only text (DataFusion's `Plan` and `Execution`), [`text`]
//! holds the phrases that tell one code from another, and nothing else in the engine looks at messages.

mod arrow;
mod storage;
mod text;

use datafusion::common::{DataFusionError, SchemaError};
use polybolos_protocol::names::nearest;
use polybolos_protocol::{Code, Error};

pub(crate) use storage::in_object_store;

/// The contract's error for an error of DataFusion.
pub(crate) fn from_datafusion(error: DataFusionError) -> Error {
    match error {
        DataFusionError::External(cause) => match cause.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(cause) => attach(DataFusionError::External(cause)),
        },
        DataFusionError::Context(_, cause) | DataFusionError::Diagnostic(_, cause) => from_datafusion(*cause),
        DataFusionError::Collection(causes) => several(causes),
        other => attach(other),
    }
}

/// Shorthand for the many places that call DataFusion.
pub(crate) trait OrTranslated<T> {
    fn translated(self) -> polybolos_protocol::Result<T>;
}

impl<T, E: Into<DataFusionError>> OrTranslated<T> for Result<T, E> {
    fn translated(self) -> polybolos_protocol::Result<T> {
        self.map_err(|error| from_datafusion(error.into()))
    }
}

/// Our error on its way through DataFusion; [`from_datafusion`] takes it out again unchanged.
pub(crate) fn into_datafusion(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

fn several(causes: Vec<DataFusionError>) -> Error {
    let mut errors = causes.into_iter().map(from_datafusion);
    match errors.next() {
        Some(first) => first.with_others(errors),
        None => Error::internal("an empty collection of errors"),
    }
}

fn attach(error: DataFusionError) -> Error {
    let described = describe(&error);
    if std::error::Error::source(&described).is_some() { described } else { described.with_source(error) }
}

fn describe(error: &DataFusionError) -> Error {
    match error {
        DataFusionError::ArrowError(error, _) => arrow::describe(error),
        DataFusionError::ParquetError(error) => arrow::describe_parquet(error),
        DataFusionError::ObjectStore(error) => storage::describe(error),
        DataFusionError::IoError(error) => storage::describe_io(error),
        DataFusionError::SQL(error, _) => Error::new(Code::SqlSyntax, text::without_prefix(&error.to_string())),
        DataFusionError::NotImplemented(message) => Error::unsupported(text::first_line(message)),
        DataFusionError::Internal(message) => Error::internal(text::first_line(message)),
        DataFusionError::Plan(message) => text::plan(message),
        DataFusionError::Configuration(message) => Error::invalid_argument(text::first_line(message)),
        DataFusionError::SchemaError(error, _) => schema(error),
        DataFusionError::Execution(message) => text::execution(message),
        DataFusionError::ExecutionJoin(error) if error.is_cancelled() => Error::new(Code::Cancelled, "a part of the query was cancelled"),
        DataFusionError::ExecutionJoin(error) => Error::internal(format!("a part of the query panicked: {error}")),
        DataFusionError::ResourcesExhausted(message) => text::exhausted(message),
        DataFusionError::External(cause) => external(cause.as_ref()),
        DataFusionError::Context(_, cause) | DataFusionError::Diagnostic(_, cause) => describe(cause),
        DataFusionError::Shared(cause) => describe(cause),
        DataFusionError::Collection(causes) => causes.first().map_or_else(|| Error::internal("an empty collection of errors"), describe),
        DataFusionError::Substrait(message) | DataFusionError::Ffi(message) => Error::internal(text::first_line(message)),
    }
}

/// An error that another library boxed: often one of the known kinds again.
fn external(cause: &(dyn std::error::Error + 'static)) -> Error {
    if let Some(ours) = cause.downcast_ref::<Error>() {
        copy(ours)
    } else if let Some(error) = cause.downcast_ref::<DataFusionError>() {
        describe(error)
    } else if let Some(error) = cause.downcast_ref::<datafusion::arrow::error::ArrowError>() {
        arrow::describe(error)
    } else if let Some(error) = cause.downcast_ref::<parquet::errors::ParquetError>() {
        arrow::describe_parquet(error)
    } else if let Some(error) = cause.downcast_ref::<object_store::Error>() {
        storage::describe(error)
    } else if let Some(error) = cause.downcast_ref::<std::io::Error>() {
        storage::describe_io(error)
    } else if let Some(next) = cause.source() {
        external(next)
    } else {
        text::foreign(&cause.to_string())
    }
}

/// The same error again, for a cause that is shared and cannot be taken.
pub(crate) fn copy(error: &Error) -> Error {
    let copied = Error::new(error.code(), error.message()).relocated(error.location().cloned()).retry_after(error.retry_after_millis());
    let copied = error.params().iter().fold(copied, |copied, (key, value)| copied.param(key, value));
    let copied = copied.with_others(error.others().iter().map(copy));
    match error.query_id() {
        Some(id) => copied.with_query_id(id),
        None => copied,
    }
}

fn schema(error: &SchemaError) -> Error {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let names: Vec<String> = valid_fields.iter().map(|column| column.name.clone()).collect();
            unresolved_column(&field.name, &names)
        }
        SchemaError::AmbiguousReference { field } => {
            Error::new(Code::AmbiguousColumn, format!("column '{}' is ambiguous: more than one input has it; say which table", field.name))
                .param("name", &field.name)
        }
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
            Error::new(Code::DuplicateColumn, format!("the output would hold two columns named '{name}'; rename one")).param("name", name)
        }
    }
}

/// `UNRESOLVED_COLUMN` with the near names among those in scope.
pub(crate) fn unresolved_column(name: &str, in_scope: &[String]) -> Error {
    let near = near_names(name, in_scope.iter().map(String::as_str));
    Error::new(Code::UnresolvedColumn, format!("no column named '{name}'{}", suggestion(&near, in_scope)))
        .param("name", name)
        .with_candidates(near)
}

/// The names that a caller may have meant, nearest first.
pub(crate) fn near_names<'a>(name: &str, among: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    nearest(name, among).into_iter().map(str::to_owned).collect()
}

fn suggestion(near: &[String], in_scope: &[String]) -> String {
    match near {
        [] if in_scope.is_empty() => String::new(),
        [] => format!("; the columns are {}", listed(in_scope)),
        near => format!("; did you mean {}?", listed(near)),
    }
}

/// Names in quotes, at most eight of them.
pub(crate) fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(8).map(|name| format!("'{name}'")).collect();
    if names.len() > shown.len() {
        shown.push(format!("and {} more", names.len() - shown.len()));
    }
    shown.join(", ")
}
