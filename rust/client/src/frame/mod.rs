//! The DataFrame: a lazily built, immutable description of a result.
//!
//! Building one does no I/O: each method makes one more node on top of the nodes it stands on. Frames share their nodes, so
//! a frame that is used twice is described (and sent) once. Nothing runs before an action asks for rows: `collect`,
//! `stream`, `show`, `count`, a write.
//!
//! ```
//! use polybolos_client::{Session, col, functions as f};
//!
//! # fn main() -> polybolos_client::Result<()> {
//! let session = Session::detached();
//! let tips = session
//!     .read_parquet("trips/*.parquet")?
//!     .filter(col("fare_amount").gt(0) & col("passenger_count").is_not_null())?
//!     .with_column("tip_share", col("tip_amount") / col("fare_amount"))?
//!     .group_by("passenger_count")?
//!     .agg(f::avg("tip_share").alias("tip_share"))?
//!     .sort(col("passenger_count").asc())?
//!     .limit(10)?;
//! assert_eq!(tips.plan()?.plan().relations.len(), 6);
//! # Ok(())
//! # }
//! ```
//!
//! A mistake that needs no schema (an empty `select`, an aggregate in a `filter`, frames of two sessions) is told by the
//! method; a mistake that needs one (an unknown column) by the action, with the file and line of the method to blame.

mod actions;
mod columns;
mod explain;
mod group;
mod join;
mod nulls;
mod relation;
mod reshape;
mod rows;
mod set;
mod write;

use std::fmt;
use std::sync::Arc;

use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{CheckedPlan, Error, Result};

use crate::call_site::Site;
use crate::expr::{Expr, Flags, IntoLiteral, Op, Star};
use crate::plan;
use crate::session::Session;

pub use explain::ExplainMode;
pub use group::{Grouped, Pivoted};
pub use join::{JoinKind, JoinOn};
pub use nulls::{DropNulls, IntoNames};
pub use reshape::{Pivot, Unnest, Unpivot};
pub use rows::Sample;
pub use write::{WriteMode, WriteOptions, WriteSummary};

pub(crate) use relation::{LocalSource, Relation, RelationOp, Selected, in_order};

/// A result that has not been computed. See the [module](crate::frame).
#[derive(Clone)]
pub struct DataFrame {
    session: Session,
    relation: Arc<Relation>,
    bindings: Bindings,
}

/// Values of parameters, by name.
pub(crate) type Bindings = Arc<Vec<(String, pb::Literal)>>;

impl DataFrame {
    /// A frame on a leaf.
    #[track_caller]
    pub(crate) fn leaf(session: &Session, op: RelationOp) -> Result<Self> {
        Self::build(session.clone(), op, Vec::new(), Bindings::default())
    }

    /// A frame on a leaf that was asked for on an earlier line.
    pub(crate) fn leaf_at(session: &Session, op: RelationOp, site: Site) -> Result<Self> {
        Self::build_at(session.clone(), op, Vec::new(), Bindings::default(), site)
    }

