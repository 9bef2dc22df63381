//! Which rows, and in which order: filter, sort, limit, distinct, sample; and how they are spread over partitions.

use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind;
use polybolos_protocol::wire::plan::repartition::{Coalesce, RoundRobin, Scheme};
use polybolos_protocol::{Error, Result};

use crate::expr::{IntoColumn, IntoColumns, IntoSortKeys, Op};

use super::DataFrame;
use super::relation::RelationOp;

impl DataFrame {
    /// The rows for which the condition is true: neither false nor null.
    #[track_caller]
    pub fn filter(&self, condition: impl IntoColumn) -> Result<DataFrame> {
        self.then(RelationOp::Filter(condition.into_column()))
    }

    /// All rows in this order. A plain column sorts ascending with nulls last; see [`SortKey`](crate::SortKey).
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where there is no key.
    #[track_caller]
    pub fn sort(&self, keys: impl IntoSortKeys) -> Result<DataFrame> {
        self.sort_or(keys, false)
    }

    /// The rows of each partition in this order; nothing is said of the partitions among themselves.
    #[track_caller]
    pub fn sort_within_partitions(&self, keys: impl IntoSortKeys) -> Result<DataFrame> {
        self.sort_or(keys, true)
    }

    #[track_caller]
    fn sort_or(&self, keys: impl IntoSortKeys, within_partitions: bool) -> Result<DataFrame> {
        let keys = keys.into_sort_keys();
        if keys.is_empty() {
            return self.fail("sort() needs at least one key");
        }
        self.then(RelationOp::Sort { keys, within_partitions })
    }

    /// The first so many rows.
    #[track_caller]
    pub fn limit(&self, count: u64) -> Result<DataFrame> {
        self.then(limit(Some(count), 0, false))
    }

    /// All rows but the first so many.
    #[track_caller]
    pub fn offset(&self, count: u64) -> Result<DataFrame> {
        self.then(limit(None, count, false))
    }

    /// So many rows after the first so many.
    #[track_caller]
    pub fn slice(&self, offset: u64, count: u64) -> Result<DataFrame> {
        self.then(limit(Some(count), offset, false))
    }

    /// The first so many rows of a sorted frame, and those that equal the last of them in the order.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where the frame is not the result of a [`sort`](Self::sort).
    #[track_caller]
    pub fn limit_with_ties(&self, count: u64) -> Result<DataFrame> {
        if !matches!(self.relation().op, RelationOp::Sort { within_partitions: false, .. }) {
            return self.fail("limit_with_ties() stands right after sort(), which says what a tie is");
        }
        self.then(limit(Some(count), 0, true))
    }

    /// Every different row once. Two nulls are equal here.
    #[track_caller]
    pub fn distinct(&self) -> Result<DataFrame> {
        self.then(RelationOp::Distinct { on: Vec::new(), keep: Vec::new() })
    }

