//! Which columns there are: select, with_columns, rename, drop, window, alias; and filter.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::compute::kernels::regexp::regexp_is_match_scalar;
use datafusion::logical_expr::Operator;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::selection;
use polybolos_protocol::{Code, Error, Result};

use super::{Binder, Draft, Here, Rel, distinct_names, missing};
use crate::bind::expr::logic::all_of;
use crate::bind::expr::reference::{bare_name, column_of, item_expr};
use crate::bind::expr::{Clause, ExprBinder, Typed};
use crate::bind::place::{Located, Path};
use crate::bind::scope::Visible;
use crate::error::unresolved_column;

const SELECT: Clause = Clause::with_windows("a select");
const FILTER: Clause = Clause::rows("a filter");

/// An output column: one of the input's, or a value under a name.
enum Item {
    Pass(Arc<Visible>),
    New(String, Typed),
}

impl Binder<'_> {
    pub(super) fn filter(&mut self, here: Here, filter: &pb::Filter, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, FILTER);
        let path = path.field("predicate");
        let predicate = filter.predicate.as_ref().ok_or_else(|| missing(&path))?;
        let mut conjuncts = Vec::new();
        binder.bind_conjuncts(predicate, &path, &mut conjuncts)?;
        let conjuncts = binder.as_memberships(conjuncts, Operator::And).at(&path)?;
        let mut draft = Draft::rowwise(input);
        draft.absorb(binder, input, &[])?;
        draft.rows = draft.rows.keep(all_of(conjuncts.into_iter().map(|conjunct| conjunct.expr).collect()));
        Ok(draft.finish_as(here, input))
    }

    pub(super) fn project(&mut self, here: Here, project: &pb::Project, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, SELECT);
        let mut items = Vec::new();
        let mut errors = Vec::new();
        for (number, selection) in project.items.iter().enumerate() {
            let path = path.item("items", number);
            let bound = match selection.kind.as_ref() {
                None => Err(missing(&path.field("kind"))),
                Some(selection::Kind::Star(star)) => {
                    starred(&binder, star, input).map(|columns| items.extend(columns.into_iter().map(Item::Pass))).at(&path.field("star"))
                }
                Some(selection::Kind::Expr(item)) => named(&mut binder, item, &path.field("expr")).map(|item| items.push(item)),
            };
            errors.extend(bound.err());
        }
        gathered(errors)?;
        let mut draft = Draft::rowwise(input);
        take(&mut draft, binder, here, input, items)?;
        Ok(draft.finish(here))
    }

    pub(super) fn with_columns(&mut self, here: Here, with: &pb::WithColumns, path: &Path) -> Result<Rel> {
        self.extended(here, &with.columns, "columns", path)
    }

    pub(super) fn window(&mut self, here: Here, window: &pb::Window, path: &Path) -> Result<Rel> {
        self.extended(here, &window.expressions, "expressions", path)
    }

    /// The input's columns and these; one whose name exists takes the place of that column.
    fn extended(&mut self, here: Here, named: &[pb::NamedExpr], field: &'static str, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        distinct_names(named.iter().map(|item| item.name.as_str()), "with_columns").at(path)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, SELECT);
        let mut values = Vec::with_capacity(named.len());
        let mut errors = Vec::new();
        for (number, item) in named.iter().enumerate() {
            let path = path.item(field, number);
            if item.name.is_empty() {
                errors.push(missing(&path.field("name")));
                continue;
            }
            match item_expr(item, &path).and_then(|expr| binder.bind(expr, &path.field("expr"))) {
                Ok(value) => values.push(Some((item.name.clone(), described(value, &item.metadata)))),
                Err(error) => errors.push(error),
            }
        }
        gathered(errors)?;
        let names = self.core.names();
        let mut items: Vec<Item> = Vec::with_capacity(input.scope.columns().len() + values.len());
        for column in input.scope.columns() {
            let same = |value: &&mut Option<(String, Typed)>| value.as_ref().is_some_and(|(name, _)| names.same(name, &column.name));
            match values.iter_mut().find(same).and_then(Option::take) {
                Some((name, value)) => items.push(Item::New(name, value)),
                None => items.push(Item::Pass(Arc::clone(column))),
            }
        }
        items.extend(values.into_iter().flatten().map(|(name, value)| Item::New(name, value)));
        let mut draft = Draft::rowwise(input);
        take(&mut draft, binder, here, input, items)?;
        Ok(draft.finish(here))
    }

    pub(super) fn rename(&mut self, here: Here, rename: &pb::RenameColumns, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        distinct_names(rename.renames.iter().map(|pair| pair.old_name.as_str()), "rename").at(path)?;
        let mut new_names: Vec<Option<&str>> = vec![None; input.scope.columns().len()];
        for (number, pair) in rename.renames.iter().enumerate() {
            let path = path.item("renames", number);
            let mut found = false;
            for (column, new_name) in input.scope.columns().iter().zip(&mut new_names) {
                if self.core.names().same(&column.name, &pair.old_name) {
                    *new_name = Some(pair.new_name.as_str());
                    found = true;
                }
            }
            if !found && !rename.missing_ok {
                return Err(no_column(&pair.old_name, input)).at(&path.field("old_name"));
            }
        }
        let mut draft = Draft::rowwise(input);
        for (column, new_name) in input.scope.columns().iter().zip(new_names) {
            match new_name.filter(|name| *name != column.name.as_ref()) {
                Some(name) => draft.add(self.core, here, name, column_of(column)),
                None => draft.columns.push(Arc::clone(column)),
            }
        }
        Ok(draft.finish(here))
    }

    pub(super) fn drop_columns(&mut self, here: Here, drop: &pb::DropColumns, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let binder = self.over(&scopes, SELECT);
        let mut dropped: Vec<Arc<Visible>> = Vec::new();
        for (number, reference) in drop.columns.iter().enumerate() {
            match binder.resolve(reference) {
                Ok(column) => dropped.push(column),
                Err(error) if error.code() == Code::UnresolvedColumn && drop.missing_ok => {}
                Err(error) if error.code() == Code::AmbiguousColumn && reference.relation == 0 && reference.qualifier.is_empty() => {
                    dropped.extend(input.scope.named(&reference.name, self.core.names()).into_iter().cloned());
                }
                Err(error) => return Err(error).at(&path.item("columns", number)),
            }
        }
        let mut draft = Draft::rowwise(input);
        draft.columns =
            input.scope.columns().iter().filter(|column| !dropped.iter().any(|gone| Arc::ptr_eq(gone, column))).cloned().collect();
        Ok(draft.finish(here))
    }

    pub(super) fn alias(&mut self, here: Here, alias: &pb::SubqueryAlias, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let columns = input.scope.columns();
        if !alias.columns.is_empty() && alias.columns.len() != columns.len() {
            let message = format!("the alias names {} columns, the input has {}", alias.columns.len(), columns.len());
            return Err(Error::new(Code::PlanInvalidValue, message)).at(&path.field("columns"));
        }
        let qualifier: Arc<[String]> = if alias.name.is_empty() { Arc::from([]) } else { Arc::from([alias.name.clone()]) };
        let mut draft = Draft::rowwise(input);
        draft.columns = columns
            .iter()
            .enumerate()
            .map(|(number, column)| {
                let name: Arc<str> = alias.columns.get(number).map_or_else(|| Arc::clone(&column.name), |name| Arc::from(name.as_str()));
                let unchanged = name == column.name;
                Arc::new(Visible {
                    name,
                    qualifiers: vec![Arc::clone(&qualifier)],
                    column: column.column.clone(),
                    field: Arc::clone(&column.field),
                    born: here.at,
                    from: if unchanged { vec![(input.at, Arc::clone(column))] } else { Vec::new() },
                })
            })
            .collect();
        Ok(draft.finish(here))
    }

    pub(super) fn hint(&mut self, here: Here, hint: &pb::Hint, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let rel = Draft::rowwise(input).finish_as(here, input);
        self.warn(here, "HINT_IGNORED", format!("this engine does not know the hint '{}'", hint.name), path);
        Ok(rel)
    }
}

