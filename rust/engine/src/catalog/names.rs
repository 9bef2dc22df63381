//! Names of tables and views: `[[catalog.]schema.]name`.

use std::fmt;

use datafusion::common::TableReference;
use polybolos_protocol::wire::plan::Identifier;
use polybolos_protocol::{Code, Error, Result};

/// The one catalog.
pub(crate) const CATALOG: &str = "polybolos";
/// The schema of unqualified names.
pub(crate) const DEFAULT_SCHEMA: &str = "public";

/// The schema and the name of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ObjectName {
    pub(crate) schema: String,
    pub(crate) name: String,
}

impl ObjectName {
    /// From the parts of a plan's identifier.
    pub(crate) fn of_plan(identifier: Option<&Identifier>) -> Result<Self> {
        let parts: Vec<&str> = identifier.map(|identifier| identifier.parts.iter().map(String::as_str).collect()).unwrap_or_default();
        match parts.as_slice() {
            [name] => Self::checked(DEFAULT_SCHEMA, name),
            [schema, name] => Self::checked(schema, name),
            [catalog, schema, name] if *catalog == CATALOG => Self::checked(schema, name),
            [catalog, _, _] => Err(no_catalog(catalog)),
            _ => Err(Error::new(Code::PlanInvalidValue, "the name of a table has one to three parts")),
        }
    }

    /// From a reference in a SQL text.
    pub(crate) fn of_sql(reference: &TableReference) -> Result<Self> {
        match reference.catalog() {
            Some(catalog) if catalog != CATALOG => Err(no_catalog(catalog)),
            _ => Self::checked(reference.schema().unwrap_or(DEFAULT_SCHEMA), reference.table()),
        }
    }

    fn checked(schema: &str, name: &str) -> Result<Self> {
        let wrong = |part: &str| part.is_empty() || part.chars().any(char::is_control);
        if wrong(schema) || wrong(name) {
            return Err(Error::invalid_argument(format!(
                "{schema:?}.{name:?} cannot name a table: a part is empty or holds control characters"
            )));
        }
        Ok(Self { schema: schema.to_owned(), name: name.to_owned() })
    }

    /// As DataFusion names it in plans.
    pub(crate) fn reference(&self) -> TableReference {
        if self.schema == DEFAULT_SCHEMA {
            TableReference::bare(self.name.as_str())
        } else {
            TableReference::partial(self.schema.as_str(), self.name.as_str())
        }
    }
}

fn no_catalog(catalog: &str) -> Error {
    Error::new(Code::TableNotFound, format!("there is no catalog '{catalog}'; the catalog is '{CATALOG}'"))
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schema == DEFAULT_SCHEMA { f.write_str(&self.name) } else { write!(f, "{}.{}", self.schema, self.name) }
    }
}
