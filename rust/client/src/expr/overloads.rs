//! `std::ops` for expressions: arithmetic `+ - * / %` and `-x`, logic `& | !`.
//!
//! ```
//! use polybolos_client::col;
//!
//! assert_eq!((100 - col("discount") * 2).name(), "(100 - (discount * 2))");
//! assert_eq!((!col("a") & col("b")).name(), "((not a) and b)");
//! ```

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Rem, Sub};

use super::convert::IntoOperand;
use super::node::Expr;

macro_rules! overload {
    ($($trait:ident :: $method:ident = $call:ident;)*) => {$(
        impl<R: IntoOperand> $trait<R> for Expr {
            type Output = Expr;
            fn $method(self, other: R) -> Expr {
                Expr::$call(&self, other)
            }
        }
        impl<R: IntoOperand> $trait<R> for &Expr {
            type Output = Expr;
            fn $method(self, other: R) -> Expr {
                Expr::$call(self, other)
            }
        }
    )*};
}

overload! {
    Add::add = add;
    Sub::sub = subtract;
    Mul::mul = multiply;
    Div::div = divide;
    Rem::rem = modulo;
    BitAnd::bitand = and;
    BitOr::bitor = or;
}

macro_rules! number_first {
    ($($number:ty)*) => {$(
        number_first!(@ $number, Add::add = add);
        number_first!(@ $number, Sub::sub = subtract);
        number_first!(@ $number, Mul::mul = multiply);
        number_first!(@ $number, Div::div = divide);
        number_first!(@ $number, Rem::rem = modulo);
    )*};
    (@ $number:ty, $trait:ident :: $method:ident = $call:ident) => {
        impl $trait<Expr> for $number {
            type Output = Expr;
            fn $method(self, other: Expr) -> Expr {
                self.into_operand().$call(other)
            }
        }
        impl $trait<&Expr> for $number {
            type Output = Expr;
            fn $method(self, other: &Expr) -> Expr {
                self.into_operand().$call(other)
            }
        }
    };
}

// One type of integers and one of floats, so that the compiler can tell which one `100 - col("x")` means.
number_first!(i32 f64);

impl Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        self.negate()
    }
}

impl Neg for &Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        self.negate()
    }
}

impl Not for Expr {
    type Output = Expr;
    fn not(self) -> Expr {
        Expr::not(&self)
    }
}

impl Not for &Expr {
    type Output = Expr;
    fn not(self) -> Expr {
        Expr::not(self)
    }
}
