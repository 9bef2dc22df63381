//! `case when ... then ... else ... end`.

use std::ops::Deref;

use super::convert::{IntoColumn, IntoOperand};
use super::node::{Expr, Op};

/// Starts a case: the result of the first condition that is true.
///
/// ```
/// use polybolos_client::{col, when};
///
/// let size = when(col("miles").gt(10), "long").when(col("miles").gt(2), "medium").otherwise("short");
/// assert_eq!(size.name(), "case when (miles > 10) then 'long' when (miles > 2) then 'medium' else 'short' end");
/// ```
pub fn when(condition: impl IntoOperand, result: impl IntoOperand) -> Case {
    Case::new(None).when(condition, result)
}

/// Starts a case that compares one value: the result of the first branch whose value equals it.
///
/// ```
/// use polybolos_client::{case, col};
///
/// let name = case(col("code")).when(1, "one").when(2, "two");
/// assert_eq!(name.name(), "case code when 1 then 'one' when 2 then 'two' end");
/// ```
pub fn case(operand: impl IntoColumn) -> Case {
    Case::new(Some(operand.into_column()))
}

/// A case in the making. It is an expression at every moment: without [`otherwise`](Case::otherwise) the result is null
/// where no branch matches.
#[derive(Debug, Clone)]
pub struct Case(Expr);

impl Case {
    fn new(operand: Option<Expr>) -> Self {
        let op = Op::Case { operand: operand.is_some(), otherwise: false };
        Self(Expr::new(op, operand.into_iter().collect()))
    }

    /// One more branch.
    #[must_use]
    pub fn when(mut self, condition: impl IntoOperand, result: impl IntoOperand) -> Self {
        let mut children = self.0.take_children();
        children.extend([condition.into_operand(), result.into_operand()]);
        Self(Expr::new(self.0.op().clone(), children))
    }

    /// The result where no branch matches.
    #[must_use]
    pub fn otherwise(mut self, result: impl IntoOperand) -> Expr {
        let operand = matches!(self.0.op(), Op::Case { operand: true, .. });
        let mut children = self.0.take_children();
        children.push(result.into_operand());
        Expr::new(Op::Case { operand, otherwise: true }, children)
    }
}

impl Deref for Case {
    type Target = Expr;

    fn deref(&self) -> &Expr {
        &self.0
    }
}

impl From<Case> for Expr {
    fn from(case: Case) -> Self {
        case.0
    }
}

impl IntoOperand for Case {
    fn into_operand(self) -> Expr {
        self.0
    }
}

impl IntoColumn for Case {
    fn into_column(self) -> Expr {
        self.0
    }
}
