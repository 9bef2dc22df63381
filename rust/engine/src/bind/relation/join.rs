//! Joins: on a condition or on columns of the same name, lateral or not.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::{Column, JoinConstraint, JoinType, NullEquality, Spans};
use datafusion::logical_expr::{Expr, Join, LogicalPlan, Operator, Projection, Subquery};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::JoinKind;
use polybolos_protocol::wire::plan::join::Condition;
use polybolos_protocol::{Code, Error, Result};

use super::{Binder, Draft, Here, OuterRef, Rel, missing, projected, with_outer_columns};
use crate::bind::expr::operator::binary;
use crate::bind::expr::reference::column_of;
use crate::bind::expr::subquery::{Answered, collides};
use crate::bind::expr::{Clause, Typed, common_type};
use crate::bind::fault::planned;
use crate::bind::place::{Located, Path};
use crate::bind::rows::Rows;
use crate::bind::scope::{Scope, Visible, Visibles};

const ON: Clause = Clause::in_place("a join condition");

/// The two sides, with columns that no longer collide.
struct Sides {
    left: Arc<LogicalPlan>,
    right: Arc<LogicalPlan>,
    left_columns: Vec<Arc<Visible>>,
    right_columns: Vec<Arc<Visible>>,
    outer: Vec<OuterRef>,
}

