//! Two frames side by side.

use polybolos_protocol::Result;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind;

use crate::expr::{Case, Expr};

use super::DataFrame;
use super::relation::RelationOp;

/// Which rows a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// Pairs that match.
    Inner,
    /// Pairs that match, and the left rows that match nothing, with nulls on the right.
    Left,
    /// Pairs that match, and the right rows that match nothing, with nulls on the left.
    Right,
    /// Pairs that match, and the rows of both sides that match nothing.
    Full,
    /// Left rows that match something, each once, without the right columns.
    Semi,
    /// Left rows that match nothing, without the right columns.
    Anti,
    /// All pairs; takes no condition, see [`DataFrame::cross_join`].
    Cross,
}

impl JoinKind {
    fn wire(self) -> pb::JoinKind {
        match self {
            JoinKind::Inner => pb::JoinKind::Inner,
            JoinKind::Left => pb::JoinKind::Left,
            JoinKind::Right => pb::JoinKind::Right,
            JoinKind::Full => pb::JoinKind::Full,
            JoinKind::Semi => pb::JoinKind::LeftSemi,
            JoinKind::Anti => pb::JoinKind::LeftAnti,
            JoinKind::Cross => pb::JoinKind::Cross,
        }
    }
}

/// What makes two rows match: columns that both sides have (a name, an array or a vector of names), or a condition.
///
/// With columns the answer has *one* copy of each, first, coalesced from both sides. With a condition it has all columns of
/// both sides.
#[derive(Debug, Clone)]
pub struct JoinOn(On);

#[derive(Debug, Clone)]
enum On {
    Columns { columns: Vec<String>, nulls_equal: bool },
    Condition(Expr),
}

impl JoinOn {
    /// The columns of these names, equal on both sides.
    pub fn columns<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self(On::Columns { columns: names.into_iter().map(Into::into).collect(), nulls_equal: false })
    }

    /// Two nulls match. Only for columns; in a condition use [`Expr::is_not_distinct_from`].
    #[must_use]
    pub fn nulls_equal(mut self) -> Self {
        if let On::Columns { nulls_equal, .. } = &mut self.0 {
            *nulls_equal = true;
        }
        self
    }
}

impl From<&str> for JoinOn {
    fn from(name: &str) -> Self {
        Self::columns([name])
    }
}

impl From<String> for JoinOn {
    fn from(name: String) -> Self {
        Self::columns([name])
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for JoinOn {
    fn from(names: [S; N]) -> Self {
        Self::columns(names)
    }
}

impl<S: Into<String>> From<Vec<S>> for JoinOn {
    fn from(names: Vec<S>) -> Self {
        Self::columns(names)
    }
}

impl From<Expr> for JoinOn {
    fn from(condition: Expr) -> Self {
        Self(On::Condition(condition))
    }
}

impl From<&Expr> for JoinOn {
    fn from(condition: &Expr) -> Self {
        Self(On::Condition(condition.clone()))
    }
}

impl From<Case> for JoinOn {
    fn from(condition: Case) -> Self {
        Self(On::Condition(condition.into()))
    }
}

impl DataFrame {
    /// Pairs of rows of both frames.
    ///
    /// ```
    /// use polybolos_client::{JoinKind, Session};
    ///
    /// # fn main() -> polybolos_client::Result<()> {
    /// let session = Session::detached();
    /// let (orders, customers) = (session.table("orders")?, session.table("customers")?);
    /// orders.join(&customers, "customer_id", JoinKind::Inner)?;
    /// orders.join(&customers, ["country", "customer_id"], JoinKind::Left)?;
    /// orders.join(&customers, orders.col("buyer").eq(customers.col("id")), JoinKind::Anti)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where the frames belong to different sessions, where there is no column, or for a cross join.
    #[track_caller]
    pub fn join(&self, right: &DataFrame, on: impl Into<JoinOn>, kind: JoinKind) -> Result<DataFrame> {
        self.join_or(right, on.into(), kind, false)
    }

    /// As [`join`](Self::join), and the right frame may look at the row of the left one with [`outer`](Self::outer).
    #[track_caller]
    pub fn join_lateral(&self, right: &DataFrame, on: impl Into<JoinOn>, kind: JoinKind) -> Result<DataFrame> {
        self.join_or(right, on.into(), kind, true)
    }

    #[track_caller]
    fn join_or(&self, right: &DataFrame, on: JoinOn, kind: JoinKind, lateral: bool) -> Result<DataFrame> {
        if kind == JoinKind::Cross {
            return self.fail("a cross join takes no condition: use cross_join()");
        }
        let kind = kind.wire();
        match on.0 {
            On::Columns { columns, .. } if columns.is_empty() => {
                self.fail("join() needs at least one column; cross_join() takes all pairs")
            }
            On::Columns { columns, nulls_equal } => {
                let condition = Some(pb::join::Condition::Using(pb::UsingColumns { columns, nulls_equal }));
                self.then_with([right], RelationOp::plain(Kind::Join(pb::Join { kind: kind as i32, condition, lateral })))
            }
            On::Condition(on) => self.then_with([right], RelationOp::Join { kind, on, lateral }),
        }
    }

    /// All pairs of rows of both frames.
    #[track_caller]
    pub fn cross_join(&self, right: &DataFrame) -> Result<DataFrame> {
        self.cross_or(right, false)
    }

    /// Each row with all rows of the right frame, which may look at it with [`outer`](Self::outer).
    #[track_caller]
    pub fn cross_join_lateral(&self, right: &DataFrame) -> Result<DataFrame> {
        self.cross_or(right, true)
    }

    #[track_caller]
    fn cross_or(&self, right: &DataFrame, lateral: bool) -> Result<DataFrame> {
        let join = pb::Join { kind: pb::JoinKind::Cross as i32, condition: None, lateral };
        self.then_with([right], RelationOp::plain(Kind::Join(join)))
    }
}
