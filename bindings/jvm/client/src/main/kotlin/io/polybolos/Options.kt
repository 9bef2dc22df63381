// How files are read and written, and what goes with a SQL text. Options are values: each method answers new ones.
package io.polybolos

import io.polybolos.plan.v1.ArrowFormat
import io.polybolos.plan.v1.AvroFormat
import io.polybolos.plan.v1.CsvFormat
import io.polybolos.plan.v1.JsonFormat
import io.polybolos.plan.v1.ParquetFormat
import io.polybolos.plan.v1.ReadFiles
import org.apache.arrow.vector.types.pojo.Schema

/** What can be said of files of every format. */
internal data class CommonOptions(val profile: String = "", val schema: Schema? = null, val partitions: Schema? = null)

/** How files are read. */
public abstract class ReadOptions internal constructor(internal val common: CommonOptions) {
    internal fun write(read: ReadFiles.Builder) {
        read.storageProfile = common.profile
        common.schema?.let { read.setSchema(schemaOf(it)) }
        common.partitions?.let { read.addAllPartitionColumns(schemaOf(it).fieldsList) }
        format(read)
    }

    internal abstract fun format(read: ReadFiles.Builder)
}

/** How Parquet files are read. */
public class ParquetOptions private constructor(common: CommonOptions, private val format: ParquetFormat) : ReadOptions(common) {
    /** As they are. */
    public constructor() : this(CommonOptions(), ParquetFormat.getDefaultInstance())

    /** The columns of the files. Without it the engine finds them out. */
    public fun schema(schema: Schema): ParquetOptions = ParquetOptions(common.copy(schema = schema), format)

    /** Columns that come from folder names such as `year=2026`, with their types. */
    public fun partitionColumns(columns: Schema): ParquetOptions = ParquetOptions(common.copy(partitions = columns), format)

    /** The name of credentials that the server knows; the credentials themselves never travel. */
    public fun storageProfile(name: String): ParquetOptions = ParquetOptions(common.copy(profile = name), format)

    /** Byte arrays without a logical type are text, as some old writers mean them. */
    public fun binaryAsString(): ParquetOptions = ParquetOptions(common, format.toBuilder().setBinaryAsString(true).build())

    override fun format(read: ReadFiles.Builder) {
        read.setParquet(format)
    }
}

/** How CSV files are read and written: with a header, commas and double quotes, unless said otherwise. */
public class CsvOptions private constructor(common: CommonOptions, internal val format: CsvFormat) : ReadOptions(common) {
    /** With a header, commas and double quotes. */
    public constructor() : this(CommonOptions(), CsvFormat.newBuilder().setHeader(true).build())

    /** The columns of the files. Without it the engine finds them out. */
    public fun schema(schema: Schema): CsvOptions = CsvOptions(common.copy(schema = schema), format)

    /** Columns that come from folder names such as `year=2026`, with their types. */
    public fun partitionColumns(columns: Schema): CsvOptions = CsvOptions(common.copy(partitions = columns), format)

    /** The name of credentials that the server knows; the credentials themselves never travel. */
    public fun storageProfile(name: String): CsvOptions = CsvOptions(common.copy(profile = name), format)

    /** Whether the first line holds the names. Without one, the columns are `column_1`, `column_2` and so on. */
    public fun header(header: Boolean): CsvOptions = with { setHeader(header) }

    /** What stands between fields, instead of a comma. */
    public fun delimiter(delimiter: Char): CsvOptions = with { setDelimiter(delimiter.toString()) }

    /** What stands around fields, instead of a double quote. */
    public fun quote(quote: Char): CsvOptions = with { setQuote(quote.toString()) }

    /** What stands before a quote inside a quoted field, where it is not doubled. */
    public fun escape(escape: Char): CsvOptions = with { setEscape(escape.toString()) }

    /** What begins a line to be skipped. */
    public fun comment(comment: Char): CsvOptions = with { setComment(comment.toString()) }