impl Binder<'_> {
    pub(super) fn join(&mut self, here: Here, join: &pb::Join, path: &Path) -> Result<Rel> {
        let (left, right) = (self.input(here, 0)?, self.input(here, 1)?);
        let kind = join_type(join.kind()).ok_or_else(|| missing(&path.field("kind")))?;
        let mut sides = self.sides(here, left, right, kind)?;
        if join.lateral {
            self.lateral(here, &mut sides, left, kind).at(path)?;
        } else {
            sides.outer.extend(right.outer.iter().cloned());
        }
        let mut draft = Draft::over(&[left, right], Rows::base(LogicalPlan::default()), Vec::new());
        draft.outer = std::mem::take(&mut sides.outer);
        match join.condition.as_ref() {
            Some(_) if join.kind() == JoinKind::Cross => {
                return Err(Error::new(Code::PlanInvalidValue, "a cross join has no condition")).at(path);
            }
            None if join.kind() == JoinKind::Cross => {
                draft.rows = joined(&sides, Vec::new(), None, kind, NullEquality::NullEqualsNothing)?;
                draft.columns = output(sides, kind);
            }
            None => return Err(missing(&path.field("condition"))),
            Some(Condition::On(on)) => self.join_on(here, on, sides, kind, &mut draft, &path.field("on"))?,
            Some(Condition::Using(using)) => self.join_using(here, using, sides, kind, &mut draft, &path.field("using"))?,
        }
        Ok(draft.finish(here))
    }

    /// Both sides with identities of their own; where both have a column of the same internal name, the right one gets another.
    fn sides(&self, here: Here, left: &Rel, right: &Rel, kind: JoinType) -> Result<Sides> {
        let (left_plan, mut right_plan) = (left.plan()?, right.plan()?);
        let (left_null, right_null) = (matches!(kind, JoinType::Right | JoinType::Full), matches!(kind, JoinType::Left | JoinType::Full));
        let taken: HashSet<Column> = left_plan.schema().columns().into_iter().collect();
        let collides = right_plan.schema().columns().iter().any(|column| taken.contains(column));
        let mut renamed: Vec<(Column, Column)> = Vec::new();
        if collides {
            renamed = right.columns().into_iter().map(|column| (column.clone(), self.core.fresh(&column.name))).collect();
            let exprs = renamed.iter().map(|(old, new)| Expr::Column(old.clone()).alias(new.name.clone())).collect();
            right_plan = Arc::new(LogicalPlan::Projection(planned(Projection::try_new(exprs, right_plan))?));
        }
        let side = |rel: &Rel, null: bool, renamed: &[(Column, Column)]| {
            rel.scope.columns().iter().map(|column| through(here, rel, column, null, renamed)).collect::<Vec<_>>()
        };
        Ok(Sides {
            left_columns: side(left, left_null, &[]),
            right_columns: side(right, right_null, &renamed),
            left: left_plan,
            right: right_plan,
            outer: left.outer.clone(),
        })
    }

    /// Answers the right side's references to columns of the left side.
    fn lateral(&self, here: Here, sides: &mut Sides, left: &Rel, kind: JoinType) -> Result<()> {
        let right = self.input(here, 1)?;
        let scopes = [(left.at, left.scope.as_ref())];
        let visible = Visibles { inputs: &scopes, lineage: &self.core.lineage, names: self.core.names() };
        let mut answered = Answered::default();
        for outer in &right.outer {
            let origin = self.relations.get(outer.at).and_then(Option::as_ref);
            match origin.map(|origin| visible.by_origin(&outer.name, outer.id, outer.at, &origin.scope)) {
                Some(Ok(column)) => answered.add(outer, &column),
                Some(Err(error)) if error.code() == Code::AmbiguousColumn => return Err(error),
                _ => answered.open.push(outer.clone()),
            }
        }
        sides.outer.append(&mut answered.open);
        if answered.columns.is_empty() {
            return Ok(());
        }
        if !matches!(kind, JoinType::Inner | JoinType::Left) {
            return Err(Error::unsupported("this engine has inner, cross and left lateral joins only"));
        }
        if collides(&sides.right, &left.scope.columns().iter().map(|column| column.column.clone()).collect())? {
            self.core.collided();
        }
        let subquery = with_outer_columns(Arc::clone(&sides.right), &answered.replaced)?;
        sides.right = Arc::new(LogicalPlan::Subquery(Subquery { subquery, outer_ref_columns: answered.columns, spans: Spans::new() }));
        Ok(())
    }

    fn join_on(&self, here: Here, on: &pb::Expression, sides: Sides, kind: JoinType, draft: &mut Draft, path: &Path) -> Result<()> {
        let both = Scope::new(sides.left_columns.iter().chain(&sides.right_columns).cloned().collect());
        let scopes = [(here.at, &both)];
        let mut binder = self.over(&scopes, ON);
        let predicate = binder.bind_condition(Some(on), path)?;
        draft.outer.append(&mut binder.outer);
        draft.rows = joined(&sides, Vec::new(), Some(predicate.expr), kind, NullEquality::NullEqualsNothing)?;
        draft.columns = output(sides, kind);
        Ok(())
    }

    fn join_using(&self, here: Here, using: &pb::UsingColumns, sides: Sides, kind: JoinType, draft: &mut Draft, path: &Path) -> Result<()> {
        if using.columns.is_empty() {
            return Err(missing(&path.field("columns")));
        }
        let pairs =
            using.columns.iter().enumerate().map(|(number, name)| self.using_pair(here, name, &sides).at(&path.item("columns", number)));
        let pairs = pairs.collect::<Result<Vec<_>>>()?;
        let on = pairs.iter().map(|(left, right)| (column_of(left).expr, column_of(right).expr)).collect();
        let equality = if using.nulls_equal { NullEquality::NullEqualsNull } else { NullEquality::NullEqualsNothing };
        draft.rows = joined(&sides, on, None, kind, equality)?;
        if matches!(kind, JoinType::LeftSemi | JoinType::LeftAnti) {
            draft.columns = output(sides, kind);
            return Ok(());
        }
        for (left, right) in &pairs {
            let column = self.coalesced(here, draft, left, right, kind)?;
            draft.columns.push(column);
        }
        let key = |column: &&Arc<Visible>| !pairs.iter().any(|(left, right)| Arc::ptr_eq(left, column) || Arc::ptr_eq(right, column));
        draft.columns.extend(sides.left_columns.iter().chain(&sides.right_columns).filter(key).cloned());
        Ok(())
    }

    fn using_pair(&self, here: Here, name: &str, sides: &Sides) -> Result<(Arc<Visible>, Arc<Visible>)> {
        let find = |columns: &[Arc<Visible>], side: &str| {
            let scope = Scope::new(columns.to_vec());
            let scopes = [(here.at, &scope)];
            let visible = Visibles { inputs: &scopes, lineage: &self.core.lineage, names: self.core.names() };
            visible.by_name(name, &[]).map_err(|error| error.param("side", side))
        };
        let (left, right) = (find(&sides.left_columns, "left")?, find(&sides.right_columns, "right")?);
        binary(column_of(&left), Operator::Eq, column_of(&right), &self.core.semantics)?;
        Ok((left, right))
    }

    /// The one copy of a column that both sides have.
    fn coalesced(&self, here: Here, draft: &mut Draft, left: &Arc<Visible>, right: &Arc<Visible>, kind: JoinType) -> Result<Arc<Visible>> {
        let (left_value, right_value) = (column_of(left), column_of(right));
        let ty = common_type("the columns of a join", [&left_value, &right_value])?;
        let value = match kind {
            JoinType::Inner | JoinType::Left => left_value.cast(&ty)?,
            JoinType::Right => right_value.cast(&ty)?,
            _ => {
                let (left, right) = (left_value.cast(&ty)?, right_value.cast(&ty)?);
                let nullable = left.nullable() && right.nullable();
                let shape = left.shape;
                Typed::new(datafusion::functions::core::expr_fn::coalesce(vec![left.expr, right.expr]), ty, nullable, shape)
            }
        };
        let column = draft.place(self.core, &left.name, &value);
        Ok(Arc::new(Visible {
            name: Arc::clone(&left.name),
            qualifiers: left.qualifiers.iter().chain(&right.qualifiers).cloned().collect(),
            column,
            field: value.field,
            born: here.at,
            from: left.from.iter().chain(&right.from).cloned().collect(),
        }))
    }
}

