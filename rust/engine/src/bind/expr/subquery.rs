//! Subqueries: scalar, EXISTS, IN, and comparisons with ANY and ALL of their rows.
//!
//! DataFusion turns EXISTS and IN into joins where they are conditions of a filter, and only there. Elsewhere (in a select, below
//! OR or NOT) they become scalar subqueries that count, and nulls are told apart by hand; so do ANY and ALL, by the least and
//! the greatest value of the rows.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, Spans};
use datafusion::functions_aggregate::expr_fn::{count, max, min};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{Aggregate, Case, Expr, Filter, LogicalPlan, Operator, Projection, Subquery, lit};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::functions::{EngineName, lookup};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::SubqueryKind;
use polybolos_protocol::wire::plan::expression::Kind;
use polybolos_protocol::{Code, Error, Result};

use super::operator::{binary, by_spelling, compares};
use super::typed::{Shape, Typed};
use super::{ExprBinder, missing};
use crate::bind::fault::planned;
use crate::bind::place::{Located, Path};
use crate::bind::relation::{OuterRef, Rel, with_outer_columns};
use crate::bind::scope::Visible;

/// A subquery's plan, with the columns of this query that it reads.
struct Inner {
    plan: Arc<LogicalPlan>,
    outer: Vec<Expr>,
    /// Its columns.
    columns: Vec<Arc<Visible>>,
}

impl<'b> ExprBinder<'b> {
    pub(super) fn bind_subquery(&mut self, subquery: &pb::Subquery, path: &Path) -> Result<Typed> {
        let relation = self.subquery_relation(subquery.relation, &path.field("relation"))?;
        match subquery.kind() {
            SubqueryKind::Unspecified => Err(missing(&path.field("kind"))),
            SubqueryKind::Scalar => self.scalar_subquery(relation, path),
            SubqueryKind::Exists => {
                let inner = self.correlated(relation, path)?;
                inner.probe(self, count(lit(1i64)), DataType::Int64).map(|rows| compared(rows, Operator::Gt, lit(0i64))).at(path)
            }
            SubqueryKind::In => self.any_all(subquery, relation, Operator::Eq, true, path),
            SubqueryKind::Any => {
                let op = comparison(subquery, path)?;
                self.any_all(subquery, relation, op, true, path)
            }
            SubqueryKind::All => {
                let op = comparison(subquery, path)?;
                self.any_all(subquery, relation, op, false, path)
            }
        }
    }

    /// A condition of a filter: EXISTS and IN, perhaps negated, become joins; all else is bound as anywhere.
    pub(crate) fn bind_conjunct(&mut self, expr: &pb::Expression, path: &Path) -> Result<Typed> {
        let (subquery, negated) = match negated_subquery(expr) {
            Some(subquery) => (subquery, true),
            None => match expr.kind.as_ref() {
                Some(Kind::Subquery(subquery)) => (subquery, false),
                _ => return self.bind_condition(Some(expr), path),
            },
        };
        let path = path.field("subquery");
        let relation = self.subquery_relation(subquery.relation, &path.field("relation"))?;
        match subquery.kind() {
            SubqueryKind::Exists => {
                let subquery = self.correlated(relation, &path)?.subquery();
                Ok(outside(Expr::Exists(Exists { subquery, negated }), DataType::Boolean, false))
            }
            SubqueryKind::In => {
                let (needle, inner) = self.needle(subquery, relation, Operator::Eq, &path)?;
                let expr = Expr::InSubquery(InSubquery::new(Box::new(needle.expr), inner.subquery(), negated));
                Ok(outside(expr, DataType::Boolean, true))
            }
            _ => self.bind_condition(Some(expr), &path),
        }
    }

