//! Expressions and sort keys.

use polybolos_client as client;
use polybolos_client::{Bound as FrameBound, Comparison, IntoColumn, Literal, Window};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyTuple};

use crate::errors::OrRaise;
use crate::frame::Frame;
use crate::{literal, types};

/// An expression.
#[pyclass(frozen, module = "polybolos._native", from_py_object)]
#[derive(Clone)]
pub(crate) struct Expr(pub(crate) client::Expr);

/// One key of an order.
#[pyclass(frozen, module = "polybolos._native", from_py_object)]
#[derive(Clone)]
pub(crate) struct SortKey(pub(crate) client::expr::SortKey);

/// The expression, unless it was a mistake to build it.
fn checked(expr: client::Expr) -> PyResult<Expr> {
    match expr.mistake() {
        Some(mistake) => Err(mistake.without_call_site()).or_raise(),
        None => Ok(Expr(expr)),
    }
}

pub(crate) fn inner(exprs: Vec<Expr>) -> Vec<client::Expr> {
    exprs.into_iter().map(|expr| expr.0).collect()
}

pub(crate) fn keys(keys: Vec<SortKey>) -> Vec<client::expr::SortKey> {
    keys.into_iter().map(|key| key.0).collect()
}

#[pymethods]
impl Expr {
    #[staticmethod]
    fn column(name: String) -> Self {
        Self(client::col(name))
    }

    #[staticmethod]
    fn qualified(qualifier: Vec<String>, name: String) -> Self {
        Self(client::qualified(qualifier, name))
    }

    #[staticmethod]
    #[pyo3(signature = (value, dtype=None))]
    fn literal(value: &Bound<'_, PyAny>, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let ty = dtype.map(types::data_type).transpose()?;
        Ok(Self(client::lit(Literal::from(literal::literal(value, ty.as_ref())?))))
    }

    #[staticmethod]
    fn star(qualifier: Vec<String>, excluding: Vec<String>, regex: Option<String>) -> Self {
        let star = regex.map_or_else(client::star, client::columns_matching);
        let star = if qualifier.is_empty() { star } else { star.of(qualifier) };
        Self(star.excluding(excluding).into_column())
    }

    #[staticmethod]
    fn parameter(name: String, dtype: &Bound<'_, PyAny>) -> PyResult<Self> {
        checked(client::parameter(name, types::data_type(dtype)?))
    }

    #[staticmethod]
    fn sql(text: String) -> Self {
        Self(client::sql_expr(text))
    }

    #[staticmethod]
    fn call(namespace: String, name: String, args: Vec<Expr>) -> Self {
        Self(client::call(namespace, name, inner(args)))
    }

    #[staticmethod]
    fn aggregate(namespace: String, name: String, args: Vec<Expr>) -> Self {
        Self(client::aggregate_call(namespace, name, inner(args)))
    }

    #[staticmethod]
    fn window(namespace: String, name: String, args: Vec<Expr>) -> Self {
        Self(client::window_call(namespace, name, inner(args)))
    }

    /// A case with its branches; of a value where there is an operand.
    #[staticmethod]
    fn case(operand: Option<Expr>, branches: Vec<(Expr, Expr)>, otherwise: Option<Expr>) -> PyResult<Self> {
        let mut branches = branches.into_iter().map(|(condition, result)| (condition.0, result.0));
        let Some((condition, result)) = branches.next() else {
            return Err(PyValueError::new_err("a case has at least one branch"));
        };
        let first = match operand {
            Some(operand) => client::case(operand.0).when(condition, result),
            None => client::when(condition, result),
        };
        let case = branches.fold(first, |case, (condition, result)| case.when(condition, result));
        Ok(Self(match otherwise {
            Some(otherwise) => case.otherwise(otherwise.0),
            None => case.into(),
        }))
    }

    /// A function of one or two variables; `body` gets them as expressions and answers one.
    #[staticmethod]
    #[pyo3(name = "lambda_")]
    fn lambda(names: Vec<String>, body: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut failed = None;
        let mut call = |args: Vec<client::Expr>| {
            let args = PyTuple::new(body.py(), args.into_iter().map(Expr));
            match args.and_then(|args| body.call1(args)).and_then(|made| Ok(made.extract::<Expr>()?)) {
                Ok(made) => made.0,
                Err(error) => {
                    failed = Some(error);
                    client::null()
                }
            }
        };
        let made = match names.as_slice() {
            [one] => client::lambda(one, |x| call(vec![x])),
            [one, two] => client::lambda2(one, two, |x, y| call(vec![x, y])),
            _ => return Err(PyTypeError::new_err(format!("a lambda has one or two variables, not {}", names.len()))),
        };
        failed.map_or(Ok(Self(made)), Err)
    }

    #[staticmethod]
    fn exists(frame: &Frame) -> PyResult<Self> {
        Ok(Self(client::exists(frame.get()?)))
    }

    #[staticmethod]
    fn scalar(frame: &Frame) -> PyResult<Self> {
        Ok(Self(client::scalar(frame.get()?)))
    }

