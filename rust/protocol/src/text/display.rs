//! A plan as people read it: one line per relation, in order, each with the relations that it takes.
//!
//! ```text
//! #1 = read_table sales.orders
//! #2 = filter #1 where #1.amount > 100.00
//! #3 = limit #2 to 10
//! return #3
//! ```

use super::expression::Writer;
use super::literal::{list, name, push, text, write_type};
use crate::wire::plan::{
    Command, CreateView, CsvFormat, DataType, Expression, Identifier, IfExists, ObjectKind, Plan, Relation, WriteFiles, WriteMode,
    WriteTable, command, plan, write_files,
};

/// The plan, one line per relation. Long lists and texts are cut: this is for reading, not for reading back.
pub fn display(plan: &Plan) -> String {
    let mut writer = Writer::new(Some(plan));
    writer.declarations(plan);
    for relation in &plan.relations {
        writer.relation(relation);
        writer.push("\n");
    }
    match &plan.root {
        Some(plan::Root::Relation(id)) => push(&mut writer.out, format_args!("return #{id}\n")),
        Some(plan::Root::Command(command)) => {
            writer.command(command);
            writer.push("\n");
        }
        None => {}
    }
    writer.out
}

/// One expression.
pub fn display_expression(expression: &Expression) -> String {
    let mut writer = Writer::new(None);
    writer.expression(expression);
    writer.out
}

/// One data type, such as `list<decimal(10, 2)>`.
pub fn display_type(ty: &DataType) -> String {
    let mut out = String::new();
    write_type(&mut out, ty, 0);
    out
}

/// The name of an enum's value without the enum's own: `JOIN_KIND_LEFT_SEMI` is `left semi`.
pub(super) fn word(value: &str, prefix: &str) -> String {
    value.strip_prefix(prefix).unwrap_or(value).to_lowercase().replace('_', " ")
}

fn parts(parts: &[String]) -> String {
    parts.iter().map(|part| name(part)).collect::<Vec<_>>().join(".")
}

pub(super) fn identifier(identifier: Option<&Identifier>) -> String {
    identifier.map_or_else(|| "?".to_owned(), |identifier| parts(&identifier.parts))
}

impl Writer<'_> {
    pub(super) fn args(&mut self, text: std::fmt::Arguments) {
        push(&mut self.out, text);
    }

    /// What relations refer to by number: parameters, foreign functions, shared expressions.
    fn declarations(&mut self, plan: &Plan) {
        for (i, parameter) in plan.parameters.iter().enumerate() {
            self.args(format_args!("${} = parameter {} ", i + 1, name(&parameter.name)));
            self.out.push_str(&parameter.r#type.as_ref().map_or_else(|| "?".to_owned(), display_type));
            self.push("\n");
        }
        for function in &plan.functions {
            let language = function.runtime.as_ref().map_or("?", |runtime| runtime.language.as_str());
            self.args(format_args!("foreign {} in {}\n", name(&function.name), name(language)));
        }
        for (i, entry) in plan.shared_expressions.iter().enumerate() {
            self.args(format_args!("@{} = ", i + 1));
            self.expression(entry);
            self.push("\n");
        }
    }

    fn relation(&mut self, relation: &Relation) {
        self.args(format_args!("#{} = ", relation.id));
        let Some(kind) = &relation.kind else { return self.push("?") };
        self.push(crate::validate::relation_name(kind));
        if !relation.inputs.is_empty() {
            self.push(" ");
            list(&mut self.out, &relation.inputs, |out, id| push(out, format_args!("#{id}")));
        }
        self.details(kind);
        self.annotations(relation.annotations.len());
    }

    fn annotations(&mut self, count: usize) {
        match count {
            0 => {}
            1 => self.push("  -- 1 annotation"),
            count => self.args(format_args!("  -- {count} annotations")),
        }
    }

    fn command(&mut self, command: &Command) {
        use command::Kind;
        match &command.kind {
            None => self.push("?"),
            Some(Kind::CreateView(of)) => self.create_view(of, command.input),
            Some(Kind::Drop(of)) => {
                let kind = ObjectKind::try_from(of.kind).unwrap_or_default();
                let missing = if of.missing_ok { " if exists" } else { "" };
                self.args(format_args!("drop {}{missing} {}", word(kind.as_str_name(), "OBJECT_KIND_"), identifier(of.name.as_ref())));
            }
            Some(Kind::RegisterFunction(of)) => {
                self.push(if of.temporary { "register temporary " } else { "register " });
                self.foreign_name(of.function);
                self.args(format_args!(" as {}{}", identifier(of.name.as_ref()), if_exists(of.if_exists)));
            }
            Some(Kind::WriteFiles(of)) => self.write_files(of, command.input),
            Some(Kind::WriteTable(of)) => self.write_table(of, command.input),
            Some(Kind::Cache(of)) => {
                self.args(format_args!("cache #{} as {}", command.input, text(&of.cache_id)));
                self.push(if of.durable { " durably" } else { "" });
                self.push(if of.eager { " now" } else { "" });
            }
            Some(Kind::Sql(of)) => self.args(format_args!("run {}", text(&of.text))),
            Some(Kind::Extension(of)) => self.args(format_args!("extension {}", text(&of.type_url))),
        }
    }

    fn create_view(&mut self, of: &CreateView, input: u32) {
        self.push(if of.temporary { "create temporary view " } else { "create view " });
        self.args(format_args!("{} as #{input}{}", identifier(of.name.as_ref()), if_exists(of.if_exists)));
    }

    fn write_files(&mut self, of: &WriteFiles, input: u32) {
        let format = match &of.format {
            Some(write_files::Format::Parquet(_)) => "parquet",
            Some(write_files::Format::Csv(csv)) => csv_name(csv),
            Some(write_files::Format::Json(_)) => "json",
            Some(write_files::Format::Arrow(_)) => "arrow",
            Some(write_files::Format::Avro(_)) => "avro",
            Some(write_files::Format::Other(other)) => &other.name,
            None => "?",
        };
        self.args(format_args!("write #{input} as {format} to {} {}", text(&of.path), write_mode(of.mode)));
        self.partition_by(&of.partition_by);
        if !of.sort_by.is_empty() {
            self.push(" sorted by ");
            self.sort_keys(&of.sort_by);
        }
    }

    fn write_table(&mut self, of: &WriteTable, input: u32) {
        self.args(format_args!("write #{input} to table {} {}", identifier(of.table.as_ref()), write_mode(of.mode)));
        self.partition_by(&of.partition_by);
        if let Some(filter) = &of.overwrite_where {
            self.push(" where ");
            self.expression(filter);
        }
    }

    fn partition_by(&mut self, columns: &[String]) {
        if !columns.is_empty() {
            self.args(format_args!(" partitioned by {}", parts_list(columns)));
        }
    }
}

pub(super) fn parts_list(names: &[String]) -> String {
    let mut out = String::new();
    list(&mut out, names, |out, each| out.push_str(&name(each)));
    out
}

pub(super) fn csv_name(csv: &CsvFormat) -> &'static str {
    if csv.header == Some(true) { "csv with header" } else { "csv" }
}

fn write_mode(mode: i32) -> String {
    word(WriteMode::try_from(mode).unwrap_or_default().as_str_name(), "WRITE_MODE_")
}

fn if_exists(choice: i32) -> &'static str {
    match IfExists::try_from(choice) {
        Ok(IfExists::Error) => "",
        Ok(IfExists::Replace) => " or replace",
        Ok(IfExists::Ignore) => " or ignore",
        _ => " ?",
    }
}
