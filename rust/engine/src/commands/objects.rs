//! Views, and the end of views, tables, schemas and kept results. What a session makes is seen by that session alone.

use std::sync::Arc;

use datafusion::datasource::ViewTable;
use datafusion::logical_expr::LogicalPlan;
use polybolos_protocol::wire::plan::{CreateView, DropObject, IfExists, ObjectKind};
use polybolos_protocol::{Code, Error, Result};

use super::{Command, Outcome};
use crate::bind::BoundQuery;
use crate::catalog::{Entry, ObjectName, ObjectType, Replace};
use crate::write::named;

/// `CreateView` of a plan.
pub(super) fn create_view(view: &CreateView, query: &BoundQuery) -> Result<Command> {
    let name = ObjectName::of_plan(view.name.as_ref())?;
    let replace = match view.if_exists() {
        IfExists::Unspecified => {
            return Err(Error::new(Code::PlanUnknownEnum, "create_view does not say what to do where the name is taken"));
        }
        IfExists::Error => Replace::Refuse,
        IfExists::Replace => Replace::Overwrite,
        IfExists::Ignore => Replace::Keep,
    };
    Ok(put_view(name, named(query)?, replace, None))
}

/// Puts a plan under a name.
pub(super) fn put_view(name: ObjectName, plan: LogicalPlan, replace: Replace, definition: Option<String>) -> Command {
    Command::now(move |context| {
        let entry = Entry { kind: ObjectType::View, provider: Arc::new(ViewTable::new(plan, definition)) };
        context.session().catalog.put(&name, entry, replace)?;
        Ok(Outcome::of(name))
    })
}

/// `DropObject` of a plan.
pub(super) fn drop_object(drop: &DropObject) -> Result<Command> {
    match drop.kind() {
        ObjectKind::Table => Ok(drop_entry(ObjectName::of_plan(drop.name.as_ref())?, ObjectType::Table, drop.missing_ok)),
        ObjectKind::View => Ok(drop_entry(ObjectName::of_plan(drop.name.as_ref())?, ObjectType::View, drop.missing_ok)),
        ObjectKind::Cache => drop_cache(drop),
        ObjectKind::Function => Err(Error::unsupported("dropping foreign functions")),
        ObjectKind::Unspecified => Err(Error::new(Code::PlanUnknownEnum, "drop does not say what kind of thing")),
    }
}

/// Removes a table or view.
pub(super) fn drop_entry(name: ObjectName, kind: ObjectType, missing_ok: bool) -> Command {
    Command::now(move |context| context.session().catalog.remove(&name, kind, missing_ok).map(|_| Outcome::of(name)))
}

fn drop_cache(drop: &DropObject) -> Result<Command> {
    let id = drop.name.as_ref().and_then(|name| name.parts.first()).cloned();
    let id = id.ok_or_else(|| Error::new(Code::PlanMissingField, "drop says no cache_id"))?;
    let missing_ok = drop.missing_ok;
    Ok(Command::now(move |context| context.session().uploads.forget(&id, missing_ok).map(|_| Outcome::of(id))))
}