    fn subquery_relation(&self, id: u32, path: &Path) -> Result<&'b Rel> {
        let found = self.core.position(id).and_then(|at| self.relations.get(at)?.as_ref());
        found.ok_or_else(|| Error::new(Code::PlanInvalidTopology, format!("relation {id} does not come before this one"))).at(path)
    }

    fn scalar_subquery(&mut self, relation: &Rel, path: &Path) -> Result<Typed> {
        let ty = only_column(relation).at(path)?.ty().clone();
        let inner = self.correlated(relation, path)?;
        Ok(outside(Expr::ScalarSubquery(inner.subquery()), ty, true))
    }

    /// Whether the comparison holds for some row, or for every row.
    fn any_all(&mut self, subquery: &pb::Subquery, relation: &Rel, op: Operator, any: bool, path: &Path) -> Result<Typed> {
        let (needle, inner) = self.needle(subquery, relation, op, path)?;
        self.quantified(needle, &inner, op, any).at(path)
    }

    fn quantified(&mut self, needle: Typed, inner: &Inner, op: Operator, any: bool) -> Result<Typed> {
        let column = inner.columns.first().cloned().ok_or_else(|| Error::internal("a subquery without columns"))?;
        let value = Expr::Column(column.column.clone());
        let may_be_null = needle.nullable() || column.field.is_nullable();
        let rows = inner.probe(self, count(lit(1i64)), DataType::Int64)?.expr;
        // What decides without a look at nulls: for ANY a row that holds, for ALL a row that does not.
        let decided = match (op, any) {
            (Operator::Eq, true) | (Operator::NotEq, false) => self.matches(needle.clone(), inner, &value)?,
            (Operator::Gt | Operator::GtEq, true) | (Operator::Lt | Operator::LtEq, false) => {
                inner.probe(self, min(value.clone()), column.ty().clone())?.expr
            }
            _ => inner.probe(self, max(value.clone()), column.ty().clone())?.expr,
        };
        let x = needle.expr.clone();
        let holds = |op: Operator, y: Expr| datafusion::logical_expr::binary_expr(x.clone(), op, y);
        let decided = match (op, any) {
            (Operator::Eq, true) | (Operator::NotEq, false) => decided,
            (Operator::Eq, false) | (Operator::NotEq, true) => {
                let least = inner.probe(self, min(value.clone()), column.ty().clone())?.expr;
                holds(Operator::NotEq, least).or(holds(Operator::NotEq, decided))
            }
            (op, true) => holds(op, decided),
            (op, false) => Expr::Not(Box::new(holds(op, decided))),
        };
        if !may_be_null && matches!((op, any), (Operator::Eq, true)) {
            return Ok(outside(decided, DataType::Boolean, false));
        }
        let values = inner.probe(self, count(value), DataType::Int64)?.expr;
        let unknown = needle.expr.is_null().or(values.lt(rows.clone()));
        let branches = vec![
            (Box::new(rows.eq(lit(0i64))), Box::new(lit(!any))),
            (Box::new(decided), Box::new(lit(any))),
            (Box::new(unknown), Box::new(lit(ScalarValue::Boolean(None)))),
        ];
        Ok(outside(Expr::Case(Case::new(None, branches, Some(Box::new(lit(!any))))), DataType::Boolean, true))
    }

    /// Whether a row equals the needle, which the subquery reads as a column of this query.
    fn matches(&mut self, needle: Typed, inner: &Inner, value: &Expr) -> Result<Expr> {
        let mut outer = inner.outer.clone();
        let wanted = match &needle.expr {
            Expr::Literal(..) => needle.expr,
            _ => {
                let column = match needle.expr {
                    Expr::Column(column) => column,
                    _ if self.can_hoist(&needle) => match self.hoist(needle.clone()).expr {
                        Expr::Column(column) => column,
                        _ => return Err(Error::internal("a hoisted expression is no column")),
                    },
                    _ => {
                        return Err(Error::unsupported(
                            "a subquery here is compared with a column; compute the value with with_columns first",
                        ));
                    }
                };
                let reference = Expr::OuterReferenceColumn(Arc::clone(&needle.field), column);
                if !outer.contains(&reference) {
                    outer.push(reference.clone());
                }
                reference
            }
        };
        let filter = planned(Filter::try_new(value.clone().eq(wanted), Arc::clone(&inner.plan)))?;
        let matching = Inner { plan: Arc::new(LogicalPlan::Filter(filter)), outer, columns: Vec::new() };
        Ok(matching.probe(self, count(lit(1i64)), DataType::Int64)?.expr.gt(lit(0i64)))
    }

    /// The value that is looked for, and the subquery, whose only column compares with it.
    fn needle(&mut self, subquery: &pb::Subquery, relation: &Rel, op: Operator, path: &Path) -> Result<(Typed, Inner)> {
        let needle = match subquery.needles.as_slice() {
            [needle] => self.bind(needle, &path.item("needles", 0))?,
            [] => return Err(missing(&path.field("needles"))),
            _ => {
                return Err(Error::unsupported("a subquery is compared with one value here; compare several with EXISTS"))
                    .at(&path.field("needles"));
            }
        };
        let ty = only_column(relation).at(path)?.ty().clone();
        let column = Typed::new(Expr::default(), ty, true, Shape::LEAF);
        binary(needle.clone(), op, column, &self.core.semantics).at(&path.item("needles", 0))?;
        let inner = self.correlated(relation, path)?;
        Ok((needle, inner))
    }

    /// The subquery with the references to this query's columns that it makes; those to queries further out stay open.
    fn correlated(&mut self, relation: &Rel, path: &Path) -> Result<Inner> {
        let mut answered = self.answer(&relation.outer).at(path)?;
        self.outer.append(&mut answered.open);
        let plan = relation.projected_plan().at(path)?;
        if collides(&plan, &self.all_columns().at(path)?).at(path)? {
            self.core.collided();
        }
        let plan = with_outer_columns(plan, &answered.replaced).at(path)?;
        Ok(Inner { plan, outer: answered.columns, columns: relation.scope.columns().to_vec() })
    }

    /// The columns in scope, and those that lie below it unseen, such as what was unpivoted.
    fn all_columns(&self) -> Result<HashSet<Column>> {
        let mut columns: HashSet<Column> = self.visible.columns().map(|column| column.column.clone()).collect();
        for (at, _) in self.visible.inputs {
            if let Some(Some(input)) = self.relations.get(*at) {
                columns.extend(input.rows.base_columns()?);
            }
        }
        Ok(columns)
    }

    /// Finds the columns in scope that references from inside mean.
    fn answer(&self, references: &[OuterRef]) -> Result<Answered> {
        let mut answered = Answered::default();
        for reference in references {
            let origin = self.relations.get(reference.at).and_then(Option::as_ref);
            match origin.map(|origin| self.visible.by_origin(&reference.name, reference.id, reference.at, &origin.scope)) {
                Some(Ok(column)) => answered.add(reference, &column),
                Some(Err(error)) if error.code() == Code::AmbiguousColumn => return Err(error),
                _ => answered.open.push(reference.clone()),
            }
        }
        Ok(answered)
    }
}

