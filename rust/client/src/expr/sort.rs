//! Sort keys: an expression, a direction, and where the nulls go.
//!
//! The place of nulls is always said in the plan. Unless you say it, a null counts as the largest value, as in PostgreSQL
//! and in this engine's SQL: **ascending puts nulls last, descending puts nulls first**.

use polybolos_protocol::wire::plan as pb;

use super::convert::IntoColumn;
use super::node::{Expr, SortOrder};

/// One key of an order.
///
/// ```
/// use polybolos_client::col;
///
/// let newest_first = col("pickup").desc().nulls_last();
/// assert_eq!(newest_first.to_string(), "pickup desc nulls last");
/// ```
#[derive(Clone)]
pub struct SortKey {
    pub(crate) expr: Expr,
    pub(crate) order: SortOrder,
}

impl Expr {
    /// Smallest first, nulls last unless said otherwise.
    pub fn asc(&self) -> SortKey {
        let order = SortOrder { direction: pb::SortDirection::Asc, nulls: pb::NullsOrder::Last };
        SortKey { expr: self.clone(), order }
    }

    /// Largest first, nulls first unless said otherwise.
    pub fn desc(&self) -> SortKey {
        let order = SortOrder { direction: pb::SortDirection::Desc, nulls: pb::NullsOrder::First };
        SortKey { expr: self.clone(), order }
    }
}

impl SortKey {
    /// Nulls before all values.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.order.nulls = pb::NullsOrder::First;
        self
    }

    /// Nulls after all values.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.order.nulls = pb::NullsOrder::Last;
        self
    }
}

impl std::fmt::Display for SortKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}{}", self.expr, self.order.suffix())
    }
}

impl std::fmt::Debug for SortKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl SortOrder {
    /// What follows the expression in a text.
    pub(crate) fn suffix(self) -> &'static str {
        match (self.direction == pb::SortDirection::Desc, self.nulls == pb::NullsOrder::First) {
            (false, false) => " asc nulls last",
            (false, true) => " asc nulls first",
            (true, false) => " desc nulls last",
            (true, true) => " desc nulls first",
        }
    }
}

/// One key of an order: a [`SortKey`], or a column, which sorts ascending with nulls last.
pub trait IntoSortKey {
    /// The key.
    fn into_sort_key(self) -> SortKey;
}

impl IntoSortKey for SortKey {
    fn into_sort_key(self) -> SortKey {
        self
    }
}

impl IntoSortKey for &SortKey {
    fn into_sort_key(self) -> SortKey {
        self.clone()
    }
}

impl<T: IntoColumn> IntoSortKey for T {
    fn into_sort_key(self) -> SortKey {
        self.into_column().asc()
    }
}

/// Several sort keys: one, an array, a vector, or a tuple of different things.
pub trait IntoSortKeys {
    /// The keys, the most important first.
    fn into_sort_keys(self) -> Vec<SortKey>;
}

impl<T: IntoSortKey> IntoSortKeys for T {
    fn into_sort_keys(self) -> Vec<SortKey> {
        vec![self.into_sort_key()]
    }
}

impl<T: IntoSortKey, const N: usize> IntoSortKeys for [T; N] {
    fn into_sort_keys(self) -> Vec<SortKey> {
        self.into_iter().map(IntoSortKey::into_sort_key).collect()
    }
}

impl<T: IntoSortKey> IntoSortKeys for Vec<T> {
    fn into_sort_keys(self) -> Vec<SortKey> {
        self.into_iter().map(IntoSortKey::into_sort_key).collect()
    }
}

impl IntoSortKeys for () {
    fn into_sort_keys(self) -> Vec<SortKey> {
        Vec::new()
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: IntoSortKey),*> IntoSortKeys for ($($name,)*) {
            #[expect(non_snake_case, reason = "the type parameters name the values too")]
            fn into_sort_keys(self) -> Vec<SortKey> {
                let ($($name,)*) = self;
                vec![$($name.into_sort_key()),*]
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
