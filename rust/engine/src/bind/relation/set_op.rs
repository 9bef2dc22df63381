//! Unions, intersections and differences, where nulls are equal to one another.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Column, JoinConstraint, JoinType, NullEquality};
use datafusion::logical_expr::{Distinct, Expr, Join, LogicalPlan, Projection, Union};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::{SetOpColumns, SetOpKind};
use polybolos_protocol::{Code, Error, Result};

use super::limit::ranking;
use super::project::no_column;
use super::{Binder, Draft, Here, Parts, Rel, distinct_names, missing, visible};
use crate::bind::expr::Typed;
use crate::bind::expr::conditional::union_type;
use crate::bind::expr::reference::column_of;
use crate::bind::expr::typed::unnamed;
use crate::bind::fault::planned;
use crate::bind::literal;
use crate::bind::place::{Located, Path};
use crate::bind::rows::Rows;
use crate::bind::types::show;

/// An output column: its name, and what each input puts there.
struct Aligned {
    name: String,
    ty: DataType,
    nullable: bool,
    values: Vec<Option<Typed>>,
}

impl Binder<'_> {
    pub(super) fn set_op(&mut self, here: Here, set_op: &pb::SetOp, path: &Path) -> Result<Rel> {
        let inputs = (0..here.relation.inputs.len().max(2)).map(|number| self.input(here, number)).collect::<Result<Vec<_>>>()?;
        let columns = match set_op.columns() {
            SetOpColumns::Unspecified => return Err(missing(&path.field("columns"))),
            SetOpColumns::ByPosition => by_position(&inputs),
            SetOpColumns::ByName => self.by_name(&inputs, false),
            SetOpColumns::ByNameFillMissing => self.by_name(&inputs, true),
        };
        let columns = columns.at(path)?;
        let flat = if set_op.kind() == SetOpKind::UnionAll { longest_union(&inputs, &columns) } else { None };
        let names: Vec<Column> = match flat.and_then(|number| inputs.get(number)) {
            Some(input) => input.scope.columns().iter().map(|column| column.column.clone()).collect(),
            None => columns.iter().map(|column| self.core.fresh(&column.name)).collect(),
        };
        let mut plans = Vec::with_capacity(inputs.len());
        for (number, input) in inputs.iter().enumerate() {
            match &input.parts {
                Some(parts) if flat == Some(number) => plans.extend(parts.iter().cloned()),
                _ => plans.push(aligned_plan(input, number, &columns, &names)?),
            }
        }
        let kind = set_op.kind();
        let parts: Parts = plans.into();
        let rows = match kind {
            SetOpKind::Unspecified => return Err(missing(&path.field("kind"))),
            SetOpKind::UnionAll => Rows::union(Arc::clone(&parts)),
            SetOpKind::Union => Rows::base(LogicalPlan::Distinct(Distinct::All(union(&parts)?))),
            SetOpKind::Intersect => self.folded(&parts, JoinType::LeftSemi, false)?,
            SetOpKind::IntersectAll => self.folded(&parts, JoinType::LeftSemi, true)?,
            SetOpKind::Except => self.folded(&parts, JoinType::LeftAnti, false)?,
            SetOpKind::ExceptAll => self.folded(&parts, JoinType::LeftAnti, true)?,
        };
        let visibles =
            columns.into_iter().zip(names).map(|(column, inner)| visible(here, &column.name, inner, unnamed(column.ty, column.nullable)));
        let visibles = visibles.collect();
        let mut draft = Draft::over(&inputs, rows, visibles);
        draft.parts = (kind == SetOpKind::UnionAll).then_some(parts);
        Ok(draft.finish(here))
    }

    fn by_name(&self, inputs: &[&Rel], fill: bool) -> Result<Vec<Aligned>> {
        let names = self.core.names();
        for input in inputs {
            distinct_names(input.scope.columns().iter().map(|column| column.name.as_ref()), "the inputs of a set operation by name")?;
        }
        let mut all: Vec<String> = Vec::new();
        for column in inputs.iter().flat_map(|input| input.scope.columns()) {
            if !all.iter().any(|name| names.same(name, &column.name)) {
                all.push(column.name.to_string());
            }
        }
        let mut aligned = Vec::with_capacity(all.len());
        for name in all {
            let values: Vec<Option<Typed>> =
                inputs.iter().map(|input| input.scope.named(&name, names).first().map(|column| column_of(column))).collect();
            if let Some((_, input)) = values.iter().zip(inputs).find(|(value, _)| value.is_none() && !fill) {
                return Err(no_column(&name, input).param("input", input.id.to_string()));
            }
            aligned.push(align(name, values)?);
        }
        Ok(aligned)
    }

    /// Intersection or difference of the first plan with each of the others.
    fn folded(&self, plans: &[Arc<LogicalPlan>], kind: JoinType, all: bool) -> Result<Rows> {
        let mut plans = plans.iter().cloned();
        let first = plans.next().ok_or_else(|| Error::internal("a set operation without inputs"))?;
        let first = if all { first } else { Arc::new(LogicalPlan::Distinct(Distinct::All(first))) };
        let folded = plans.try_fold(first, |left, right| self.matched(left, right, kind, all))?;
        Ok(Rows::base(Arc::unwrap_or_clone(folded)))
    }

    /// The rows of the left side that have, or do not have, an equal row on the right: with `all`, the second of two equal rows
    /// needs a second one there.
    fn matched(&self, left: Arc<LogicalPlan>, right: Arc<LogicalPlan>, kind: JoinType, all: bool) -> Result<Arc<LogicalPlan>> {
        let output = left.schema().columns();
        let (left, right) = if all { (self.numbered(left)?, self.numbered(right)?) } else { (left, right) };
        let fresh: Vec<Column> = right.schema().columns().iter().map(|column| self.core.fresh(&column.name)).collect();
        let exprs = right.schema().columns().into_iter().zip(&fresh).map(|(old, new)| Expr::Column(old).alias(new.name.clone())).collect();
        let right = Arc::new(LogicalPlan::Projection(planned(Projection::try_new(exprs, right))?));
        let on = left.schema().columns().into_iter().zip(fresh).map(|(left, right)| (Expr::Column(left), Expr::Column(right))).collect();
        let join = planned(Join::try_new(left, right, on, None, kind, JoinConstraint::On, NullEquality::NullEqualsNull, false))?;
        super::exact(Arc::new(LogicalPlan::Join(join)), output.iter())
    }

    /// The plan with one more column: the number of each row among its equals.
    fn numbered(&self, plan: Arc<LogicalPlan>) -> Result<Arc<LogicalPlan>> {
        let columns = plan.schema().columns();
        let keys = columns.iter().cloned().map(Expr::Column).collect();
        let (call, _) = ranking(self.core.state(), "row_number", keys, Vec::new())?;
        let name = call.schema_name().to_string();
        let number = self.core.fresh("row_number");
        let window = planned(datafusion::logical_expr::LogicalPlanBuilder::window_plan(Arc::unwrap_or_clone(plan), [call]))?;
        let numbered = Expr::Column(Column::new_unqualified(name)).alias(number.name);
        let exprs = columns.into_iter().map(Expr::Column).chain([numbered]).collect();
        planned(Projection::try_new(exprs, Arc::new(window))).map(|projection| Arc::new(LogicalPlan::Projection(projection)))
    }
}

