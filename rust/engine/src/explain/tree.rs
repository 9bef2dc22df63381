//! A plan for programs: one JSON object, a tree of its nodes. What it says is bounded, for a plan may have thousands of nodes, and
//! common readers of JSON refuse what is nested a thousand levels deep.

use std::fmt::{self, Display, Write as _};
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNodeRecursion, TreeNodeVisitor};
use datafusion::common::{DataFusionError, Result as DataFusionResult};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};
use polybolos_protocol::{Error, Result};
use serde::Serialize;

use crate::error::OrTranslated;

const NODES_MAX: usize = 5_000;
/// Each level of the tree is two of JSON.
const LEVELS_MAX: usize = 300;
const DETAILS_BYTES_MAX: usize = 16 << 10;
/// Where the tree ends; the node that crosses it is still told.
const TREE_BYTES_MAX: usize = 4 << 20;
/// The name of the node that stands for those that are left out, and the end of details that are cut.
const LEFT_OUT: &str = "…";

/// The tree of a logical plan, with the subqueries of its expressions, below the name of the command that uses it.
pub(super) fn logical(command: Option<&str>, plan: Option<&LogicalPlan>) -> Result<String> {
    let mut tree = Tree::below(command)?;
    if let Some(plan) = plan {
        plan.visit_with_subqueries(&mut tree).translated()?;
    }
    tree.finish(command)
}

/// The tree of operators, below the name of the command that uses them; with what they measured, where they ran.
pub(super) fn physical(command: Option<&str>, plan: Option<&Arc<dyn ExecutionPlan>>, ran: bool) -> Result<String> {
    let mut tree = Tree::below(command)?;
    if let Some(plan) = plan {
        tree.add_operators(plan, ran)?;
    }
    tree.finish(command)
}

/// What one node says of itself; its children follow.
#[derive(Debug, Default, Serialize)]
struct Line {
    name: String,
    details: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ns: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spilled_bytes: Option<usize>,
}

impl Line {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    fn of_logical(node: &LogicalPlan) -> Self {
        let line = clipped(node.display());
        let (name, details) = split(&line);
        Self { name: name.to_owned(), details: details.to_owned(), ..Self::default() }
    }

    fn of_operator(node: &dyn ExecutionPlan, ran: bool) -> Self {
        let line = clipped(OneLine(node));
        let details = line.strip_prefix(node.name()).map_or(line.as_str(), |rest| rest.trim_start_matches([':', ' ']));
        let metrics = if ran { node.metrics() } else { None };
        let metrics = metrics.as_ref();
        Self {
            name: node.name().to_owned(),
            details: details.trim_end().to_owned(),
            rows: metrics.and_then(MetricsSet::output_rows),
            time_ns: metrics.and_then(MetricsSet::elapsed_compute),
            spilled_bytes: metrics.and_then(MetricsSet::spilled_bytes),
        }
    }
}

/// `Inner Join: a = b` is an `Inner Join`: the name ends at the colon behind its words, or with the first word.
fn split(line: &str) -> (&str, &str) {
    let is_words = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == ' ');
    match line.split_once(':') {
        Some((name, details)) if is_words(name) => (name, details.trim()),
        _ => line.split_once(' ').map_or((line, ""), |(name, details)| (name, details.trim())),
    }
}

struct OneLine<'a>(&'a dyn ExecutionPlan);

impl Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as(DisplayFormatType::Default, f)
    }
}

/// The text, cut where it is longer than details may be.
fn clipped(text: impl Display) -> String {
    let mut clip = Clip { text: String::new(), is_cut: false };
    // It takes everything; a node that fails to tell itself has told what it could.
    let _ = write!(clip, "{text}");
    if clip.is_cut {
        clip.text.push_str(LEFT_OUT);
    }
    clip.text
}

/// Keeps the beginning of what is written.
struct Clip {
    text: String,
    is_cut: bool,
}

impl fmt::Write for Clip {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if !self.is_cut {
            let end = more.floor_char_boundary(DETAILS_BYTES_MAX - self.text.len());
            let (kept, cut) = more.split_at(end);
            self.text.push_str(kept);
            self.is_cut = !cut.is_empty();
        }
        Ok(())
    }
}

/// The JSON in the making, written node by node, so that nothing recurses over the depth of a plan.
#[derive(Default)]
struct Tree {
    json: String,
    nodes: usize,
    open: Vec<Open>,
}

/// A node whose end has not come.
struct Open {
    children: Children,
    /// Whether it was written, or left out.
    is_told: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Children {
    None,
    Some,
    /// The last one says that there are more.
    CutOff,
}

impl Tree {
    fn below(command: Option<&str>) -> Result<Self> {
        let mut tree = Self::default();
        if let Some(command) = command {
            tree.enter(|| Line::named(command))?;
        }
        Ok(tree)
    }

    fn finish(mut self, command: Option<&str>) -> Result<String> {
        if command.is_some() {
            self.leave();
        }
        Ok(self.json)
    }

    /// Begins a node, and says whether its children are wanted. Every node that is begun is left.
    fn enter(&mut self, line: impl FnOnce() -> Line) -> Result<bool> {
        let is_told = !self.is_full();
        if is_told {
            self.nodes += 1;
            self.begin(&line(), Children::Some)?;
        } else if self.open.last().is_some_and(|parent| parent.is_told && parent.children != Children::CutOff) {
            self.begin(&Line::named(LEFT_OUT), Children::CutOff)?;
            self.end();
        }
        self.open.push(Open { children: Children::None, is_told });
        Ok(is_told)
    }

    fn leave(&mut self) {
        if self.open.pop().is_some_and(|node| node.is_told) {
            self.end();
        }
    }

    fn is_full(&self) -> bool {
        self.nodes >= NODES_MAX || self.open.len() >= LEVELS_MAX || self.json.len() >= TREE_BYTES_MAX
    }

    /// Writes a node as far as its children, which makes its parent one with `children`.
    fn begin(&mut self, line: &Line, children: Children) -> Result<()> {
        if let Some(parent) = self.open.last_mut() {
            if parent.children != Children::None {
                self.json.push(',');
            }
            parent.children = children;
        }
        let object = serde_json::to_string(line).map_err(|error| Error::internal("cannot write a plan as JSON").with_source(error))?;
        self.json.push_str(object.strip_suffix('}').unwrap_or(&object));
        self.json.push_str(",\"children\":[");
        Ok(())
    }

    fn end(&mut self) {
        self.json.push_str("]}");
    }

    fn add_operators(&mut self, root: &Arc<dyn ExecutionPlan>, ran: bool) -> Result<()> {
        // `None` is the end of a node.
        let mut waiting = vec![Some(root)];
        while let Some(next) = waiting.pop() {
            let Some(node) = next else {
                self.leave();
                continue;
            };
            waiting.push(None);
            if self.enter(|| Line::of_operator(node.as_ref(), ran))? {
                waiting.extend(node.children().into_iter().rev().map(Some));
            }
        }
        Ok(())
    }
}

/// DataFusion's walk recurses, but only as deep as children are wanted.
impl<'n> TreeNodeVisitor<'n> for Tree {
    type Node = LogicalPlan;

    fn f_down(&mut self, node: &'n LogicalPlan) -> DataFusionResult<TreeNodeRecursion> {
        let wants_children = self.enter(|| Line::of_logical(node)).map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(if wants_children { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Jump })
    }

    fn f_up(&mut self, _: &'n LogicalPlan) -> DataFusionResult<TreeNodeRecursion> {
        self.leave();
        Ok(TreeNodeRecursion::Continue)
    }
}