    /// A frame on top of others of this session.
    #[track_caller]
    pub(crate) fn leaf_over<'a>(session: &Session, frames: impl IntoIterator<Item = &'a DataFrame>, op: RelationOp) -> Result<Self> {
        let site = Site::caller();
        let (inputs, bindings) = inputs(session, frames).map_err(|error| error.with_call_site(site.to_call_site()))?;
        Self::build(session.clone(), op, inputs, bindings)
    }

    /// A frame on top of this one.
    #[track_caller]
    pub(crate) fn then(&self, op: RelationOp) -> Result<Self> {
        Self::build(self.session.clone(), op, vec![Arc::clone(&self.relation)], Arc::clone(&self.bindings))
    }

    /// A frame on top of this one and others.
    #[track_caller]
    pub(crate) fn then_with<'a>(&'a self, others: impl IntoIterator<Item = &'a DataFrame>, op: RelationOp) -> Result<Self> {
        Self::leaf_over(&self.session, std::iter::once(self).chain(others), op)
    }

    #[track_caller]
    fn build(session: Session, op: RelationOp, inputs: Vec<Arc<Relation>>, bindings: Bindings) -> Result<Self> {
        Self::build_at(session, op, inputs, bindings, Site::caller())
    }

    fn build_at(session: Session, op: RelationOp, inputs: Vec<Arc<Relation>>, mut bindings: Bindings, site: Site) -> Result<Self> {
        let checked = op.exprs().try_for_each(|expr| {
            if expr.flags().has(Flags::INVALID) {
                expr.mistake().map_or(Ok(()), Err)?;
            }
            if expr.flags().has(Flags::SUBQUERY) {
                for frame in expr.subqueries() {
                    session.same(&frame.session)?;
                    bindings = merged(&bindings, &frame.bindings)?;
                }
            }
            op.allows(expr)
        });
        let relation = checked.and_then(|()| Relation::new(op, inputs, site.clone()));
        let relation = relation.map_err(|error| error.with_call_site(site.to_call_site()))?;
        Ok(Self { session, relation: Arc::new(relation), bindings })
    }

    pub(crate) fn relation(&self) -> &Arc<Relation> {
        &self.relation
    }

    pub(crate) fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// The session that the frame belongs to.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The id that the frame has in plans, errors and metrics.
    pub fn id(&self) -> u32 {
        self.relation.id
    }

    /// The column of this name *that comes from this frame*, wherever the expression is used: it is found as long as it has
    /// been passed on unchanged, and never mistaken for another column of the same name. After a join of two frames that
    /// both have an `id`, `orders.col("id")` and `items.col("id")` tell them apart.
    ///
    /// For a join of a frame with itself, give one side another identity with [`alias`](Self::alias).
    pub fn col(&self, name: impl Into<String>) -> Expr {
        Expr::leaf(Op::Column(pb::ColumnRef { name: name.into(), relation: self.id(), ..Default::default() }))
    }

    /// The column of this frame, seen from inside a subquery of it: what makes the subquery depend on the row around it.
    pub fn outer(&self, name: impl Into<String>) -> Expr {
        Expr::leaf(Op::OuterColumn(pb::OuterColumn { name: name.into(), relation: self.id() }))
    }

    /// Every column that comes from this frame; stands only in a `select`.
    pub fn star(&self) -> Star {
        Star(pb::Star { relation: self.id(), ..Default::default() })
    }

    /// The same rows under a name, for [`qualified`](crate::qualified) columns and for a join of a frame with itself.
    ///
    /// ```
    /// use polybolos_client::{JoinKind, Session, qualified};
    ///
    /// # fn main() -> polybolos_client::Result<()> {
    /// let staff = Session::detached().table("staff")?;
    /// let (boss, report) = (staff.alias("boss")?, staff.alias("report")?);
    /// let pairs = boss.join(&report, qualified("boss", "id").eq(report.col("boss_id")), JoinKind::Inner)?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn alias(&self, name: impl Into<String>) -> Result<DataFrame> {
        let name = name.into();
        self.then(RelationOp::plain(pb::relation::Kind::Alias(pb::SubqueryAlias { name, columns: Vec::new() })))
    }

    /// The same rows under a name, and the columns under new names, in order.
    #[track_caller]
    pub fn alias_columns<S: Into<String>>(&self, name: impl Into<String>, columns: impl IntoIterator<Item = S>) -> Result<DataFrame> {
        let alias = pb::SubqueryAlias { name: name.into(), columns: columns.into_iter().map(Into::into).collect() };
        self.then(RelationOp::plain(pb::relation::Kind::Alias(alias)))
    }

    /// Gives a [`parameter`](crate::parameter) its value. A frame can be bound many times, each time to other values. A number
    /// takes the parameter's type where that holds it exactly; nothing else is converted.
    ///
    /// # Errors
    ///
    /// `PARAMETER_MISMATCH`, by the action, where a parameter has no value or one of another type.
    #[track_caller]
    pub fn bind(&self, name: impl Into<String>, value: impl IntoLiteral) -> Result<DataFrame> {
        let (name, value) = (name.into(), value.into_literal().0);
        let mut bindings: Vec<_> = self.bindings.iter().filter(|(bound, _)| *bound != name).cloned().collect();
        bindings.push((name, value));
        Ok(Self { bindings: Arc::new(bindings), ..self.clone() })
    }

    /// The plan: the protobuf message that an action sends, checked.
    ///
    /// # Errors
    ///
    /// `PLAN_TOO_LARGE`, `PLAN_TOO_DEEP` and their kin where the plan passes a limit; `INVALID_ARGUMENT` where it holds
    /// local data too large for a plan that has not been sent yet (see [`Session::from_batches`]).
    pub fn plan(&self) -> Result<CheckedPlan> {
        plan::of_query(self).map(|prepared| prepared.plan)
    }

    /// Adds the caller's file and line to an error that names a relation of this frame.
    pub(crate) fn blame(&self, error: Error) -> Error {
        relation::blame(&self.relation, error)
    }
}

/// What a frame over several others stands on.
fn inputs<'a>(session: &Session, frames: impl IntoIterator<Item = &'a DataFrame>) -> Result<(Vec<Arc<Relation>>, Bindings)> {
    let (mut inputs, mut bindings) = (Vec::new(), Bindings::default());
    for frame in frames {
        session.same(&frame.session)?;
        inputs.push(Arc::clone(&frame.relation));
        bindings = merged(&bindings, &frame.bindings)?;
    }
    Ok((inputs, bindings))
}

/// Two frames bound to different values of one parameter do not go together.
fn merged(ours: &Bindings, theirs: &Bindings) -> Result<Bindings> {
    if theirs.is_empty() || Arc::ptr_eq(ours, theirs) {
        return Ok(Arc::clone(ours));
    }
    if ours.is_empty() {
        return Ok(Arc::clone(theirs));
    }
    let mut all = ours.as_ref().clone();
    for (name, value) in theirs.iter() {
        match all.iter().find(|(bound, _)| bound == name) {
            Some((_, bound)) if bound == value => {}
            Some(_) => return Err(Error::invalid_argument(format!("the parameter ${name} is bound to two different values"))),
            None => all.push((name.clone(), value.clone())),
        }
    }
    Ok(Arc::new(all))
}

impl fmt::Debug for DataFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataFrame {} ({})", self.id(), self.relation.op.word())
    }
}
