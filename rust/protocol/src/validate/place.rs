//! Where validation is, as a chain of steps on the Rust stack: text only when there is something to report.

use std::fmt;

/// A field path inside a relation, a shared expression or a command. Each step is a field of the contract, so that its
/// length is also how deep the messages nest there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    name: &'static str,
    item: Option<usize>,
    depth: u32,
}

impl<'p> Path<'p> {
    /// The message that paths start from, which is this deep in the plan; the plan itself is at 1.
    pub(super) fn root(depth: u32) -> Self {
        Path { parent: None, name: "", item: None, depth }
    }

    pub(super) fn field(&'p self, name: &'static str) -> Path<'p> {
        Path { parent: Some(self), name, item: None, depth: self.depth + 1 }
    }

    pub(super) fn item(&'p self, name: &'static str, at: usize) -> Path<'p> {
        Path { item: Some(at), ..self.field(name) }
    }

    /// The last field of the path.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// How deep a message at this place nests in the plan.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        fmt::Display::fmt(parent, f)?;
        if parent.parent.is_some() {
            f.write_str(".")?;
        }
        f.write_str(self.name)?;
        match self.item {
            Some(at) => write!(f, "[{at}]"),
            None => Ok(()),
        }
    }
}
