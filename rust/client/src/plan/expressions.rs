//! Writes expressions into a plan.
//!
//! Expressions nest, and protobuf readers refuse messages that nest more than 100 deep. Two things keep a plan below that:
//! a left chain of a chainable operator becomes one call, and a part that would nest too deep becomes an entry of
//! `Plan.shared_expressions`. A big part that is used in several places becomes one too, so that a plan is never larger
//! than the program that built it. (What is left to do for the depth that all clients agree on, `encode::hoist` does with the
//! whole plan; messages must not be deep before, because they are freed recursively.)
//!
//! Trees are walked with a stack of our own: their depth costs heap, not stack.

use std::collections::HashMap;

use polybolos_protocol::error::Code;
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind;
use polybolos_protocol::{Error, Result};

use crate::expr::{AggregateShape, Expr, Flags, Op, SortKey, SortOrder, WindowShape};

/// Messages that a written expression may nest, itself included; leaves room for the messages around it.
const MESSAGE_DEPTH_MAX: u32 = 64;
/// Nodes from which an expression that is used in several places is written once.
const SHARED_NODES_MIN: u64 = 256;

/// Collects what the expressions of a plan have in common.
#[derive(Default)]
pub(crate) struct ExpressionWriter {
    shared: Vec<pb::Expression>,
    written: HashMap<usize, Written>,
    parameters: Vec<pb::ParameterDecl>,
}

/// An expression in the plan's form.
#[derive(Clone)]
struct Written {
    wire: pb::Expression,
    /// Messages that it nests.
    depth: u32,
    /// Expressions in it.
    nodes: u64,
    /// Levels of expressions, with the shared ones followed.
    levels: u32,
    /// Expressions, with the shared ones followed.
    inlined: u64,
}

/// An expression whose operands are being written.
struct Open<'a> {
    expr: &'a Expr,
    operands: std::vec::IntoIter<&'a Expr>,
    done: Vec<Written>,
}

impl ExpressionWriter {
    pub(crate) fn finish(self) -> (Vec<pb::Expression>, Vec<pb::ParameterDecl>) {
        (self.shared, self.parameters)
    }

    pub(crate) fn write(&mut self, expr: &Expr) -> Result<pb::Expression> {
        let written = self.write_tree(expr)?;
        let limits = PlanLimits::default();
        if written.levels > limits.expression_depth {
            let message = format!("an expression is {} levels deep, which is more than {}", written.levels, limits.expression_depth);
            return Err(Error::new(Code::PlanTooDeep, message));
        }
        if written.inlined > u64::from(limits.expressions_inlined) {
            let message = format!(
                "an expression has more than {} parts where those that it uses often are counted each time",
                limits.expressions_inlined
            );
            return Err(Error::new(Code::PlanTooLarge, message));
        }
        Ok(written.wire)
    }

    pub(crate) fn write_all(&mut self, exprs: &[Expr]) -> Result<Vec<pb::Expression>> {
        exprs.iter().map(|expr| self.write(expr)).collect()
    }

    /// The expression under its output name.
    pub(crate) fn named(&mut self, expr: &Expr) -> Result<pb::NamedExpr> {
        Ok(pb::NamedExpr { name: expr.name(), expr: Some(self.write(expr)?), metadata: Vec::new() })
    }

    pub(crate) fn named_all(&mut self, exprs: &[Expr]) -> Result<Vec<pb::NamedExpr>> {
        exprs.iter().map(|expr| self.named(expr)).collect()
    }

    pub(crate) fn sort_keys(&mut self, keys: &[SortKey]) -> Result<Vec<pb::SortKey>> {
        keys.iter().map(|key| Ok(sort_key(self.write(&key.expr)?, key.order))).collect()
    }

    /// A bare column.
    pub(crate) fn column(&mut self, expr: &Expr) -> Result<pb::ColumnRef> {
        match expr.op() {
            Op::Column(column) => Ok(column.clone()),
            _ => Err(Error::invalid_argument(format!("here stands a column, not {expr:?}"))),
        }
    }

    fn write_tree(&mut self, root: &Expr) -> Result<Written> {
        let mut open = vec![self.open(root)];
        loop {
            let Some(top) = open.last_mut() else {
                return Err(Error::internal("an expression has no root"));
            };
            if let Some(operand) = top.operands.next() {
                match self.written.get(&operand.unaliased().address()) {
                    Some(written) => top.done.push(written.clone()),
                    None => {
                        let operand = self.open(operand);
                        open.push(operand);
                    }
                }
                continue;
            }
            let Some(Open { expr, done, .. }) = open.pop() else { continue };
            let written = self.close(expr, done)?;
            match open.last_mut() {
                Some(parent) => parent.done.push(written),
                None => return Ok(written),
            }
        }
    }

