//! Nulls and other values that are to be replaced.

use polybolos_protocol::Result;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind;

use crate::expr::IntoLiteral;

use super::DataFrame;
use super::relation::RelationOp;

/// Names of columns: one, several, or `()` for every column.
pub trait IntoNames {
    /// The names.
    fn into_names(self) -> Vec<String>;
}

impl IntoNames for () {
    fn into_names(self) -> Vec<String> {
        Vec::new()
    }
}

impl IntoNames for &str {
    fn into_names(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl<S: Into<String>, const N: usize> IntoNames for [S; N] {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: Into<String>> IntoNames for Vec<S> {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

/// Which rows [`DataFrame::drop_nulls_with`] drops.
///
/// ```
/// use polybolos_client::DropNulls;
///
/// let nearly_empty = DropNulls::default().keep_with_at_least(2);
/// let of_two = DropNulls::default().of(["fare", "tip"]).nan_too();
/// ```
#[derive(Debug, Clone, Default)]
pub struct DropNulls(pb::DropNulls);

impl DropNulls {
    /// Looks at these columns only.
    #[must_use]
    pub fn of(mut self, columns: impl IntoNames) -> Self {
        self.0.columns = columns.into_names();
        self
    }

    /// Keeps rows with at least so many values that are not null; without it, all must be.
    #[must_use]
    pub fn keep_with_at_least(mut self, count: u32) -> Self {
        self.0.min_non_null = Some(count);
        self
    }

    /// A float that is NaN counts as null.
    #[must_use]
    pub fn nan_too(mut self) -> Self {
        self.0.nan_too = true;
        self
    }
}

impl DataFrame {
    /// Every null of a column of the value's family of types (numbers, strings, booleans ...) replaced by the value.
    #[track_caller]
    pub fn fill_null(&self, value: impl IntoLiteral) -> Result<DataFrame> {
        let fill = pb::FillNull { column: String::new(), value: Some(value.into_literal().0) };
        self.fill(vec![fill])
    }

    /// The nulls of each of these columns replaced by its value.
    ///
    /// ```
    /// # use polybolos_client::{Session, lit, Literal, IntoLiteral};
    /// # fn main() -> polybolos_client::Result<()> {
    /// # let trips = Session::detached().table("trips")?;
    /// trips.fill_null_of([("fare", 0.0), ("tip", 0.0)])?;
    /// trips.fill_null_of([("fare", 0.0.into_literal()), ("vendor", "unknown".into_literal())])?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn fill_null_of<S: Into<String>, V: IntoLiteral>(&self, values: impl IntoIterator<Item = (S, V)>) -> Result<DataFrame> {
        let fill = |(column, value): (S, V)| pb::FillNull { column: column.into(), value: Some(value.into_literal().0) };
        let fills: Vec<_> = values.into_iter().map(fill).collect();
        if fills.is_empty() {
            return self.fail("fill_null_of() needs at least one pair of a column and a value");
        }
        self.fill(fills)
    }

    #[track_caller]
    fn fill(&self, fills: Vec<pb::FillNull>) -> Result<DataFrame> {
        self.then(RelationOp::plain(Kind::FillNulls(pb::FillNulls { fills, nan_too: false })))
    }

    /// The rows without a null in these columns; `()` looks at every column.
    #[track_caller]
    pub fn drop_nulls(&self, columns: impl IntoNames) -> Result<DataFrame> {
        self.drop_nulls_with(DropNulls::default().of(columns))
    }

    /// The rows that the options keep.
    #[track_caller]
    pub fn drop_nulls_with(&self, options: DropNulls) -> Result<DataFrame> {
        self.then(RelationOp::plain(Kind::DropNulls(options.0)))
    }

    /// Values replaced by others in these columns, or in every column for `()`: pairs of old and new.
    ///
    /// ```
    /// # use polybolos_client::Session;
    /// # fn main() -> polybolos_client::Result<()> {
    /// # let trips = Session::detached().table("trips")?;
    /// trips.replace("payment", [("CRD", "card"), ("CSH", "cash")])?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn replace<O: IntoLiteral, N: IntoLiteral>(
        &self,
        columns: impl IntoNames,
        pairs: impl IntoIterator<Item = (O, N)>,
    ) -> Result<DataFrame> {
        let pair = |(old, new): (O, N)| pb::replace_values::Replacement {
            old_value: Some(old.into_literal().0),
            new_value: Some(new.into_literal().0),
        };
        let pairs: Vec<_> = pairs.into_iter().map(pair).collect();
        if pairs.is_empty() {
            return self.fail("replace() needs at least one pair of an old and a new value");
        }
        self.then(RelationOp::plain(Kind::Replace(pb::ReplaceValues { columns: columns.into_names(), pairs })))
    }
}