/// One item of a select. A bare column under its own name passes on unchanged.
fn named(binder: &mut ExprBinder, item: &pb::NamedExpr, path: &Path) -> Result<Item> {
    let expr = item_expr(item, path)?;
    if let Some(reference) = bare_name(expr) {
        let inner = path.field("expr");
        let column = binder.resolve(reference).at(&inner.field("column"))?;
        if (item.name.is_empty() || item.name == column.name.as_ref()) && item.metadata.is_empty() {
            return Ok(Item::Pass(column));
        }
        let name = if item.name.is_empty() { column.name.to_string() } else { item.name.clone() };
        return Ok(Item::New(name, described(column_of(&column), &item.metadata)));
    }
    if item.name.is_empty() {
        return Err(missing(&path.field("name")));
    }
    let value = binder.bind(expr, &path.field("expr"))?;
    Ok(Item::New(item.name.clone(), described(value, &item.metadata)))
}

/// The value with this metadata on its field.
fn described(value: Typed, metadata: &[pb::KeyValue]) -> Typed {
    if metadata.is_empty() {
        return value;
    }
    let mut all = value.field.metadata().clone();
    all.extend(metadata.iter().map(|pair| (pair.key.clone(), pair.value.clone())));
    let field = Arc::new(value.field.as_ref().clone().with_metadata(all));
    Typed { field, ..value }
}

