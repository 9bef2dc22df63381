//! Aggregates and what can be said of one: distinct values only, a filter, an order, what to do with nulls.

use std::borrow::Cow;

use polybolos_protocol::wire::plan as pb;

use super::convert::IntoOperand;
use super::node::{AggregateShape, Expr, Op};
use super::sort::IntoSortKeys;

/// A call of an aggregate function by its namespace and name, for functions that have no wrapper in
/// [`functions`](crate::functions).
pub fn aggregate_call(namespace: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>, args: Vec<Expr>) -> Expr {
    let shape = AggregateShape {
        namespace: namespace.into(),
        name: name.into(),
        args: args.len(),
        distinct: false,
        filter: false,
        order: Vec::new(),
        nulls: pb::NullTreatment::Unspecified,
    };
    Expr::new(Op::Aggregate(shape), args)
}

/// Only for aggregates, straight after the call: `sum("x").distinct()`.
impl Expr {
    /// Takes equal arguments once.
    ///
    /// ```
    /// # use polybolos_client::{aggregate_call, col};
    /// let buyers = aggregate_call("std", "count", vec![col("customer")]).distinct();
    /// assert_eq!(buyers.name(), "count(distinct customer)");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn distinct(&self) -> Expr {
        self.reshape("distinct", |shape, _| shape.distinct = true)
    }

    /// Takes only the rows for which the condition is true.
    ///
    /// ```
    /// # use polybolos_client::{aggregate_call, col};
    /// let late = aggregate_call("std", "count", vec![]).filter(col("delay").gt(0));
    /// assert_eq!(late.name(), "count(*) filter (where (delay > 0))");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn filter(&self, condition: impl IntoOperand) -> Expr {
        let condition = condition.into_operand();
        self.reshape("filter", |shape, children| {
            let at = shape.args.min(children.len());
            match children.get_mut(at).filter(|_| shape.filter) {
                Some(earlier) => *earlier = earlier.and(condition),
                None => children.insert(at, condition),
            }
            shape.filter = true;
        })
    }

    /// Takes the rows in this order; matters to `array_agg`, `first_value` and their kin.
    #[must_use]
    #[track_caller]
    pub fn order_by(&self, keys: impl IntoSortKeys) -> Expr {
        self.reshape("order_by", |shape, children| {
            children.truncate(shape.args + usize::from(shape.filter));
            shape.order.clear();
            for key in keys.into_sort_keys() {
                shape.order.push(key.order);
                children.push(key.expr);
            }
        })
    }

    /// Passes over rows where the argument is null.
    #[must_use]
    #[track_caller]
    pub fn ignore_nulls(&self) -> Expr {
        self.reshape("ignore_nulls", |shape, _| shape.nulls = pb::NullTreatment::Ignore)
    }

    /// Takes rows where the argument is null like any other.
    #[must_use]
    #[track_caller]
    pub fn respect_nulls(&self) -> Expr {
        self.reshape("respect_nulls", |shape, _| shape.nulls = pb::NullTreatment::Respect)
    }

    #[track_caller]
    fn reshape(&self, method: &str, change: impl FnOnce(&mut AggregateShape, &mut Vec<Expr>)) -> Expr {
        let Op::Aggregate(shape) = self.op() else {
            return Expr::invalid(format!("{method}() stands after an aggregate such as sum(\"x\"), not after {self:?}"));
        };
        let (mut shape, mut children) = (shape.clone(), self.children().to_vec());
        change(&mut shape, &mut children);
        Expr::new(Op::Aggregate(shape), children)
    }
}
