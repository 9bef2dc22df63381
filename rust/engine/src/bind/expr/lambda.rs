//! Functions that take a lambda.

use std::sync::Arc;

use arrow::datatypes::FieldRef;
use datafusion::logical_expr::expr::HigherOrderFunction;
use datafusion::logical_expr::type_coercion::functions::{
    value_fields_with_higher_order_udf, value_fields_with_higher_order_udf_and_lambdas,
};
use datafusion::logical_expr::{Expr, HigherOrderReturnFieldArgs, HigherOrderUDF, LambdaParametersProgress, ValueOrLambda, expr};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind;
use polybolos_protocol::{Code, Error, Result};

use super::typed::{Shape, Typed};
use super::{ExprBinder, missing};
use crate::bind::fault::{mistyped, planned};
use crate::bind::place::{Located, Path};
use crate::bind::types::show;

/// An argument: a value, or a lambda that is bound once the types of its parameters are known.
enum Argument<'p> {
    Value(Typed),
    Lambda(&'p pb::Lambda),
}

impl ExprBinder<'_> {
    /// Whether an argument is a lambda.
    pub(super) fn is_lambda(expr: &pb::Expression) -> bool {
        matches!(expr.kind, Some(Kind::LambdaFn(_)))
    }

    /// The call of a function that takes lambdas.
    pub(super) fn bind_higher_order(&mut self, function: &Arc<HigherOrderUDF>, args: &[&pb::Expression], path: &Path) -> Result<Typed> {
        let mut arguments = Vec::with_capacity(args.len());
        for (number, arg) in args.iter().enumerate() {
            arguments.push(match arg.kind.as_ref() {
                Some(Kind::LambdaFn(lambda)) => Argument::Lambda(lambda),
                _ => Argument::Value(self.bind(arg, &path.item("args", number))?),
            });
        }
        let unfit = || {
            let types: Vec<String> = arguments
                .iter()
                .map(|argument| match argument {
                    Argument::Value(value) => show(value.ty()),
                    Argument::Lambda(_) => "lambda".to_owned(),
                })
                .collect();
            format!("{} does not take ({})", function.name(), types.join(", "))
        };
        let given: Vec<ValueOrLambda<FieldRef, ()>> = arguments
            .iter()
            .map(|argument| match argument {
                Argument::Value(value) => ValueOrLambda::Value(Arc::clone(&value.field)),
                Argument::Lambda(_) => ValueOrLambda::Lambda(()),
            })
            .collect();
        let coerced = mistyped(value_fields_with_higher_order_udf(&given, function), unfit).at(path)?;
        let fields: Vec<ValueOrLambda<FieldRef, Option<FieldRef>>> = coerced
            .into_iter()
            .map(|argument| match argument {
                ValueOrLambda::Value(field) => ValueOrLambda::Value(field),
                ValueOrLambda::Lambda(()) => ValueOrLambda::Lambda(None),
            })
            .collect();
        let parameters = match planned(function.lambda_parameters(0, &fields)).at(path)? {
            LambdaParametersProgress::Complete(parameters) => parameters,
            LambdaParametersProgress::Partial(_) => {
                return Err(Error::unsupported(format!("{} has lambdas that depend on one another", function.name()))).at(path);
            }
        };
        self.finish_higher_order(function, arguments, parameters, path)
    }

    fn finish_higher_order(
        &mut self,
        function: &Arc<HigherOrderUDF>,
        arguments: Vec<Argument>,
        parameters: Vec<Vec<FieldRef>>,
        path: &Path,
    ) -> Result<Typed> {
        let mut parameters = parameters.into_iter();
        let mut exprs = Vec::with_capacity(arguments.len());
        let mut fields = Vec::with_capacity(arguments.len());
        let mut shape = Shape::LEAF;
        for (number, argument) in arguments.into_iter().enumerate() {
            let (expr, field, typed) = match argument {
                Argument::Value(value) => (value.expr.clone(), ValueOrLambda::Value(Arc::clone(&value.field)), value),
                Argument::Lambda(lambda) => {
                    let path = path.item("args", number);
                    let path = path.field("lambda_fn");
                    let (names, body) = self.bind_lambda(lambda, parameters.next().unwrap_or_default(), &path)?;
                    let expr = Expr::Lambda(expr::Lambda::new(names, body.expr.clone()));
                    (expr, ValueOrLambda::Lambda(Arc::clone(&body.field)), body)
                }
            };
            let part = Shape::over([&typed]);
            shape = Shape {
                depth: shape.depth.max(part.depth),
                size: shape.size.saturating_add(part.size),
                pinned: shape.pinned || part.pinned,
            };
            exprs.push(expr);
            fields.push(field);
        }
        let unfit = || format!("{} does not take these arguments", function.name());
        let fields = mistyped(value_fields_with_higher_order_udf_and_lambdas(&fields, function), unfit).at(path)?;
        let scalars = vec![None; fields.len()];
        let returned = function.return_field_from_args(HigherOrderReturnFieldArgs { arg_fields: &fields, scalar_arguments: &scalars });
        let field = mistyped(returned, unfit).at(path)?;
        let expr = Expr::HigherOrderFunction(HigherOrderFunction::new(Arc::clone(function), exprs));
        // Its columns cannot be told from its parameters outside, so the whole stays where it is only while something in it does.
        Ok(Typed { expr, field, shape: Shape { pinned: !self.lambdas.is_empty(), ..shape } })
    }

    fn bind_lambda(&mut self, lambda: &pb::Lambda, types: Vec<FieldRef>, path: &Path) -> Result<(Vec<String>, Typed)> {
        if lambda.params.len() > types.len() {
            let message = format!("the lambda has {} parameters, but this function gives it {}", lambda.params.len(), types.len());
            return Err(Error::new(Code::WrongArgumentCount, message)).at(path);
        }
        let names: Vec<String> = lambda.params.iter().map(|param| self.core.fresh(&param.name).name).collect();
        for ((param, name), field) in lambda.params.iter().zip(&names).zip(types) {
            self.lambdas.insert(param.id, (name.clone(), Arc::new(field.as_ref().clone().with_name(name))));
        }
        let body = match lambda.body.as_deref() {
            Some(body) => self.lazily(|binder| binder.bind(body, &path.field("body"))),
            None => Err(missing(&path.field("body"))),
        };
        for param in &lambda.params {
            self.lambdas.remove(&param.id);
        }
        Ok((names, body?))
    }
}