    /** The text that stands for null, instead of the empty text. */
    public fun nullText(text: String): CsvOptions = with { setNullText(text) }

    /** How the files are compressed: `gzip`, `bzip2`, `xz` or `zstd`. */
    public fun compression(codec: String): CsvOptions = with { setCompression(codec) }

    /** How timestamps are written, as a strftime pattern, where not in ISO 8601. */
    public fun timestampFormat(pattern: String): CsvOptions = with { setTimestampFormat(pattern) }

    /** Quoted fields may hold line ends. */
    public fun multiline(): CsvOptions = with { setMultiline(true) }

    private fun with(change: CsvFormat.Builder.() -> Unit) = CsvOptions(common, format.toBuilder().apply(change).build())

    override fun format(read: ReadFiles.Builder) {
        read.setCsv(format)
    }
}

/** How JSON files are read and written: one object per line, unless said otherwise. */
public class JsonOptions private constructor(common: CommonOptions, internal val format: JsonFormat) : ReadOptions(common) {
    /** One object per line. */
    public constructor() : this(CommonOptions(), JsonFormat.newBuilder().setLines(true).build())

    /** The columns of the files. Without it the engine finds them out. */
    public fun schema(schema: Schema): JsonOptions = JsonOptions(common.copy(schema = schema), format)

    /** Columns that come from folder names such as `year=2026`, with their types. */
    public fun partitionColumns(columns: Schema): JsonOptions = JsonOptions(common.copy(partitions = columns), format)

    /** The name of credentials that the server knows; the credentials themselves never travel. */
    public fun storageProfile(name: String): JsonOptions = JsonOptions(common.copy(profile = name), format)

    /** Each file is one array of objects. */
    public fun array(): JsonOptions = JsonOptions(common, format.toBuilder().setLines(false).build())

    /** How the files are compressed: `gzip`, `bzip2`, `xz` or `zstd`. */
    public fun compression(codec: String): JsonOptions = JsonOptions(common, format.toBuilder().setCompression(codec).build())

    override fun format(read: ReadFiles.Builder) {
        read.setJson(format)
    }
}

/** How Arrow IPC files are read: each in the file or the stream format, as it is found to be. */
public class ArrowOptions private constructor(common: CommonOptions) : ReadOptions(common) {
    /** As they are. */
    public constructor() : this(CommonOptions())

    /** The columns of the files. Without it the engine finds them out. */
    public fun schema(schema: Schema): ArrowOptions = ArrowOptions(common.copy(schema = schema))

    /** Columns that come from folder names such as `year=2026`, with their types. */
    public fun partitionColumns(columns: Schema): ArrowOptions = ArrowOptions(common.copy(partitions = columns))

    /** The name of credentials that the server knows; the credentials themselves never travel. */
    public fun storageProfile(name: String): ArrowOptions = ArrowOptions(common.copy(profile = name))

    override fun format(read: ReadFiles.Builder) {
        read.setArrow(ArrowFormat.getDefaultInstance())
    }
}

/** How Avro files are read. */
public class AvroOptions private constructor(common: CommonOptions) : ReadOptions(common) {
    /** As they are. */
    public constructor() : this(CommonOptions())

    /** The columns of the files. Without it the engine finds them out. */
    public fun schema(schema: Schema): AvroOptions = AvroOptions(common.copy(schema = schema))

    /** Columns that come from folder names such as `year=2026`, with their types. */
    public fun partitionColumns(columns: Schema): AvroOptions = AvroOptions(common.copy(partitions = columns))

    /** The name of credentials that the server knows; the credentials themselves never travel. */
    public fun storageProfile(name: String): AvroOptions = AvroOptions(common.copy(profile = name))

    override fun format(read: ReadFiles.Builder) {
        read.setAvro(AvroFormat.getDefaultInstance())
    }
}

