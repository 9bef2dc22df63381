//! Frames that start at files.
//!
//! Paths are URLs, paths or globs, as the *engine* sees them: a server looks below its configured roots. A folder stands
//! for the files below it.

use std::path::{Path, PathBuf};

use arrow_schema::Schema;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::read_files::Format;
use polybolos_protocol::wire::plan::relation::Kind;
use polybolos_protocol::{Error, Result};

use crate::call_site::Site;
use crate::frame::{DataFrame, RelationOp};
use crate::types;

use super::Session;

/// Where files are: one path, or several.
pub trait IntoPaths {
    /// The paths.
    fn into_paths(self) -> Vec<String>;
}

impl IntoPaths for &str {
    fn into_paths(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl IntoPaths for String {
    fn into_paths(self) -> Vec<String> {
        vec![self]
    }
}

impl IntoPaths for &String {
    fn into_paths(self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl IntoPaths for &Path {
    fn into_paths(self) -> Vec<String> {
        vec![self.to_string_lossy().into_owned()]
    }
}

impl IntoPaths for PathBuf {
    fn into_paths(self) -> Vec<String> {
        self.as_path().into_paths()
    }
}

impl IntoPaths for &PathBuf {
    fn into_paths(self) -> Vec<String> {
        self.as_path().into_paths()
    }
}

impl<P: IntoPaths, const N: usize> IntoPaths for [P; N] {
    fn into_paths(self) -> Vec<String> {
        self.into_iter().flat_map(IntoPaths::into_paths).collect()
    }
}

impl<P: IntoPaths> IntoPaths for Vec<P> {
    fn into_paths(self) -> Vec<String> {
        self.into_iter().flat_map(IntoPaths::into_paths).collect()
    }
}

/// What can be said of files of every format.
#[derive(Debug, Clone, Default)]
struct Common {
    storage_profile: String,
    schema: Option<Schema>,
    partition_columns: Option<Schema>,
}

macro_rules! options {
    ($(#[$doc:meta])* $name:ident($format:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default)]
        pub struct $name {
            common: Common,
            format: $format,
        }

        impl $name {
            /// The columns of the files. Without it the engine finds them out.
            #[must_use]
            pub fn schema(mut self, schema: Schema) -> Self {
                self.common.schema = Some(schema);
                self
            }

            /// Columns that come from folder names such as `year=2026`, with their types.
            #[must_use]
            pub fn partition_columns(mut self, columns: Schema) -> Self {
                self.common.partition_columns = Some(columns);
                self
            }

            /// The name of credentials that the server knows; the credentials themselves never travel.
            #[must_use]
            pub fn storage_profile(mut self, name: impl Into<String>) -> Self {
                self.common.storage_profile = name.into();
                self
            }
        }
    };
}

options! {
    /// How Parquet files are read.
    ParquetOptions(pb::ParquetFormat)
}

options! {
    /// How CSV files are read: with a header, commas and double quotes, unless said otherwise.
    ///
    /// ```
    /// use polybolos_client::CsvOptions;
    ///
    /// let european = CsvOptions::default().delimiter(';').null_text("n/a");
    /// let raw = CsvOptions::default().header(false);
    /// ```
    CsvOptions(Csv)
}

options! {
    /// How JSON files are read: one object per line, unless said otherwise.
    JsonOptions(Json)
}

options! {
    /// How Arrow IPC files are read: each in the file or the stream format, as it is found to be.
    ArrowOptions(pb::ArrowFormat)
}

options! {
    /// How Avro files are read.
    AvroOptions(pb::AvroFormat)
}

/// The wire's message with this client's defaults.
#[derive(Debug, Clone)]
struct Csv(pb::CsvFormat);

impl Default for Csv {
    fn default() -> Self {
        Self(pb::CsvFormat { header: Some(true), ..Default::default() })
    }
}

/// The wire's message with this client's defaults.
#[derive(Debug, Clone)]
struct Json(pb::JsonFormat);

impl Default for Json {
    fn default() -> Self {
        Self(pb::JsonFormat { lines: Some(true), ..Default::default() })
    }
}

impl ParquetOptions {
    /// Byte arrays without a logical type are text, as some old writers mean them.
    #[must_use]
    pub fn binary_as_string(mut self) -> Self {
        self.format.binary_as_string = Some(true);
        self
    }
}

impl CsvOptions {
    /// Whether the first line holds the names. Without one, the columns are `column_1`, `column_2` and so on.
    #[must_use]
    pub fn header(mut self, header: bool) -> Self {
        self.format.0.header = Some(header);
        self
    }

    /// What stands between fields, instead of a comma.
    #[must_use]
    pub fn delimiter(mut self, delimiter: char) -> Self {
        self.format.0.delimiter = delimiter.to_string();
        self
    }

    /// What stands around fields, instead of a double quote.
    #[must_use]
    pub fn quote(mut self, quote: char) -> Self {
        self.format.0.quote = quote.to_string();
        self
    }

    /// What stands before a quote inside a quoted field, where it is not doubled.
    #[must_use]
    pub fn escape(mut self, escape: char) -> Self {
        self.format.0.escape = escape.to_string();
        self
    }

    /// What begins a line to be skipped.
    #[must_use]
    pub fn comment(mut self, comment: char) -> Self {
        self.format.0.comment = comment.to_string();
        self
    }

    /// The text that stands for null, instead of the empty text.
    #[must_use]
    pub fn null_text(mut self, text: impl Into<String>) -> Self {
        self.format.0.null_text = text.into();
        self
    }

    /// How the files are compressed: `gzip`, `bzip2`, `xz` or `zstd`.
    #[must_use]
    pub fn compression(mut self, codec: impl Into<String>) -> Self {
        self.format.0.compression = codec.into();
        self
    }

    /// How timestamps are written, as a strftime pattern, where not in ISO 8601. When files are read it holds for the columns that the
    /// schema says are timestamps, and without a schema for those columns of text whose first 1 000 values all fit.
    #[must_use]
    pub fn timestamp_format(mut self, pattern: impl Into<String>) -> Self {
        self.format.0.timestamp_format = pattern.into();
        self
    }

    /// Quoted fields may hold line ends.
    #[must_use]
    pub fn multiline(mut self) -> Self {
        self.format.0.multiline = true;
        self
    }

    pub(crate) fn format(self) -> pb::CsvFormat {
        self.format.0
    }
}

impl JsonOptions {
    /// Each file is one array of objects.
    #[must_use]
    pub fn array(mut self) -> Self {
        self.format.0.lines = Some(false);
        self
    }

    /// How the files are compressed: `gzip`, `bzip2`, `xz` or `zstd`.
    #[must_use]
    pub fn compression(mut self, codec: impl Into<String>) -> Self {
        self.format.0.compression = codec.into();
        self
    }

    pub(crate) fn format(self) -> pb::JsonFormat {
        self.format.0
    }
}

impl Session {
    /// The rows of Parquet files: `session.read_parquet("trips/*.parquet")?`.
    #[track_caller]
    pub fn read_parquet(&self, paths: impl IntoPaths) -> Result<DataFrame> {
        self.read_parquet_with(paths, ParquetOptions::default())
    }

    /// The rows of Parquet files, read as the options say.
    #[track_caller]
    pub fn read_parquet_with(&self, paths: impl IntoPaths, options: ParquetOptions) -> Result<DataFrame> {
        self.read(paths, options.common, Format::Parquet(options.format))
    }

    /// The rows of CSV files with a header line.
    #[track_caller]
    pub fn read_csv(&self, paths: impl IntoPaths) -> Result<DataFrame> {
        self.read_csv_with(paths, CsvOptions::default())
    }

    /// The rows of CSV files, read as the options say.
    #[track_caller]
    pub fn read_csv_with(&self, paths: impl IntoPaths, options: CsvOptions) -> Result<DataFrame> {
        self.read(paths, options.common, Format::Csv(options.format.0))
    }

    /// The rows of files with one JSON object per line.
    #[track_caller]
    pub fn read_json(&self, paths: impl IntoPaths) -> Result<DataFrame> {
        self.read_json_with(paths, JsonOptions::default())
    }

    /// The rows of JSON files, read as the options say.
    #[track_caller]
    pub fn read_json_with(&self, paths: impl IntoPaths, options: JsonOptions) -> Result<DataFrame> {
        self.read(paths, options.common, Format::Json(options.format.0))
    }

    /// The rows of Arrow IPC files.
    #[track_caller]
    pub fn read_arrow(&self, paths: impl IntoPaths) -> Result<DataFrame> {
        self.read_arrow_with(paths, ArrowOptions::default())
    }

    /// The rows of Arrow IPC files, read as the options say.
    #[track_caller]
    pub fn read_arrow_with(&self, paths: impl IntoPaths, options: ArrowOptions) -> Result<DataFrame> {
        self.read(paths, options.common, Format::Arrow(options.format))
    }

    /// The rows of Avro files.
    #[track_caller]
    pub fn read_avro(&self, paths: impl IntoPaths) -> Result<DataFrame> {
        self.read_avro_with(paths, AvroOptions::default())
    }

    /// The rows of Avro files, read as the options say.
    #[track_caller]
    pub fn read_avro_with(&self, paths: impl IntoPaths, options: AvroOptions) -> Result<DataFrame> {
        self.read(paths, options.common, Format::Avro(options.format))
    }

    #[track_caller]
    fn read(&self, paths: impl IntoPaths, common: Common, format: Format) -> Result<DataFrame> {
        let site = Site::caller();
        let read = read_files(paths.into_paths(), common, format).map_err(|error| error.with_call_site(site.to_call_site()))?;
        DataFrame::leaf(self, RelationOp::plain(Kind::ReadFiles(read)))
    }
}

fn read_files(paths: Vec<String>, common: Common, format: Format) -> Result<pb::ReadFiles> {
    if paths.is_empty() || paths.iter().any(String::is_empty) {
        return Err(Error::invalid_argument("a read needs at least one path, and none of them empty"));
    }
    let schema = common.schema.as_ref().map(types::schema).transpose()?;
    let partition_columns = common.partition_columns.as_ref().map(types::schema).transpose()?.map(|schema| schema.fields);
    Ok(pb::ReadFiles {
        paths,
        storage_profile: common.storage_profile,
        schema,
        partition_columns: partition_columns.unwrap_or_default(),
        format: Some(format),
    })
}
