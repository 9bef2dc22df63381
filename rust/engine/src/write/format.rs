//! File formats as commands describe them, as DataFusion writes them.

use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::common::config::{CsvOptions, JsonOptions};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::physical_plan::FileSinkConfig;
use datafusion::datasource::sink::DataSinkExec;
use datafusion::physical_plan::ExecutionPlan;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::write_files::Format;
use polybolos_protocol::wire::plan::{KeyValue, read_files};
use polybolos_protocol::{Code, Error, Result};

use super::encode::Encoding;
use super::sink::EncodedSink;
use crate::error::{OrTranslated, listed, near_names};
use crate::files::{FileKind, ReadFormat, compression, one_byte, unknown_format};

/// How to write files.
#[derive(Debug, Clone)]
pub(crate) struct WriteFormat {
    pub(crate) kind: FileKind,
    writer: Writer,
    /// Such as `csv.gz`, without a leading dot.
    pub(crate) extension: String,
}

/// Who writes.
#[derive(Debug, Clone)]
enum Writer {
    DataFusion(Arc<dyn FileFormat>),
    Encoder(Encoding, FileCompressionType),
}

/// Options of a format that are not in its message.
const PARQUET_OPTIONS: [&str; 3] = ["compression", "dictionary", "row_group_rows"];

impl WriteFormat {
    /// The format of a plan's `WriteFiles`.
    pub(crate) fn of_plan(format: Option<&Format>, options: &[KeyValue], session: &dyn Session) -> Result<Self> {
        if !matches!(format, Some(Format::Parquet(_)))
            && let Some(option) = options.first()
        {
            return Err(unknown_option(&option.key, &[]));
        }
        match format {
            Some(Format::Parquet(_)) => Self::parquet(options, session),
            Some(Format::Csv(csv)) => Self::csv(csv),
            Some(Format::Json(json)) => Self::json(json),
            Some(Format::Arrow(arrow)) => Ok(Self::arrow(arrow)),
            Some(Format::Avro(_)) => Ok(Self::avro()),
            Some(Format::Other(other)) => Err(unknown_format(&other.name)),
            None => Err(Error::new(Code::PlanMissingField, "write_files says no format")),
        }
    }

    /// The format of this name, with options by name as SQL gives them.
    pub(crate) fn of_name(name: &str, options: &[(String, String)], session: &dyn Session) -> Result<Self> {
        match FileKind::from_name(name).ok_or_else(|| unknown_format(name))? {
            FileKind::Parquet => {
                let options: Vec<KeyValue> =
                    options.iter().map(|(key, value)| KeyValue { key: key.clone(), value: value.clone() }).collect();
                Self::parquet(&options, session)
            }
            FileKind::Csv => Self::csv(&csv_of(options)?),
            FileKind::Json => Self::json(&json_of(options)?),
            FileKind::Arrow => arrow_of(options, name).map(|arrow| Self::arrow(&arrow)),
            FileKind::Avro => none_left(options).map(|()| Self::avro()),
        }
    }

    /// The format of files that are to be read like these.
    pub(super) fn like(format: &ReadFormat, session: &dyn Session) -> Result<Self> {
        match &format.options {
            read_files::Format::Parquet(_) => Self::parquet(&[], session),
            read_files::Format::Csv(csv) => Self::csv(csv),
            read_files::Format::Json(json) => Self::json(json),
            read_files::Format::Arrow(arrow) => Ok(Self::arrow(arrow)),
            read_files::Format::Avro(_) => Ok(Self::avro()),
            read_files::Format::Other(other) => Err(unknown_format(&other.name)),
        }
    }

    /// The end of a plan that writes the rows of its input.
    pub(super) async fn sink(
        &self,
        input: Arc<dyn ExecutionPlan>,
        session: &dyn Session,
        config: FileSinkConfig,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match &self.writer {
            Writer::DataFusion(writer) => writer.create_writer_physical_plan(input, session, config, None).await.translated(),
            Writer::Encoder(encoding, compression) => {
                let sink = EncodedSink { config, encoding: *encoding, compression: *compression };
                Ok(Arc::new(DataSinkExec::new(input, Arc::new(sink), None)))
            }
        }
    }

