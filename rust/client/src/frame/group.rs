//! Groups: group_by, rollup, cube, grouping sets, and what is computed of each group.

use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Error, Result};

use crate::expr::{Expr, IntoColumn, IntoColumns, IntoLiteral, aggregate_call};

use super::DataFrame;
use super::relation::RelationOp;

/// Keys that wait for their measures. Made by [`DataFrame::group_by`] and its kin.
#[derive(Debug, Clone)]
pub struct Grouped {
    frame: DataFrame,
    keys: Vec<Expr>,
    mode: pb::GroupingMode,
    sets: Vec<Vec<u32>>,
}

/// Groups whose measures become one column per value of another column. Made by [`Grouped::pivot`].
#[derive(Debug, Clone)]
pub struct Pivoted {
    grouped: Grouped,
    column: Expr,
    values: Vec<pb::Literal>,
}

impl DataFrame {
    /// One row for each different combination of the keys; two nulls are equal here. `()` makes one group of all rows.
    ///
    /// ```
    /// # use polybolos_client::{Session, col, functions as f};
    /// # fn main() -> polybolos_client::Result<()> {
    /// # let trips = Session::detached().table("trips")?;
    /// let by_hour = trips
    ///     .group_by(("vendor", f::date_trunc("hour", "pickup").alias("hour")))?
    ///     .agg((f::count(()).alias("trips"), f::avg("fare")))?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn group_by(&self, keys: impl IntoColumns) -> Result<Grouped> {
        self.grouped(keys.into_columns(), pb::GroupingMode::Plain, Vec::new())
    }

    /// Groups by all keys, then by all but the last, and so on down to one group of all rows; keys that are left out are
    /// null in the answer.
    #[track_caller]
    pub fn rollup(&self, keys: impl IntoColumns) -> Result<Grouped> {
        let keys = keys.into_columns();
        if keys.is_empty() {
            return self.fail("rollup() needs at least one key");
        }
        self.grouped(keys, pb::GroupingMode::Rollup, Vec::new())
    }

    /// Groups by every subset of the keys; keys that are left out are null in the answer.
    #[track_caller]
    pub fn cube(&self, keys: impl IntoColumns) -> Result<Grouped> {
        let keys = keys.into_columns();
        if keys.is_empty() {
            return self.fail("cube() needs at least one key");
        }
        self.grouped(keys, pb::GroupingMode::Cube, Vec::new())
    }

    /// Groups by each of these sets of keys; keys that are not in a set are null in its rows. Keys are the same where their
    /// names are.
    ///
    /// ```
    /// # use polybolos_client::{Session, functions as f};
    /// # fn main() -> polybolos_client::Result<()> {
    /// # let sales = Session::detached().table("sales")?;
    /// let totals = sales.grouping_sets([vec!["region", "year"], vec!["region"], vec![]])?.agg(f::sum("amount"))?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn grouping_sets<S: IntoColumns>(&self, sets: impl IntoIterator<Item = S>) -> Result<Grouped> {
        let mut keys: Vec<Expr> = Vec::new();
        let mut positions = indexmap::IndexMap::new();
        let mut of_set = |set: Vec<Expr>| -> Vec<u32> {
            let mut position = |key: Expr| {
                let next = u32::try_from(positions.len()).unwrap_or(u32::MAX);
                *positions.entry(key.name()).or_insert_with(|| {
                    keys.push(key);
                    next
                })
            };
            set.into_iter().map(&mut position).collect()
        };
        let sets: Vec<Vec<u32>> = sets.into_iter().map(|set| of_set(set.into_columns())).collect();
        if sets.is_empty() {
            return self.fail("grouping_sets() needs at least one set");
        }
        self.grouped(keys, pb::GroupingMode::Sets, sets)
    }

    #[track_caller]
    fn grouped(&self, keys: Vec<Expr>, mode: pb::GroupingMode, sets: Vec<Vec<u32>>) -> Result<Grouped> {
        if let Some(mistake) = keys.iter().find_map(Expr::mistake) {
            return Err(mistake);
        }
        Ok(Grouped { frame: self.clone(), keys, mode, sets })
    }

    /// One row: these aggregates over all rows.
    #[track_caller]
    pub fn agg(&self, measures: impl IntoColumns) -> Result<DataFrame> {
        self.grouped(Vec::new(), pb::GroupingMode::Plain, Vec::new())?.agg(measures)
    }

    /// Statistics of columns, one row each: `count`, `null_count`, `mean`, `std`, `min`, `25%`, `50%`, `75%`, `max`. `()`
    /// takes every column.
    #[track_caller]
    pub fn describe(&self, columns: impl super::nulls::IntoNames) -> Result<DataFrame> {
        self.describe_with(columns, [""; 0])
    }

    /// These statistics of columns, one row each: those of [`describe`](Self::describe) and any percentile such as `99%`.
    /// `()` takes every column.
    #[track_caller]
    pub fn describe_with<S: Into<String>>(
        &self,
        columns: impl super::nulls::IntoNames,
        statistics: impl IntoIterator<Item = S>,
    ) -> Result<DataFrame> {
        let statistics = statistics.into_iter().map(Into::into).collect();
        let describe = pb::Describe { columns: columns.into_names(), statistics };
        self.then(RelationOp::plain(pb::relation::Kind::Describe(describe)))
    }
}

