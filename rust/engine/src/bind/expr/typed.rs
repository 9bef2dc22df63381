//! An expression with its type.

use std::sync::Arc;

use arrow::compute::can_cast_types;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::logical_expr::{Cast, Expr};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::{Code, Error, Result};

use crate::bind::types::show;

/// A bound expression.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) expr: Expr,
    /// Type, nullability and metadata of its values.
    pub(crate) field: FieldRef,
    pub(crate) shape: Shape,
}

/// How large an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) depth: u32,
    pub(crate) size: u32,
    /// Whether it must stay where it is: it reads a lambda's or an outer query's variables.
    pub(crate) pinned: bool,
}

impl Shape {
    pub(crate) const LEAF: Self = Self { depth: 1, size: 1, pinned: false };
    pub(crate) const PINNED: Self = Self { depth: 1, size: 1, pinned: true };

    /// The shape of a node over these parts.
    pub(crate) fn over<'t>(parts: impl IntoIterator<Item = &'t Typed>) -> Self {
        parts.into_iter().fold(Self::LEAF, |shape, part| Self {
            depth: shape.depth.max(part.shape.depth.saturating_add(1)),
            size: shape.size.saturating_add(part.shape.size),
            pinned: shape.pinned || part.shape.pinned,
        })
    }
}

impl Typed {
    pub(crate) fn leaf(expr: Expr, field: FieldRef) -> Self {
        Self { expr, field, shape: Shape::LEAF }
    }

    pub(crate) fn literal(value: ScalarValue) -> Self {
        let field = unnamed(value.data_type(), value.is_null());
        Self::leaf(Expr::Literal(value, None), field)
    }

    /// A node of this type over parts of this shape.
    pub(crate) fn new(expr: Expr, ty: DataType, nullable: bool, shape: Shape) -> Self {
        Self { expr, field: unnamed(ty, nullable), shape }
    }

    pub(crate) fn ty(&self) -> &DataType {
        self.field.data_type()
    }

    pub(crate) fn nullable(&self) -> bool {
        self.field.is_nullable()
    }

    /// The value, where it is a literal.
    pub(crate) fn value(&self) -> Option<&ScalarValue> {
        match &self.expr {
            Expr::Literal(value, _) => Some(value),
            _ => None,
        }
    }

    /// The text, where it is a literal string that is not null.
    pub(crate) fn text(&self) -> Option<&str> {
        match self.value()? {
            ScalarValue::Utf8(text) | ScalarValue::Utf8View(text) | ScalarValue::LargeUtf8(text) => text.as_deref(),
            _ => None,
        }
    }

    /// The same values as another type; a literal is converted now. Fails at run time where a value does not fit.
    pub(crate) fn cast(self, ty: &DataType) -> Result<Self> {
        if self.ty() == ty {
            return Ok(self);
        }
        if let Some(value) = self.value() {
            return match value.cast_to(ty) {
                Ok(value) => Ok(Self::literal(value)),
                Err(error) => {
                    let code = if can_cast_types(self.ty(), ty) { Code::CastFailed } else { Code::TypeMismatch };
                    Err(Error::new(code, format!("{} is not a value of type {}", quoted(value), show(ty))).with_source(error))
                }
            };
        }
        let (nullable, shape) = (self.nullable(), Shape::over([&self]));
        Ok(Self::new(Expr::Cast(Cast::new(Box::new(self.expr), ty.clone())), ty.clone(), nullable, shape))
    }

    /// The same values as another type, converted when the query runs, so that a zone that does not fit is an error of its row.
    pub(crate) fn recast(self, ty: &DataType) -> Self {
        let (nullable, shape) = (self.nullable(), Shape::over([&self]));
        Self::new(Expr::Cast(Cast::new(Box::new(self.expr), ty.clone())), ty.clone(), nullable, shape)
    }
}

/// A literal's value as messages show it.
pub(crate) fn quoted(value: &ScalarValue) -> String {
    match value {
        ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)) | ScalarValue::LargeUtf8(Some(text)) => {
            let shown: String = text.chars().take(40).collect();
            if shown.len() < text.len() { format!("'{shown}…'") } else { format!("'{shown}'") }
        }
        other => other.to_string().chars().take(40).collect(),
    }
}

/// A field without a name.
pub(crate) fn unnamed(ty: DataType, nullable: bool) -> FieldRef {
    Arc::new(Field::new("", ty, nullable))
}
