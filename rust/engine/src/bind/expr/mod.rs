//! Expressions: from the plan's tree, whose names are text, to DataFusion's, whose names are columns of the inputs.
//!
//! Every node is typed as it is bound, from the types of its parts, so that an error names the guilty node and costs are
//! linear. Three things leave the tree on the way:
//!
//! * an aggregate or window call becomes a column of a node below, and the rest of the expression is computed over that;
//! * a part that nests too deep, or a large shared one, becomes a column of its own, computed before ([`Computed`]);
//! * a reference to an outer query is noted, for the relation that holds the subquery.

pub(crate) mod aggregate;
pub(crate) mod call;
pub(crate) mod cast;
pub(crate) mod conditional;
mod fragment;
mod in_list;
mod lambda;
pub(crate) mod logic;
pub(crate) mod operator;
pub(crate) mod reference;
mod rewrite;
mod shared;
mod signature;
pub(crate) mod subquery;
pub(crate) mod typed;
pub(crate) mod window;

use std::collections::HashMap;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Column;
use datafusion::logical_expr::Expr;
use indexmap::IndexMap;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind;
use polybolos_protocol::{Code, Error, Result};

pub(crate) use self::conditional::common_type;
pub(crate) use self::shared::needs as shared_needs;
pub(crate) use self::typed::{Shape, Typed};
use super::core::Core;
use super::place::{Located, Path};
use super::relation::{OuterRef, Rel};
use super::scope::Visibles;
use super::types::show;

/// A part of an expression nests at most so deep; what is deeper is computed in a column of its own first.
/// Typing an expression costs DataFusion the square of its depth.
const DEPTH_INLINE_MAX: u32 = 24;
/// Where nothing can be computed first (branches that may not run, join conditions), it nests at most so deep.
const DEPTH_PINNED_MAX: u32 = 400;
/// A shared expression of more nodes than this is computed once.
const SHARED_INLINE_MAX: u32 = 32;
/// Nodes of one expression after shared ones are copied into their places.
const SIZE_MAX: u32 = 1_000_000;

/// Where an expression stands, and what it may hold there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clause {
    /// As messages say it, such as `a filter`.
    pub(crate) name: &'static str,
    /// Whether aggregate calls may stand in it.
    pub(crate) aggregates: bool,
    /// Whether window calls may stand in it.
    pub(crate) windows: bool,
    /// Whether a part can be computed in a column of its own before.
    pub(crate) hoists: bool,
}

impl Clause {
    pub(crate) const fn rows(name: &'static str) -> Self {
        Self { name, aggregates: false, windows: false, hoists: true }
    }

    pub(crate) const fn in_place(name: &'static str) -> Self {
        Self { name, aggregates: false, windows: false, hoists: false }
    }

    pub(crate) const fn with_windows(name: &'static str) -> Self {
        Self { name, aggregates: false, windows: true, hoists: true }
    }

    pub(crate) const fn with_aggregates(name: &'static str) -> Self {
        Self { name, aggregates: true, windows: false, hoists: true }
    }
}

/// A part of an expression that is computed first, in a column of its own.
#[derive(Debug, Clone)]
pub(crate) struct Computed {
    pub(crate) column: Column,
    pub(crate) expr: Expr,
    pub(crate) depth: u32,
}

/// Aggregate or window calls that became columns of a node below; equal calls are one.
pub(crate) type Calls = IndexMap<Expr, (Column, FieldRef)>;

/// Binds the expressions of one clause of one relation.
pub(crate) struct ExprBinder<'b> {
    pub(crate) core: &'b Core<'b>,
    pub(crate) relations: &'b [Option<Rel>],
    pub(crate) visible: Visibles<'b>,
    pub(crate) clause: Clause,
    /// Columns to compute before, in order.
    pub(crate) computed: Vec<Computed>,
    /// Aggregate and window calls found.
    pub(crate) calls: Calls,
    /// Columns to compute below those calls: parts of their arguments.
    pub(crate) below: Vec<Computed>,
    /// References to outer queries that nothing here has answered.
    pub(crate) outer: Vec<OuterRef>,
    shared: HashMap<(u32, bool), Typed>,
    lambdas: HashMap<u32, (String, FieldRef)>,
    /// Above 0 inside a part that may not be evaluated, such as a branch of a case.
    lazy: u32,
    arguments: Option<Box<ExprBinder<'b>>>,
}

impl<'b> ExprBinder<'b> {
    pub(crate) fn new(core: &'b Core<'b>, relations: &'b [Option<Rel>], visible: Visibles<'b>, clause: Clause) -> Self {
        Self {
            core,
            relations,
            visible,
            clause,
            computed: Vec::new(),
            calls: Calls::new(),
            below: Vec::new(),
            outer: Vec::new(),
            shared: HashMap::new(),
            lambdas: HashMap::new(),
            lazy: 0,
            arguments: None,
        }
    }

    /// The bound expression; errors name the innermost guilty node.
    pub(crate) fn bind(&mut self, expr: &pb::Expression, path: &Path) -> Result<Typed> {
        let typed = self.bind_kind(expr, path).at(path)?;
        self.settle(typed).at(path)
    }

    /// The bound expression of a field that is required.
    pub(crate) fn bind_required(&mut self, expr: Option<&pb::Expression>, path: &Path) -> Result<Typed> {
        match expr {
            Some(expr) => self.bind(expr, path),
            None => Err(missing(path)),
        }
    }

