//! capabilities
use polybolos_protocol::wire::flight::Capabilities;

use crate::limits::EngineLimits;

pub(crate) fn of(_limits: &EngineLimits) -> Capabilities {
    Capabilities { engine: "datafusion".to_owned(), engine_version: datafusion::DATAFUSION_VERSION.to_owned(), ..Default::default() }
}
