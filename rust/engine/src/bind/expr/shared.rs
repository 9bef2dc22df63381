//! Shared expressions: bound once per clause, and those that nest thousands deep without recursion.

use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind;
use polybolos_protocol::{Code, Error, Result};

use super::typed::Typed;
use super::{ExprBinder, SHARED_INLINE_MAX};
use crate::bind::place::{Located, Path};

impl ExprBinder<'_> {
    pub(super) fn bind_shared(&mut self, index: u32, path: &Path) -> Result<Typed> {
        let lazy = self.lazy > 0;
        if let Some(bound) = self.shared.get(&(index, lazy)) {
            return Ok(bound.clone());
        }
        for index in self.core.shared_order(index) {
            if self.shared.contains_key(&(index, lazy)) {
                continue;
            }
            let entry = self.core.shared_entry(index).at(path)?;
            let bound = self.bind(entry, path)?;
            let bound = if bound.shape.size > SHARED_INLINE_MAX && self.can_hoist(&bound) { self.hoist(bound) } else { bound };
            self.shared.insert((index, lazy), bound);
        }
        let bound = self.shared.get(&(index, lazy)).cloned();
        bound
            .ok_or_else(|| Error::new(Code::PlanInvalidValue, format!("shared expression {index} refers to itself or to a later one")))
            .at(path)
    }
}

/// What each shared expression needs in places that are evaluated together with it: not inside lambdas, aggregate or window calls,
/// which bind their arguments elsewhere, and not in branches that may not run. A chain of AND or OR is one expression, however
/// many entries it is made of.
pub(crate) fn needs(entries: &[pb::Expression]) -> Vec<Vec<u32>> {
    let mut all: Vec<Vec<u32>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut needed = Vec::new();
        for index in references(entry) {
            let at = usize::try_from(index).unwrap_or_default().wrapping_sub(1);
            let same_chain = chain(entry).is_some() && entries.get(at).and_then(chain) == chain(entry);
            match all.get(at).filter(|_| same_chain) {
                Some(below) => needed.extend_from_slice(below),
                None => needed.push(index),
            }
        }
        needed.sort_unstable();
        needed.dedup();
        all.push(needed);
    }
    all
}

/// `and` or `or`, where the expression is one.
fn chain(expr: &pb::Expression) -> Option<&str> {
    let Some(Kind::Call(call)) = expr.kind.as_ref() else {
        return None;
    };
    let function = call.function.as_ref().filter(|function| function.namespace == "core")?;
    matches!(function.name.as_str(), "and" | "or").then_some(function.name.as_str())
}

fn references(expr: &pb::Expression) -> Vec<u32> {
    let mut needed = Vec::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match expr.kind.as_ref() {
            Some(Kind::Shared(index)) => needed.push(*index),
            Some(Kind::Call(call)) => {
                open.extend(&call.args);
                open.extend(call.named_args.iter().filter_map(|arg| arg.expr.as_ref()));
            }
            Some(Kind::Cast(cast)) => open.extend(cast.input.as_deref()),
            Some(Kind::Field(access)) => open.extend(access.input.as_deref()),
            Some(Kind::CaseWhen(case)) => {
                open.extend(case.operand.as_deref());
                open.extend(case.branches.first().and_then(|branch| branch.condition.as_ref()));
            }
            Some(Kind::InList(list)) => {
                open.extend(list.needle.as_deref());
                open.extend(&list.items);
            }
            _ => {}
        }
    }
    needed
}