/// An input's column on its way through a join.
fn through(here: Here, rel: &Rel, column: &Arc<Visible>, null: bool, renamed: &[(Column, Column)]) -> Arc<Visible> {
    let inner = renamed.iter().find(|(old, _)| *old == column.column).map_or(&column.column, |(_, new)| new);
    let field = if null { Arc::new(column.field.as_ref().clone().with_nullable(true)) } else { Arc::clone(&column.field) };
    Arc::new(Visible {
        name: Arc::clone(&column.name),
        qualifiers: column.qualifiers.clone(),
        column: inner.clone(),
        field,
        born: here.at,
        from: vec![(rel.at, Arc::clone(column))],
    })
}

fn joined(sides: &Sides, on: Vec<(Expr, Expr)>, filter: Option<Expr>, kind: JoinType, equality: NullEquality) -> Result<Rows> {
    let join = Join::try_new(Arc::clone(&sides.left), Arc::clone(&sides.right), on, filter, kind, JoinConstraint::On, equality, false);
    let lateral = matches!(sides.right.as_ref(), LogicalPlan::Subquery(_));
    let plan = Arc::new(LogicalPlan::Join(planned(join)?));
    // Turning a lateral join into a plain one adds columns, which the optimizer does not expect at the top of a plan.
    let plan = if lateral { projected(plan)? } else { plan };
    Ok(Rows::base(Arc::unwrap_or_clone(plan)))
}

fn output(sides: Sides, kind: JoinType) -> Vec<Arc<Visible>> {
    match kind {
        JoinType::LeftSemi | JoinType::LeftAnti => sides.left_columns,
        _ => sides.left_columns.into_iter().chain(sides.right_columns).collect(),
    }
}

fn join_type(kind: JoinKind) -> Option<JoinType> {
    Some(match kind {
        JoinKind::Unspecified => return None,
        JoinKind::Inner | JoinKind::Cross => JoinType::Inner,
        JoinKind::Left => JoinType::Left,
        JoinKind::Right => JoinType::Right,
        JoinKind::Full => JoinType::Full,
        JoinKind::LeftSemi => JoinType::LeftSemi,
        JoinKind::LeftAnti => JoinType::LeftAnti,
    })
}
