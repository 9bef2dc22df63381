//! Calls of functions that the registry lists.

use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{Expr, Operator, ReturnFieldArgs, ScalarUDF};
use polybolos_protocol::functions::{EngineName, FunctionKind, FunctionSpec, lookup, near_names};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind;
use polybolos_protocol::{Code, Error, Result};

use super::logic::junction;
use super::operator::{all_whole, are_of_one_integer_type, binary, by_spelling};
use super::typed::{Shape, Typed};
use super::{ExprBinder, missing, rewrite, signature};
use crate::bind::fault::{mistyped, planned};
use crate::bind::place::{Located, Path};
use crate::bind::types::show;
use crate::functions::arithmetic::Arithmetic;

/// Terms of one AND or OR that are gathered through shared expressions.
const TERMS_MAX: usize = 50_000;
/// The newest revision of a function's meaning that this engine knows.
const SEMANTICS_REVISION: u32 = 1;

impl<'b> ExprBinder<'b> {
    pub(super) fn bind_call(&mut self, call: &pb::Call, path: &Path) -> Result<Typed> {
        let spec = self.spec(call.function.as_ref(), path)?;
        if spec.kind != FunctionKind::Scalar {
            return Err(misplaced(spec)).at(path);
        }
        no_options(spec, &call.options).at(&path.field("options"))?;
        let args = ordered(spec, &call.args, &call.named_args).at(path)?;
        signature::check_count(spec, args.len()).at(path)?;
        if args.iter().any(|arg| Self::is_lambda(arg)) {
            return self.bind_lambda_call(spec, &args, path);
        }
        if let Some(op) = logical(spec) {
            return self.bind_junction(call, op, path);
        }
        let args = self.bind_args(spec, &args, path)?;
        if let Err((number, error)) = signature::check_types(spec, &args) {
            return Err(error).at(&path.item("args", number));
        }
        self.apply(spec, args).at(path)
    }

