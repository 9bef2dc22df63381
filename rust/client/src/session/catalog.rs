//! Tables and views by name.

use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind;
use polybolos_protocol::{Error, Result};

use crate::call_site::Site;
use crate::frame::{DataFrame, RelationOp};
use crate::plan;

use super::Session;

/// The name of a table or view.
///
/// A string is taken apart at its dots as SQL does, without folding case: `"orders"`, `"sales.orders"`, `"lake.sales.orders"`;
/// a part in double quotes is exact: `"sales.\"2026.01\""`. An array gives the exact parts: `["sales", "2026.01"]`.
pub trait IntoTableName {
    /// The parts, one to three.
    fn into_parts(self) -> Result<Vec<String>>;
}

impl IntoTableName for &str {
    fn into_parts(self) -> Result<Vec<String>> {
        parsed(self).ok_or_else(|| Error::invalid_argument(format!("{self:?} is not the name of a table; examples: orders, sales.orders")))
    }
}

impl IntoTableName for String {
    fn into_parts(self) -> Result<Vec<String>> {
        self.as_str().into_parts()
    }
}

impl IntoTableName for &String {
    fn into_parts(self) -> Result<Vec<String>> {
        self.as_str().into_parts()
    }
}

impl<const N: usize> IntoTableName for [&str; N] {
    fn into_parts(self) -> Result<Vec<String>> {
        IntoTableName::into_parts(self.map(str::to_owned).to_vec())
    }
}

impl IntoTableName for Vec<String> {
    fn into_parts(self) -> Result<Vec<String>> {
        if (1..=3).contains(&self.len()) && !self.iter().any(String::is_empty) {
            return Ok(self);
        }
        Err(Error::invalid_argument(format!("the name of a table has one to three parts, none of them empty, not {self:?}")))
    }
}

fn parsed(text: &str) -> Option<Vec<String>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_part(quoted)?,
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                rest.split_at_checked(end).map(|(part, after)| (part.to_owned(), after))?
            }
        };
        parts.push(part);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => break,
            None => return None,
        }
    }
    ((1..=3).contains(&parts.len()) && !parts.iter().any(String::is_empty)).then_some(parts)
}

/// A quoted part without its opening quote, and what follows its closing one; a doubled quote stands for one.
fn quoted_part(text: &str) -> Option<(String, &str)> {
    let (mut part, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once('"')?;
        part.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                part.push('"');
                rest = next;
            }
            None => return Some((part, after)),
        }
    }
}

pub(crate) fn identifier(name: impl IntoTableName) -> Result<pb::Identifier> {
    Ok(pb::Identifier { parts: name.into_parts()? })
}

/// How a view is made. By default it belongs to the session and replaces an earlier one of its name.
#[derive(Debug, Clone, Copy)]
pub struct ViewOptions {
    temporary: bool,
    if_exists: pb::IfExists,
}

impl Default for ViewOptions {
    fn default() -> Self {
        Self { temporary: true, if_exists: pb::IfExists::Replace }
    }
}

impl ViewOptions {
    /// Everybody who sees the schema sees the view, and it outlives the session.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.temporary = false;
        self
    }

    /// A name that is taken is an error.
    #[must_use]
    pub fn error_if_exists(mut self) -> Self {
        self.if_exists = pb::IfExists::Error;
        self
    }

    /// A name that is taken is left as it is.
    #[must_use]
    pub fn ignore_if_exists(mut self) -> Self {
        self.if_exists = pb::IfExists::Ignore;
        self
    }
}

/// A table or view of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// The catalog that it is in.
    pub catalog: String,
    /// The schema that it is in.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `BASE TABLE`, `VIEW` or `LOCAL TEMPORARY`.
    pub kind: String,
}

