//! Leaves: columns, stars, parameters, pieces of SQL.

use polybolos_protocol::wire::plan as pb;

use crate::types::IntoDataType;

use super::node::{Expr, Op};

/// The column of this exact name. The name is never parsed: `col("o.x")` is a column named `o.x`; for the column `x` of an
/// alias `o` see [`qualified`], for the field of a struct [`Expr::field`], and to say which DataFrame it comes from
/// [`DataFrame::col`](crate::DataFrame::col).
pub fn col(name: impl Into<String>) -> Expr {
    Expr::leaf(Op::Column(pb::ColumnRef { name: name.into(), ..Default::default() }))
}

/// The column of an alias or table: `qualified("o", "x")` is `o.x` in SQL. A qualifier of several parts is an array:
/// `qualified(["sales", "orders"], "x")`.
pub fn qualified(qualifier: impl IntoQualifier, name: impl Into<String>) -> Expr {
    Expr::leaf(Op::Column(pb::ColumnRef { name: name.into(), qualifier: qualifier.into_parts(), relation: 0 }))
}

/// The parts of a qualifier, each an exact name.
pub trait IntoQualifier {
    /// The parts.
    fn into_parts(self) -> Vec<String>;
}

impl IntoQualifier for &str {
    fn into_parts(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl IntoQualifier for String {
    fn into_parts(self) -> Vec<String> {
        vec![self]
    }
}

impl<const N: usize> IntoQualifier for [&str; N] {
    fn into_parts(self) -> Vec<String> {
        self.iter().map(|&part| part.to_owned()).collect()
    }
}

impl IntoQualifier for Vec<String> {
    fn into_parts(self) -> Vec<String> {
        self
    }
}

/// Every column of the input, in order; stands only in a `select`.
///
/// ```
/// use polybolos_client::{Session, star};
///
/// # fn main() -> polybolos_client::Result<()> {
/// let trips = Session::detached().table("trips")?;
/// trips.select((star().excluding(["notes"]), "fare"))?;
/// # Ok(())
/// # }
/// ```
pub fn star() -> Star {
    Star(pb::Star::default())
}

/// Every column whose whole name matches the regular expression; stands only in a `select`.
pub fn columns_matching(regex: impl Into<String>) -> Star {
    Star(pb::Star { regex: regex.into(), ..Default::default() })
}

/// Many columns at once, in a `select`. Made by [`star`], [`columns_matching`] and
/// [`DataFrame::star`](crate::DataFrame::star).
#[derive(Debug, Clone)]
pub struct Star(pub(crate) pb::Star);

impl Star {
    /// Only the columns of this alias or table.
    #[must_use]
    pub fn of(mut self, qualifier: impl IntoQualifier) -> Self {
        self.0.qualifier = qualifier.into_parts();
        self
    }

    /// All but these columns.
    #[must_use]
    pub fn excluding<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.0.excluding.extend(names.into_iter().map(Into::into));
        self
    }
}

impl super::IntoColumn for Star {
    fn into_column(self) -> Expr {
        Expr::leaf(Op::Star(self.0))
    }
}

/// A value that is given when the query runs, with [`DataFrame::bind`](crate::DataFrame::bind).
///
/// ```
/// use polybolos_client::{DataType, Session, col, parameter};
///
/// # fn main() -> polybolos_client::Result<()> {
/// let trips = Session::detached().table("trips")?;
/// let expensive = trips.filter(col("fare").gt(parameter("least", DataType::Float64)))?;
/// let over_fifty = expensive.bind("least", 50.0)?;
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn parameter(name: impl Into<String>, ty: impl IntoDataType) -> Expr {
    match ty.into_data_type() {
        Ok(ty) => Expr::leaf(Op::Parameter { name: name.into(), ty }),
        Err(error) => Expr::invalid(error.message()),
    }
}

/// An expression written in the SQL of the engine, over the columns in scope.
///
/// ```
/// # use polybolos_client::sql_expr;
/// assert_eq!(sql_expr("fare / miles").alias("per_mile").name(), "per_mile");
/// ```
pub fn sql_expr(text: impl Into<String>) -> Expr {
    Expr::leaf(Op::Sql { text: text.into() })
}
