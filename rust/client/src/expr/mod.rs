//! Expressions: what a column, a filter or a measure is made of.
//!
//! An [`Expr`] is an immutable, cheaply cloned tree that knows nothing of any session; it becomes part of a plan when a
//! [`DataFrame`](crate::DataFrame) method takes it. Building one never fails: a mistake (a filter on something that is no
//! aggregate, say) is carried along and reported by the method that takes the expression, at the caller's line.
//!
//! ```
//! use polybolos_client::{col, lit, when};
//!
//! let share = col("tip_amount") / col("fare_amount");
//! let generous = share.gt(0.2).and(col("passenger_count").is_not_null());
//! let label = when(&generous, "generous").otherwise("usual").alias("label");
//! assert_eq!(label.name(), "label");
//! assert_eq!(generous.name(), "(((tip_amount / fare_amount) > 0.2) and (passenger_count is not null))");
//! ```
//!
//! **A plain string** is a *column name* where a column is expected ([`IntoColumn`]: the arguments of functions, `select`,
//! `group_by`, `sort`) and a *string literal* where a value is expected ([`IntoOperand`]: the right side of a comparison,
//! a pattern, the results of a `when`). Numbers, dates and the like are literals in both.

mod aggregate;
mod case;
mod column;
mod convert;
mod lambda;
mod literal;
mod node;
mod operators;
mod overloads;
mod sort;
mod subquery;
mod window;

pub use aggregate::aggregate_call;
pub use case::{Case, case, when};
pub use column::{IntoQualifier, Star, col, columns_matching, parameter, qualified, sql_expr, star};
pub use convert::{IntoColumn, IntoColumns, IntoOperand, IntoOptional, IntoOptionalColumn};
pub use lambda::{lambda, lambda2};
pub use literal::{IntoLiteral, Literal, lit, null};
pub use node::{Expr, call};
pub use sort::{IntoSortKey, IntoSortKeys, SortKey};
pub use subquery::{Comparison, exists, scalar};
pub use window::{Bound, Window, window_call};

pub(crate) use node::{AggregateShape, Flags, Op, SortOrder, WindowShape};
