//! The operators of the `core` namespace as methods, the form that every language has.
//!
//! `std::ops` give the short forms of arithmetic (`+ - * / %`, unary `-`) and logic (`& | !`); see `overloads`.

use polybolos_protocol::wire::plan as pb;

use crate::types::IntoDataType;

use super::convert::IntoOperand;
use super::node::{Expr, Op};

macro_rules! binary {
    ($($(#[$doc:meta])* $method:ident = $name:literal;)*) => {$(
        $(#[$doc])*
        pub fn $method(&self, other: impl IntoOperand) -> Expr {
            Expr::core($name, vec![self.clone(), other.into_operand()])
        }
    )*};
}

macro_rules! unary {
    ($($(#[$doc:meta])* $method:ident = $name:literal;)*) => {$(
        $(#[$doc])*
        pub fn $method(&self) -> Expr {
            Expr::core($name, vec![self.clone()])
        }
    )*};
}

/// Comparison. A null on either side makes the answer null, unless said otherwise.
impl Expr {
    binary! {
        /// Equal.
        eq = "eq";
        /// Not equal.
        ne = "ne";
        /// Less than.
        lt = "lt";
        /// Less than or equal.
        le = "le";
        /// Greater than.
        gt = "gt";
        /// Greater than or equal.
        ge = "ge";
        /// Not equal, where two nulls are equal and a null differs from every value. Never null.
        is_distinct_from = "is_distinct_from";
        /// Equal, where two nulls are equal (`<=>` in Spark). Never null.
        is_not_distinct_from = "is_not_distinct_from";
    }

    /// Within the two bounds, both included.
    ///
    /// ```
    /// # use polybolos_client::col;
    /// assert_eq!(col("x").between(1, 9).name(), "(x between 1 and 9)");
    /// ```
    pub fn between(&self, low: impl IntoOperand, high: impl IntoOperand) -> Expr {
        Expr::core("between", vec![self.clone(), low.into_operand(), high.into_operand()])
    }

    /// Outside the two bounds.
    pub fn not_between(&self, low: impl IntoOperand, high: impl IntoOperand) -> Expr {
        Expr::core("not_between", vec![self.clone(), low.into_operand(), high.into_operand()])
    }
}

/// Three-valued logic: `false and null` is false, `true or null` is true, everything else with a null is null.
impl Expr {
    binary! {
        /// Both are true. `&` is the short form.
        and = "and";
        /// At least one is true. `|` is the short form.
        or = "or";
        /// Exactly one is true; null when either is null.
        xor = "xor";
    }

    unary! {
        /// The opposite. `!` is the short form.
        not = "not";
        /// Is null. Never null itself, as all of these questions but those about NaN.
        is_null = "is_null";
        /// Is not null.
        is_not_null = "is_not_null";
        /// Is true: neither false nor null.
        is_true = "is_true";
        /// Is false or null.
        is_not_true = "is_not_true";
        /// Is false: neither true nor null.
        is_false = "is_false";
        /// Is true or null.
        is_not_false = "is_not_false";
        /// A boolean that is null.
        is_unknown = "is_unknown";
        /// A boolean that is not null.
        is_not_unknown = "is_not_unknown";
        /// A float that is NaN; null for null.
        is_nan = "is_nan";
        /// A float that is a number; null for null.
        is_not_nan = "is_not_nan";
    }
}

/// Arithmetic. Integers that overflow, and integers and decimals that are divided by zero, are errors unless the session
/// says otherwise; floats follow IEEE 754. Dividing two integers truncates.
impl Expr {
    binary! {
        /// The sum. `+` is the short form.
        add = "add";
        /// The difference. `-` is the short form.
        subtract = "subtract";
        /// The product. `*` is the short form.
        multiply = "multiply";
        /// The quotient. `/` is the short form.
        divide = "divide";
        /// The remainder, with the sign of the left side. `%` is the short form.
        modulo = "modulo";
        /// Bits that both have.
        bit_and = "bit_and";
        /// Bits that either has.
        bit_or = "bit_or";
        /// Bits that exactly one has.
        bit_xor = "bit_xor";
        /// Bits moved towards the high end.
        shift_left = "shift_left";
        /// Bits moved towards the low end.
        shift_right = "shift_right";
    }

    unary! {
        /// The value with the opposite sign. Unary `-` is the short form.
        negate = "negate";
        /// All bits flipped.
        bit_not = "bit_not";
    }
}

/// Text.
impl Expr {
    binary! {
        /// The texts one after the other (`||` in SQL); null when either is. `functions::concat` skips nulls instead.
        concat_op = "concat_op";
        /// Matches the SQL pattern: `%` stands for any text, `_` for one character.
        like = "like";
        /// Does not match the SQL pattern.
        not_like = "not_like";
        /// Matches the SQL pattern whatever the case of letters.
        ilike = "ilike";
        /// Does not match the SQL pattern whatever the case of letters.
        not_ilike = "not_ilike";
        /// Matches the SQL regular expression (`SIMILAR TO`).
        similar_to = "similar_to";
        /// Does not match the SQL regular expression.
        not_similar_to = "not_similar_to";
        /// Contains a match of the regular expression (`~`).
        regex_match = "regex_match";
        /// Contains a match of the regular expression whatever the case of letters (`~*`).
        regex_imatch = "regex_imatch";
        /// Contains no match of the regular expression (`!~`).
        regex_not_match = "regex_not_match";
        /// Contains no match of the regular expression whatever the case of letters (`!~*`).
        regex_not_imatch = "regex_not_imatch";
    }

    /// Matches the SQL pattern, in which this character makes the next one ordinary.
    pub fn like_escape(&self, pattern: impl IntoOperand, escape: char) -> Expr {
        Expr::core("like", vec![self.clone(), pattern.into_operand(), escape.to_string().into_operand()])
    }
}

/// Parts of lists and maps; for the fields of structs see [`Expr::field`].
impl Expr {
    binary! {
        /// The element of a list at a 1-based position, from the end where it is negative; null outside the list.
        get_item = "get_item";
        /// The value of a map under a key; null where the map does not have it.
        get_key = "get_key";
    }

    /// The elements of a list from one 1-based position to another, both included.
    pub fn slice(&self, from: impl IntoOperand, to: impl IntoOperand) -> Expr {
        Expr::core("slice", vec![self.clone(), from.into_operand(), to.into_operand()])
    }
}

/// Casts.
impl Expr {
    /// The value as another type; a value that does not fit is an error.
    ///
    /// ```
    /// # use polybolos_client::{DataType, col};
    /// assert_eq!(col("x").cast(DataType::Int64).name(), "cast(x as int64)");
    /// assert_eq!(col("x").cast("decimal(10, 2)").name(), "cast(x as decimal(10, 2))");
    /// ```
    #[track_caller]
    pub fn cast(&self, to: impl IntoDataType) -> Expr {
        self.cast_or(to, pb::CastFailure::Error)
    }

    /// The value as another type; a value that does not fit becomes null.
    #[track_caller]
    pub fn try_cast(&self, to: impl IntoDataType) -> Expr {
        self.cast_or(to, pb::CastFailure::Null)
    }

    #[track_caller]
    fn cast_or(&self, to: impl IntoDataType, on_failure: pb::CastFailure) -> Expr {
        match to.into_data_type() {
            Ok(to) => Expr::new(Op::Cast { to, on_failure }, vec![self.clone()]),
            Err(error) => Expr::invalid(error.message()),
        }
    }
}