    /// One row for each different combination of these columns: the first one in the order of `keep`, or any where `keep`
    /// is `()`.
    ///
    /// ```
    /// # use polybolos_client::{Session, col};
    /// # fn main() -> polybolos_client::Result<()> {
    /// # let trips = Session::detached().table("trips")?;
    /// let last_trip_of_each = trips.distinct_on("driver", col("pickup").desc())?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn distinct_on(&self, columns: impl IntoColumns, keep: impl IntoSortKeys) -> Result<DataFrame> {
        let on = columns.into_columns();
        if on.is_empty() {
            return self.fail("distinct_on() needs at least one column; distinct() compares whole rows");
        }
        if let Some(other) = on.iter().find(|column| !matches!(column.op(), Op::Column(_))) {
            return self.fail(format!("distinct_on() takes columns, not {other:?}: add it with with_column() first"));
        }
        self.then(RelationOp::Distinct { on, keep: keep.into_sort_keys() })
    }

    /// About this fraction of the rows, each chosen by chance; another choice in each run.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where the fraction is not between 0 and 1.
    #[track_caller]
    pub fn sample(&self, fraction: f64) -> Result<DataFrame> {
        self.sample_with(Sample::fraction(fraction))
    }

    /// Rows chosen by chance, in the way that the options say.
    #[track_caller]
    pub fn sample_with(&self, sample: Sample) -> Result<DataFrame> {
        let sample = self.blamed(sample.checked())?;
        self.then(RelationOp::plain(Kind::Sample(sample)))
    }

    /// The same rows, spread evenly over so many partitions.
    #[track_caller]
    pub fn repartition(&self, partitions: u32) -> Result<DataFrame> {
        self.scheme(Scheme::RoundRobin(RoundRobin { partitions: self.some(partitions)? }))
    }

    /// The same rows, those with equal keys in one partition. `None` leaves the number of partitions to the engine.
    #[track_caller]
    pub fn repartition_by(&self, keys: impl IntoColumns, partitions: Option<u32>) -> Result<DataFrame> {
        let keys = keys.into_columns();
        if keys.is_empty() {
            return self.fail("repartition_by() needs at least one key");
        }
        self.then(RelationOp::RepartitionByHash { keys, partitions })
    }

    /// The same rows, each partition a range of the order. `None` leaves the number of partitions to the engine.
    #[track_caller]
    pub fn repartition_by_range(&self, keys: impl IntoSortKeys, partitions: Option<u32>) -> Result<DataFrame> {
        let keys = keys.into_sort_keys();
        if keys.is_empty() {
            return self.fail("repartition_by_range() needs at least one key");
        }
        self.then(RelationOp::RepartitionByRange { keys, partitions })
    }

    /// The same rows in at most so many partitions, without moving more than needed.
    #[track_caller]
    pub fn coalesce(&self, partitions: u32) -> Result<DataFrame> {
        self.scheme(Scheme::Coalesce(Coalesce { partitions: self.some(partitions)? }))
    }

    #[track_caller]
    fn scheme(&self, scheme: Scheme) -> Result<DataFrame> {
        self.then(RelationOp::plain(Kind::Repartition(pb::Repartition { scheme: Some(scheme) })))
    }

    #[track_caller]
    fn some(&self, partitions: u32) -> Result<u32> {
        if partitions == 0 { self.fail("there must be at least one partition") } else { Ok(partitions) }
    }

    /// Advice to the engine, such as `broadcast`. It never changes the result.
    #[track_caller]
    pub fn hint(&self, name: impl Into<String>, args: impl IntoColumns) -> Result<DataFrame> {
        self.then(RelationOp::Hint { name: name.into(), args: args.into_columns() })
    }

    /// The same rows; aggregates over them, computed as they pass, are in the result's
    /// [`observed`](crate::QueryResult::observed) under this name.
    #[track_caller]
    pub fn observe(&self, name: impl Into<String>, metrics: impl IntoColumns) -> Result<DataFrame> {
        let metrics = metrics.into_columns();
        if metrics.is_empty() {
            return self.fail("observe() needs at least one aggregate");
        }
        self.then(RelationOp::Observe { name: name.into(), metrics })
    }
}

fn limit(count: Option<u64>, offset: u64, with_ties: bool) -> RelationOp {
    RelationOp::plain(Kind::Limit(pb::Limit { count, offset, with_ties }))
}

/// How rows are chosen by chance.
///
/// ```
/// use polybolos_client::Sample;
///
/// let always_the_same = Sample::fraction(0.1).seed(42);
/// let a_thousand = Sample::rows(1_000);
/// ```
#[derive(Debug, Clone)]
pub struct Sample(pb::Sample);

impl Sample {
    /// About this fraction of the rows, between 0 and 1.
    pub fn fraction(fraction: f64) -> Self {
        Self(pb::Sample { fraction, ..Default::default() })
    }

    /// Exactly so many rows, or all where there are fewer.
    pub fn rows(rows: u64) -> Self {
        Self(pb::Sample { rows: Some(rows), ..Default::default() })
    }

    /// The same choice in each run over the same data.
    #[must_use]
    pub fn seed(mut self, seed: i64) -> Self {
        self.0.seed = Some(seed);
        self
    }

    /// A row can be chosen more than once; the fraction may then exceed 1.
    #[must_use]
    pub fn with_replacement(mut self) -> Self {
        self.0.replacement = true;
        self
    }

    fn checked(self) -> Result<pb::Sample> {
        let most = if self.0.replacement { f64::MAX } else { 1.0 };
        if (0.0..=most).contains(&self.0.fraction) {
            return Ok(self.0);
        }
        Err(Error::invalid_argument(format!("a sample is a fraction between 0 and 1, not {}", self.0.fraction)))
    }
}
