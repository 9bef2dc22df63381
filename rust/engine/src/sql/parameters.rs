//! Values for `$1` and `$name` in a text.

use std::collections::{BTreeSet, HashMap};

use datafusion::common::ParamValues;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::logical_expr::LogicalPlan;
use datafusion::scalar::ScalarValue;
use polybolos_protocol::wire::plan::Literal;
use polybolos_protocol::{Code, Error, Result};

use crate::bind::literal;
use crate::error::OrTranslated;

/// The values, by number from 1 or by name.
#[derive(Debug, Default)]
pub(crate) struct Parameters(HashMap<String, ScalarValue>);

impl Parameters {
    /// From a plan's arguments.
    pub(crate) fn of_plan(positional: &[Literal], named: &[(String, Literal)]) -> Result<Self> {
        let numbered = positional.iter().enumerate().map(|(index, value)| Ok(((index + 1).to_string(), literal::scalar(value)?)));
        let named = named.iter().map(|(name, value)| Ok((name.clone(), literal::scalar(value)?)));
        numbered.chain(named).collect::<Result<HashMap<_, _>>>().map(Self)
    }

    /// The plan with its placeholders filled.
    pub(super) fn fill(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let wanted: BTreeSet<String> =
            plan.get_parameter_names().translated()?.into_iter().map(|name| name.trim_start_matches('$').to_owned()).collect();
        if let Some(missing) = wanted.iter().find(|name| !self.0.contains_key(*name)) {
            return Err(Error::new(Code::ParameterMismatch, format!("no value is given for ${missing}")).param("parameter", missing));
        }
        let mut unused = self.0.keys().filter(|name| !wanted.contains(*name)).collect::<Vec<_>>();
        unused.sort();
        if let Some(unused) = unused.first() {
            return Err(Error::new(Code::ParameterMismatch, format!("a value is given for ${unused}, which the text does not use"))
                .param("parameter", unused.as_str()));
        }
        if wanted.is_empty() {
            return Ok(plan);
        }
        let values = self.0.iter().map(|(name, value)| (name.clone(), ScalarAndMetadata::from(value.clone())));
        plan.with_param_values(ParamValues::Map(values.collect())).translated()
    }
}