    fn open<'a>(&self, expr: &'a Expr) -> Open<'a> {
        let expr = expr.unaliased();
        let operands = expr.chain_until(|left| self.written.contains_key(&left.address()));
        Open { expr, operands: operands.into_iter(), done: Vec::new() }
    }

    /// Writes an expression whose operands are written, and moves it to the shared ones where it must or should.
    fn close(&mut self, expr: &Expr, operands: Vec<Written>) -> Result<Written> {
        let depth = operands.iter().map(|operand| operand.depth).max().unwrap_or(0) + messages(expr.op());
        let nodes = operands.iter().fold(1_u64, |nodes, operand| nodes.saturating_add(operand.nodes));
        let levels = operands.iter().map(|operand| operand.levels).max().unwrap_or(0) + 1;
        let inlined = operands.iter().fold(1_u64, |inlined, operand| inlined.saturating_add(operand.inlined));
        let wire = self.message(expr, operands.into_iter().map(|operand| operand.wire).collect())?;
        let mut written = Written { wire, depth, nodes, levels, inlined };
        let often = expr.is_shared() && nodes >= SHARED_NODES_MIN;
        if (depth >= MESSAGE_DEPTH_MAX || often) && can_be_shared(expr) {
            self.shared.push(written.wire);
            let index = u32::try_from(self.shared.len()).map_err(|_| Error::new(Code::PlanTooLarge, "a plan has too many expressions"))?;
            written = Written { wire: message(Kind::Shared(index)), depth: 1, nodes: 1, levels, inlined };
        }
        if expr.is_shared() && !expr.children().is_empty() {
            self.written.insert(expr.address(), written.clone());
        }
        Ok(written)
    }

    fn message(&mut self, expr: &Expr, mut operands: Vec<pb::Expression>) -> Result<pb::Expression> {
        let kind = match expr.op() {
            Op::Literal(value) => Kind::Literal(value.clone()),
            Op::Column(column) => Kind::Column(column.clone()),
            Op::OuterColumn(column) => Kind::OuterColumn(column.clone()),
            Op::Call { namespace, name } | Op::WindowFunction { namespace, name } => {
                Kind::Call(pb::Call { function: Some(function(namespace, name)), args: operands, ..Default::default() })
            }
            Op::Cast { to, on_failure } => {
                let input = operands.pop().map(Box::new);
                Kind::Cast(Box::new(pb::Cast { input, to: Some(to.clone()), on_failure: *on_failure as i32 }))
            }
            Op::Case { operand, otherwise } => case(operands, *operand, *otherwise),
            Op::InList => in_list(operands),
            Op::Aggregate(shape) => Kind::Aggregate(Box::new(aggregate(shape, operands))),
            Op::Window(shape) => window(shape, operands)?,
            Op::Subquery { kind, frame, comparison } => Kind::Subquery(pb::Subquery {
                kind: *kind as i32,
                relation: frame.id(),
                needles: operands,
                comparison: comparison.map(|name| function("core", name)),
            }),
            Op::Field { name } => Kind::Field(Box::new(pb::FieldAccess { input: operands.pop().map(Box::new), field: name.clone() })),
            Op::Lambda { params } => {
                let params = params.iter().map(|(id, name)| pb::LambdaParam { id: *id, name: name.clone() }).collect();
                Kind::LambdaFn(Box::new(pb::Lambda { params, body: operands.pop().map(Box::new) }))
            }
            Op::LambdaVar { id, .. } => Kind::LambdaVar(pb::LambdaVar { id: *id }),
            Op::Parameter { name, ty } => Kind::Parameter(pb::Parameter { index: self.parameter(name, ty)? }),
            Op::Sql { text } => Kind::Sql(pb::SqlFragment { text: text.clone(), dialect: String::new() }),
            Op::Alias { .. } | Op::Star(_) | Op::Invalid(_) => {
                return Err(Error::internal(format!("{expr:?} reached a plan")));
            }
        };
        Ok(message(kind))
    }

    fn parameter(&mut self, name: &str, ty: &pb::DataType) -> Result<u32> {
        let known = self.parameters.iter().position(|parameter| parameter.name == name);
        if let Some(known) = known.and_then(|position| self.parameters.get(position)).filter(|known| known.r#type.as_ref() != Some(ty)) {
            let types = [known.r#type.as_ref(), Some(ty)].map(|ty| ty.map_or_else(String::new, polybolos_protocol::text::display_type));
            return Err(Error::new(
                Code::ParameterMismatch,
                format!("the parameter ${name} is used with two types: {}", types.join(" and ")),
            ));
        }
        let position = known.unwrap_or_else(|| {
            self.parameters.push(pb::ParameterDecl { name: name.to_owned(), r#type: Some(ty.clone()) });
            self.parameters.len() - 1
        });
        u32::try_from(position + 1).map_err(|_| Error::new(Code::PlanTooLarge, "a plan has too many parameters"))
    }
}

fn message(kind: Kind) -> pb::Expression {
    pb::Expression { kind: Some(kind) }
}

pub(super) fn function(namespace: &str, name: &str) -> pb::FunctionRef {
    pb::FunctionRef { namespace: namespace.to_owned(), name: name.to_owned(), semantics: 0 }
}

fn sort_key(expr: pb::Expression, order: SortOrder) -> pb::SortKey {
    pb::SortKey { expr: Some(expr), direction: order.direction as i32, nulls: order.nulls as i32 }
}

/// How many messages lie between the expression and its deepest operand's, the expression included.
fn messages(op: &Op) -> u32 {
    match op {
        Op::Case { .. } | Op::Aggregate(_) => 3,
        Op::Window(_) => 4,
        _ => 2,
    }
}

/// Some expressions must stand where they are: a lambda in its call, its variables in the lambda, a function in its window.
fn can_be_shared(expr: &Expr) -> bool {
    let bound_to_place = matches!(expr.op(), Op::Lambda { .. } | Op::Aggregate(_) | Op::WindowFunction { .. } | Op::Window(_));
    !bound_to_place && !expr.flags().has(Flags::LAMBDA_VAR) && !expr.children().is_empty()
}

fn case(operands: Vec<pb::Expression>, operand: bool, otherwise: bool) -> Kind {
    let mut operands = operands.into_iter();
    let operand = if operand { operands.next().map(Box::new) } else { None };
    let otherwise = if otherwise { operands.next_back().map(Box::new) } else { None };
    let mut branches = Vec::new();
    while let (Some(condition), Some(result)) = (operands.next(), operands.next()) {
        branches.push(pb::case::Branch { condition: Some(condition), result: Some(result) });
    }
    Kind::CaseWhen(Box::new(pb::Case { operand, branches, otherwise }))
}

fn in_list(operands: Vec<pb::Expression>) -> Kind {
    let mut operands = operands.into_iter();
    let needle = operands.next().map(Box::new);
    Kind::InList(Box::new(pb::InList { needle, items: operands.collect(), ..Default::default() }))
}

fn aggregate(shape: &AggregateShape, operands: Vec<pb::Expression>) -> pb::AggregateCall {
    let mut operands = operands.into_iter();
    let args = operands.by_ref().take(shape.args).collect();
    let filter = if shape.filter { operands.next().map(Box::new) } else { None };
    pb::AggregateCall {
        function: Some(function(&shape.namespace, &shape.name)),
        args,
        distinct: shape.distinct,
        filter,
        order_by: operands.zip(&shape.order).map(|(expr, order)| sort_key(expr, *order)).collect(),
        nulls: shape.nulls as i32,
        ..Default::default()
    }
}

fn window(shape: &WindowShape, operands: Vec<pb::Expression>) -> Result<Kind> {
    let mut operands = operands.into_iter();
    let function = match operands.next().and_then(|function| function.kind) {
        Some(Kind::Aggregate(call)) => pb::window_call::Function::Aggregate(call),
        Some(Kind::Call(call)) => pb::window_call::Function::Window(call),
        _ => return Err(Error::internal("a window has no function")),
    };
    let partition_by = operands.by_ref().take(shape.partitions).collect();
    let order_by = shape.order.iter().zip(operands.by_ref()).map(|(order, expr)| sort_key(expr, *order)).collect();
    let (start, end) = shape.offsets();
    let mut bound = |kind: pb::BoundKind, offset: bool| {
        let offset = if offset { operands.next().map(Box::new) } else { None };
        Some(Box::new(pb::Bound { kind: kind as i32, offset }))
    };
    let (start, end) = (bound(shape.start, start), bound(shape.end, end));
    let frame = pb::Frame { units: shape.units as i32, start, end, exclusion: shape.exclusion as i32 };
    Ok(Kind::Window(Box::new(pb::WindowCall { function: Some(function), partition_by, order_by, frame: Some(Box::new(frame)) })))
}
