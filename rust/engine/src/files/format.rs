//! File formats as plans describe them, as DataFusion reads them.

use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::common::config::{CsvOptions, JsonOptions, TableParquetOptions};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::avro::AvroFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::read_files::Format;
use polybolos_protocol::{Code, Error, Result};

use super::csv_text::CsvText;

/// The kinds of files that the engine reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FileKind {
    Parquet,
    Csv,
    Json,
    Arrow,
    Avro,
}

impl FileKind {
    /// The kind that a name such as `parquet` or an extension such as `ndjson` stands for.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "parquet" | "pq" => Some(Self::Parquet),
            "csv" | "tsv" => Some(Self::Csv),
            "json" | "ndjson" | "jsonl" => Some(Self::Json),
            "arrow" | "arrows" | "ipc" | "feather" => Some(Self::Arrow),
            "avro" => Some(Self::Avro),
            _ => None,
        }
    }

    /// The extensions of its files; the first is the one that is written.
    pub(crate) fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Parquet => &["parquet", "pq"],
            Self::Csv => &["csv", "tsv", "txt"],
            Self::Json => &["json", "ndjson", "jsonl"],
            Self::Arrow => &["arrow", "ipc", "feather", "arrows"],
            Self::Avro => &["avro"],
        }
    }

    /// The extension of files that are written.
    pub(crate) fn extension(self) -> &'static str {
        self.extensions().first().copied().unwrap_or_default()
    }
}

/// How to read files.
#[derive(Debug, Clone)]
pub(crate) struct ReadFormat {
    /// The kind of file.
    pub(crate) kind: FileKind,
    /// DataFusion's reader.
    pub(crate) reader: Arc<dyn FileFormat>,
    /// What follows the extension of compressed files, such as `.gz`; empty for none.
    pub(crate) compression_suffix: String,
    /// How values of CSV are written, where DataFusion's reader does not know it.
    pub(crate) text: Option<CsvText>,
    /// The options as the plan says them.
    pub(crate) options: Format,
    /// All that the inferred schema depends on, besides the files.
    pub(crate) key: String,
}

impl ReadFormat {
    /// The format of a plan's `ReadFiles`.
    pub(crate) fn of_plan(format: Option<&Format>, session: &dyn Session) -> Result<Self> {
        match format {
            Some(Format::Parquet(options)) => Ok(Self::parquet(options, session)),
            Some(Format::Csv(options)) => Self::csv(options),
            Some(Format::Json(options)) => Self::json(options),
            Some(Format::Avro(_)) => Ok(Self::avro()),
            Some(Format::Arrow(options)) => Ok(Self::arrow(*options)),
            Some(Format::Other(other)) => Err(unknown(&other.name)),
            None => Err(Error::new(Code::PlanMissingField, "read_files says no format")),
        }
    }

    pub(crate) fn parquet(options: &pb::ParquetFormat, session: &dyn Session) -> Self {
        let table: TableParquetOptions = session.default_table_options().parquet;
        let mut reader = ParquetFormat::default().with_options(table);
        if let Some(as_string) = options.binary_as_string {
            reader = reader.with_binary_as_string(as_string);
        }
        let key = format!("parquet {:?} {}", options.binary_as_string, reader.force_view_types());
        Self::new(FileKind::Parquet, Arc::new(reader), Format::Parquet(*options), key)
    }

    pub(crate) fn csv(options: &pb::CsvFormat) -> Result<Self> {
        let compression = compression(&options.compression)?;
        let mut csv = CsvOptions::default();
        csv.has_header = Some(options.header.unwrap_or(true));
        csv.delimiter = one_byte("delimiter", &options.delimiter)?.unwrap_or(b',');
        csv.quote = one_byte("quote", &options.quote)?.unwrap_or(b'"');
        csv.escape = one_byte("escape", &options.escape)?;
        csv.comment = one_byte("comment", &options.comment)?;
        csv.newlines_in_values = Some(options.multiline);
        csv.compression = compression.get_variant().to_owned();
        csv.null_regex = (!options.null_text.is_empty()).then(|| format!("^(?:{}|)$", escaped(&options.null_text)));
        let text = CsvText::new(&options.null_text, &options.timestamp_format)?;
        let reader = CsvFormat::default().with_options(csv).with_file_compression_type(compression);
        let format = Self::new(FileKind::Csv, Arc::new(reader), Format::Csv(options.clone()), format!("csv {options:?}"));
        Ok(Self { compression_suffix: suffix(compression), text, ..format })
    }

