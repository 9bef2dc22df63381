//! Where the binder is in a plan: a relation and a path of fields, kept as borrowed steps and printed only for an error.

use std::fmt;

use polybolos_protocol::Error;
use polybolos_protocol::error::PlanPlace;

/// A path of fields inside one relation, such as `filter.predicate.call.args[1]`.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Relation(u32),
    Field(&'static str),
    Item(&'static str, usize),
}

impl<'a> Path<'a> {
    /// The start of every path: a relation, or 0 for the plan itself.
    pub(crate) fn relation(id: u32) -> Self {
        Self { parent: None, step: Step::Relation(id) }
    }

    /// The field of this name.
    pub(crate) fn field(&'a self, name: &'static str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Field(name) }
    }

    /// One entry of a repeated field.
    pub(crate) fn item(&'a self, name: &'static str, index: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Item(name, index) }
    }

    /// The place that errors carry.
    pub(crate) fn place(&self) -> PlanPlace {
        PlanPlace::exact(self.root(), self.to_string())
    }

    fn root(&self) -> u32 {
        let mut path = self;
        while let Some(parent) = path.parent {
            path = parent;
        }
        match path.step {
            Step::Relation(id) => id,
            _ => 0,
        }
    }
}

/// Adds the place to an error that does not know one.
pub(crate) trait Located<T> {
    fn at(self, path: &Path) -> Result<T, Error>;
}

impl<T> Located<T> for Result<T, Error> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|error| match error.location().cloned() {
            None => error.relocated(Some(path.place())),
            // A place in a SQL text belongs to the relation that holds the text.
            Some(place) if place.relation == 0 => error.relocated(Some(PlanPlace { sql_range: place.sql_range, ..path.place() })),
            Some(_) => error,
        })
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = Vec::new();
        let mut path = Some(self);
        while let Some(at) = path {
            steps.push(at.step);
            path = at.parent;
        }
        let mut dot = "";
        for step in steps.into_iter().rev() {
            match step {
                Step::Relation(_) => continue,
                Step::Field(name) => write!(f, "{dot}{name}")?,
                Step::Item(name, index) => write!(f, "{dot}{name}[{index}]")?,
            }
            dot = ".";
        }
        Ok(())
    }
}
