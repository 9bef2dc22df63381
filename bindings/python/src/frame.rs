//! DataFrames: each method makes one more node, at the line of the caller's program that Python names.

use polybolos_client as client;
use polybolos_client::call_site;
use polybolos_client::{DropNulls, ExplainMode, JoinKind, JoinOn, Literal, Pivot, Sample, Unnest, Unpivot};
use polybolos_protocol::error::CallSite;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::{self, OrRaise};
use crate::expr::{Expr, SortKey, inner, keys};
use crate::handle::Owned;
use crate::plan::Plan;
use crate::result::{Batches, Stream, Task};
use crate::runtime::wait;
use crate::types::{self, Schema};
use crate::{literal, result};

/// File and line of a call.
pub(crate) type Site = (String, u32);

/// A lazily built query.
#[pyclass(frozen, module = "polybolos._native")]
pub(crate) struct Frame(Owned<client::DataFrame>);

/// Makes a frame at a line of the caller's program.
pub(crate) fn at(site: Site, make: impl FnOnce() -> client::Result<client::DataFrame>) -> PyResult<Frame> {
    call_site::with(CallSite { file: site.0, line: site.1 }, make).or_raise().map(Frame::new)
}

impl Frame {
    pub(crate) fn new(frame: client::DataFrame) -> Self {
        Self(Owned::new(frame))
    }

    pub(crate) fn get(&self) -> PyResult<&client::DataFrame> {
        self.0.get().or_raise()
    }

    fn then(&self, site: Site, make: impl FnOnce(&client::DataFrame) -> client::Result<client::DataFrame>) -> PyResult<Self> {
        let frame = self.get()?;
        at(site, || make(frame))
    }
}

