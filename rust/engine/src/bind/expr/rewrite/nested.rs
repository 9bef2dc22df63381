//! Maps, and times whose zone or unit is part of the type.

use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use arrow::array::timezone::Tz;
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::functions::datetime::to_timestamp::ToTimestampMicrosFunc;
use datafusion::logical_expr::ScalarUDF;
use datafusion::scalar::ScalarValue;
use polybolos_protocol::{Code, Error, Result};

use super::{one, two};
use crate::bind::core::Core;
use crate::bind::expr::call::{function, scalar};
use crate::bind::expr::typed::Typed;
use crate::bind::types::show;

const MICROS: TimeUnit = TimeUnit::Microsecond;

pub(super) fn apply(core: &Core, name: &str, args: Vec<Typed>) -> Result<Typed> {
    let call = |name: &str, args: Vec<Typed>| scalar(function(core.state(), name)?, args);
    match name {
        "get_key" | "element_at" => {
            let values = call("map_extract", args)?;
            call("array_element", vec![values, Typed::literal(ScalarValue::Int64(Some(1)))])
        }
        "to_timestamp" => to_timestamp(args),
        "at_time_zone" => at_time_zone(two(args)?),
        "from_utc_timestamp" => {
            let [value, zone] = two(args)?;
            let instant = value.cast(&DataType::Timestamp(MICROS, Some("UTC".into())))?;
            call("to_local_time", vec![instant.recast(&zoned(&zone)?)])
        }
        "to_utc_timestamp" => {
            let [value, zone] = two(args)?;
            let local = value.cast(&DataType::Timestamp(MICROS, None))?;
            let utc = DataType::Timestamp(MICROS, Some("UTC".into()));
            call("to_local_time", vec![local.recast(&zoned(&zone)?).recast(&utc)])
        }
        "date_trunc" => {
            let [unit, value] = two(args)?;
            call("date_trunc", vec![unit, as_timestamp(value)?])
        }
        _ => date_bin(core, args),
    }
}

/// Text in one of several formats, as a timestamp without a zone. The session's own function reads it as of the session's zone.
fn to_timestamp(args: Vec<Typed>) -> Result<Typed> {
    static PLAIN: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ScalarUDF::new_from_impl(ToTimestampMicrosFunc::default())));
    scalar(&PLAIN, args)
}

fn at_time_zone([value, zone]: [Typed; 2]) -> Result<Typed> {
    let zone = zone_name(&zone)?;
    let value = as_timestamp(value)?;
    match value.ty().clone() {
        DataType::Timestamp(unit, _) => Ok(value.recast(&DataType::Timestamp(unit, Some(zone)))),
        other => Err(Error::new(Code::TypeMismatch, format!("at_time_zone takes a timestamp, not {}", show(&other)))),
    }
}

/// A date or a text as a timestamp; timestamps as they are.
fn as_timestamp(value: Typed) -> Result<Typed> {
    match value.ty() {
        DataType::Date32 | DataType::Date64 | DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => {
            value.cast(&DataType::Timestamp(MICROS, None))
        }
        _ => Ok(value),
    }
}

fn zoned(zone: &Typed) -> Result<DataType> {
    Ok(DataType::Timestamp(MICROS, Some(zone_name(zone)?)))
}

fn zone_name(zone: &Typed) -> Result<Arc<str>> {
    let name = zone.text().ok_or_else(|| Error::invalid_argument("the time zone is a literal"))?;
    match Tz::from_str(name) {
        Ok(_) => Ok(name.into()),
        Err(_) => {
            let message = format!(
                "there is no time zone '{name}'; names are those of the IANA database, such as 'Europe/Berlin', or offsets such as '+02:00'"
            );
            Err(Error::invalid_argument(message))
        }
    }
}

/// DataFusion answers in nanoseconds when it is given an origin; the result here has the type of the value.
fn date_bin(core: &Core, args: Vec<Typed>) -> Result<Typed> {
    let mut args = args.into_iter();
    let stride = one(args.by_ref().take(1).collect())?;
    let value = as_timestamp(one(args.by_ref().take(1).collect())?)?;
    let ty = value.ty().clone();
    let mut all = vec![stride, value];
    if let Some(origin) = args.next() {
        all.push(as_timestamp(origin)?);
    }
    Ok(scalar(function(core.state(), "date_bin")?, all)?.recast(&ty))
}