impl Grouped {
    /// The keys, then these aggregates, one row per group. A measure may combine aggregates: `sum("a") / sum("b")`.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where there is neither a key nor a measure.
    #[track_caller]
    pub fn agg(&self, measures: impl IntoColumns) -> Result<DataFrame> {
        let measures = measures.into_columns();
        if measures.is_empty() && self.keys.is_empty() {
            return self.frame.fail("agg() needs at least one aggregate");
        }
        let (keys, mode, sets) = (self.keys.clone(), self.mode, self.sets.clone());
        self.frame.then(RelationOp::Aggregate { keys, measures, mode, sets })
    }

    /// The keys and the number of rows of each group, as `count`.
    #[track_caller]
    pub fn count(&self) -> Result<DataFrame> {
        self.agg(aggregate_call("std", "count", Vec::new()).alias("count"))
    }

    /// Spreads the measures over columns: for each of these values of the column, one column per measure. Without values
    /// (`None::<&str>` or an empty array) the engine finds them first, which reads the data once more.
    ///
    /// ```
    /// # use polybolos_client::{Session, functions as f};
    /// # fn main() -> polybolos_client::Result<()> {
    /// # let sales = Session::detached().table("sales")?;
    /// let by_quarter = sales.group_by("year")?.pivot("quarter", ["Q1", "Q2", "Q3", "Q4"])?.agg(f::sum("amount"))?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn pivot<V: IntoLiteral>(&self, column: impl IntoColumn, values: impl IntoIterator<Item = V>) -> Result<Pivoted> {
        if self.mode != pb::GroupingMode::Plain {
            return self.frame.fail("pivot() stands after group_by(), not after rollup(), cube() or grouping_sets()");
        }
        let values = values.into_iter().map(|value| value.into_literal().0).collect();
        Ok(Pivoted { grouped: self.clone(), column: column.into_column(), values })
    }
}

impl Pivoted {
    /// The keys, then a column for each value and measure: named by the value where there is one measure, else `value_measure`.
    #[track_caller]
    pub fn agg(&self, measures: impl IntoColumns) -> Result<DataFrame> {
        let measures = measures.into_columns();
        let frame = &self.grouped.frame;
        if measures.is_empty() {
            return frame.blamed(Err(Error::invalid_argument("agg() after pivot() needs at least one aggregate")));
        }
        let (keys, column, values) = (self.grouped.keys.clone(), self.column.clone(), self.values.clone());
        frame.then(RelationOp::Pivot { keys, column, values, measures })
    }
}
