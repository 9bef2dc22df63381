//! Options of reads and writes, which come as dicts that hold only what the caller has said.

use polybolos_client::{ArrowOptions, AvroOptions, CsvOptions, JsonOptions, ParquetOptions};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::frame::unknown_option;
use crate::types;

fn character(name: &str, value: &Bound<'_, PyAny>) -> PyResult<char> {
    value.extract().map_err(|_| pyo3::exceptions::PyTypeError::new_err(format!("{name} is one character")))
}

macro_rules! common {
    ($options:expr, $key:expr, $value:expr) => {
        match $key {
            "schema" => Some($options.clone().schema(types::schema($value)?.as_ref().clone())),
            "partition_columns" => Some($options.clone().partition_columns(types::schema($value)?.as_ref().clone())),
            "storage_profile" => Some($options.clone().storage_profile($value.extract::<String>()?)),
            _ => None,
        }
    };
}

macro_rules! read_options {
    ($(#[$doc:meta])* $name:ident: $options:ty, $own:ident) => {
        $(#[$doc])*
        pub(crate) fn $name(given: &Bound<'_, PyDict>) -> PyResult<$options> {
            let mut options = <$options>::default();
            for (key, value) in given {
                let key: String = key.extract()?;
                options = match common!(options, key.as_str(), &value) {
                    Some(changed) => changed,
                    None => $own(options, &key, &value)?,
                };
            }
            Ok(options)
        }
    };
}

read_options!(
    /// How Parquet is read.
    parquet: ParquetOptions,
    own_parquet
);
read_options!(
    /// How CSV is read and written.
    csv: CsvOptions,
    own_csv
);
read_options!(
    /// How JSON is read and written.
    json: JsonOptions,
    own_json
);
read_options!(
    /// How Arrow IPC is read.
    arrow: ArrowOptions,
    none
);
read_options!(
    /// How Avro is read.
    avro: AvroOptions,
    none
);

fn none<T>(_options: T, key: &str, _value: &Bound<'_, PyAny>) -> PyResult<T> {
    Err(unknown_option(key))
}

fn own_parquet(options: ParquetOptions, key: &str, value: &Bound<'_, PyAny>) -> PyResult<ParquetOptions> {
    match key {
        "binary_as_string" => Ok(if value.extract()? { options.binary_as_string() } else { options }),
        _ => Err(unknown_option(key)),
    }
}

fn own_csv(options: CsvOptions, key: &str, value: &Bound<'_, PyAny>) -> PyResult<CsvOptions> {
    Ok(match key {
        "header" => options.header(value.extract()?),
        "delimiter" => options.delimiter(character(key, value)?),
        "quote" => options.quote(character(key, value)?),
        "escape" => options.escape(character(key, value)?),
        "comment" => options.comment(character(key, value)?),
        "null_text" => options.null_text(value.extract::<String>()?),
        "compression" => options.compression(value.extract::<String>()?),
        "timestamp_format" => options.timestamp_format(value.extract::<String>()?),
        "multiline" => {
            if value.extract()? {
                options.multiline()
            } else {
                options
            }
        }
        _ => return Err(unknown_option(key)),
    })
}

fn own_json(options: JsonOptions, key: &str, value: &Bound<'_, PyAny>) -> PyResult<JsonOptions> {
    Ok(match key {
        "lines" => {
            if value.extract()? {
                options
            } else {
                options.array()
            }
        }
        "compression" => options.compression(value.extract::<String>()?),
        _ => return Err(unknown_option(key)),
    })
}