    fn parquet(options: &[KeyValue], session: &dyn Session) -> Result<Self> {
        let mut table = session.default_table_options().parquet;
        for KeyValue { key, value } in options {
            match key.as_str() {
                "compression" => table.global.compression = Some(parquet_compression(value)?),
                "dictionary" => table.global.dictionary_enabled = Some(truth(key, value)?),
                "row_group_rows" => table.global.max_row_group_size = positive(key, value)?,
                _ => return Err(unknown_option(key, &PARQUET_OPTIONS)),
            }
        }
        table.global.created_by = concat!("polybolos ", env!("CARGO_PKG_VERSION")).to_owned();
        Ok(Self::new(FileKind::Parquet, Arc::new(ParquetFormat::default().with_options(table)), ""))
    }

    fn csv(csv: &pb::CsvFormat) -> Result<Self> {
        let compression = compression(&csv.compression)?;
        let mut options = CsvOptions::default();
        options.has_header = Some(csv.header.unwrap_or(true));
        options.delimiter = one_byte("delimiter", &csv.delimiter)?.unwrap_or(b',');
        options.quote = one_byte("quote", &csv.quote)?.unwrap_or(b'"');
        options.escape = one_byte("escape", &csv.escape)?;
        options.double_quote = Some(csv.escape.is_empty());
        options.null_value = (!csv.null_text.is_empty()).then(|| csv.null_text.clone());
        options.compression = compression.get_variant().to_owned();
        if !csv.timestamp_format.is_empty() {
            options.timestamp_format = Some(csv.timestamp_format.clone());
            options.timestamp_tz_format = Some(csv.timestamp_format.clone());
        }
        let suffix = csv.compression.as_str();
        let writer = CsvFormat::default().with_options(options).with_file_compression_type(compression);
        Ok(Self::new(FileKind::Csv, Arc::new(writer), suffix))
    }

    fn json(json: &pb::JsonFormat) -> Result<Self> {
        let compression = compression(&json.compression)?;
        if json.lines == Some(false) {
            return Ok(Self::encoded(FileKind::Json, Encoding::JsonArray, compression, &json.compression));
        }
        let mut options = JsonOptions::default();
        options.compression = compression.get_variant().to_owned();
        let writer = JsonFormat::default().with_options(options).with_file_compression_type(compression);
        Ok(Self::new(FileKind::Json, Arc::new(writer), &json.compression))
    }

    fn arrow(arrow: &pb::ArrowFormat) -> Self {
        if arrow.stream != Some(true) {
            return Self::new(FileKind::Arrow, Arc::new(ArrowFormat), "");
        }
        let format = Self::encoded(FileKind::Arrow, Encoding::ArrowStream, FileCompressionType::UNCOMPRESSED, "");
        Self { extension: "arrows".to_owned(), ..format }
    }

    fn avro() -> Self {
        Self::encoded(FileKind::Avro, Encoding::Avro, FileCompressionType::UNCOMPRESSED, "")
    }

    fn encoded(kind: FileKind, encoding: Encoding, compression: FileCompressionType, compressed: &str) -> Self {
        Self { kind, writer: Writer::Encoder(encoding, compression), extension: extension(kind, compressed) }
    }

    fn new(kind: FileKind, writer: Arc<dyn FileFormat>, compressed: &str) -> Self {
        Self { kind, writer: Writer::DataFusion(writer), extension: extension(kind, compressed) }
    }
}

fn extension(kind: FileKind, compressed: &str) -> String {
    let suffix = match compressed.to_ascii_lowercase().as_str() {
        "gzip" | "gz" => ".gz",
        "bzip2" | "bz2" => ".bz2",
        "xz" => ".xz",
        "zstd" | "zst" => ".zst",
        _ => "",
    };
    format!("{}{suffix}", kind.extension())
}

