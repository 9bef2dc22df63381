//! Windows: a value per row from the rows around it.
//!
//! The frame is always said in the plan. Unless you say it, it is the one of SQL: with an order, from the start of the
//! partition up to the current row and its equals (`RANGE`); without an order, the whole partition (`ROWS`).

use std::borrow::Cow;

use polybolos_protocol::wire::plan as pb;

use super::convert::{IntoColumns, IntoOperand};
use super::literal::lit;
use super::node::{Expr, Op, WindowShape};
use super::sort::{IntoSortKeys, SortKey};

/// A call of a window function by its namespace and name, for functions that have no wrapper in
/// [`functions`](crate::functions). It needs a window: see [`Expr::over`].
pub fn window_call(namespace: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>, args: Vec<Expr>) -> Expr {
    Expr::new(Op::WindowFunction { namespace: namespace.into(), name: name.into() }, args)
}

/// Which rows a window function sees.
///
/// ```
/// use polybolos_client::{Bound, Window, aggregate_call, col};
///
/// let week = Window::partition_by("driver").order_by("day").rows_between(Bound::Preceding(6), Bound::CurrentRow);
/// let sum = aggregate_call("std", "sum", vec![col("fare")]).over(week);
/// assert_eq!(
///     sum.name(),
///     "sum(fare) over (partition by driver order by day asc nulls last rows between 6 preceding and current row)"
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct Window {
    partition_by: Vec<Expr>,
    order_by: Vec<SortKey>,
    frame: Option<Frame>,
    exclusion: Exclusion,
}

#[derive(Clone, Debug)]
struct Frame {
    units: pb::FrameUnits,
    start: (pb::BoundKind, Option<Expr>),
    end: (pb::BoundKind, Option<Expr>),
}

#[derive(Clone, Copy, Debug, Default)]
struct Exclusion(pb::FrameExclusion);

/// One end of a frame of rows or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The first row of the partition.
    UnboundedPreceding,
    /// So many rows (or groups) before the current one.
    Preceding(u64),
    /// The current row (or group).
    CurrentRow,
    /// So many rows (or groups) after the current one.
    Following(u64),
    /// The last row of the partition.
    UnboundedFollowing,
}

impl Bound {
    fn parts(self) -> (pb::BoundKind, Option<Expr>) {
        match self {
            Bound::UnboundedPreceding => (pb::BoundKind::UnboundedPreceding, None),
            Bound::Preceding(rows) => (pb::BoundKind::PrecedingOffset, Some(lit(rows))),
            Bound::CurrentRow => (pb::BoundKind::CurrentRow, None),
            Bound::Following(rows) => (pb::BoundKind::FollowingOffset, Some(lit(rows))),
            Bound::UnboundedFollowing => (pb::BoundKind::UnboundedFollowing, None),
        }
    }
}

impl Window {
    /// All rows, in no order.
    pub fn all() -> Self {
        Self::default()
    }

    /// The rows that have equal keys.
    pub fn partition_by(keys: impl IntoColumns) -> Self {
        Self { partition_by: keys.into_columns(), ..Self::default() }
    }

    /// All rows, in this order.
    pub fn ordered_by(keys: impl IntoSortKeys) -> Self {
        Self::all().order_by(keys)
    }

    /// The order of the rows in each partition.
    #[must_use]
    pub fn order_by(mut self, keys: impl IntoSortKeys) -> Self {
        self.order_by = keys.into_sort_keys();
        self
    }

    /// The frame, counted in rows.
    #[must_use]
    pub fn rows_between(self, start: Bound, end: Bound) -> Self {
        self.between(pb::FrameUnits::Rows, start.parts(), end.parts())
    }

    /// The frame, counted in groups of rows that are equal in the order.
    #[must_use]
    pub fn groups_between(self, start: Bound, end: Bound) -> Self {
        self.between(pb::FrameUnits::Groups, start.parts(), end.parts())
    }

    /// The frame, from the rows whose one sort key is at most `before` smaller than the current row's up to those where it
    /// is at most `after` larger. `None` means no limit on that side; zero means the current row and its equals.
    #[must_use]
    pub fn range_between<B: IntoOperand, A: IntoOperand>(self, before: Option<B>, after: Option<A>) -> Self {
        let bound = |offset: Option<Expr>, bounded, unbounded| match offset {
            Some(offset) => (bounded, Some(offset)),
            None => (unbounded, None),
        };
        let before = before.map(IntoOperand::into_operand);
        let after = after.map(IntoOperand::into_operand);
        let start = bound(before, pb::BoundKind::PrecedingOffset, pb::BoundKind::UnboundedPreceding);
        let end = bound(after, pb::BoundKind::FollowingOffset, pb::BoundKind::UnboundedFollowing);
        self.between(pb::FrameUnits::Range, start, end)
    }

    /// Leaves the current row out of the frame.
    #[must_use]
    pub fn excluding_current_row(mut self) -> Self {
        self.exclusion = Exclusion(pb::FrameExclusion::CurrentRow);
        self
    }

    /// Leaves the current row and its equals in the order out of the frame.
    #[must_use]
    pub fn excluding_group(mut self) -> Self {
        self.exclusion = Exclusion(pb::FrameExclusion::Group);
        self
    }

    /// Leaves the equals of the current row in the order, but not itself, out of the frame.
    #[must_use]
    pub fn excluding_ties(mut self) -> Self {
        self.exclusion = Exclusion(pb::FrameExclusion::Ties);
        self
    }

    fn between(mut self, units: pb::FrameUnits, start: (pb::BoundKind, Option<Expr>), end: (pb::BoundKind, Option<Expr>)) -> Self {
        self.frame = Some(Frame { units, start, end });
        self
    }

    fn default_frame(&self) -> Frame {
        let start = (pb::BoundKind::UnboundedPreceding, None);
        if self.order_by.is_empty() {
            return Frame { units: pb::FrameUnits::Rows, start, end: (pb::BoundKind::UnboundedFollowing, None) };
        }
        Frame { units: pb::FrameUnits::Range, start, end: (pb::BoundKind::CurrentRow, None) }
    }
}

impl Expr {
    /// The aggregate or window function over a window.
    ///
    /// ```
    /// # use polybolos_client::{Window, col, window_call};
    /// let rank = window_call("std", "rank", vec![]).over(Window::ordered_by(col("fare").desc()));
    /// assert_eq!(rank.name(), "rank() over (order by fare desc nulls first)");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn over(&self, window: Window) -> Expr {
        if !matches!(self.op(), Op::Aggregate(_) | Op::WindowFunction { .. }) {
            return Expr::invalid(format!("over() stands after an aggregate or a window function, not after {self:?}"));
        }
        let default_frame = window.frame.is_none() && window.exclusion.0 == pb::FrameExclusion::Unspecified;
        let frame = window.frame.clone().unwrap_or_else(|| window.default_frame());
        let shape = WindowShape {
            partitions: window.partition_by.len(),
            order: window.order_by.iter().map(|key| key.order).collect(),
            units: frame.units,
            start: frame.start.0,
            end: frame.end.0,
            exclusion: window.exclusion.0,
            default_frame,
        };
        let mut children = vec![self.clone()];
        children.extend(window.partition_by);
        children.extend(window.order_by.into_iter().map(|key| key.expr));
        children.extend([frame.start.1, frame.end.1].into_iter().flatten());
        Expr::new(Op::Window(shape), children)
    }
}