    /// The function of the registry.
    pub(super) fn spec(&self, function: Option<&pb::FunctionRef>, path: &Path) -> Result<&'static FunctionSpec> {
        let function = function.ok_or_else(|| missing(&path.field("function")))?;
        let path = path.field("function");
        let Some(spec) = lookup(&function.namespace, &function.name) else {
            return Err(unresolved(function)).at(&path);
        };
        if function.semantics > SEMANTICS_REVISION {
            let message = format!(
                "revision {} of {}.{} is unknown here; the newest is {SEMANTICS_REVISION}",
                function.semantics, spec.namespace, spec.name
            );
            return Err(Error::unsupported(message)).at(&path);
        }
        Ok(spec)
    }

    fn bind_args(&mut self, spec: &FunctionSpec, args: &[&pb::Expression], path: &Path) -> Result<Vec<Typed>> {
        let lazy = self.short_circuits(spec);
        let mut bound = Vec::with_capacity(args.len());
        for (number, arg) in args.iter().enumerate() {
            let path = path.item("args", number);
            bound.push(if lazy && number > 0 { self.lazily(|binder| binder.bind(arg, &path))? } else { self.bind(arg, &path)? });
        }
        Ok(bound)
    }

    fn short_circuits(&self, spec: &FunctionSpec) -> bool {
        match spec.engine {
            EngineName::Call(name) => self.core.state().scalar_functions().get(name).is_some_and(|function| function.short_circuits()),
            EngineName::Rewrite(name) => rewrite::is_lazy(name),
            EngineName::Operator(_) => false,
        }
    }

    fn apply(&mut self, spec: &FunctionSpec, args: Vec<Typed>) -> Result<Typed> {
        match spec.engine {
            EngineName::Call(name) => match (name, self.core.semantics.now()) {
                ("now" | "current_timestamp", Some(now)) => Ok(Typed::literal(now)),
                ("current_date" | "today", Some(now)) => Typed::literal(now).cast(&arrow::datatypes::DataType::Date32),
                _ => scalar(function(self.core.state(), name)?, args),
            },
            EngineName::Operator(spelling) => {
                let op = by_spelling(spelling).ok_or_else(|| Error::internal(format!("no operator is spelled {spelling}")))?;
                if let Some(operation) = Arithmetic::of(op).filter(|_| are_of_one_integer_type(&args)) {
                    return Ok(all_whole(args, operation, &self.core.semantics));
                }
                folded(args, |left, right| {
                    let folded = binary(left, op, right, &self.core.semantics)?;
                    self.settle(folded)
                })
            }
            EngineName::Rewrite(name) => rewrite::apply(self.core, name, args),
        }
    }

    fn bind_lambda_call(&mut self, spec: &FunctionSpec, args: &[&pb::Expression], path: &Path) -> Result<Typed> {
        let found = match spec.engine {
            EngineName::Call(name) => self.core.state().higher_order_functions().get(name).cloned(),
            _ => None,
        };
        match found {
            Some(function) => self.bind_higher_order(&function, args, path),
            None => Err(Error::new(Code::TypeMismatch, format!("{} takes no lambda", spec.signature()))).at(path),
        }
    }

    /// AND or OR: all the terms of a chain, however it was built, in one balanced tree.
    fn bind_junction(&mut self, call: &pb::Call, op: Operator, path: &Path) -> Result<Typed> {
        let mut terms = Vec::new();
        for (number, term) in self.terms(call, op).into_iter().enumerate() {
            let path = path.item("args", number);
            terms.push(self.bind_term(term, op, &path)?);
        }
        let terms = self.as_memberships(terms, op).at(path)?;
        junction(terms, op).ok_or_else(|| missing(&path.field("args")))
    }

    /// The conditions that a predicate joins by AND, each bound by itself.
    pub(crate) fn bind_conjuncts(&mut self, expr: &pb::Expression, path: &Path, conjuncts: &mut Vec<Typed>) -> Result<()> {
        let call = match expr.kind.as_ref() {
            Some(Kind::Call(call)) => self.as_junction(call, Operator::And),
            _ => None,
        };
        let Some(call) = call else {
            conjuncts.push(self.bind_conjunct(expr, path)?);
            return Ok(());
        };
        let path = path.field("call");
        call.args.iter().enumerate().try_for_each(|(number, arg)| self.bind_conjuncts(arg, &path.item("args", number), conjuncts))
    }

    fn bind_term(&mut self, term: &pb::Expression, op: Operator, path: &Path) -> Result<Typed> {
        let typed = self.bind(term, path)?;
        match typed.ty() {
            arrow::datatypes::DataType::Boolean => Ok(typed),
            arrow::datatypes::DataType::Null => typed.cast(&arrow::datatypes::DataType::Boolean),
            other => Err(Error::new(
                Code::TypeMismatch,
                format!("operator {op} takes conditions of type bool, not {}; compare it with something", show(other)),
            ))
            .at(path),
        }
    }

    fn terms<'e>(&self, call: &'e pb::Call, op: Operator) -> Vec<&'e pb::Expression>
    where
        'b: 'e,
    {
        let mut terms = Vec::new();
        let mut open: Vec<&pb::Expression> = call.args.iter().rev().collect();
        while let Some(expr) = open.pop() {
            match self.nested_junction(expr, op).filter(|_| terms.len() + open.len() < TERMS_MAX) {
                Some(inner) => open.extend(inner.args.iter().rev()),
                None => terms.push(expr),
            }
        }
        terms
    }

    /// The call, where it is this junction of several terms.
    fn as_junction<'e>(&self, call: &'e pb::Call, op: Operator) -> Option<&'e pb::Call> {
        let function = call.function.as_ref()?;
        let plain = call.named_args.is_empty() && call.options.is_empty() && call.args.len() > 1;
        (plain && logical(lookup(&function.namespace, &function.name)?) == Some(op)).then_some(call)
    }

    /// A junction that is reached through `shared` entries, where the expression is one.
    fn nested_junction<'e>(&self, expr: &'e pb::Expression, op: Operator) -> Option<&'e pb::Call>
    where
        'b: 'e,
    {
        match expr.kind.as_ref()? {
            Kind::Call(call) => self.as_junction(call, op),
            Kind::Shared(index) => self.nested_junction(self.core.shared_entry(*index).ok()?, op),
            _ => None,
        }
    }
}

