//! What may stand where an expression is expected.
//!
//! ```text
//! trait                 a plain &str is        who takes it
//! IntoColumn            a column name          arguments of functions, select, group_by, sort
//! IntoOperand           a string literal       right sides of operators, patterns, branches of a case
//! IntoOptionalColumn    a column name          arguments that may be left out: `()` or `None`
//! IntoOptional          a string literal       literal arguments that may be left out: `()` or `None`
//! ```

use super::column::col;
use super::literal::{IntoLiteral, lit};
use super::node::Expr;

/// Something that stands for a value: an expression, or a literal. A plain string is a *string*.
pub trait IntoOperand {
    /// The expression.
    fn into_operand(self) -> Expr;
}

/// Something that stands for a column: an expression, the name of a column, or a literal other than a string.
pub trait IntoColumn {
    /// The expression.
    fn into_column(self) -> Expr;
}

/// A literal argument that may be left out: `()` or `None` leaves it out, a plain string is a *string*.
pub trait IntoOptional {
    /// The expression, where there is one.
    fn into_optional(self) -> Option<Expr>;
}

/// A column argument that may be left out: `()` or `None` leaves it out, a plain string is the *name of a column*.
pub trait IntoOptionalColumn {
    /// The expression, where there is one.
    fn into_optional_column(self) -> Option<Expr>;
}

impl<T: IntoLiteral> IntoOperand for T {
    fn into_operand(self) -> Expr {
        lit(self)
    }
}

impl IntoOperand for Expr {
    fn into_operand(self) -> Expr {
        self
    }
}

impl IntoOperand for &Expr {
    fn into_operand(self) -> Expr {
        self.clone()
    }
}

impl IntoOptional for () {
    fn into_optional(self) -> Option<Expr> {
        None
    }
}

impl<T: IntoOperand> IntoOptional for Option<T> {
    fn into_optional(self) -> Option<Expr> {
        self.map(IntoOperand::into_operand)
    }
}

impl IntoOptionalColumn for () {
    fn into_optional_column(self) -> Option<Expr> {
        None
    }
}

impl<T: IntoColumn> IntoOptionalColumn for Option<T> {
    fn into_optional_column(self) -> Option<Expr> {
        self.map(IntoColumn::into_column)
    }
}

macro_rules! given {
    ($($ty:ty)*) => {$(
        impl IntoOptional for $ty {
            fn into_optional(self) -> Option<Expr> {
                Some(self.into_operand())
            }
        }
        impl IntoOptionalColumn for $ty {
            fn into_optional_column(self) -> Option<Expr> {
                Some(self.into_column())
            }
        }
    )*};
}

given!(Expr &Expr &str String &String);
given!(bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 super::literal::Literal);
given!(chrono::NaiveDate chrono::NaiveDateTime chrono::NaiveTime chrono::DateTime<chrono::Utc> std::time::Duration);

impl IntoColumn for Expr {
    fn into_column(self) -> Expr {
        self
    }
}

impl IntoColumn for &Expr {
    fn into_column(self) -> Expr {
        self.clone()
    }
}

impl IntoColumn for &str {
    fn into_column(self) -> Expr {
        col(self)
    }
}

impl IntoColumn for String {
    fn into_column(self) -> Expr {
        col(self)
    }
}

impl IntoColumn for &String {
    fn into_column(self) -> Expr {
        col(self.as_str())
    }
}

macro_rules! literal_columns {
    ($($ty:ty)*) => {$(
        impl IntoColumn for $ty {
            fn into_column(self) -> Expr {
                lit(self)
            }
        }
    )*};
}

literal_columns!(bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 super::literal::Literal);
literal_columns!(chrono::NaiveDate chrono::NaiveDateTime chrono::NaiveTime chrono::DateTime<chrono::Utc> std::time::Duration);

/// Several columns: one, an array, a slice, a vector, or a tuple of up to 16 different things (each of
/// which may be several columns again).
///
/// ```
/// use polybolos_client::{Session, col, lit};
///
/// # fn main() -> polybolos_client::Result<()> {
/// let trips = Session::detached().table("trips")?;
/// trips.select("a")?;
/// trips.select(["a", "b"])?;
/// trips.select(("a", col("b") + 1, lit("x").alias("c")))?;
/// # Ok(())
/// # }
/// ```
pub trait IntoColumns {
    /// The expressions, in order.
    fn into_columns(self) -> Vec<Expr>;
}

impl<T: IntoColumn> IntoColumns for T {
    fn into_columns(self) -> Vec<Expr> {
        vec![self.into_column()]
    }
}

impl<T: IntoColumn, const N: usize> IntoColumns for [T; N] {
    fn into_columns(self) -> Vec<Expr> {
        self.into_iter().map(IntoColumn::into_column).collect()
    }
}

impl<T: IntoColumn> IntoColumns for Vec<T> {
    fn into_columns(self) -> Vec<Expr> {
        self.into_iter().map(IntoColumn::into_column).collect()
    }
}

impl<T: IntoColumn + Clone> IntoColumns for &[T] {
    fn into_columns(self) -> Vec<Expr> {
        self.iter().cloned().map(IntoColumn::into_column).collect()
    }
}

impl<T: IntoColumn + Clone> IntoColumns for &Vec<T> {
    fn into_columns(self) -> Vec<Expr> {
        self.as_slice().into_columns()
    }
}

impl IntoColumns for () {
    fn into_columns(self) -> Vec<Expr> {
        Vec::new()
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: IntoColumns),*> IntoColumns for ($($name,)*) {
            #[expect(non_snake_case, reason = "the type parameters name the values too")]
            fn into_columns(self) -> Vec<Expr> {
                let ($($name,)*) = self;
                let mut columns = Vec::new();
                $(columns.extend($name.into_columns());)*
                columns
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);
tuples!(A B C D E F G H I J K L M);
tuples!(A B C D E F G H I J K L M N);
tuples!(A B C D E F G H I J K L M N O);
tuples!(A B C D E F G H I J K L M N O P);
