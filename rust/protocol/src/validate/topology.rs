//! The graph: ids that differ, edges that point back. What points only back has no cycle.

use super::check::Checker;
use super::place::Path;
use crate::error::Code;

/// Plan > Relation.
pub(super) const RELATION_DEPTH: u32 = 2;

impl Checker<'_> {
    pub(super) fn topology(&mut self) {
        let relations = &self.plan.relations;
        if relations.len() as u64 > u64::from(self.limits.relations) {
            let error = self.limits.exceeded("relations", format_args!("the plan has {} relations", relations.len()));
            self.push(&Path::root(1), error);
        }
        let edges: usize = relations.iter().map(|relation| relation.inputs.len()).sum();
        if edges as u64 > u64::from(self.limits.edges) {
            let error = self.limits.exceeded("edges", format_args!("the relations have {edges} inputs together"));
            self.push(&Path::root(1), error);
        }
        for position in 0..relations.len() {
            self.edges(position);
        }
        self.report.relation = 0;
    }

    fn edges(&mut self, position: usize) {
        let Some(relation) = self.plan.relations.get(position) else {
            return;
        };
        let at = Path::root(RELATION_DEPTH);
        self.report.relation = relation.id;
        for (i, input) in relation.inputs.iter().enumerate() {
            if !self.index.contains_key(input) {
                let message = format_args!("input {input} is no relation that stands earlier in the plan");
                self.report.add(&at.item("inputs", i), Code::PlanInvalidTopology, message);
            }
        }
        let id = at.field("id");
        if relation.id == 0 {
            let message = format_args!("relation {position} of the list has no id; ids are greater than 0");
            self.report.add(&id, Code::PlanInvalidTopology, message);
        } else if let Some(first) = self.index.insert(relation.id, position) {
            let message = format_args!("id {} is used twice, by relations {first} and {position} of the list", relation.id);
            self.report.add(&id, Code::PlanInvalidTopology, message);
        }
    }

    /// Refuses another number of inputs than the kind has.
    pub(super) fn arity(&mut self, at: &Path, kind: &str, inputs: usize, least: usize, most: usize) {
        if (least..=most).contains(&inputs) {
            return;
        }
        let wanted = match (least, most) {
            (0, 0) => "no input".to_owned(),
            (1, 1) => "one input".to_owned(),
            (least, most) if least == most => format!("{least} inputs"),
            (least, usize::MAX) => format!("at least {least} inputs"),
            (least, most) => format!("{least} to {most} inputs"),
        };
        let message = format_args!("{kind} takes {wanted}, this relation has {inputs}");
        self.report.add(&at.field("inputs"), Code::PlanInvalidTopology, message);
    }
}
