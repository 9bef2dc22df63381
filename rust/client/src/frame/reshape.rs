//! Rows to columns and back: unnest, pivot, unpivot.

use polybolos_protocol::Result;
use polybolos_protocol::wire::plan as pb;

use crate::expr::{Expr, IntoColumn, IntoColumns, IntoLiteral, Op};

use super::DataFrame;
use super::relation::RelationOp;

/// How a list, map or struct is taken apart. See [`DataFrame::unnest_with`].
#[derive(Debug, Clone, Default)]
pub struct Unnest(pb::Unnest);

impl Unnest {
    /// The name of the column of elements, which then stands after the others. Without it, the elements of a bare column
    /// take its place, and those of another expression get its name.
    #[must_use]
    pub fn as_column(mut self, name: impl Into<String>) -> Self {
        self.0.as_column = name.into();
        self
    }

    /// Keeps a row whose list is empty or null, with a null element.
    #[must_use]
    pub fn outer(mut self) -> Self {
        self.0.outer = true;
        self
    }

    /// Adds a column of this name with the 1-based position of each element.
    #[must_use]
    pub fn with_ordinality(mut self, name: impl Into<String>) -> Self {
        self.0.ordinality = name.into();
        self
    }

    /// Makes a column of each field where the elements (or the value itself) are structs.
    #[must_use]
    pub fn into_fields(mut self) -> Self {
        self.0.into_fields = true;
        self
    }
}

/// What [`DataFrame::unpivot`] turns into rows.
///
/// ```
/// use polybolos_client::{Session, Unpivot};
///
/// # fn main() -> polybolos_client::Result<()> {
/// let sales = Session::detached().table("sales")?;
/// let long = sales.unpivot(Unpivot::columns(["q1", "q2", "q3", "q4"]).keeping("year").into_columns_named("quarter", "amount"))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Unpivot {
    ids: Vec<Expr>,
    values: Vec<Expr>,
    name_column: String,
    value_column: String,
    keep_nulls: bool,
}

impl Unpivot {
    /// Each of these columns becomes rows of its name and its value.
    pub fn columns(values: impl IntoColumns) -> Self {
        Self {
            ids: Vec::new(),
            values: values.into_columns(),
            name_column: "variable".to_owned(),
            value_column: "value".to_owned(),
            keep_nulls: true,
        }
    }

    /// The columns that stay as they are, repeated in each row.
    #[must_use]
    pub fn keeping(mut self, ids: impl IntoColumns) -> Self {
        self.ids = ids.into_columns();
        self
    }

    /// The names of the two new columns; `variable` and `value` unless said.
    #[must_use]
    pub fn into_columns_named(mut self, name_column: impl Into<String>, value_column: impl Into<String>) -> Self {
        self.name_column = name_column.into();
        self.value_column = value_column.into();
        self
    }

    /// Leaves out the rows whose value is null.
    #[must_use]
    pub fn without_nulls(mut self) -> Self {
        self.keep_nulls = false;
        self
    }
}

/// What [`DataFrame::pivot`] turns into columns; the long form is [`Grouped::pivot`](super::Grouped::pivot).
#[derive(Debug, Clone)]
pub struct Pivot {
    keys: Vec<Expr>,
    column: Expr,
    values: Vec<pb::Literal>,
    measures: Vec<Expr>,
}

impl Pivot {
    /// One column for each of these values of the column. Without values the engine finds them first.
    pub fn on<V: IntoLiteral>(column: impl IntoColumn, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(|value| value.into_literal().0).collect();
        Self { keys: Vec::new(), column: column.into_column(), values, measures: Vec::new() }
    }

    /// One row for each combination of these.
    #[must_use]
    pub fn rows(mut self, keys: impl IntoColumns) -> Self {
        self.keys = keys.into_columns();
        self
    }

    /// The aggregates that fill the cells.
    #[must_use]
    pub fn cells(mut self, measures: impl IntoColumns) -> Self {
        self.measures = measures.into_columns();
        self
    }
}

impl DataFrame {
    /// One row for each element of the list (or entry of the map) in this column, which the element replaces. Rows whose
    /// list is empty or null vanish; see [`Unnest::outer`].
    #[track_caller]
    pub fn unnest(&self, column: impl IntoColumn) -> Result<DataFrame> {
        self.unnest_with(column, Unnest::default())
    }

    /// As [`unnest`](Self::unnest), in the way that the options say.
    #[track_caller]
    pub fn unnest_with(&self, value: impl IntoColumn, options: Unnest) -> Result<DataFrame> {
        let (value, mut shape) = (value.into_column(), options.0);
        if shape.as_column.is_empty() && !matches!(value.op(), Op::Column(_)) {
            shape.as_column = value.name();
        }
        self.then(RelationOp::Unnest { value, shape })
    }

    /// Values of one column as columns: `trips.pivot(Pivot::on("weekday", ["Sat", "Sun"]).rows("driver").cells(sum("fare")))`.
    #[track_caller]
    pub fn pivot(&self, pivot: Pivot) -> Result<DataFrame> {
        if pivot.measures.is_empty() {
            return self.fail("pivot() needs an aggregate for its cells: Pivot::on(...).cells(sum(\"x\"))");
        }
        let Pivot { keys, column, values, measures } = pivot;
        self.then(RelationOp::Pivot { keys, column, values, measures })
    }

    /// Columns as rows of name and value.
    #[track_caller]
    pub fn unpivot(&self, unpivot: Unpivot) -> Result<DataFrame> {
        let Unpivot { ids, values, name_column, value_column, keep_nulls } = unpivot;
        if values.is_empty() {
            return self.fail("unpivot() needs at least one column");
        }
        let shape = pb::Unpivot { name_column, value_column, keep_nulls, ..Default::default() };
        self.then(RelationOp::Unpivot { ids, values, shape })
    }
}