    /// A function of `core` with this expression as its first argument.
    fn core(&self, name: String, args: Vec<Expr>) -> Self {
        let mut all = vec![self.0.clone()];
        all.extend(inner(args));
        Self(client::call("core", name, all))
    }

    fn alias(&self, name: String) -> Self {
        Self(self.0.alias(name))
    }

    fn field(&self, name: String) -> Self {
        Self(self.0.field(name))
    }

    fn cast(&self, dtype: &Bound<'_, PyAny>, null_on_failure: bool) -> PyResult<Self> {
        let ty = types::data_type(dtype)?;
        checked(if null_on_failure { self.0.try_cast(ty) } else { self.0.cast(ty) })
    }

    fn is_in(&self, items: Vec<Expr>) -> Self {
        Self(self.0.in_(inner(items)))
    }

    fn in_subquery(&self, frame: &Frame) -> PyResult<Self> {
        Ok(Self(self.0.in_subquery(frame.get()?)))
    }

    /// The comparison with any or all rows of a frame.
    fn quantified(&self, comparison: &str, frame: &Frame, all: bool) -> PyResult<Self> {
        let comparison = match comparison {
            "=" | "==" => Comparison::Eq,
            "<>" | "!=" => Comparison::Ne,
            "<" => Comparison::Lt,
            "<=" => Comparison::Le,
            ">" => Comparison::Gt,
            ">=" => Comparison::Ge,
            other => return Err(PyValueError::new_err(format!("{other:?} is no comparison; there are = <> < <= > >="))),
        };
        let frame = frame.get()?;
        Ok(Self(if all { self.0.all_of(comparison, frame) } else { self.0.any_of(comparison, frame) }))
    }

    fn distinct(&self) -> PyResult<Self> {
        checked(self.0.distinct())
    }

    fn filter(&self, condition: Expr) -> PyResult<Self> {
        checked(self.0.filter(condition.0))
    }

    fn order_by(&self, keys: Vec<SortKey>) -> PyResult<Self> {
        checked(self.0.order_by(self::keys(keys)))
    }

    fn nulls(&self, ignore: bool) -> PyResult<Self> {
        checked(if ignore { self.0.ignore_nulls() } else { self.0.respect_nulls() })
    }

    /// Over a window; `frame` is its units, start and end.
    fn over(
        &self,
        partition_by: Vec<Expr>,
        order_by: Vec<SortKey>,
        frame: Option<(String, Bound<'_, PyAny>, Bound<'_, PyAny>)>,
        exclude: Option<&str>,
    ) -> PyResult<Self> {
        let window = Window::partition_by(inner(partition_by)).order_by(keys(order_by));
        let window = match frame {
            None => window,
            Some((units, start, end)) => with_frame(window, &units, &start, &end)?,
        };
        let window = match exclude {
            None => window,
            Some("current row") => window.excluding_current_row(),
            Some("group") => window.excluding_group(),
            Some("ties") => window.excluding_ties(),
            Some(other) => {
                return Err(PyValueError::new_err(format!("exclude={other:?}: there are \"current row\", \"group\" and \"ties\"")));
            }
        };
        checked(self.0.over(window))
    }

    #[pyo3(signature = (descending, nulls_first=None))]
    fn sort_key(&self, descending: bool, nulls_first: Option<bool>) -> SortKey {
        let key = if descending { self.0.desc() } else { self.0.asc() };
        SortKey(match nulls_first {
            None => key,
            Some(true) => key.nulls_first(),
            Some(false) => key.nulls_last(),
        })
    }

    fn name(&self) -> String {
        self.0.name()
    }

    fn text(&self) -> String {
        format!("{:?}", self.0)
    }
}

#[pymethods]
impl SortKey {
    fn text(&self) -> String {
        self.0.to_string()
    }
}

fn with_frame(window: Window, units: &str, start: &Bound<'_, PyAny>, end: &Bound<'_, PyAny>) -> PyResult<Window> {
    if units == "range" {
        let offset = |bound: &Bound<'_, PyAny>| -> PyResult<Option<client::Expr>> {
            if bound.is_none() { Ok(None) } else { Ok(Some(client::lit(Literal::from(literal::literal(bound, None)?)))) }
        };
        return Ok(window.range_between(offset(start)?, offset(end)?));
    }
    let (start, end) = (row_bound(start, FrameBound::UnboundedPreceding)?, row_bound(end, FrameBound::UnboundedFollowing)?);
    Ok(if units == "groups" { window.groups_between(start, end) } else { window.rows_between(start, end) })
}

/// None is unbounded, 0 the current row, a negative number before it, a positive one after it.
fn row_bound(bound: &Bound<'_, PyAny>, unbounded: FrameBound) -> PyResult<FrameBound> {
    if bound.is_none() {
        return Ok(unbounded);
    }
    let Ok(rows) = bound.cast::<PyInt>() else {
        return Err(PyTypeError::new_err(format!("a bound of rows is an int or None, not {}", bound.repr()?)));
    };
    Ok(match rows.extract::<i64>()? {
        0 => FrameBound::CurrentRow,
        rows if rows < 0 => FrameBound::Preceding(rows.unsigned_abs()),
        rows => FrameBound::Following(rows.unsigned_abs()),
    })
}
