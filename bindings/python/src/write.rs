//! Where rows go: files and tables.

use polybolos_client::{DataFrame, WriteMode, WriteOptions};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::OrRaise;
use crate::expr::{Expr, SortKey, keys};
use crate::frame::unknown_option;
use crate::options;
use crate::runtime::wait;
use crate::session::table_parts;

/// Rows, files, bytes and path of what was written.
pub(crate) type Summary = (u64, u64, u64, Option<String>);

/// Writes a frame; `target` is a path, or the name of a table.
pub(crate) fn run(
    py: Python<'_>,
    frame: &DataFrame,
    format: &str,
    target: &Bound<'_, PyAny>,
    given: &Bound<'_, PyDict>,
) -> PyResult<Summary> {
    let options = write_options(given)?;
    let path = || target.extract::<String>();
    let written = match format {
        "parquet" => wait(py, frame.write_parquet_with(path()?, options))?,
        "csv" => wait(py, frame.write_csv_with(path()?, options))?,
        "json" => wait(py, frame.write_json_with(path()?, options))?,
        "arrow" => wait(py, frame.write_arrow_with(path()?, options))?,
        "avro" => wait(py, frame.write_avro_with(path()?, options))?,
        _ => wait(py, frame.write_table_with(table_parts(target)?, options))?,
    };
    let written = written.or_raise()?;
    Ok((written.rows, written.files, written.bytes, written.path))
}

fn mode(name: &str) -> PyResult<WriteMode> {
    Ok(match name {
        "error" => WriteMode::ErrorIfExists,
        "append" => WriteMode::Append,
        "overwrite" => WriteMode::Overwrite,
        "overwrite_partitions" => WriteMode::OverwritePartitions,
        "ignore" => WriteMode::Ignore,
        "create_or_replace" => WriteMode::CreateOrReplace,
        other => {
            return Err(PyValueError::new_err(format!(
                "mode={other:?}: there are error, append, overwrite, overwrite_partitions, ignore and create_or_replace (tables)"
            )));
        }
    })
}

fn write_options(given: &Bound<'_, PyDict>) -> PyResult<WriteOptions> {
    let mut made = WriteOptions::default();
    for (key, value) in given {
        let key: String = key.extract()?;
        made = match key.as_str() {
            "mode" => made.mode(mode(&value.extract::<String>()?)?),
            "partition_by" => made.partition_by(value.extract::<Vec<String>>()?),
            "sort_by" => made.sort_by(keys(value.extract::<Vec<SortKey>>()?)),
            "storage_profile" => made.storage_profile(value.extract::<String>()?),
            "options" => value.extract::<Vec<(String, String)>>()?.into_iter().fold(made, |made, (key, value)| made.option(key, value)),
            "csv" => made.csv(options::csv(value.cast::<PyDict>()?)?),
            "json" => made.json(options::json(value.cast::<PyDict>()?)?),
            "stream" => {
                if value.extract()? {
                    made.arrow_stream()
                } else {
                    made
                }
            }
            "overwrite_where" => made.overwrite_where(value.extract::<Expr>()?.0),
            "by_position" => {
                if value.extract()? {
                    made.by_position()
                } else {
                    made
                }
            }
            "provider" => made.provider(value.extract::<String>()?),
            _ => return Err(unknown_option(&key)),
        };
    }
    Ok(made)
}
