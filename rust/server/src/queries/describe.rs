//! What lists and logs say of a plan.

use polybolos_protocol::wire::plan::{Plan, command, plan, relation};
use prost::Message;
use sha2::{Digest, Sha256};

/// Shape and digest of a plan, never its literals.
pub(super) fn describe(plan: &Plan) -> String {
    let digest = Sha256::digest(plan.encode_to_vec());
    let digest = digest.iter().take(6).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    format!("{} {digest}", shape(plan))
}

fn shape(plan: &Plan) -> String {
    let command = match &plan.root {
        Some(plan::Root::Command(command)) => command.kind.as_ref().map(command_name),
        _ => None,
    };
    let sql_only = || matches!(plan.relations.as_slice(), [only] if matches!(only.kind, Some(relation::Kind::Sql(_))));
    match command {
        Some(name) => name.to_owned(),
        None if sql_only() => "sql".to_owned(),
        None => format!("plan of {} relations", plan.relations.len()),
    }
}

fn command_name(kind: &command::Kind) -> &'static str {
    match kind {
        command::Kind::CreateView(_) => "create_view",
        command::Kind::Drop(_) => "drop",
        command::Kind::RegisterFunction(_) => "register_function",
        command::Kind::WriteFiles(_) => "write_files",
        command::Kind::WriteTable(_) => "write_table",
        command::Kind::Cache(_) => "cache",
        command::Kind::Sql(_) => "sql_command",
        command::Kind::Extension(_) => "extension",
    }
}
