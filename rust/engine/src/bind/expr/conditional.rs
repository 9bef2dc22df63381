//! Case.

use arrow::datatypes::DataType;
use datafusion::logical_expr::type_coercion::binary::type_union_coercion;
use datafusion::logical_expr::{Case, Expr, Operator};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind;
use polybolos_protocol::{Code, Error, Result};

use super::operator::{Family, binary, family};
use super::typed::{Shape, Typed};
use super::{ExprBinder, missing};
use crate::bind::place::{Located, Path};
use crate::bind::types::show;

impl<'b> ExprBinder<'b> {
    pub(super) fn bind_case(&mut self, case: &pb::Case, path: &Path) -> Result<Typed> {
        if case.branches.is_empty() {
            return Err(missing(&path.field("branches")));
        }
        let operand = case.operand.as_deref().map(|operand| self.bind(operand, &path.field("operand"))).transpose()?;
        let mut whens = Vec::new();
        let mut thens = Vec::new();
        let mut at = case;
        let otherwise = loop {
            for (number, branch) in at.branches.iter().enumerate() {
                let path = path.item("branches", number);
                whens.push(self.bind_when(branch, operand.as_ref(), whens.is_empty(), &path)?);
                thens.push(self.lazily(|binder| binder.bind_required(branch.result.as_ref(), &path.field("result")))?);
            }
            match at.otherwise.as_deref() {
                None => break None,
                Some(otherwise) => match self.nested_case(otherwise).filter(|_| operand.is_none()) {
                    Some(inner) => at = inner,
                    None => break Some(self.lazily(|binder| binder.bind(otherwise, &path.field("otherwise")))?),
                },
            }
        };
        typed_case(operand, whens, thens, otherwise).at(path)
    }

    /// A condition; with an operand, a value that is compared with it. All but the first may not be evaluated.
    fn bind_when(&mut self, branch: &pb::case::Branch, operand: Option<&Typed>, first: bool, path: &Path) -> Result<Typed> {
        let path = path.field("condition");
        let bind = |binder: &mut Self| match operand {
            None => binder.bind_condition(branch.condition.as_ref(), &path),
            Some(operand) => {
                let value = binder.bind_required(branch.condition.as_ref(), &path)?;
                comparable(operand, value, binder).at(&path)
            }
        };
        if first { bind(self) } else { self.lazily(bind) }
    }

    /// A searched case in the place of `otherwise`: its branches simply follow, so that a chain of thousands is flat.
    fn nested_case(&self, otherwise: &'b pb::Expression) -> Option<&'b pb::Case> {
        let mut expr = otherwise;
        loop {
            match expr.kind.as_ref()? {
                Kind::CaseWhen(case) if case.operand.is_none() && !case.branches.is_empty() => return Some(case),
                Kind::Shared(index) => expr = self.core.shared_entry(*index).ok()?,
                _ => return None,
            }
        }
    }
}

/// A value of a branch, brought to what compares with the operand.
fn comparable(operand: &Typed, value: Typed, binder: &ExprBinder) -> Result<Typed> {
    let ty = operand.ty().clone();
    let value =
        if family(value.ty()) == Family::Text && family(&ty) == Family::Time && value.value().is_some() { value.cast(&ty)? } else { value };
    binary(operand.clone(), Operator::Eq, value.clone(), &binder.core.semantics)?;
    Ok(value)
}

fn typed_case(operand: Option<Typed>, whens: Vec<Typed>, thens: Vec<Typed>, otherwise: Option<Typed>) -> Result<Typed> {
    let ty = common_type("the results of a case", thens.iter().chain(&otherwise))?;
    let thens = thens.into_iter().map(|then| then.cast(&ty)).collect::<Result<Vec<_>>>()?;
    let otherwise = otherwise.map(|otherwise| otherwise.cast(&ty)).transpose()?;
    let nullable = otherwise.as_ref().is_none_or(Typed::nullable) || thens.iter().any(Typed::nullable);
    let shape = Shape::over(whens.iter().chain(&thens).chain(&operand).chain(&otherwise));
    let branches = whens.into_iter().zip(thens).map(|(when, then)| (Box::new(when.expr), Box::new(then.expr))).collect();
    let case = Case::new(operand.map(|operand| Box::new(operand.expr)), branches, otherwise.map(|otherwise| Box::new(otherwise.expr)));
    Ok(Typed::new(Expr::Case(case), ty, nullable, shape))
}

/// The type that all of these values can have; values of different kinds have none.
pub(crate) fn common_type<'t>(what: &str, values: impl IntoIterator<Item = &'t Typed>) -> Result<DataType> {
    let mut common = DataType::Null;
    for value in values {
        common = union_type(&common, value.ty()).ok_or_else(|| {
            let message = format!("{what} are of type {} and {}, which have no common type; cast one", show(&common), show(value.ty()));
            Error::new(Code::TypeMismatch, message)
        })?;
    }
    Ok(common)
}

/// The type that values of both types can have.
pub(crate) fn union_type(a: &DataType, b: &DataType) -> Option<DataType> {
    match (family(a), family(b)) {
        _ if a == b => Some(a.clone()),
        (Family::Null, _) => Some(b.clone()),
        (_, Family::Null) => Some(a.clone()),
        (a_family, b_family) if a_family != b_family => None,
        _ => type_union_coercion(a, b),
    }
}
