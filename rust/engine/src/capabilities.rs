//! What this engine can do, as clients ask for it.

use polybolos_protocol::decode::CONTRACT_MINOR;
use polybolos_protocol::functions;
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::flight::{Capabilities, Fidelity, FunctionSupport, Limits};
use polybolos_protocol::wire::plan::Profile;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::features;
use crate::metrics::ENGINE;

/// The capabilities, with the limits of plans that this door keeps.
pub(crate) fn of(limits: &PlanLimits) -> Capabilities {
    let mut capabilities = Capabilities {
        engine: ENGINE.to_owned(),
        engine_version: datafusion::DATAFUSION_VERSION.to_owned(),
        contract_minor: CONTRACT_MINOR,
        profiles: vec![Profile::Surface as i32],
        features: features::supported(),
        functions: supported_functions(),
        sql_dialects: vec!["datafusion".to_owned()],
        limits: Some(Limits {
            plan_bytes: limits.plan_bytes,
            relations: limits.relations,
            expression_depth: limits.expression_depth,
            inline_data_bytes: limits.inline_data_bytes,
            ..Default::default()
        }),
        function_registry_sha256: functions::registry_sha256().to_owned(),
        ..Default::default()
    };
    let digest = Sha256::digest(capabilities.encode_to_vec());
    capabilities.etag = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    capabilities
}

fn supported_functions() -> Vec<FunctionSupport> {
    let support = |function: &functions::FunctionSpec| FunctionSupport {
        namespace: function.namespace.to_owned(),
        name: function.name.to_owned(),
        semantics: 1,
        fidelity: Fidelity::Exact as i32,
        note: String::new(),
    };
    let mut functions: Vec<FunctionSupport> = functions::FUNCTIONS.iter().map(support).collect();
    functions.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    functions
}