fn literals(values: &[Bound<'_, PyAny>]) -> PyResult<Vec<Literal>> {
    values.iter().map(|value| Ok(Literal::from(literal::literal(value, None)?))).collect()
}

fn pairs(values: &[(Bound<'_, PyAny>, Bound<'_, PyAny>)]) -> PyResult<Vec<(Literal, Literal)>> {
    values.iter().map(|(old, new)| Ok((literal::literal(old, None)?.into(), literal::literal(new, None)?.into()))).collect()
}

fn join_kind(how: &str) -> PyResult<JoinKind> {
    Ok(match how {
        "inner" => JoinKind::Inner,
        "left" => JoinKind::Left,
        "right" => JoinKind::Right,
        "full" => JoinKind::Full,
        "semi" => JoinKind::Semi,
        "anti" => JoinKind::Anti,
        other => return Err(PyValueError::new_err(format!("how={other:?}: there are inner, left, right, full, semi, anti and cross"))),
    })
}

#[pymethods]
impl Frame {
    fn id(&self) -> PyResult<u32> {
        Ok(self.get()?.id())
    }

    fn column(&self, name: String) -> PyResult<Expr> {
        Ok(Expr(self.get()?.col(name)))
    }

    fn outer(&self, name: String) -> PyResult<Expr> {
        Ok(Expr(self.get()?.outer(name)))
    }

    fn star(&self) -> PyResult<Expr> {
        Ok(Expr(client::IntoColumn::into_column(self.get()?.star())))
    }

    fn select(&self, site: Site, columns: Vec<Expr>) -> PyResult<Self> {
        self.then(site, |frame| frame.select(inner(columns)))
    }

    fn filter(&self, site: Site, condition: Expr) -> PyResult<Self> {
        self.then(site, |frame| frame.filter(condition.0))
    }

    fn with_columns(&self, site: Site, columns: Vec<Expr>) -> PyResult<Self> {
        self.then(site, |frame| frame.with_columns(inner(columns)))
    }

    fn rename(&self, site: Site, names: Vec<(String, String)>, strict: bool) -> PyResult<Self> {
        self.then(site, |frame| if strict { frame.rename(names) } else { frame.rename_existing(names) })
    }

    fn drop(&self, site: Site, columns: Vec<Expr>, strict: bool) -> PyResult<Self> {
        self.then(site, |frame| if strict { frame.drop(inner(columns)) } else { frame.drop_existing(inner(columns)) })
    }

    fn conform(&self, site: Site, schema: &Bound<'_, PyAny>, by_position: bool, null_on_failure: bool) -> PyResult<Self> {
        let schema = types::schema(schema)?;
        self.then(site, |frame| match (by_position, null_on_failure) {
            (true, true) => Err(client::Error::invalid_argument("conform() by position has no form that makes nulls")),
            (true, false) => frame.conform_by_position(&schema),
            (false, true) => frame.try_conform(&schema),
            (false, false) => frame.conform(&schema),
        })
    }

    fn join_using(&self, site: Site, right: &Frame, names: Vec<String>, how: &str, nulls_equal: bool, lateral: bool) -> PyResult<Self> {
        let (right, kind) = (right.get()?, join_kind(how)?);
        let on = JoinOn::columns(names);
        let on = if nulls_equal { on.nulls_equal() } else { on };
        self.then(site, |frame| if lateral { frame.join_lateral(right, on, kind) } else { frame.join(right, on, kind) })
    }

    fn join_on(&self, site: Site, right: &Frame, condition: Expr, how: &str, lateral: bool) -> PyResult<Self> {
        let (right, kind) = (right.get()?, join_kind(how)?);
        self.then(site, |frame| if lateral { frame.join_lateral(right, condition.0, kind) } else { frame.join(right, condition.0, kind) })
    }

    fn cross_join(&self, site: Site, right: &Frame, lateral: bool) -> PyResult<Self> {
        let right = right.get()?;
        self.then(site, |frame| if lateral { frame.cross_join_lateral(right) } else { frame.cross_join(right) })
    }

    fn set_op(&self, site: Site, kind: &str, others: Vec<PyRef<'_, Frame>>) -> PyResult<Self> {
        let others = others.iter().map(|other| other.get()).collect::<PyResult<Vec<_>>>()?;
        let Some(&first) = others.first() else {
            return Err(PyValueError::new_err(format!("{kind}() needs at least one other frame")));
        };
        self.then(site, |frame| match kind {
            "union" => frame.union_many(others),
            "union_distinct" => frame.union_distinct(first),
            "union_by_name" => frame.union_by_name(first),
            "union_by_name_filling" => frame.union_by_name_filling(first),
            "intersect" => frame.intersect(first),
            "intersect_all" => frame.intersect_all(first),
            "except" => frame.except_(first),
            _ => frame.except_all(first),
        })
    }

    fn distinct(&self, site: Site, on: Vec<Expr>, keep: Vec<SortKey>) -> PyResult<Self> {
        self.then(site, |frame| if on.is_empty() { frame.distinct() } else { frame.distinct_on(inner(on), keys(keep)) })
    }

    fn sort(&self, site: Site, by: Vec<SortKey>, within_partitions: bool) -> PyResult<Self> {
        self.then(site, |frame| if within_partitions { frame.sort_within_partitions(keys(by)) } else { frame.sort(keys(by)) })
    }

    fn limit(&self, site: Site, count: Option<u64>, offset: u64, with_ties: bool) -> PyResult<Self> {
        self.then(site, |frame| match count {
            None => frame.offset(offset),
            Some(count) if with_ties => frame.limit_with_ties(count),
            Some(count) if offset == 0 => frame.limit(count),
            Some(count) => frame.slice(offset, count),
        })
    }

    fn sample(&self, site: Site, fraction: Option<f64>, rows: Option<u64>, seed: Option<i64>, replacement: bool) -> PyResult<Self> {
        let sample = match (fraction, rows) {
            (Some(fraction), None) => Sample::fraction(fraction),
            (None, Some(rows)) => Sample::rows(rows),
            _ => return Err(PyValueError::new_err("sample() takes a fraction or n, one of them")),
        };
        let sample = seed.map_or(sample.clone(), |seed| sample.seed(seed));
        self.then(site, |frame| frame.sample_with(if replacement { sample.with_replacement() } else { sample }))
    }

    fn unnest(
        &self,
        site: Site,
        value: Expr,
        name: Option<String>,
        outer: bool,
        ordinality: Option<String>,
        fields: bool,
    ) -> PyResult<Self> {
        let mut shape = Unnest::default();
        shape = name.into_iter().fold(shape, Unnest::as_column);
        shape = ordinality.into_iter().fold(shape, Unnest::with_ordinality);
        shape = if outer { shape.outer() } else { shape };
        shape = if fields { shape.into_fields() } else { shape };
        self.then(site, |frame| frame.unnest_with(value.0, shape))
    }

    fn pivot(&self, site: Site, rows: Vec<Expr>, column: Expr, values: Vec<Bound<'_, PyAny>>, cells: Vec<Expr>) -> PyResult<Self> {
        let pivot = Pivot::on(column.0, literals(&values)?).rows(inner(rows)).cells(inner(cells));
        self.then(site, |frame| frame.pivot(pivot))
    }

    fn unpivot(&self, site: Site, values: Vec<Expr>, keep: Vec<Expr>, names: (String, String), keep_nulls: bool) -> PyResult<Self> {
        let unpivot = Unpivot::columns(inner(values)).keeping(inner(keep)).into_columns_named(names.0, names.1);
        self.then(site, |frame| frame.unpivot(if keep_nulls { unpivot } else { unpivot.without_nulls() }))
    }

    fn fill_null(&self, site: Site, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let value = Literal::from(literal::literal(value, None)?);
        self.then(site, |frame| frame.fill_null(value))
    }

    fn fill_null_of(&self, site: Site, values: Vec<(String, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let value = |(name, value): (String, Bound<'_, PyAny>)| Ok((name, Literal::from(literal::literal(&value, None)?)));
        let values = values.into_iter().map(value).collect::<PyResult<Vec<_>>>()?;
        self.then(site, |frame| frame.fill_null_of(values))
    }

    fn drop_nulls(&self, site: Site, columns: Vec<String>, at_least: Option<u32>, nan_too: bool) -> PyResult<Self> {
        let options = DropNulls::default().of(columns);
        let options = at_least.into_iter().fold(options, DropNulls::keep_with_at_least);
        self.then(site, |frame| frame.drop_nulls_with(if nan_too { options.nan_too() } else { options }))
    }

    fn replace(&self, site: Site, columns: Vec<String>, values: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let values = pairs(&values)?;
        self.then(site, |frame| frame.replace(columns, values))
    }

    fn describe(&self, site: Site, columns: Vec<String>, statistics: Vec<String>) -> PyResult<Self> {
        self.then(site, |frame| frame.describe_with(columns, statistics))
    }

    fn aggregate(&self, site: Site, mode: &str, by: Vec<Expr>, measures: Vec<Expr>) -> PyResult<Self> {
        let (by, measures) = (inner(by), inner(measures));
        self.then(site, |frame| {
            let grouped = match mode {
                "rollup" => frame.rollup(by),
                "cube" => frame.cube(by),
                _ => frame.group_by(by),
            };
            grouped?.agg(measures)
        })
    }

    fn grouping_sets(&self, site: Site, sets: Vec<Vec<Expr>>, measures: Vec<Expr>) -> PyResult<Self> {
        let sets: Vec<_> = sets.into_iter().map(inner).collect();
        self.then(site, |frame| frame.grouping_sets(sets)?.agg(inner(measures)))
    }

    fn alias(&self, site: Site, name: String, columns: Option<Vec<String>>) -> PyResult<Self> {
        self.then(site, |frame| match columns {
            Some(columns) => frame.alias_columns(name, columns),
            None => frame.alias(name),
        })
    }

    fn repartition(&self, site: Site, partitions: Option<u32>, by: Vec<Expr>, by_range: Vec<SortKey>) -> PyResult<Self> {
        self.then(site, |frame| match (by.is_empty(), by_range.is_empty()) {
            (true, true) => frame.repartition(partitions.unwrap_or(0)),
            (false, true) => frame.repartition_by(inner(by), partitions),
            (true, false) => frame.repartition_by_range(keys(by_range), partitions),
            (false, false) => Err(client::Error::invalid_argument("repartition() takes by or by_range, not both")),
        })
    }

    fn coalesce(&self, site: Site, partitions: u32) -> PyResult<Self> {
        self.then(site, |frame| frame.coalesce(partitions))
    }

    fn hint(&self, site: Site, name: String, args: Vec<Expr>) -> PyResult<Self> {
        self.then(site, |frame| frame.hint(name, inner(args)))
    }

    fn observe(&self, site: Site, name: String, metrics: Vec<Expr>) -> PyResult<Self> {
        self.then(site, |frame| frame.observe(name, inner(metrics)))
    }

    fn bind(&self, site: Site, name: String, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let value = Literal::from(literal::literal(value, None)?);
        self.then(site, |frame| frame.bind(name, value))
    }

    fn plan(&self) -> PyResult<Plan> {
        self.get()?.plan().or_raise().map(Plan)
    }

    fn schema(&self, py: Python<'_>) -> PyResult<Schema> {
        wait(py, self.get()?.schema())?.or_raise().map(Schema)
    }

    /// The plan as text, and as a tree in JSON.
    fn explain(&self, py: Python<'_>, mode: &str) -> PyResult<(String, String)> {
        let mode = match mode {
            "logical" => ExplainMode::Logical,
            "physical" => ExplainMode::Physical,
            "analyze" => ExplainMode::Analyze,
            other => return Err(PyValueError::new_err(format!("mode={other:?}: there are \"physical\" and \"logical\""))),
        };
        wait(py, self.get()?.explain_both(mode))?.or_raise()
    }

    fn stream(&self, py: Python<'_>) -> PyResult<Stream> {
        wait(py, self.get()?.stream())?.or_raise().map(Stream::new)
    }

    /// All batches; `progress` is told how far the query is, from the first half second on.
    #[pyo3(signature = (progress=None))]
    fn collect(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<Batches> {
        result::collect(py, self.get()?, progress)
    }

    /// Starts to collect in the background; `done` gets the batches, or None and the exception, on a thread of the client.
    fn collect_task(&self, done: Py<PyAny>) -> PyResult<Task> {
        Task::start(self.get()?.clone(), done)
    }

    fn table_text(&self, py: Python<'_>, site: Site, rows: usize, width: Option<usize>) -> PyResult<String> {
        let frame = self.get()?;
        let text = call_site::with(CallSite { file: site.0, line: site.1 }, || frame.to_table_string_with(rows, width));
        wait(py, text)?.or_raise()
    }

    fn cache(&self, py: Python<'_>, site: Site) -> PyResult<Self> {
        let frame = self.get()?;
        let cached = call_site::with(CallSite { file: site.0, line: site.1 }, || frame.cache());
        wait(py, cached)?.or_raise().map(Frame::new)
    }

    fn uncache(&self, py: Python<'_>) -> PyResult<()> {
        wait(py, self.get()?.uncache())?.or_raise()
    }

    /// Writes into files or a table; the options are those of `options::write_options`.
    fn write(
        &self,
        py: Python<'_>,
        format: &str,
        target: &Bound<'_, PyAny>,
        options: &Bound<'_, pyo3::types::PyDict>,
    ) -> PyResult<(u64, u64, u64, Option<String>)> {
        crate::write::run(py, self.get()?, format, target, options)
    }
}

/// An error for an option that is not known.
pub(crate) fn unknown_option(name: &str) -> PyErr {
    errors::invalid(format!("there is no option named {name:?}"))
}