fn by_position(inputs: &[&Rel]) -> Result<Vec<Aligned>> {
    let Some(first) = inputs.first() else {
        return Err(Error::internal("a set operation without inputs"));
    };
    let width = first.scope.columns().len();
    if let Some(other) = inputs.iter().find(|input| input.scope.columns().len() != width) {
        let message = format!("the inputs of a set operation have {width} and {} columns", other.scope.columns().len());
        return Err(Error::new(Code::TypeMismatch, message).param("input", other.id.to_string()));
    }
    (0..width)
        .map(|at| {
            let columns: Vec<_> = inputs.iter().filter_map(|input| input.scope.columns().get(at)).collect();
            let name = columns.first().map(|column| column.name.to_string()).unwrap_or_default();
            align(name, columns.into_iter().map(|column| Some(column_of(column))).collect())
        })
        .collect()
}

fn align(name: String, values: Vec<Option<Typed>>) -> Result<Aligned> {
    let mut ty = DataType::Null;
    for value in values.iter().flatten() {
        ty = union_type(&ty, value.ty()).ok_or_else(|| {
            let message = format!("column '{name}' is of type {} in one input and {} in another; cast one", show(&ty), show(value.ty()));
            Error::new(Code::TypeMismatch, message).param("name", name.clone())
        })?;
    }
    let nullable = values.iter().any(|value| value.as_ref().is_none_or(Typed::nullable));
    Ok(Aligned { name, ty, nullable, values })
}

fn aligned_plan(input: &Rel, number: usize, columns: &[Aligned], names: &[Column]) -> Result<Arc<LogicalPlan>> {
    let mut exprs = Vec::with_capacity(columns.len());
    for (column, name) in columns.iter().zip(names) {
        let value = match column.values.get(number).cloned().flatten() {
            Some(value) => value.cast(&column.ty)?,
            None => Typed::literal(literal::null(&column.ty)?),
        };
        exprs.push(value.expr.alias(name.name.clone()));
    }
    planned(Projection::try_new(exprs, input.plan()?)).map(|projection| Arc::new(LogicalPlan::Projection(projection)))
}

/// All rows of these plans.
pub(crate) fn union(parts: &[Arc<LogicalPlan>]) -> Result<Arc<LogicalPlan>> {
    planned(Union::try_new(parts.to_vec())).map(|union| Arc::new(LogicalPlan::Union(union)))
}

/// The input that is itself the longest union of just these columns, so that a union of it and the others is one union.
fn longest_union(inputs: &[&Rel], columns: &[Aligned]) -> Option<usize> {
    let unchanged = |number: usize, input: &Rel| {
        let scope = input.scope.columns();
        scope.len() == columns.len()
            && columns.iter().zip(scope).all(|(aligned, column)| {
                let value = aligned.values.get(number).and_then(Option::as_ref);
                value
                    .is_some_and(|value| value.ty() == &aligned.ty && matches!(&value.expr, Expr::Column(inner) if *inner == column.column))
            })
    };
    let unions = inputs.iter().enumerate().filter(|(number, input)| input.parts.is_some() && unchanged(*number, input));
    unions.max_by_key(|(_, input)| input.parts.as_ref().map_or(0, |parts| parts.len())).map(|(number, _)| number)
}