fn take(draft: &mut Draft, binder: ExprBinder, here: Here, input: &Rel, items: Vec<Item>) -> Result<()> {
    let core = binder.core;
    let values: Vec<&Typed> = items
        .iter()
        .filter_map(|item| match item {
            Item::New(_, value) => Some(value),
            Item::Pass(_) => None,
        })
        .collect();
    draft.absorb(binder, input, &values)?;
    for item in items {
        match item {
            Item::Pass(column) => draft.columns.push(column),
            Item::New(name, value) => draft.add(core, here, &name, value),
        }
    }
    Ok(())
}

/// The columns that a star stands for.
fn starred(binder: &ExprBinder, star: &pb::Star, input: &Rel) -> Result<Vec<Arc<Visible>>> {
    let names = binder.core.names();
    let mut columns: Vec<Arc<Visible>> =
        input.scope.columns().iter().filter(|column| binder.visible.qualified(column, &star.qualifier)).cloned().collect();
    if !star.qualifier.is_empty() && columns.is_empty() {
        let qualifier = star.qualifier.join(".");
        return Err(Error::new(Code::UnresolvedColumn, format!("nothing in scope is called '{qualifier}'")).param("name", qualifier));
    }
    if star.relation != 0 {
        let Some(origin) = binder.core.position(star.relation) else {
            return Err(Error::new(Code::UnresolvedColumn, format!("the star names relation {}, which is not in the plan", star.relation)));
        };
        columns.retain(|column| binder.core.lineage.passed(column, input.at, origin));
    }
    for excluded in &star.excluding {
        let before = columns.len();
        columns.retain(|column| !names.same(&column.name, excluded));
        if columns.len() == before {
            return Err(no_column(excluded, input));
        }
    }
    if star.regex.is_empty() { Ok(columns) } else { matching(columns, &star.regex) }
}

/// The columns whose whole name matches.
fn matching(columns: Vec<Arc<Visible>>, regex: &str) -> Result<Vec<Arc<Visible>>> {
    let names = StringArray::from_iter_values(columns.iter().map(|column| column.name.as_ref()));
    let matches = regexp_is_match_scalar(&names, &format!("^(?:{regex})$"), None)
        .map_err(|error| Error::new(Code::PlanInvalidValue, format!("'{regex}' is no regular expression")).with_source(error))?;
    Ok(columns.into_iter().zip(matches.values()).filter(|(_, matched)| *matched).map(|(column, _)| column).collect())
}

pub(super) fn no_column(name: &str, input: &Rel) -> Error {
    let names: Vec<String> = input.scope.columns().iter().map(|column| column.name.to_string()).collect();
    unresolved_column(name, &names)
}

/// Several errors as one.
pub(super) fn gathered(errors: Vec<Error>) -> Result<()> {
    let mut errors = errors.into_iter();
    match errors.next() {
        Some(first) => Err(first.with_others(errors)),
        None => Ok(()),
    }
}