/// AND or OR, where the function is one.
fn logical(spec: &FunctionSpec) -> Option<Operator> {
    match spec.engine {
        EngineName::Operator("AND") => Some(Operator::And),
        EngineName::Operator("OR") => Some(Operator::Or),
        _ => None,
    }
}

fn misplaced(spec: &FunctionSpec) -> Error {
    let message = match spec.kind {
        FunctionKind::Aggregate => format!("{} is an aggregate; it stands in an aggregate, or over a window", spec.name),
        _ => format!("{} is a window function; it stands over a window", spec.name),
    };
    Error::new(Code::InvalidExpression, message)
}

fn unresolved(function: &pb::FunctionRef) -> Error {
    let name = format!("{}.{}", function.namespace, function.name);
    let near = near_names(&function.namespace, &function.name);
    let advice = near.first().map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    Error::new(Code::UnresolvedFunction, format!("the registry has no function {name}{advice}")).param("name", name).with_candidates(near)
}

pub(super) fn no_options(spec: &FunctionSpec, options: &[pb::KeyValue]) -> Result<()> {
    match options.first() {
        None => Ok(()),
        Some(option) => Err(Error::new(Code::PlanInvalidValue, format!("{} has no option '{}'", spec.name, option.key))),
    }
}

/// Positional and named arguments in the order of the signature.
fn ordered<'e>(spec: &FunctionSpec, args: &'e [pb::Expression], named: &'e [pb::NamedExpr]) -> Result<Vec<&'e pb::Expression>> {
    let mut all: Vec<&pb::Expression> = args.iter().collect();
    let mut later: Vec<(usize, &pb::NamedExpr)> = Vec::with_capacity(named.len());
    for arg in named {
        let Some(at) = spec.args.iter().position(|expected| expected.name == arg.name).filter(|at| *at >= args.len()) else {
            let message = format!("{} has no argument '{}' beside the {} given by position", spec.signature(), arg.name, args.len());
            return Err(Error::new(Code::WrongArgumentCount, message));
        };
        later.push((at, arg));
    }
    later.sort_by_key(|(at, _)| *at);
    for (at, arg) in later {
        if at != all.len() {
            let message = format!("'{}' is given to {}, but not the arguments before it", arg.name, spec.signature());
            return Err(Error::new(Code::WrongArgumentCount, message));
        }
        all.push(arg.expr.as_ref().ok_or_else(|| Error::new(Code::PlanMissingField, "NamedExpr.expr is absent"))?);
    }
    Ok(all)
}

/// DataFusion's scalar function of this name.
pub(crate) fn function<'s>(state: &'s SessionState, name: &str) -> Result<&'s Arc<ScalarUDF>> {
    state.scalar_functions().get(name).ok_or_else(|| Error::unsupported(format!("this session has no function {name}")))
}

/// A call of one of DataFusion's functions.
pub(crate) fn scalar(function: &Arc<ScalarUDF>, args: Vec<Typed>) -> Result<Typed> {
    let fields: Vec<_> = args.iter().map(|arg| Arc::clone(&arg.field)).collect();
    let coerced = mistyped(fields_with_udf(&fields, function.as_ref()), || {
        let types: Vec<String> = args.iter().map(|arg| show(arg.ty())).collect();
        format!("{} does not take ({})", function.name(), types.join(", "))
    })?;
    let scalars: Vec<_> = args.iter().map(Typed::value).collect();
    let field = planned(function.return_field_from_args(ReturnFieldArgs { arg_fields: &coerced, scalar_arguments: &scalars }))?;
    let shape = Shape::over(&args);
    let expr = Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(function), args.into_iter().map(|arg| arg.expr).collect()));
    Ok(Typed { expr, field, shape })
}

/// A left fold of the arguments.
fn folded(args: Vec<Typed>, mut fold: impl FnMut(Typed, Typed) -> Result<Typed>) -> Result<Typed> {
    let mut args = args.into_iter();
    let first = args.next().ok_or_else(|| Error::new(Code::WrongArgumentCount, "an operator without arguments"))?;
    args.try_fold(first, &mut fold)
}
