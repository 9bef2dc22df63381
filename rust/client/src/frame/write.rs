//! Where rows go: files and tables.

use arrow::array::RecordBatch;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::command::Kind;
use polybolos_protocol::wire::plan::write_files::Format;
use polybolos_protocol::{Error, Result};

use crate::expr::{Expr, IntoColumn, IntoSortKeys, SortKey};
use crate::plan;
use crate::session::{CsvOptions, IntoTableName, JsonOptions, identifier};

use super::DataFrame;

/// What a write does to what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteMode {
    /// Fails with `ALREADY_EXISTS` where there is something. The default.
    #[default]
    ErrorIfExists,
    /// Adds to it.
    Append,
    /// Replaces the files, or the rows of the table.
    Overwrite,
    /// Replaces those partitions for which there are new rows.
    OverwritePartitions,
    /// Does nothing where there is something.
    Ignore,
    /// Replaces a table together with its schema; only for tables.
    CreateOrReplace,
}

impl WriteMode {
    fn wire(self) -> pb::WriteMode {
        match self {
            WriteMode::ErrorIfExists => pb::WriteMode::Create,
            WriteMode::Append => pb::WriteMode::Append,
            WriteMode::Overwrite => pb::WriteMode::Overwrite,
            WriteMode::OverwritePartitions => pb::WriteMode::OverwritePartitions,
            WriteMode::Ignore => pb::WriteMode::IgnoreIfExists,
            WriteMode::CreateOrReplace => pb::WriteMode::CreateOrReplace,
        }
    }
}

/// How rows are written. By default nothing that exists is touched, and there are no partitions.
///
/// ```
/// use polybolos_client::{WriteMode, WriteOptions, col};
///
/// let by_year = WriteOptions::default()
///     .mode(WriteMode::Overwrite)
///     .partition_by(["year"])
///     .sort_by(col("pickup"))
///     .option("compression", "zstd(3)");
/// ```
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    mode: WriteMode,
    partition_by: Vec<String>,
    sort_by: Vec<SortKey>,
    storage_profile: String,
    options: Vec<pb::KeyValue>,
    csv: Option<CsvOptions>,
    json: Option<JsonOptions>,
    stream: bool,
    overwrite_where: Option<Expr>,
    by_position: bool,
    provider: String,
}

impl WriteOptions {
    /// What to do to what is there.
    #[must_use]
    pub fn mode(mut self, mode: WriteMode) -> Self {
        self.mode = mode;
        self
    }

    /// Columns that become folder names such as `year=2026` and leave the files.
    #[must_use]
    pub fn partition_by<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.partition_by = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The order of the rows inside each file.
    #[must_use]
    pub fn sort_by(mut self, keys: impl IntoSortKeys) -> Self {
        self.sort_by = keys.into_sort_keys();
        self
    }

    /// An option of the format, such as `compression` for Parquet, or a property of a table that is created.
    #[must_use]
    pub fn option(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let (key, value) = (key.into(), value.into());
        self.options.retain(|option| option.key != key);
        self.options.push(pb::KeyValue { key, value });
        self.options.sort_by(|a, b| a.key.cmp(&b.key));
        self
    }

    /// The name of credentials that the server knows.
    #[must_use]
    pub fn storage_profile(mut self, name: impl Into<String>) -> Self {
        self.storage_profile = name.into();
        self
    }

    /// How CSV is written; its schema and partitions do not count here.
    #[must_use]
    pub fn csv(mut self, options: CsvOptions) -> Self {
        self.csv = Some(options);
        self
    }

    /// How JSON is written; its schema and partitions do not count here.
    #[must_use]
    pub fn json(mut self, options: JsonOptions) -> Self {
        self.json = Some(options);
        self
    }

    /// Arrow IPC in the stream format instead of the file format.
    #[must_use]
    pub fn arrow_stream(mut self) -> Self {
        self.stream = true;
        self
    }

    /// With [`WriteMode::Overwrite`] of a table: replaces only the rows for which this is true.
    #[must_use]
    pub fn overwrite_where(mut self, condition: impl IntoColumn) -> Self {
        self.overwrite_where = Some(condition.into_column());
        self
    }

    /// Columns of a table that exists are matched by position instead of by name.
    #[must_use]
    pub fn by_position(mut self) -> Self {
        self.by_position = true;
        self
    }

    /// What keeps a table that is created, such as `parquet` or `memory`.
    #[must_use]
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.provider = name.into();
        self
    }
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteSummary {
    /// Rows written.
    pub rows: u64,
    /// Files written.
    pub files: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Where they are: the path that was written to, or the name of the table.
    pub path: Option<String>,
}

impl DataFrame {
    /// Writes Parquet files into a folder, or one file where the path ends in an extension. Nothing that exists is touched.
    pub async fn write_parquet(&self, path: impl Into<String>) -> Result<WriteSummary> {
        self.write_parquet_with(path, WriteOptions::default()).await
    }

    /// Writes Parquet files, as the options say.
    pub async fn write_parquet_with(&self, path: impl Into<String>, options: WriteOptions) -> Result<WriteSummary> {
        self.write(path.into(), Format::Parquet(pb::ParquetFormat::default()), options).await
    }