/// The options of a SQL statement in the order of their names, without DataFusion's `format.` in front.
pub(crate) fn options_of<'a>(options: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<(String, String)> {
    let short = |key: &str| key.strip_prefix("format.").unwrap_or(key).to_ascii_lowercase();
    let mut options: Vec<(String, String)> = options.into_iter().map(|(key, value)| (short(key), value.clone())).collect();
    options.sort();
    options
}

/// The CSV options of a SQL statement.
pub(crate) fn csv_of(options: &[(String, String)]) -> Result<pb::CsvFormat> {
    const KNOWN: [&str; 9] =
        ["header", "delimiter", "quote", "escape", "comment", "null_text", "compression", "timestamp_format", "multiline"];
    let mut csv = pb::CsvFormat { header: Some(true), ..Default::default() };
    for (key, value) in options {
        match key.as_str() {
            "header" | "has_header" => csv.header = Some(truth(key, value)?),
            "delimiter" => csv.delimiter.clone_from(value),
            "quote" => csv.quote.clone_from(value),
            "escape" => csv.escape.clone_from(value),
            "comment" => csv.comment.clone_from(value),
            "null_text" | "null_value" | "null_regex" => csv.null_text.clone_from(value),
            "compression" => csv.compression.clone_from(value),
            "timestamp_format" => csv.timestamp_format.clone_from(value),
            "multiline" | "newlines_in_values" => csv.multiline = truth(key, value)?,
            _ => return Err(unknown_option(key, &KNOWN)),
        }
    }
    Ok(csv)
}

/// The JSON options of a SQL statement.
pub(crate) fn json_of(options: &[(String, String)]) -> Result<pb::JsonFormat> {
    let mut json = pb::JsonFormat { lines: Some(true), ..Default::default() };
    for (key, value) in options {
        match key.as_str() {
            "lines" | "newline_delimited" => json.lines = Some(truth(key, value)?),
            "compression" => json.compression.clone_from(value),
            _ => return Err(unknown_option(key, &["lines", "compression"])),
        }
    }
    Ok(json)
}

/// The Arrow options of a SQL statement; `arrows` names the stream format.
fn arrow_of(options: &[(String, String)], name: &str) -> Result<pb::ArrowFormat> {
    let mut arrow = pb::ArrowFormat { stream: name.eq_ignore_ascii_case("arrows").then_some(true) };
    for (key, value) in options {
        match key.as_str() {
            "stream" => arrow.stream = Some(truth(key, value)?),
            _ => return Err(unknown_option(key, &["stream"])),
        }
    }
    Ok(arrow)
}

/// Refuses options where there are none.
pub(crate) fn none_left(options: &[(String, String)]) -> Result<()> {
    options.first().map_or(Ok(()), |(key, _)| Err(unknown_option(key, &[])))
}

fn unknown_option(key: &str, known: &[&str]) -> Error {
    let near = near_names(key, known.iter().copied());
    let names: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
    let hint = match (near.is_empty(), names.is_empty()) {
        (false, _) => format!("did you mean {}?", listed(&near)),
        (true, false) => format!("the options are {}", listed(&names)),
        (true, true) => "it has none".to_owned(),
    };
    Error::invalid_argument(format!("the format has no option '{key}'; {hint}")).param("name", key).with_candidates(near)
}

fn truth(key: &str, value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(Error::invalid_argument(format!("the option {key} is true or false, not '{value}'"))),
    }
}

fn positive(key: &str, value: &str) -> Result<usize> {
    let number = value.parse::<usize>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Error::invalid_argument(format!("the option {key} is a whole number above 0, not '{value}'")))
}

fn parquet_compression(value: &str) -> Result<String> {
    let name = value.to_ascii_lowercase();
    let kind = name.split('(').next().unwrap_or_default();
    match kind {
        "zstd" if kind == name => Ok("zstd(3)".to_owned()),
        "zstd" | "uncompressed" | "snappy" | "lz4" | "lz4_raw" => Ok(name),
        "none" => Ok("uncompressed".to_owned()),
        _ => Err(Error::invalid_argument(format!(
            "no Parquet compression is named '{value}'; use zstd, zstd(level), snappy, lz4_raw or uncompressed"
        ))),
    }
}
