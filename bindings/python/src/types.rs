//! Types and schemas: by name, by Arrow's C schema interface, and back.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema as ArrowSchema, SchemaRef};
use polybolos_client::{IntoDataType, arrow_name, arrow_type};
use polybolos_protocol::wire::plan as pb;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyString};

use crate::arrow_c;
use crate::errors::OrRaise;

/// The columns of a result: names, types, and whether they may be null.
#[pyclass(frozen, module = "polybolos._native")]
pub(crate) struct Schema(pub(crate) SchemaRef);

#[pymethods]
impl Schema {
    /// Name, type, and whether it may be null, for each column.
    fn fields(&self) -> Vec<(String, String, bool)> {
        self.0.fields().iter().map(|field| (field.name().clone(), arrow_name(field.data_type()), field.is_nullable())).collect()
    }

    fn export<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        arrow_c::schema_capsule(py, &self.0)
    }
}

/// A type from its name or from an object with `__arrow_c_schema__`.
pub(crate) fn data_type(value: &Bound<'_, PyAny>) -> PyResult<pb::DataType> {
    if let Ok(name) = value.cast::<PyString>() {
        return name.to_str()?.into_data_type().or_raise();
    }
    arrow_of(value)?.into_data_type().or_raise()
}

fn arrow_of(value: &Bound<'_, PyAny>) -> PyResult<DataType> {
    if let Ok(name) = value.cast::<PyString>() {
        return arrow_type(name.to_str()?).or_raise();
    }
    if value.hasattr("__arrow_c_schema__")? {
        return arrow_c::import_type(value);
    }
    Err(PyTypeError::new_err(format!("{} is no type: give its name, such as \"int64\"", value.repr()?)))
}

/// A schema from a dict of names and types, or from an object with `__arrow_c_schema__`.
pub(crate) fn schema(value: &Bound<'_, PyAny>) -> PyResult<SchemaRef> {
    let Ok(columns) = value.cast::<PyDict>() else {
        return arrow_c::import_schema(value);
    };
    let field = |(name, ty): (Bound<'_, PyAny>, Bound<'_, PyAny>)| -> PyResult<Field> {
        Ok(Field::new(name.extract::<String>()?, arrow_of(&ty)?, true))
    };
    Ok(Arc::new(ArrowSchema::new(columns.iter().map(field).collect::<PyResult<Vec<_>>>()?)))
}
