//! The YAML as it is written: one struct per mapping, unknown keys refused. `registry` holds the checked form.

use serde::{Deserialize, Deserializer};
use serde_yaml_ng::Value as Yaml;

use crate::registry::{Kind, Nulls, Volatility};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreaEntry {
    pub(crate) namespace: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(default = "yes")]
    pub(crate) wrappers: bool,
    pub(crate) functions: Vec<FunctionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FunctionEntry {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) summary: String,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) args: Vec<ArgEntry>,
    pub(crate) returns: String,
    pub(crate) nulls: Nulls,
    pub(crate) volatility: Volatility,
    #[serde(default)]
    pub(crate) chainable: bool,
    pub(crate) wrapper: Option<bool>,
    #[serde(default)]
    pub(crate) sql: Vec<String>,
    pub(crate) engines: EnginesEntry,
    #[serde(default)]
    pub(crate) errors: Vec<String>,
    pub(crate) examples: Vec<ExampleEntry>,
    pub(crate) examples_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArgEntry {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) ty: String,
    pub(crate) doc: String,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) variadic: bool,
    #[serde(default)]
    pub(crate) literal: bool,
    #[serde(default, deserialize_with = "present")]
    pub(crate) default: Option<Yaml>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnginesEntry {
    pub(crate) datafusion: EngineEntry,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EngineEntry {
    pub(crate) call: Option<String>,
    pub(crate) operator: Option<String>,
    pub(crate) rewrite: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExampleEntry {
    pub(crate) args: Option<Vec<Yaml>>,
    pub(crate) rows: Option<Vec<Vec<Yaml>>>,
    #[serde(default)]
    pub(crate) args_after: Vec<Yaml>,
    #[serde(default)]
    pub(crate) distinct: bool,
    #[serde(default)]
    pub(crate) rollup: bool,
    pub(crate) order_by: Option<usize>,
    pub(crate) frame: Option<String>,
    pub(crate) ties: Option<Vec<i64>>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) result: Option<Yaml>,
    pub(crate) result_type: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) note: Option<String>,
}

fn yes() -> bool {
    true
}

/// Tells `result: null` from no result.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Yaml>, D::Error> {
    Yaml::deserialize(deserializer).map(Some)
}
