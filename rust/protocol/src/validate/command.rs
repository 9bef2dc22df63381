//! Commands: the input that their kind needs, names, modes.

use super::check::Checker;
use super::expression::Allowed;
use super::place::Path;
use crate::error::Code;
use crate::wire::plan::{
    ColumnMatch, Command, CreateView, DropObject, IfExists, ObjectKind, RegisterFunction, WriteFiles, WriteMode, WriteTable, command::Kind,
    write_files::Format,
};

impl Checker<'_> {
    pub(super) fn command(&mut self, at: &Path, command: &Command) {
        let Some(kind) = &command.kind else {
            return self.missing(at, format_args!("a command without a kind"));
        };
        self.command_input(at, command.input, kind);
        match kind {
            Kind::CreateView(create) => self.create_view(&at.field("create_view"), create),
            Kind::Drop(drop) => self.drop_object(&at.field("drop"), drop),
            Kind::RegisterFunction(register) => self.register_function(&at.field("register_function"), register),
            Kind::WriteFiles(write) => self.write_files(&at.field("write_files"), write),
            Kind::WriteTable(write) => self.write_table(&at.field("write_table"), write),
            Kind::Cache(cache) => self.name(&at.field("cache").field("cache_id"), &cache.cache_id),
            Kind::Sql(sql) => {
                let at = at.field("sql");
                self.sql(&at.field("text"), &sql.text);
                self.identifier(&at.field("dialect"), &sql.dialect);
                self.expressions(&at, "positional_args", &sql.positional_args, Allowed::CONSTANTS);
            }
            Kind::Extension(any) => self.extension(&at.field("extension"), &any.type_url),
        }
    }

    fn command_input(&mut self, at: &Path, input: u32, kind: &Kind) {
        let (name, needed) = match kind {
            Kind::CreateView(_) => ("create_view", true),
            Kind::WriteFiles(_) => ("write_files", true),
            Kind::WriteTable(_) => ("write_table", true),
            Kind::Cache(_) => ("cache", true),
            Kind::Drop(_) => ("drop", false),
            Kind::RegisterFunction(_) => ("register_function", false),
            Kind::Sql(_) => ("sql", false),
            Kind::Extension(_) => ("extension", input != 0),
        };
        let at = at.field("input");
        let message = match (needed, input) {
            (true, 0) => return self.missing(&at, format_args!("{name} needs an input relation")),
            (false, 1..) => format!("{name} has no input, this command has relation {input}"),
            (true, _) if !self.index.contains_key(&input) => format!("the input is relation {input}, which the plan does not have"),
            _ => return,
        };
        self.report.add(&at, Code::PlanInvalidTopology, format_args!("{message}"));
    }

    fn create_view(&mut self, at: &Path, create: &CreateView) {
        self.identifier_parts(&at.field("name"), create.name.as_ref());
        self.choice::<IfExists>(&at.field("if_exists"), create.if_exists);
    }

    fn drop_object(&mut self, at: &Path, drop: &DropObject) {
        let kind = self.choice::<ObjectKind>(&at.field("kind"), drop.kind);
        self.identifier_parts(&at.field("name"), drop.name.as_ref());
        if kind == Some(ObjectKind::Cache) && drop.name.as_ref().is_some_and(|name| name.parts.len() > 1) {
            self.invalid(&at.field("name").field("parts"), format_args!("a cache's name has one part, its cache_id"));
        }
    }

    fn register_function(&mut self, at: &Path, register: &RegisterFunction) {
        self.identifier_parts(&at.field("name"), register.name.as_ref());
        self.index_of(&at.field("function"), register.function, &self.plan.functions, "function");
        self.choice::<IfExists>(&at.field("if_exists"), register.if_exists);
    }

    fn write_files(&mut self, at: &Path, write: &WriteFiles) {
        self.path(&at.field("path"), &write.path);
        self.identifier(&at.field("storage_profile"), &write.storage_profile);
        match &write.format {
            None => self.missing(&at.field("format"), format_args!("a format is required: parquet, csv, json, arrow, avro or other")),
            Some(Format::Csv(csv)) => self.csv_format(&at.field("csv"), csv),
            Some(Format::Json(json)) => self.json_format(&at.field("json"), json),
            Some(Format::Other(other)) => self.other_format(&at.field("other"), other),
            Some(Format::Parquet(_) | Format::Arrow(_) | Format::Avro(_)) => {}
        }
        if self.write_mode(at, write.mode, &write.partition_by) == Some(WriteMode::CreateOrReplace) {
            self.invalid(&at.field("mode"), format_args!("WRITE_MODE_CREATE_OR_REPLACE is for tables; files are overwritten"));
        }
        self.sort_keys(at, "sort_by", &write.sort_by, Allowed::ROWS);
        self.key_values(at, "options", &write.options);
    }

    fn write_mode(&mut self, at: &Path, mode: i32, partition_by: &[String]) -> Option<WriteMode> {
        self.distinct_names(at, "partition_by", partition_by.iter().map(String::as_str));
        self.choice::<WriteMode>(&at.field("mode"), mode)
    }

    fn write_table(&mut self, at: &Path, write: &WriteTable) {
        self.identifier_parts(&at.field("table"), write.table.as_ref());
        self.identifier(&at.field("provider"), &write.provider);
        self.key_values(at, "properties", &write.properties);
        let mode = self.write_mode(at, write.mode, &write.partition_by);
        self.choice::<ColumnMatch>(&at.field("column_match"), write.column_match);
        if let Some(filter) = &write.overwrite_where {
            let at = at.field("overwrite_where");
            self.expression(&at, Some(filter), Allowed::ROWS);
            if mode.is_some_and(|mode| mode != WriteMode::Overwrite) {
                self.invalid(&at, format_args!("overwrite_where belongs to WRITE_MODE_OVERWRITE"));
            }
        }
    }
}
