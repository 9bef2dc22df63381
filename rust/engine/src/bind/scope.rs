//! What a relation's users see of it: its output columns, and how a reference finds one.
//!
//! A column keeps its identity, one shared [`Visible`], through every relation that passes it on unchanged and unrenamed.
//! Filter, sort, limit and bare select therefore copy pointers only, and `df["x"]` is answered by walking from the place of
//! the reference back to `df` along the path on which that identity was passed. Joins and aliases make a new identity that
//! remembers the one it stands for, so that both sides of a self-join stay apart.
//!
//! Inside DataFusion a column has a name of our own that is unique in the plan; public names may repeat.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Column;
use polybolos_protocol::{Code, Error, Result};

use crate::error::{listed, unresolved_column};

const LOOKUPS_BEFORE_INDEX: u32 = 4;

/// One output column, as later relations see it.
#[derive(Debug)]
pub(crate) struct Visible {
    /// The public name, as the client wrote it.
    pub(crate) name: Arc<str>,
    /// Under which alias or table parts it can be addressed; more than one after a USING join.
    pub(crate) qualifiers: Vec<Arc<[String]>>,
    /// The column inside DataFusion.
    pub(crate) column: Column,
    /// Type, nullability and metadata.
    pub(crate) field: FieldRef,
    /// Position of the relation that made this identity.
    pub(crate) born: usize,
    /// What it stands for unchanged, in the inputs of the relation that made it.
    pub(crate) from: Vec<(usize, Arc<Visible>)>,
}

impl Visible {
    pub(crate) fn ty(&self) -> &DataType {
        self.field.data_type()
    }

    /// `alias.name`, as messages show it.
    pub(crate) fn qualified_name(&self) -> String {
        match self.qualifiers.first() {
            Some(qualifier) if !qualifier.is_empty() => format!("{}.{}", qualifier.join("."), self.name),
            _ => self.name.to_string(),
        }
    }
}

/// The output columns of a relation.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    columns: Vec<Arc<Visible>>,
    lookups: AtomicU32,
    index: OnceLock<HashMap<String, Vec<usize>>>,
}

impl Scope {
    pub(crate) fn new(columns: Vec<Arc<Visible>>) -> Self {
        Self { columns, ..Self::default() }
    }

    pub(crate) fn columns(&self) -> &[Arc<Visible>] {
        &self.columns
    }

    /// The columns of this name; the index is built once lookups become frequent.
    pub(crate) fn named(&self, name: &str, names: Names) -> Vec<&Arc<Visible>> {
        if names == Names::Exact && (self.index.get().is_some() || self.lookups.fetch_add(1, Ordering::Relaxed) >= LOOKUPS_BEFORE_INDEX) {
            let positions = self.index().get(name).map_or(&[][..], Vec::as_slice);
            return positions.iter().filter_map(|&at| self.columns.get(at)).collect();
        }
        self.columns.iter().filter(|column| names.same(&column.name, name)).collect()
    }

    fn index(&self) -> &HashMap<String, Vec<usize>> {
        self.index.get_or_init(|| {
            let mut index: HashMap<String, Vec<usize>> = HashMap::with_capacity(self.columns.len());
            for (at, column) in self.columns.iter().enumerate() {
                index.entry(column.name.to_string()).or_default().push(at);
            }
            index
        })
    }
}

/// How names match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Exact,
    CaseInsensitive,
}

impl Names {
    pub(crate) fn same(self, a: &str, b: &str) -> bool {
        match self {
            Self::Exact => a == b,
            Self::CaseInsensitive => a == b || a.to_lowercase() == b.to_lowercase(),
        }
    }

    fn ends_with(self, whole: &[String], end: &[String]) -> bool {
        whole.len() >= end.len() && whole.iter().rev().zip(end.iter().rev()).all(|(a, b)| self.same(a, b))
    }
}

/// The edges of the plan, by position in its list of relations.
#[derive(Debug, Default)]
pub(crate) struct Lineage {
    inputs: Vec<Vec<usize>>,
}

impl Lineage {
    pub(crate) fn new(inputs: Vec<Vec<usize>>) -> Self {
        Self { inputs }
    }

