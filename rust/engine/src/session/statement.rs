//! What a plan is, for lists of queries: its fingerprint and its shape, never its literals.

use std::collections::BTreeMap;

use polybolos_protocol::CheckedPlan;
use polybolos_protocol::wire::plan::plan::Root;
use polybolos_protocol::wire::plan::relation::Kind;
use polybolos_protocol::wire::plan::{Plan, Relation};
use prost::Message;
use sha2::{Digest, Sha256};

use crate::features::variant;

/// Some dozen joins at most.
const SMALL_TEXT_BYTES: usize = 256;

/// A plan, summed up.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// SHA-256 of the plan without annotations and the producer's name.
    pub(super) fingerprint: Vec<u8>,
    /// Whether it changes something.
    pub(super) is_command: bool,
    kinds: BTreeMap<String, usize>,
    command: Option<String>,
}

impl Statement {
    pub(super) fn of(plan: &CheckedPlan) -> Self {
        let mut kinds = BTreeMap::new();
        for relation in &plan.plan().relations {
            *kinds.entry(relation.kind.as_ref().map(variant).unwrap_or_default()).or_default() += 1;
        }
        let command = match &plan.plan().root {
            Some(Root::Command(command)) => Some(command.kind.as_ref().map(variant).unwrap_or_default()),
            _ => None,
        };
        Self { fingerprint: fingerprint(plan.plan()), is_command: command.is_some(), kinds, command }
    }

    /// Such as `write_files of aggregate, filter, read_files #5f2a90c1`.
    pub(super) fn shape(&self) -> String {
        let kinds: Vec<String> =
            self.kinds.iter().map(|(kind, count)| if *count == 1 { kind.clone() } else { format!("{count} {kind}") }).collect();
        let digest: String = self.fingerprint.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        match &self.command {
            Some(command) if kinds.is_empty() => format!("{command} #{digest}"),
            Some(command) => format!("{command} of {} #{digest}", kinds.join(", ")),
            None => format!("{} #{digest}", kinds.join(", ")),
        }
    }
}

/// Whether planning surely takes no longer than a change of threads is worth: one short text of SQL that calls nothing.
pub(super) fn is_small(plan: &CheckedPlan) -> bool {
    match (plan.plan().relations.as_slice(), &plan.plan().root) {
        ([Relation { kind: Some(Kind::Sql(sql)), .. }], Some(Root::Relation(_))) => {
            sql.text.len() <= SMALL_TEXT_BYTES && !sql.text.contains('(')
        }
        _ => false,
    }
}

/// Annotations and the producer's name do not count. The clone costs less than the hash.
fn fingerprint(plan: &Plan) -> Vec<u8> {
    let mut bare = plan.clone();
    bare.version = None;
    bare.annotations.clear();
    bare.relations.iter_mut().for_each(|relation| relation.annotations.clear());
    Sha256::digest(bare.encode_to_vec()).to_vec()
}
