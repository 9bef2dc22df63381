//! Leaves: literals, parameters, and columns of the inputs and of outer queries.

use datafusion::common::Column;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::Expr;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use arrow::datatypes::DataType;

use super::typed::{Shape, Typed};
use super::{ExprBinder, missing};
use crate::bind::literal;
use crate::bind::place::{Located, Path};
use crate::bind::relation::OuterRef;
use crate::bind::scope::Visible;
use crate::bind::types::show;
use crate::error::unresolved_column;

impl ExprBinder<'_> {
    pub(super) fn bind_literal(&mut self, literal: &pb::Literal, path: &Path) -> Result<Typed> {
        Ok(Typed::literal(literal::scalar(literal).at(path)?))
    }

    pub(super) fn bind_parameter(&mut self, parameter: pb::Parameter, path: &Path) -> Result<Typed> {
        self.core.parameter(parameter.index).map(|value| Typed::literal(value.clone())).at(path)
    }

    pub(super) fn bind_column(&mut self, reference: &pb::ColumnRef, path: &Path) -> Result<Typed> {
        self.resolve(reference).map(|column| column_of(&column)).at(path)
    }

    /// The column that a reference means.
    pub(crate) fn resolve(&self, reference: &pb::ColumnRef) -> Result<std::sync::Arc<Visible>> {
        if reference.relation == 0 {
            return self.visible.by_name(&reference.name, &reference.qualifier);
        }
        let (at, origin) = self.origin(reference.relation)?;
        self.visible.by_origin(&reference.name, reference.relation, at, &origin.scope)
    }

    fn origin(&self, id: u32) -> Result<(usize, &crate::bind::relation::Rel)> {
        let at = self.core.position(id);
        let found = at.and_then(|at| self.relations.get(at)?.as_ref().map(|rel| (at, rel)));
        found.ok_or_else(|| {
            let message = format!("the reference names relation {id}, which does not come before this one");
            Error::new(Code::UnresolvedColumn, message)
        })
    }

    pub(super) fn bind_outer(&mut self, reference: &pb::OuterColumn, path: &Path) -> Result<Typed> {
        let (at, origin) = self.origin(reference.relation).at(path)?;
        let found = origin.scope.named(&reference.name, self.visible.names);
        let column = match found.as_slice() {
            [one] => *one,
            [] => {
                let names: Vec<String> = origin.scope.columns().iter().map(|column| column.name.to_string()).collect();
                return Err(unresolved_column(&reference.name, &names)).at(path);
            }
            _ => {
                let message = format!("relation {} has more than one column '{}'; alias one", reference.relation, reference.name);
                return Err(Error::new(Code::AmbiguousColumn, message).param("name", &reference.name)).at(path);
            }
        };
        let expr = Expr::OuterReferenceColumn(std::sync::Arc::clone(&column.field), column.column.clone());
        let field = std::sync::Arc::clone(&column.field);
        self.outer.push(OuterRef {
            id: reference.relation,
            at,
            name: reference.name.clone(),
            column: column.column.clone(),
            place: path.place(),
        });
        Ok(Typed { expr, field, shape: Shape::PINNED })
    }

    pub(super) fn bind_field(&mut self, access: &pb::FieldAccess, path: &Path) -> Result<Typed> {
        let input = self.bind_required(access.input.as_deref(), &path.field("input"))?;
        let DataType::Struct(fields) = input.ty() else {
            let message = format!("field '{}' is asked of a value of type {}, which is no struct", access.field, show(input.ty()));
            return Err(Error::new(Code::TypeMismatch, message)).at(path);
        };
        let Some(field) = fields.iter().find(|field| self.visible.names.same(field.name(), &access.field)) else {
            let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
            return Err(unresolved_column(&access.field, &names)).at(path);
        };
        let (ty, name) = (field.data_type().clone(), field.name().clone());
        let (nullable, shape) = (input.nullable() || field.is_nullable(), Shape::over([&input]));
        Ok(Typed::new(get_field(input.expr, name), ty, nullable, shape))
    }

    pub(super) fn bind_lambda_var(&mut self, variable: pb::LambdaVar, path: &Path) -> Result<Typed> {
        let Some((name, field)) = self.lambdas.get(&variable.id) else {
            let message = format!("lambda variable {} stands outside of its lambda", variable.id);
            return Err(Error::new(Code::InvalidExpression, message)).at(path);
        };
        let expr =
            Expr::LambdaVariable(datafusion::logical_expr::expr::LambdaVariable::new(name.clone(), Some(std::sync::Arc::clone(field))));
        Ok(Typed { expr, field: std::sync::Arc::clone(field), shape: Shape::PINNED })
    }
}

/// The expression that reads a column.
pub(crate) fn column_of(column: &Visible) -> Typed {
    Typed::leaf(Expr::Column(Column::clone(&column.column)), std::sync::Arc::clone(&column.field))
}

/// The name of a column reference, for items whose name may be left out.
pub(crate) fn bare_name(expr: &pb::Expression) -> Option<&pb::ColumnRef> {
    match expr.kind.as_ref()? {
        pb::expression::Kind::Column(column) => Some(column),
        _ => None,
    }
}

/// The expression of a named item.
pub(crate) fn item_expr<'e>(item: &'e pb::NamedExpr, path: &Path) -> Result<&'e pb::Expression> {
    item.expr.as_ref().ok_or_else(|| missing(&path.field("expr")))
}