/// References to outer columns: those that are answered here, under their names here, and those that are not.
#[derive(Default)]
pub(crate) struct Answered {
    pub(crate) columns: Vec<Expr>,
    pub(crate) replaced: Vec<(Column, Column)>,
    pub(crate) open: Vec<OuterRef>,
}

impl Answered {
    pub(crate) fn add(&mut self, reference: &OuterRef, column: &Visible) {
        if column.column != reference.column {
            self.replaced.push((reference.column.clone(), column.column.clone()));
        }
        let expr = Expr::OuterReferenceColumn(Arc::clone(&column.field), column.column.clone());
        if !self.columns.contains(&expr) {
            self.columns.push(expr);
        }
    }
}

/// Whether a subquery makes one of these columns itself, because both come from one relation: DataFusion would take the two for one.
pub(crate) fn collides(plan: &LogicalPlan, outside: &HashSet<Column>) -> Result<bool> {
    let mut found = false;
    let walked = plan.apply_with_subqueries(|node| {
        found = node.schema().columns().iter().any(|column| outside.contains(column));
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    planned(walked).map(|_| found)
}

impl Inner {
    fn subquery(self) -> Subquery {
        Subquery { subquery: self.plan, outer_ref_columns: self.outer, spans: Spans::new() }
    }

    /// The scalar subquery of one aggregate over the rows.
    fn probe(&self, binder: &ExprBinder, aggregate: Expr, ty: DataType) -> Result<Typed> {
        let column = binder.core.fresh("probe");
        let aggregate = planned(Aggregate::try_new(Arc::clone(&self.plan), Vec::new(), vec![aggregate.alias(column.name.clone())]))?;
        let plan = planned(Projection::try_new(vec![Expr::Column(column)], Arc::new(LogicalPlan::Aggregate(aggregate))))?;
        let plan = Arc::new(LogicalPlan::Projection(plan));
        let subquery = Subquery { subquery: plan, outer_ref_columns: self.outer.clone(), spans: Spans::new() };
        Ok(outside(Expr::ScalarSubquery(subquery), ty, true))
    }
}

fn outside(expr: Expr, ty: DataType, nullable: bool) -> Typed {
    Typed::new(expr, ty, nullable, Shape::PINNED)
}

fn compared(value: Typed, op: Operator, other: Expr) -> Typed {
    outside(datafusion::logical_expr::binary_expr(value.expr, op, other), DataType::Boolean, false)
}

fn comparison(subquery: &pb::Subquery, path: &Path) -> Result<Operator> {
    let function = subquery.comparison.as_ref().ok_or_else(|| missing(&path.field("comparison")))?;
    let op = match lookup(&function.namespace, &function.name).map(|spec| spec.engine) {
        Some(EngineName::Operator(spelling)) => by_spelling(spelling).filter(|op| compares(*op) && op.negate().is_some()),
        _ => None,
    };
    let ordered = op.filter(|op| !matches!(op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom));
    ordered
        .ok_or_else(|| {
            Error::new(Code::InvalidExpression, format!("{}.{} is no comparison for ANY and ALL", function.namespace, function.name))
        })
        .at(&path.field("comparison"))
}

/// `core.not` of a subquery.
fn negated_subquery(expr: &pb::Expression) -> Option<&pb::Subquery> {
    let Some(Kind::Call(call)) = expr.kind.as_ref() else {
        return None;
    };
    let function = call.function.as_ref()?;
    match (function.namespace.as_str(), function.name.as_str(), call.args.as_slice()) {
        ("core", "not", [pb::Expression { kind: Some(Kind::Subquery(subquery)) }]) => Some(subquery),
        _ => None,
    }
}

fn only_column(relation: &Rel) -> Result<&Visible> {
    match relation.scope.columns() {
        [column] => Ok(column),
        columns => {
            let message = format!("the subquery gives {} columns where one is compared; select one", columns.len());
            Err(Error::new(Code::InvalidExpression, message))
        }
    }
}
