//! Relations without inputs: tables, files, data, SQL.

use super::check::Checker;
use super::expression::Allowed;
use super::place::Path;
use crate::wire::plan::{
    CsvFormat, FunctionKind, JsonFormat, LocalData, OtherFormat, Range, ReadFiles, ReadTable, Schema, SqlQuery, TableFunction, Values,
    local_data::Source, read_files::Format, read_table::Version,
};

impl Checker<'_> {
    pub(super) fn read_table(&mut self, at: &Path, read: &ReadTable) {
        self.identifier_parts(&at.field("table"), read.table.as_ref());
        if let Some(Version::Snapshot(snapshot)) = &read.version {
            self.name(&at.field("snapshot"), snapshot);
        }
        self.key_values(at, "options", &read.options);
    }

    pub(super) fn read_files(&mut self, at: &Path, read: &ReadFiles) {
        self.some(&at.field("paths"), &read.paths);
        for (i, path) in read.paths.iter().enumerate() {
            self.path(&at.item("paths", i), path);
        }
        self.identifier(&at.field("storage_profile"), &read.storage_profile);
        self.optional_schema(&at.field("schema"), read.schema.as_ref());
        for (i, column) in read.partition_columns.iter().enumerate() {
            self.column(&at.item("partition_columns", i), column, 0);
        }
        match &read.format {
            None => self.missing(&at.field("format"), format_args!("a format is required: parquet, csv, json, avro, arrow or other")),
            Some(Format::Csv(csv)) => self.csv_format(&at.field("csv"), csv),
            Some(Format::Json(json)) => self.json_format(&at.field("json"), json),
            Some(Format::Other(other)) => self.other_format(&at.field("other"), other),
            Some(Format::Parquet(_) | Format::Avro(_) | Format::Arrow(_)) => {}
        }
    }

    pub(super) fn path(&mut self, at: &Path, path: &str) {
        self.required(at, Some(path).filter(|path| !path.is_empty()));
        self.text(at, path);
    }

    pub(super) fn csv_format(&mut self, at: &Path, csv: &CsvFormat) {
        if csv.header.is_none() {
            self.missing(&at.field("header"), format_args!("header is required: whether the first line holds names is never guessed"));
        }
        for (name, text) in [("delimiter", &csv.delimiter), ("quote", &csv.quote), ("escape", &csv.escape), ("comment", &csv.comment)] {
            if text.len() > 1 {
                self.invalid(&at.field(name), format_args!("{name} is one byte, not {}", text.len()));
            }
        }
        self.identifier(&at.field("null_text"), &csv.null_text);
        self.identifier(&at.field("timestamp_format"), &csv.timestamp_format);
        self.compression(at, &csv.compression);
    }

    pub(super) fn json_format(&mut self, at: &Path, json: &JsonFormat) {
        if json.lines.is_none() {
            self.missing(&at.field("lines"), format_args!("lines is required: whether each line is an object is never guessed"));
        }
        self.compression(at, &json.compression);
    }

    fn compression(&mut self, at: &Path, compression: &str) {
        const KNOWN: [&str; 5] = ["", "gzip", "bzip2", "xz", "zstd"];
        if !KNOWN.contains(&compression) {
            self.invalid(&at.field("compression"), format_args!("compression is gzip, bzip2, xz or zstd, or absent"));
        }
    }

    pub(super) fn other_format(&mut self, at: &Path, other: &OtherFormat) {
        self.name(&at.field("name"), &other.name);
        self.key_values(at, "options", &other.options);
    }

    fn optional_schema(&mut self, at: &Path, schema: Option<&Schema>) {
        if let Some(schema) = schema {
            self.schema(at, schema);
        }
    }

    /// The Arrow bytes are only measured here; who reads them checks them first.
    pub(super) fn local_data(&mut self, at: &Path, data: &LocalData) {
        match &data.source {
            None => self.missing(&at.field("source"), format_args!("local data needs arrow_ipc or data_id")),
            Some(Source::DataId(id)) => self.name(&at.field("data_id"), id),
            Some(Source::ArrowIpc(bytes)) => {
                let at = at.field("arrow_ipc");
                self.inline(&at, bytes.len());
                if bytes.is_empty() {
                    self.missing(&at, format_args!("an Arrow stream has at least its schema"));
                }
            }
        }
        self.optional_schema(&at.field("schema"), data.schema.as_ref());
    }

    pub(super) fn values(&mut self, at: &Path, values: &Values) {
        let Some(schema) = self.required(&at.field("schema"), values.schema.as_ref()) else {
            return;
        };
        self.schema(&at.field("schema"), schema);
        self.some(&at.field("schema").field("fields"), &schema.fields);
        for (i, row) in values.rows.iter().enumerate() {
            let at = at.item("rows", i);
            if row.values.len() != schema.fields.len() {
                self.invalid(&at, format_args!("{} values for {} columns", row.values.len(), schema.fields.len()));
            }
            self.expressions(&at, "values", &row.values, Allowed::CONSTANTS);
        }
    }

    pub(super) fn range(&mut self, at: &Path, range: &Range) {
        if range.step == 0 {
            self.invalid(&at.field("step"), format_args!("step is 0; a range goes somewhere"));
        }
        self.name(&at.field("column"), &range.column);
        self.optional_partitions(at, range.partitions);
    }

    pub(super) fn optional_partitions(&mut self, at: &Path, partitions: Option<u32>) {
        if partitions == Some(0) {
            self.invalid(&at.field("partitions"), format_args!("partitions is 0; leave it out to let the engine choose"));
        }
    }

    pub(super) fn sql_query(&mut self, at: &Path, query: &SqlQuery, inputs: usize) {
        self.sql(&at.field("text"), &query.text);
        self.identifier(&at.field("dialect"), &query.dialect);
        let names = at.field("input_names");
        if query.input_names.len() != inputs {
            self.invalid(&names, format_args!("{} names for {inputs} inputs", query.input_names.len()));
        }
        self.distinct_names(at, "input_names", query.input_names.iter().map(String::as_str));
        self.named(at, "named_args", &query.named_args, false, Allowed::CONSTANTS);
        self.expressions(at, "positional_args", &query.positional_args, Allowed::CONSTANTS);
        if !query.named_args.is_empty() && !query.positional_args.is_empty() {
            self.invalid(&at.field("positional_args"), format_args!("arguments go by name or by position, not both"));
        }
    }

    pub(super) fn table_function(&mut self, at: &Path, function: &TableFunction, inputs: usize) {
        let foreign = at.field("foreign");
        match &function.function {
            Some(_) if function.foreign != 0 => self.invalid(&foreign, format_args!("a table function has function or foreign, not both")),
            Some(name) => self.function_name(&at.field("function"), name),
            None if function.foreign == 0 => self.missing(&at.field("function"), format_args!("function or foreign is required")),
            None => self.foreign(&foreign, function.foreign, &[FunctionKind::Table]),
        }
        let arguments = if inputs == 0 { Allowed::CONSTANTS } else { Allowed::ROWS };
        self.expressions(at, "args", &function.args, arguments);
        self.named(at, "named_args", &function.named_args, false, arguments);
    }
}
