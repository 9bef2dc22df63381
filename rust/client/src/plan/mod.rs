//! From a DataFrame to a plan: the relations in order, the expressions written out, the whole checked.
//!
//! ```text
//! DataFrame ──▶ in_order (inputs before users) ──▶ one message per relation ──▶ CheckedPlan
//!                                                  expressions: see `expressions`
//! ```

mod expressions;
mod parameters;
mod relations;

use std::sync::Arc;

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::flight::ParameterValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{CheckedPlan, Result, encode};

use crate::frame::{Bindings, DataFrame, LocalSource, Relation, RelationOp, in_order};

use expressions::ExpressionWriter;

/// What the plan says of its producer.
const PRODUCER: &str = concat!("rust-client ", env!("CARGO_PKG_VERSION"));
/// The minor version of the contract that this client is built with.
pub(crate) const CONTRACT_MINOR: u32 = 0;
/// Local data up to this size travels inside the plan, in bytes of memory.
pub(crate) const INLINE_BYTES_MAX: usize = 64 << 10;

/// A plan that is ready to go.
pub(crate) struct Prepared {
    pub(crate) plan: CheckedPlan,
    bindings: Bindings,
}

/// The plan of a frame's rows.
pub(crate) fn of_query(frame: &DataFrame) -> Result<Prepared> {
    let mut writer = Writer::default();
    writer.add(frame.relation())?;
    let root = pb::plan::Root::Relation(frame.id());
    writer.finish(root, frame.bindings()).map_err(|error| frame.blame(error))
}

/// The plan of a command over a frame's rows.
pub(crate) fn of_command(frame: &DataFrame, kind: impl FnOnce(&mut ExpressionWriter) -> Result<pb::command::Kind>) -> Result<Prepared> {
    let mut writer = Writer::default();
    writer.add(frame.relation())?;
    let kind = kind(&mut writer.expressions)?;
    let root = pb::plan::Root::Command(pb::Command { input: frame.id(), kind: Some(kind) });
    writer.finish(root, frame.bindings()).map_err(|error| frame.blame(error))
}

/// The plan of a command without rows.
pub(crate) fn of_bare_command(kind: pb::command::Kind) -> Result<Prepared> {
    let root = pb::plan::Root::Command(pb::Command { input: 0, kind: Some(kind) });
    Writer::default().finish(root, &Bindings::default())
}

/// The local data of the frame that has to be sent before its plan can be written.
pub(crate) fn pending_uploads(frame: &DataFrame) -> Vec<Arc<LocalSource>> {
    let limit = PlanLimits::default().inline_data_bytes as usize;
    let sources = in_order(frame.relation()).into_iter().filter_map(|relation| match &relation.op {
        RelationOp::Local(source) if !source.uploaded.initialized() => Some(source),
        _ => None,
    });
    let mut room = limit / 2;
    let mut fits = |bytes: usize| match room.checked_sub(bytes).filter(|_| bytes <= INLINE_BYTES_MAX) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    sources.filter(|source| !fits(source.bytes)).map(Arc::clone).collect()
}

#[derive(Default)]
struct Writer {
    relations: Vec<pb::Relation>,
    expressions: ExpressionWriter,
}

impl Writer {
    fn add(&mut self, root: &Arc<Relation>) -> Result<()> {
        for relation in in_order(root) {
            let kind =
                relations::kind(relation, &mut self.expressions).map_err(|error| error.with_call_site(relation.site.to_call_site()))?;
            let inputs = relation.inputs.iter().map(|input| input.id).collect();
            self.relations.push(pb::Relation { id: relation.id, inputs, annotations: Vec::new(), kind: Some(kind) });
        }
        Ok(())
    }

    fn finish(self, root: pb::plan::Root, bindings: &Bindings) -> Result<Prepared> {
        let (shared_expressions, parameters) = self.expressions.finish();
        let mut plan = pb::Plan {
            version: Some(pb::ContractVersion { minor: CONTRACT_MINOR, producer: PRODUCER.to_owned() }),
            profile: pb::Profile::Surface as i32,
            relations: self.relations,
            root: Some(root),
            shared_expressions,
            parameters,
            ..Default::default()
        };
        encode::hoist(&mut plan);
        Ok(Prepared { plan: CheckedPlan::check(plan, &PlanLimits::default())?, bindings: Arc::clone(bindings) })
    }
}

impl Prepared {
    /// The values of the plan's parameters.
    ///
    /// # Errors
    ///
    /// `PARAMETER_MISMATCH` where one is missing or of another type.
    pub(crate) fn parameters(&self) -> Result<Vec<ParameterValue>> {
        parameters::values(&self.plan.plan().parameters, &self.bindings)
    }
}
