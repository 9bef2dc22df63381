//! What engines disagree about, as this plan or its session says it.

use arrow::datatypes::DataType;
use chrono::DateTime;
use datafusion::common::config::{ConfigExtension, ConfigOptions};
use datafusion::common::extensions_options;
use datafusion::scalar::ScalarValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::{Arithmetic, IdentifierMatch};
use polybolos_protocol::{Code, Error, Result};

use super::scope::Names;
use crate::functions::arithmetic::{OnOverflow, OnZero};
use crate::functions::rules::Rules;

extensions_options! {
    /// The session's own answers, for plans that leave them open. A session sets them as `polybolos.overflow` and so on.
    pub(crate) struct SessionSemantics {
        /// `error`, `null` or `wrap`.
        pub overflow: String, default = "error".to_owned()
        /// `error` or `null`.
        pub division_by_zero: String, default = "error".to_owned()
        /// `exact` or `case_insensitive`.
        pub identifiers: String, default = "exact".to_owned()
    }
}

impl SessionSemantics {
    /// What arithmetic does that has no result, where the plan does not say.
    pub(crate) fn rules(&self) -> Rules {
        Rules { on_overflow: self.on_overflow(), on_zero: self.on_zero() }
    }

    /// What integers do that do not fit, where the plan does not say.
    pub(crate) fn on_overflow(&self) -> OnOverflow {
        match self.overflow.as_str() {
            "null" => OnOverflow::Null,
            "wrap" => OnOverflow::Wrap,
            _ => OnOverflow::Error,
        }
    }

    /// What a division by zero does, where the plan does not say.
    pub(crate) fn on_zero(&self) -> OnZero {
        if self.division_by_zero == "null" { OnZero::Null } else { OnZero::Error }
    }
}

impl ConfigExtension for SessionSemantics {
    const PREFIX: &'static str = "polybolos";
}

/// The semantics of one query.
#[derive(Debug, Clone)]
pub(crate) struct Semantics {
    pub(crate) overflow: OnOverflow,
    pub(crate) division_by_zero: OnZero,
    pub(crate) names: Names,
    /// What `now()` answers, in microseconds since the epoch.
    pub(crate) now_micros: Option<i64>,
    /// The zone of the session.
    pub(crate) time_zone: Option<String>,
}

impl Semantics {
    /// What the plan says, and where it says nothing, the session.
    pub(crate) fn of(plan: &pb::Plan, config: &ConfigOptions) -> Result<Self> {
        let said = plan.semantics.clone().unwrap_or_default();
        let session = config.extensions.get::<SessionSemantics>().cloned().unwrap_or_default();
        if let Some(micros) = said.now_micros {
            DateTime::from_timestamp_micros(micros).ok_or_else(|| invalid("semantics.now_micros is outside the calendar"))?;
        }
        Ok(Self {
            overflow: overflow(said.overflow(), &session),
            division_by_zero: division_by_zero(said.division_by_zero(), &session)?,
            names: names(said.identifiers(), &session.identifiers),
            now_micros: said.now_micros,
            time_zone: Some(said.time_zone).filter(|zone| !zone.is_empty()).or_else(|| config.execution.time_zone.clone()),
        })
    }

    /// What arithmetic does that has no result.
    pub(crate) fn rules(&self) -> Rules {
        Rules { on_overflow: self.overflow, on_zero: self.division_by_zero }
    }

    /// The pinned time as a timestamp with the session's zone.
    pub(crate) fn now(&self) -> Option<ScalarValue> {
        let zone = self.time_zone.as_deref().unwrap_or("+00:00");
        self.now_micros.map(|micros| ScalarValue::TimestampMicrosecond(Some(micros), Some(zone.into())))
    }

    /// The type of that timestamp.
    pub(crate) fn instant(&self) -> DataType {
        DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some(self.time_zone.as_deref().unwrap_or("+00:00").into()))
    }
}

fn overflow(said: Arithmetic, session: &SessionSemantics) -> OnOverflow {
    match said {
        Arithmetic::Error => OnOverflow::Error,
        Arithmetic::Null => OnOverflow::Null,
        Arithmetic::Wrap => OnOverflow::Wrap,
        Arithmetic::Unspecified => session.on_overflow(),
    }
}

fn division_by_zero(said: Arithmetic, session: &SessionSemantics) -> Result<OnZero> {
    match said {
        Arithmetic::Error => Ok(OnZero::Error),
        Arithmetic::Null => Ok(OnZero::Null),
        Arithmetic::Wrap => Err(invalid("semantics.division_by_zero cannot be WRAP; it is ERROR or NULL")),
        Arithmetic::Unspecified => Ok(session.on_zero()),
    }
}

fn names(said: IdentifierMatch, session: &str) -> Names {
    match (said, session) {
        (IdentifierMatch::CaseInsensitive, _) | (IdentifierMatch::Unspecified, "case_insensitive") => Names::CaseInsensitive,
        _ => Names::Exact,
    }
}

fn invalid(message: &str) -> Error {
    Error::new(Code::PlanInvalidValue, message)
}