/** What goes with a SQL text: values for its parameters, frames for its table names. */
public class SqlOptions private constructor(
    internal val dialect: String,
    internal val positional: List<Expr>,
    internal val named: List<Expr>,
    internal val inputs: Map<String, DataFrame>,
) {
    /** No parameters, no inputs, the engine's own dialect. */
    public constructor() : this("", emptyList(), emptyList(), emptyMap())

    /** The values of `$1`, `$2` and so on. */
    public fun values(values: Collection<Any?>): SqlOptions =
        SqlOptions(dialect, positional + values.map { operand(it, "sql(params)") }, named, inputs)

    /** The value of `$name`. */
    public fun named(name: String, value: Any?): SqlOptions =
        SqlOptions(dialect, positional, named + (operand(value, "sql($name)") alias name), inputs)

    /** The frame that the text calls by this name; it hides a table of that name. */
    public fun input(name: String, frame: DataFrame): SqlOptions = SqlOptions(dialect, positional, named, inputs + (name to frame))

    /** The dialect of the text, one of those that the capabilities name. */
    public fun dialect(dialect: String): SqlOptions = SqlOptions(dialect, positional, named, inputs)
}

/** How rows are written. By default nothing that exists is touched, and there are no partitions. */
public class WriteOptions private constructor(internal val facts: WriteFacts) {
    /** Nothing that exists is touched, no partitions. */
    public constructor() : this(WriteFacts())

    /** What to do to what is there. */
    public fun mode(mode: WriteMode): WriteOptions = WriteOptions(facts.copy(mode = mode))

    /** Columns that become folder names such as `year=2026` and leave the files. */
    public fun partitionBy(vararg columns: String): WriteOptions = WriteOptions(facts.copy(partitionBy = columns.asList()))

    /** The order of the rows inside each file. */
    public fun sortBy(vararg keys: Any): WriteOptions = WriteOptions(facts.copy(sortBy = sortKeys(keys, "sortBy()")))

    /** An option of the format, such as `compression` for Parquet, or a property of a table that is created. */
    public fun option(key: String, value: String): WriteOptions = WriteOptions(facts.copy(options = facts.options + (key to value)))

    /** The name of credentials that the server knows. */
    public fun storageProfile(name: String): WriteOptions = WriteOptions(facts.copy(storageProfile = name))

    /** How CSV is written; its schema and partitions do not count here. */
    public fun csv(options: CsvOptions): WriteOptions = WriteOptions(facts.copy(csv = options))

    /** How JSON is written; its schema and partitions do not count here. */
    public fun json(options: JsonOptions): WriteOptions = WriteOptions(facts.copy(json = options))

    /** Arrow IPC in the stream format instead of the file format. */
    public fun arrowStream(): WriteOptions = WriteOptions(facts.copy(stream = true))

    /** With [WriteMode.OVERWRITE] of a table: replaces only the rows for which this is true. */
    public fun overwriteWhere(condition: Expr): WriteOptions = WriteOptions(facts.copy(overwriteWhere = condition))

    /** Columns of a table that exists are matched by position instead of by name. */
    public fun byPosition(): WriteOptions = WriteOptions(facts.copy(byPosition = true))

    /** What keeps a table that is created, such as `parquet` or `memory`. */
    public fun provider(name: String): WriteOptions = WriteOptions(facts.copy(provider = name))
}

internal data class WriteFacts(
    val mode: WriteMode = WriteMode.ERROR_IF_EXISTS,
    val partitionBy: List<String> = emptyList(),
    val sortBy: List<SortKey> = emptyList(),
    val options: Map<String, String> = emptyMap(),
    val storageProfile: String = "",
    val csv: CsvOptions = CsvOptions(),
    val json: JsonOptions = JsonOptions(),
    val stream: Boolean = false,
    val overwriteWhere: Expr? = null,
    val byPosition: Boolean = false,
    val provider: String = "",
)

/**
 * What a write did.
 *
 * @property rows rows written
 * @property files files written
 * @property bytes bytes written
 * @property path where they are: the path that was written to, or the name of the table
 */
public data class WriteSummary(val rows: Long, val files: Long, val bytes: Long, val path: String?)
