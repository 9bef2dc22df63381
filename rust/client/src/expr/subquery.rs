//! DataFrames inside expressions.
//!
//! A subquery that looks at the row around it refers to it with [`DataFrame::outer`]; a plain `col` never does.
//!
//! ```
//! use polybolos_client::{Session, col, exists};
//!
//! # fn main() -> polybolos_client::Result<()> {
//! let session = Session::detached();
//! let (orders, lines) = (session.table("orders")?, session.table("lineitem")?);
//! let late = lines.filter(col("l_orderkey").eq(orders.outer("o_orderkey")).and(col("l_commitdate").lt(col("l_receiptdate"))))?;
//! let delayed = orders.filter(exists(&late))?;
//! # Ok(())
//! # }
//! ```

use polybolos_protocol::wire::plan as pb;

use crate::frame::DataFrame;

use super::node::{Comparator, Expr, Op};

/// True where the DataFrame has at least one row. `!exists(&frame)` is `NOT EXISTS`.
pub fn exists(frame: &DataFrame) -> Expr {
    subquery(pb::SubqueryKind::Exists, frame, Vec::new(), None)
}

/// The one value of a DataFrame of one column and at most one row; null where it has no row.
pub fn scalar(frame: &DataFrame) -> Expr {
    subquery(pb::SubqueryKind::Scalar, frame, Vec::new(), None)
}

/// How a value is compared with every row of a subquery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
}

impl Comparison {
    fn function(self) -> Comparator {
        match self {
            Comparison::Eq => "eq",
            Comparison::Ne => "ne",
            Comparison::Lt => "lt",
            Comparison::Le => "le",
            Comparison::Gt => "gt",
            Comparison::Ge => "ge",
        }
    }
}

/// Comparisons with the rows of a DataFrame.
impl Expr {
    /// True where the value is among those of a DataFrame of one column.
    pub fn in_subquery(&self, frame: &DataFrame) -> Expr {
        subquery(pb::SubqueryKind::In, frame, vec![self.clone()], None)
    }

    /// True where the value is not among those of a DataFrame of one column; null where it holds a null, as in SQL.
    pub fn not_in_subquery(&self, frame: &DataFrame) -> Expr {
        self.in_subquery(frame).not()
    }

    /// True where the comparison holds for at least one row (`< ANY (...)` in SQL).
    pub fn any_of(&self, comparison: Comparison, frame: &DataFrame) -> Expr {
        subquery(pb::SubqueryKind::Any, frame, vec![self.clone()], Some(comparison.function()))
    }

    /// True where the comparison holds for every row (`< ALL (...)` in SQL).
    pub fn all_of(&self, comparison: Comparison, frame: &DataFrame) -> Expr {
        subquery(pb::SubqueryKind::All, frame, vec![self.clone()], Some(comparison.function()))
    }
}

fn subquery(kind: pb::SubqueryKind, frame: &DataFrame, needles: Vec<Expr>, comparison: Option<Comparator>) -> Expr {
    Expr::new(Op::Subquery { kind, frame: frame.clone(), comparison }, needles)
}