impl Session {
    /// The rows of a table or view.
    ///
    /// ```
    /// use polybolos_client::Session;
    ///
    /// # fn main() -> polybolos_client::Result<()> {
    /// let session = Session::detached();
    /// session.table("orders")?;
    /// session.table("sales.orders")?;
    /// session.table(["sales", "orders.2026"])?;
    /// assert!(session.table("sales..orders").is_err());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn table(&self, name: impl IntoTableName) -> Result<DataFrame> {
        let site = Site::caller();
        let table = identifier(name).map_err(|error| error.with_call_site(site.to_call_site()))?;
        let read = pb::ReadTable { table: Some(table), ..Default::default() };
        DataFrame::leaf(self, RelationOp::plain(Kind::ReadTable(read)))
    }

    /// Gives the frame a name in this session. The view is the query, not its rows: each use runs it anew. A view of that
    /// name is replaced.
    pub async fn create_view(&self, name: impl IntoTableName, frame: &DataFrame) -> Result<()> {
        self.create_view_with(name, frame, ViewOptions::default()).await
    }

    /// Gives the frame a name, as the options say.
    pub async fn create_view_with(&self, name: impl IntoTableName, frame: &DataFrame, options: ViewOptions) -> Result<()> {
        let name = Some(identifier(name)?);
        self.same(frame.session())?;
        let view = pb::CreateView { name, temporary: options.temporary, if_exists: options.if_exists as i32 };
        self.upload(frame).await?;
        let prepared = plan::of_command(frame, |_| Ok(pb::command::Kind::CreateView(view)))?;
        frame.run_command(prepared).await.map(drop)
    }

    /// Removes a view. One that is not there is an error.
    pub async fn drop_view(&self, name: impl IntoTableName) -> Result<()> {
        self.drop_object(pb::ObjectKind::View, identifier(name)?, false).await
    }

    /// Removes a view, where it is there.
    pub async fn drop_view_if_exists(&self, name: impl IntoTableName) -> Result<()> {
        self.drop_object(pb::ObjectKind::View, identifier(name)?, true).await
    }

    /// Removes a table with its rows. One that is not there is an error.
    pub async fn drop_table(&self, name: impl IntoTableName) -> Result<()> {
        self.drop_object(pb::ObjectKind::Table, identifier(name)?, false).await
    }

    pub(crate) async fn drop_object(&self, kind: pb::ObjectKind, name: pb::Identifier, missing_ok: bool) -> Result<()> {
        let drop = pb::DropObject { kind: kind as i32, name: Some(name), missing_ok };
        self.command(pb::command::Kind::Drop(drop)).await?.finish().await.map(|_| ())
    }

    /// The tables and views that the session sees, in the order of their names.
    pub async fn tables(&self) -> Result<Vec<TableInfo>> {
        let text = "select table_catalog, table_schema, table_name, table_type from information_schema.tables \
                    where table_schema <> 'information_schema' order by 1, 2, 3";
        let batches = self.sql(text)?.collect().await?;
        batches.iter().map(tables_of).collect::<Result<Vec<_>>>().map(|tables| tables.concat())
    }
}

fn tables_of(batch: &arrow::array::RecordBatch) -> Result<Vec<TableInfo>> {
    let texts = batch.columns().iter().map(crate::result::texts).collect::<Result<Vec<_>>>()?;
    let text = |column: usize, row: usize| texts.get(column).and_then(|column| column.get(row)).cloned().unwrap_or_default();
    let table = |row| TableInfo { catalog: text(0, row), schema: text(1, row), name: text(2, row), kind: text(3, row) };
    Ok((0..batch.num_rows()).map(table).collect())
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn names_of_tables_are_taken_apart_at_dots_outside_quotes() {
        let parts = |text| parsed(text).map(|parts| parts.join("|"));
        assert_eq!(parts("orders").as_deref(), Some("orders"));
        assert_eq!(parts("lake.sales.Orders").as_deref(), Some("lake|sales|Orders"));
        assert_eq!(parts(r#"sales."2026.01 ""x""""#).as_deref(), Some(r#"sales|2026.01 "x""#));
        for wrong in ["", ".", "a.", ".a", "a..b", "a.b.c.d", r#""open"#, r#""a"b"#] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
