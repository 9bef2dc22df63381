//! Subqueries: scalar, EXISTS, IN, and comparisons with ANY and ALL of their rows.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Spans;
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison, SetQuantifier};
use datafusion::logical_expr::{Expr, Operator, Subquery};
use polybolos_protocol::functions::{EngineName, lookup};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::SubqueryKind;
use polybolos_protocol::{Code, Error, Result};

use super::operator::{binary, by_spelling, compares};
use super::typed::{Shape, Typed};
use super::{ExprBinder, missing};
use crate::bind::place::{Located, Path};
use crate::bind::relation::Rel;

impl<'b> ExprBinder<'b> {
    pub(super) fn bind_subquery(&mut self, subquery: &pb::Subquery, path: &Path) -> Result<Typed> {
        let relation = self.subquery_relation(subquery.relation, &path.field("relation"))?;
        match subquery.kind() {
            SubqueryKind::Unspecified => Err(missing(&path.field("kind"))),
            SubqueryKind::Scalar => self.scalar_subquery(relation, path),
            SubqueryKind::Exists => {
                let inner = self.correlated(relation, path)?;
                Ok(self.outside(Expr::Exists(Exists { subquery: inner, negated: false }), DataType::Boolean, false))
            }
            SubqueryKind::In => self.in_subquery(subquery, relation, path),
            SubqueryKind::Any => self.quantified(subquery, relation, SetQuantifier::Any, path),
            SubqueryKind::All => self.quantified(subquery, relation, SetQuantifier::All, path),
        }
    }

    fn subquery_relation(&self, id: u32, path: &Path) -> Result<&'b Rel> {
        let found = self.core.position(id).and_then(|at| self.relations.get(at)?.as_ref());
        found.ok_or_else(|| Error::new(Code::PlanInvalidTopology, format!("relation {id} does not come before this one"))).at(path)
    }

    fn scalar_subquery(&mut self, relation: &Rel, path: &Path) -> Result<Typed> {
        let ty = only_column(relation).at(path)?;
        let inner = self.correlated(relation, path)?;
        Ok(self.outside(Expr::ScalarSubquery(inner), ty, true))
    }

    fn in_subquery(&mut self, subquery: &pb::Subquery, relation: &Rel, path: &Path) -> Result<Typed> {
        let (needle, inner) = self.needle(subquery, relation, Operator::Eq, path)?;
        let shape = Shape::over([&needle]);
        let expr = Expr::InSubquery(InSubquery::new(Box::new(needle.expr), inner, false));
        Ok(Typed { shape: Shape { pinned: true, ..shape }, ..self.outside(expr, DataType::Boolean, true) })
    }

    fn quantified(&mut self, subquery: &pb::Subquery, relation: &Rel, quantifier: SetQuantifier, path: &Path) -> Result<Typed> {
        let comparison = subquery.comparison.as_ref().ok_or_else(|| missing(&path.field("comparison")))?;
        let op = match lookup(&comparison.namespace, &comparison.name).map(|spec| spec.engine) {
            Some(EngineName::Operator(spelling)) => by_spelling(spelling).filter(|op| compares(*op)),
            _ => None,
        };
        let Some(op) = op else {
            let message = format!("{}.{} is no comparison", comparison.namespace, comparison.name);
            return Err(Error::new(Code::InvalidExpression, message)).at(&path.field("comparison"));
        };
        let (needle, inner) = self.needle(subquery, relation, op, path)?;
        let expr = Expr::SetComparison(SetComparison::new(Box::new(needle.expr), inner, op, quantifier));
        Ok(self.outside(expr, DataType::Boolean, true))
    }

    /// The value that is looked for, and the subquery, whose only column compares with it.
    fn needle(&mut self, subquery: &pb::Subquery, relation: &Rel, op: Operator, path: &Path) -> Result<(Typed, Subquery)> {
        let needle = match subquery.needles.as_slice() {
            [needle] => self.bind(needle, &path.item("needles", 0))?,
            [] => return Err(missing(&path.field("needles"))),
            _ => {
                return Err(Error::unsupported("a subquery is compared with one value here; compare several with EXISTS"))
                    .at(&path.field("needles"));
            }
        };
        let ty = only_column(relation).at(path)?;
        let column = Typed::new(Expr::default(), ty, true, Shape::LEAF);
        binary(needle.clone(), op, column, &self.core.semantics).at(&path.item("needles", 0))?;
        let inner = self.correlated(relation, path)?;
        Ok((needle, inner))
    }

    /// The subquery with the references to this query's columns that it makes; those to queries further out stay open.
    fn correlated(&mut self, relation: &Rel, path: &Path) -> Result<Subquery> {
        let mut columns = Vec::new();
        let mut replaced = Vec::new();
        for outer in &relation.outer {
            let origin = self.relations.get(outer.at).and_then(Option::as_ref);
            let found = origin.map(|origin| self.visible.by_origin(&outer.name, outer.id, outer.at, &origin.scope));
            match found {
                Some(Ok(column)) => {
                    if column.column != outer.column {
                        replaced.push((outer.column.clone(), column.column.clone()));
                    }
                    let expr = Expr::OuterReferenceColumn(Arc::clone(&column.field), column.column.clone());
                    if !columns.contains(&expr) {
                        columns.push(expr);
                    }
                }
                Some(Err(error)) if error.code() == Code::AmbiguousColumn => return Err(error).at(path),
                _ => self.outer.push(outer.clone()),
            }
        }
        let plan = relation.exact_plan().at(path)?;
        let plan = crate::bind::relation::with_outer_columns(plan, &replaced).at(path)?;
        Ok(Subquery { subquery: plan, outer_ref_columns: columns, spans: Spans::new() })
    }

    fn outside(&self, expr: Expr, ty: DataType, nullable: bool) -> Typed {
        Typed::new(expr, ty, nullable, Shape::PINNED)
    }
}

fn only_column(relation: &Rel) -> Result<DataType> {
    match relation.scope.columns() {
        [column] => Ok(column.ty().clone()),
        columns => {
            let message = format!("the subquery gives {} columns where one is compared; select one", columns.len());
            Err(Error::new(Code::InvalidExpression, message))
        }
    }
}