    /// Whether the column, seen at relation `at`, passed unchanged through the output of relation `origin`.
    pub(crate) fn passed(&self, column: &Visible, mut at: usize, origin: usize) -> bool {
        loop {
            if at == origin {
                return true;
            }
            if at < origin {
                return false;
            }
            if column.born == at {
                return column.from.iter().any(|(input, stands_for)| self.passed(stands_for, *input, origin));
            }
            match self.inputs.get(at).and_then(|inputs| inputs.first()) {
                Some(&input) => at = input,
                None => return false,
            }
        }
    }
}

/// What an expression of a relation can refer to: the outputs of its inputs, each with its position.
#[derive(Clone, Copy)]
pub(crate) struct Visibles<'a> {
    pub(crate) inputs: &'a [(usize, &'a Scope)],
    pub(crate) lineage: &'a Lineage,
    pub(crate) names: Names,
}

impl<'a> Visibles<'a> {
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'a Arc<Visible>> + use<'a> {
        self.inputs.iter().flat_map(|(_, scope)| scope.columns())
    }

    /// Whether the column can be addressed under this qualifier: the whole of it, or its last parts.
    pub(crate) fn qualified(&self, column: &Visible, qualifier: &[String]) -> bool {
        qualifier.is_empty() || column.qualifiers.iter().any(|whole| self.names.ends_with(whole, qualifier))
    }

    /// The column of this qualifier and name in the concatenated inputs.
    pub(crate) fn by_name(&self, name: &str, qualifier: &[String]) -> Result<Arc<Visible>> {
        let addressed = |column: &&Arc<Visible>| self.qualified(column, qualifier);
        let mut found: Vec<&Arc<Visible>> = Vec::new();
        for (_, scope) in self.inputs {
            found.extend(scope.named(name, self.names).into_iter().filter(addressed));
        }
        self.exact_case_first(&mut found, name);
        match found.as_slice() {
            [one] => Ok(Arc::clone(one)),
            [] => Err(self.unresolved(name, qualifier)),
            many => Err(ambiguous(name, many)),
        }
    }

    /// The column that passed unchanged from the output of relation `origin`, where it was called `name`.
    pub(crate) fn by_origin(&self, name: &str, relation: u32, origin: usize, origin_scope: &Scope) -> Result<Arc<Visible>> {
        let mut found: Vec<&Arc<Visible>> = Vec::new();
        for (at, scope) in self.inputs {
            let passed = |column: &&Arc<Visible>| self.lineage.passed(column, *at, origin);
            found.extend(scope.named(name, self.names).into_iter().filter(passed));
        }
        self.exact_case_first(&mut found, name);
        match found.as_slice() {
            [one] => Ok(Arc::clone(one)),
            [] if origin_scope.named(name, self.names).is_empty() => {
                let names: Vec<String> = origin_scope.columns().iter().map(|column| column.name.to_string()).collect();
                Err(unresolved_column(name, &names).param("relation", relation.to_string()))
            }
            [] => Err(Error::new(
                Code::UnresolvedColumn,
                format!("column '{name}' of relation {relation} does not reach this place unchanged: it was dropped, renamed or replaced on the way, or that relation is no input"),
            )
            .param("name", name)),
            many => Err(ambiguous(name, many).param("advice", "alias one side")),
        }
    }

    /// Without case, a spelling that is right to the letter wins.
    fn exact_case_first(&self, found: &mut Vec<&Arc<Visible>>, name: &str) {
        if found.len() > 1 && found.iter().filter(|column| column.name.as_ref() == name).count() == 1 {
            found.retain(|column| column.name.as_ref() == name);
        }
    }

    fn unresolved(&self, name: &str, qualifier: &[String]) -> Error {
        if qualifier.is_empty() {
            let names: Vec<String> = self.columns().map(|column| column.name.to_string()).collect();
            return unresolved_column(name, &names);
        }
        let names: Vec<String> = self.columns().map(|column| column.qualified_name()).collect();
        unresolved_column(&format!("{}.{name}", qualifier.join(".")), &names)
    }
}

fn ambiguous(name: &str, found: &[&Arc<Visible>]) -> Error {
    let names: Vec<String> = found.iter().map(|column| column.qualified_name()).collect();
    let message = format!("'{name}' can be {} columns: {}; qualify it, or alias one side", names.len(), listed(&names));
    Error::new(Code::AmbiguousColumn, message).param("name", name).with_candidates(names)
}
