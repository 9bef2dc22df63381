//! Casts that the plan asks for.

use arrow::compute::can_cast_types;
use arrow::datatypes::DataType;
use datafusion::logical_expr::{Cast, Expr, TryCast};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::CastFailure;
use polybolos_protocol::{Code, Error, Result};

use super::typed::{Shape, Typed};
use super::{ExprBinder, missing};
use crate::bind::place::{Located, Path};
use crate::bind::types::{show, to_arrow};

impl ExprBinder<'_> {
    pub(super) fn bind_cast(&mut self, cast: &pb::Cast, path: &Path) -> Result<Typed> {
        let input = self.bind_required(cast.input.as_deref(), &path.field("input"))?;
        let to = to_arrow(cast.to.as_ref().ok_or_else(|| missing(&path.field("to")))?).at(&path.field("to"))?;
        let on_failure = CastFailure::try_from(cast.on_failure).unwrap_or_default();
        if on_failure == CastFailure::Unspecified {
            return Err(missing(&path.field("on_failure")));
        }
        converted(input, &to, on_failure).at(path)
    }
}

/// The values as another type; one that does not fit is an error or a null.
pub(crate) fn converted(input: Typed, to: &DataType, on_failure: CastFailure) -> Result<Typed> {
    if input.ty() == to {
        return Ok(input);
    }
    if !can_cast_types(input.ty(), to) {
        let message = format!("a value of type {} cannot be cast to {}", show(input.ty()), show(to));
        return Err(Error::new(Code::TypeMismatch, message));
    }
    let shape = Shape::over([&input]);
    Ok(match on_failure {
        CastFailure::Null => Typed::new(Expr::TryCast(TryCast::new(Box::new(input.expr), to.clone())), to.clone(), true, shape),
        _ => {
            let nullable = input.nullable();
            Typed::new(Expr::Cast(Cast::new(Box::new(input.expr), to.clone())), to.clone(), nullable, shape)
        }
    })
}
