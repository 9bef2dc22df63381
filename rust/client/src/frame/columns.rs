//! Which columns: select, with_columns, rename, drop, conform.

use arrow_schema::Schema;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind;
use polybolos_protocol::{Error, Result};

use crate::expr::{Expr, Flags, IntoColumn, IntoColumns, Op};
use crate::types;

use super::relation::{RelationOp, Selected};
use super::{DataFrame, relation};

impl DataFrame {
    /// These columns, in this order: names, expressions, [`star`](crate::star)s. When all of them are aggregates the answer
    /// is one row, as of [`agg`](Self::agg).
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where there is no column; `INVALID_EXPRESSION` where aggregates stand beside plain columns.
    #[track_caller]
    pub fn select(&self, columns: impl IntoColumns) -> Result<DataFrame> {
        let columns = columns.into_columns();
        if columns.is_empty() {
            return self.fail("select() needs at least one column");
        }
        if columns.iter().any(|column| column.flags().has(Flags::AGGREGATE)) && columns.iter().all(is_measure) {
            return self.agg(columns);
        }
        self.then(RelationOp::Project(columns.into_iter().map(selected).collect()))
    }

    /// All columns and this one. A column of that name is replaced in its place.
    #[track_caller]
    pub fn with_column(&self, name: impl Into<String>, value: impl IntoColumn) -> Result<DataFrame> {
        self.then(RelationOp::WithColumns(vec![value.into_column().alias(name)]))
    }

    /// All columns and these, under the names of [`Expr::alias`] or their default names; all are computed from the columns
    /// as they were before. A column of that name is replaced in its place.
    ///
    /// ```
    /// # use polybolos_client::{Session, col};
    /// # fn main() -> polybolos_client::Result<()> {
    /// # let trips = Session::detached().table("trips")?;
    /// trips.with_columns([(col("tip") / col("fare")).alias("share"), col("miles").cast("float64").alias("miles")])?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn with_columns(&self, columns: impl IntoColumns) -> Result<DataFrame> {
        let columns = columns.into_columns();
        if columns.is_empty() {
            return self.fail("with_columns() needs at least one column");
        }
        self.then(RelationOp::WithColumns(columns))
    }

    /// All columns, some under new names: pairs of old and new. A name that no column has is an error.
    ///
    /// ```
    /// # use polybolos_client::Session;
    /// # fn main() -> polybolos_client::Result<()> {
    /// # let trips = Session::detached().table("trips")?;
    /// trips.rename([("VendorID", "vendor"), ("tpep_pickup_datetime", "pickup")])?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn rename<O: Into<String>, N: Into<String>>(&self, names: impl IntoIterator<Item = (O, N)>) -> Result<DataFrame> {
        self.rename_or(names, false)
    }

    /// As [`rename`](Self::rename), and a name that no column has is passed over.
    #[track_caller]
    pub fn rename_existing<O: Into<String>, N: Into<String>>(&self, names: impl IntoIterator<Item = (O, N)>) -> Result<DataFrame> {
        self.rename_or(names, true)
    }

    #[track_caller]
    fn rename_or<O: Into<String>, N: Into<String>>(&self, names: impl IntoIterator<Item = (O, N)>, missing_ok: bool) -> Result<DataFrame> {
        let renames: Vec<_> = names.into_iter().map(|(old, new)| pb::Rename { old_name: old.into(), new_name: new.into() }).collect();
        if renames.is_empty() {
            return self.fail("rename() needs at least one pair of an old and a new name");
        }
        self.then(RelationOp::plain(Kind::Rename(pb::RenameColumns { renames, missing_ok })))
    }

    /// All columns but these: names, or columns of a frame such as `orders.col("id")`. A column that is not there is an
    /// error.
    #[track_caller]
    pub fn drop(&self, columns: impl IntoColumns) -> Result<DataFrame> {
        self.drop_or(columns, false)
    }

    /// As [`drop`](Self::drop), and a column that is not there is passed over.
    #[track_caller]
    pub fn drop_existing(&self, columns: impl IntoColumns) -> Result<DataFrame> {
        self.drop_or(columns, true)
    }

    #[track_caller]
    fn drop_or(&self, columns: impl IntoColumns, missing_ok: bool) -> Result<DataFrame> {
        let columns = columns.into_columns();
        if columns.is_empty() {
            return self.fail("drop() needs at least one column");
        }
        if let Some(other) = columns.iter().find(|column| !matches!(column.op(), Op::Column(_))) {
            return self.fail(format!("drop() takes columns, not {other:?}"));
        }
        self.then(RelationOp::Drop { columns, missing_ok })
    }

    /// Exactly the columns of the schema, found by name, cast to its types; a value that does not fit is an error.
    #[track_caller]
    pub fn conform(&self, schema: &Schema) -> Result<DataFrame> {
        self.conform_or(schema, false, pb::CastFailure::Error)
    }

    /// Exactly the columns of the schema, found by position and renamed, cast to its types.
    #[track_caller]
    pub fn conform_by_position(&self, schema: &Schema) -> Result<DataFrame> {
        self.conform_or(schema, true, pb::CastFailure::Error)
    }

    /// As [`conform`](Self::conform), and a value that does not fit becomes null.
    #[track_caller]
    pub fn try_conform(&self, schema: &Schema) -> Result<DataFrame> {
        self.conform_or(schema, false, pb::CastFailure::Null)
    }

    #[track_caller]
    fn conform_or(&self, schema: &Schema, by_position: bool, on_failure: pb::CastFailure) -> Result<DataFrame> {
        let schema = Some(self.blamed(types::schema(schema))?);
        let conform = pb::ConformTo { schema, by_position, on_failure: on_failure as i32 };
        self.then(RelationOp::plain(Kind::Conform(conform)))
    }

    /// Every column cast to the type that the pairs name; the others stay as they are.
    ///
    /// ```
    /// # use polybolos_client::Session;
    /// # fn main() -> polybolos_client::Result<()> {
    /// # let trips = Session::detached().table("trips")?;
    /// trips.cast([("fare", "float64"), ("pickup", "timestamp(us)")])?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cast<S: Into<String>, T: types::IntoDataType>(&self, columns: impl IntoIterator<Item = (S, T)>) -> Result<DataFrame> {
        let mut cast = Vec::new();
        for (name, ty) in columns {
            let name = name.into();
            cast.push(crate::col(&*name).cast(ty).alias(name));
        }
        self.with_columns(cast)
    }

    /// A mistake of the caller, at the caller's line.
    #[track_caller]
    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Result<T> {
        self.blamed(Err(Error::invalid_argument(message)))
    }

    /// An error with the caller's line.
    #[track_caller]
    pub(super) fn blamed<T>(&self, result: Result<T>) -> Result<T> {
        let site = crate::call_site::Site::caller();
        result.map_err(|error| error.with_call_site(site.to_call_site()))
    }
}

/// Something that one row can hold when the other columns are aggregates: an aggregate, or no column at all.
fn is_measure(expr: &Expr) -> bool {
    let flags = expr.flags();
    !flags.has(Flags::STAR) && !flags.has(Flags::WINDOW) && (flags.has(Flags::AGGREGATE) || !flags.has(Flags::COLUMN))
}

fn selected(expr: Expr) -> relation::Selected {
    match expr.op() {
        Op::Star(star) => Selected::Star(star.clone()),
        _ => Selected::Column(expr),
    }
}