    /// Writes CSV files with a header line.
    pub async fn write_csv(&self, path: impl Into<String>) -> Result<WriteSummary> {
        self.write_csv_with(path, WriteOptions::default()).await
    }

    /// Writes CSV files, as the options say.
    pub async fn write_csv_with(&self, path: impl Into<String>, mut options: WriteOptions) -> Result<WriteSummary> {
        let csv = options.csv.take().unwrap_or_default().format();
        self.write(path.into(), Format::Csv(csv), options).await
    }

    /// Writes files with one JSON object per line.
    pub async fn write_json(&self, path: impl Into<String>) -> Result<WriteSummary> {
        self.write_json_with(path, WriteOptions::default()).await
    }

    /// Writes JSON files, as the options say.
    pub async fn write_json_with(&self, path: impl Into<String>, mut options: WriteOptions) -> Result<WriteSummary> {
        let json = options.json.take().unwrap_or_default().format();
        self.write(path.into(), Format::Json(json), options).await
    }

    /// Writes Arrow IPC files.
    pub async fn write_arrow(&self, path: impl Into<String>) -> Result<WriteSummary> {
        self.write_arrow_with(path, WriteOptions::default()).await
    }

    /// Writes Arrow IPC files, as the options say.
    pub async fn write_arrow_with(&self, path: impl Into<String>, options: WriteOptions) -> Result<WriteSummary> {
        let format = pb::ArrowFormat { stream: Some(options.stream) };
        self.write(path.into(), Format::Arrow(format), options).await
    }

    /// Writes Avro files.
    pub async fn write_avro(&self, path: impl Into<String>) -> Result<WriteSummary> {
        self.write_avro_with(path, WriteOptions::default()).await
    }

    /// Writes Avro files, as the options say.
    pub async fn write_avro_with(&self, path: impl Into<String>, options: WriteOptions) -> Result<WriteSummary> {
        self.write(path.into(), Format::Avro(pb::AvroFormat {}), options).await
    }

    /// Makes a table of the rows. A table that exists is not touched.
    pub async fn write_table(&self, name: impl IntoTableName) -> Result<WriteSummary> {
        self.write_table_with(name, WriteOptions::default()).await
    }

    /// Adds the rows to a table; columns are matched by name.
    pub async fn insert_into(&self, name: impl IntoTableName) -> Result<WriteSummary> {
        self.write_table_with(name, WriteOptions::default().mode(WriteMode::Append)).await
    }

    /// Writes the rows into a table, as the options say.
    pub async fn write_table_with(&self, name: impl IntoTableName, options: WriteOptions) -> Result<WriteSummary> {
        let table = Some(identifier(name)?);
        if let Some(mistake) = options.overwrite_where.as_ref().and_then(Expr::mistake) {
            return Err(mistake);
        }
        let matched = if options.by_position { pb::ColumnMatch::ByPosition } else { pb::ColumnMatch::ByName };
        self.session().upload(self).await?;
        let prepared = plan::of_command(self, |writer| {
            Ok(Kind::WriteTable(pb::WriteTable {
                table,
                mode: options.mode.wire() as i32,
                column_match: matched as i32,
                partition_by: options.partition_by,
                provider: options.provider,
                properties: options.options,
                overwrite_where: options.overwrite_where.map(|condition| writer.write(&condition)).transpose()?,
            }))
        })?;
        self.run_command(prepared).await.and_then(|batches| summary(&batches))
    }

    /// Gives the rows a name in the session; the short form of [`Session::create_view`](crate::Session::create_view).
    pub async fn create_view(&self, name: impl IntoTableName) -> Result<()> {
        self.session().create_view(name, self).await
    }

    async fn write(&self, path: String, format: Format, options: WriteOptions) -> Result<WriteSummary> {
        self.session().upload(self).await?;
        let prepared = plan::of_command(self, |writer| {
            Ok(Kind::WriteFiles(pb::WriteFiles {
                path,
                storage_profile: options.storage_profile,
                partition_by: options.partition_by,
                sort_by: writer.sort_keys(&options.sort_by)?,
                mode: options.mode.wire() as i32,
                options: options.options,
                format: Some(format),
            }))
        })?;
        self.run_command(prepared).await.and_then(|batches| summary(&batches))
    }
}

/// The one row that a command answers: `rows`, `files`, `bytes` and `path`.
fn summary(batches: &[RecordBatch]) -> Result<WriteSummary> {
    let Some(row) = batches.iter().find(|batch| batch.num_rows() > 0) else {
        return Err(Error::internal("the engine did not say what it wrote"));
    };
    let text = |name: &str| -> Result<Option<String>> {
        let texts = row.column_by_name(name).map(crate::result::texts).transpose()?;
        Ok(texts.and_then(|texts| texts.into_iter().next()).filter(|text| !text.is_empty()))
    };
    let number = |name: &str| -> Result<u64> { Ok(text(name)?.and_then(|text| text.parse().ok()).unwrap_or_default()) };
    Ok(WriteSummary { rows: number("rows")?, files: number("files")?, bytes: number("bytes")?, path: text("path")? })
}