    pub(crate) fn json(options: &pb::JsonFormat) -> Result<Self> {
        let compression = compression(&options.compression)?;
        let lines = options.lines.unwrap_or(true);
        let mut json = JsonOptions::default();
        json.compression = compression.get_variant().to_owned();
        json.newline_delimited = lines;
        let reader = JsonFormat::default().with_options(json).with_file_compression_type(compression).with_newline_delimited(lines);
        let format = Self::new(FileKind::Json, Arc::new(reader), Format::Json(options.clone()), format!("json {options:?}"));
        Ok(Self { compression_suffix: suffix(compression), ..format })
    }

    /// The format of this name with its defaults.
    pub(crate) fn of_name(name: &str, session: &dyn Session) -> Result<Self> {
        match FileKind::from_name(name).ok_or_else(|| unknown(name))? {
            FileKind::Parquet => Ok(Self::parquet(&pb::ParquetFormat::default(), session)),
            FileKind::Csv => Self::csv(&pb::CsvFormat {
                delimiter: if name.eq_ignore_ascii_case("tsv") { "\t".to_owned() } else { String::new() },
                ..Default::default()
            }),
            FileKind::Json => Self::json(&pb::JsonFormat::default()),
            FileKind::Arrow => Ok(Self::arrow(pb::ArrowFormat::default())),
            FileKind::Avro => Ok(Self::avro()),
        }
    }

    fn arrow(options: pb::ArrowFormat) -> Self {
        Self::new(FileKind::Arrow, Arc::new(ArrowFormat), Format::Arrow(options), "arrow".to_owned())
    }

    fn avro() -> Self {
        Self::new(FileKind::Avro, Arc::new(AvroFormat), Format::Avro(pb::AvroFormat {}), "avro".to_owned())
    }

    fn new(kind: FileKind, reader: Arc<dyn FileFormat>, options: Format, key: String) -> Self {
        Self { kind, reader, compression_suffix: String::new(), text: None, options, key }
    }

    /// Whether a file name looks like this format.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let Some(name) = name.strip_suffix(&self.compression_suffix) else { return false };
        self.kind.extensions().iter().any(|extension| name.strip_suffix(extension).is_some_and(|stem| stem.ends_with('.')))
    }
}

/// No format of this name.
pub(crate) fn unknown(name: &str) -> Error {
    Error::unsupported(format!("files of the format '{name}'; the formats are parquet, csv, json, arrow, avro"))
}

/// The compression of this name; empty for none.
pub(crate) fn compression(name: &str) -> Result<FileCompressionType> {
    match name.to_ascii_lowercase().as_str() {
        "" | "none" | "uncompressed" => Ok(FileCompressionType::UNCOMPRESSED),
        "gzip" | "gz" => Ok(FileCompressionType::GZIP),
        "bzip2" | "bz2" => Ok(FileCompressionType::BZIP2),
        "xz" => Ok(FileCompressionType::XZ),
        "zstd" | "zst" => Ok(FileCompressionType::ZSTD),
        _ => Err(Error::invalid_argument(format!("no compression is named '{name}'; use gzip, bzip2, xz, zstd or none"))),
    }
}

fn suffix(compression: FileCompressionType) -> String {
    use datafusion::common::parsers::CompressionTypeVariant as V;
    match compression.get_variant() {
        V::GZIP => ".gz",
        V::BZIP2 => ".bz2",
        V::XZ => ".xz",
        V::ZSTD => ".zst",
        V::UNCOMPRESSED => "",
    }
    .to_owned()
}

pub(crate) fn one_byte(option: &str, text: &str) -> Result<Option<u8>> {
    match text.as_bytes() {
        [] => Ok(None),
        [byte] => Ok(Some(*byte)),
        _ if text == "\\t" => Ok(Some(b'\t')),
        _ => Err(Error::invalid_argument(format!("the CSV option {option} is one ASCII character, not '{text}'"))),
    }
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| (!c.is_alphanumeric() && c.is_ascii()).then_some('\\').into_iter().chain([c])).collect()
}