    /// A condition: of type bool, or null.
    pub(crate) fn bind_condition(&mut self, expr: Option<&pb::Expression>, path: &Path) -> Result<Typed> {
        let typed = self.bind_required(expr, path)?;
        match typed.ty() {
            DataType::Boolean => Ok(typed),
            DataType::Null => typed.cast(&DataType::Boolean).at(path),
            other => Err(Error::new(
                Code::TypeMismatch,
                format!("{} takes a condition of type bool, not {}; compare it with something", self.clause.name, show(other)),
            )),
        }
        .at(path)
    }

    fn bind_kind(&mut self, expr: &pb::Expression, path: &Path) -> Result<Typed> {
        match expr.kind.as_ref().ok_or_else(|| missing(path))? {
            Kind::Literal(literal) => self.bind_literal(literal, &path.field("literal")),
            Kind::Column(column) => self.bind_column(column, &path.field("column")),
            Kind::OuterColumn(column) => self.bind_outer(column, &path.field("outer_column")),
            Kind::Call(call) => self.bind_call(call, &path.field("call")),
            Kind::Cast(cast) => self.bind_cast(cast, &path.field("cast")),
            Kind::CaseWhen(case) => self.bind_case(case, &path.field("case_when")),
            Kind::InList(list) => self.bind_in_list(list, &path.field("in_list")),
            Kind::Aggregate(call) => self.bind_aggregate(call, &path.field("aggregate")),
            Kind::Window(call) => self.bind_window(call, &path.field("window")),
            Kind::Subquery(subquery) => self.bind_subquery(subquery, &path.field("subquery")),
            Kind::Field(access) => self.bind_field(access, &path.field("field")),
            Kind::LambdaFn(_) => Err(Error::new(Code::InvalidExpression, "a lambda is only an argument of a function that takes one")),
            Kind::LambdaVar(variable) => self.bind_lambda_var(*variable, &path.field("lambda_var")),
            Kind::Parameter(parameter) => self.bind_parameter(*parameter, &path.field("parameter")),
            Kind::Shared(index) => self.bind_shared(*index, &path.field("shared")),
            Kind::Sql(fragment) => self.bind_fragment(fragment, &path.field("sql")),
            Kind::Foreign(_) => {
                Err(Error::unsupported("this engine does not run foreign functions").relocated(Some(path.field("foreign").place())))
            }
            Kind::Extension(any) => Err(Error::unsupported(format!("this engine has no expression extension {}", any.type_url))),
        }
    }

    /// Moves a part that nests too deep into a column of its own, or refuses it where that cannot be.
    fn settle(&mut self, typed: Typed) -> Result<Typed> {
        if typed.shape.size > SIZE_MAX {
            let message = format!("the expression has more than {SIZE_MAX} nodes once its shared parts are copied into their places");
            return Err(Error::new(Code::PlanTooLarge, message));
        }
        if typed.shape.depth <= DEPTH_INLINE_MAX {
            return Ok(typed);
        }
        if self.can_hoist(&typed) {
            return Ok(self.hoist(typed));
        }
        if typed.shape.depth > DEPTH_PINNED_MAX {
            let message = format!(
                "{} nests deeper than {DEPTH_PINNED_MAX} where no part of it can be computed first; put parts into with_columns",
                self.clause.name
            );
            return Err(Error::new(Code::PlanTooDeep, message));
        }
        Ok(typed)
    }

    fn can_hoist(&self, typed: &Typed) -> bool {
        self.clause.hoists && self.lazy == 0 && !typed.shape.pinned
    }

    /// Computes the part in a column of its own and answers that column.
    fn hoist(&mut self, typed: Typed) -> Typed {
        let column = self.core.fresh("part");
        self.computed.push(Computed { column: column.clone(), expr: typed.expr, depth: typed.shape.depth });
        Typed::leaf(Expr::Column(column), typed.field)
    }

    /// Binds something that may not be evaluated for every row.
    fn lazily<T>(&mut self, bind: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.lazy += 1;
        let bound = bind(self);
        self.lazy -= 1;
        bound
    }

    /// Binds arguments of an aggregate or window call, which are computed below it.
    fn with_arguments<T>(&mut self, clause: Clause, bind: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut inner = match self.arguments.take() {
            Some(inner) => inner,
            None => Box::new(Self::new(self.core, self.relations, self.visible, clause)),
        };
        inner.clause = clause;
        std::mem::swap(&mut inner.lambdas, &mut self.lambdas);
        let bound = bind(&mut inner);
        std::mem::swap(&mut inner.lambdas, &mut self.lambdas);
        self.below.append(&mut inner.computed);
        self.outer.append(&mut inner.outer);
        self.arguments = Some(inner);
        bound
    }

    /// The column in which an aggregate or window call is found.
    fn called(&mut self, call: Expr, field: FieldRef) -> Typed {
        let name = match &call {
            Expr::AggregateFunction(function) => function.func.name(),
            Expr::WindowFunction(function) => function.fun.name(),
            _ => "call",
        };
        let entry = match self.calls.get(&call) {
            Some(entry) => entry.clone(),
            None => {
                let entry = (self.core.fresh(name), field);
                self.calls.insert(call, entry.clone());
                entry
            }
        };
        Typed::leaf(Expr::Column(entry.0), entry.1)
    }
}

/// PLAN_MISSING_FIELD at this place.
pub(crate) fn missing(path: &Path) -> Error {
    Error::new(Code::PlanMissingField, format!("{path} is absent")).relocated(Some(path.place()))
}
