package io.polybolos

import io.polybolos.plan.v1.ArrowFormat
import io.polybolos.plan.v1.AvroFormat
import io.polybolos.plan.v1.ColumnMatch
import io.polybolos.plan.v1.KeyValue
import io.polybolos.plan.v1.ParquetFormat
import io.polybolos.plan.v1.WriteFiles
import io.polybolos.plan.v1.WriteTable

/** Where rows go: files and tables. */
internal object Writes {
    fun parquet(frame: DataFrame, path: String, options: WriteOptions) = files(frame, path, options) {
        setParquet(ParquetFormat.getDefaultInstance())
    }

    fun csv(frame: DataFrame, path: String, options: WriteOptions) = files(frame, path, options) { setCsv(options.facts.csv.format) }

    fun json(frame: DataFrame, path: String, options: WriteOptions) = files(frame, path, options) { setJson(options.facts.json.format) }

    fun arrow(frame: DataFrame, path: String, options: WriteOptions) = files(frame, path, options) {
        setArrow(ArrowFormat.newBuilder().setStream(options.facts.stream))
    }

    fun avro(frame: DataFrame, path: String, options: WriteOptions) = files(frame, path, options) {
        setAvro(AvroFormat.getDefaultInstance())
    }

    private fun files(frame: DataFrame, path: String, options: WriteOptions, format: WriteFiles.Builder.() -> Unit): WriteSummary = told {
        val facts = options.facts
        val write = WriteFiles.newBuilder()
            .setPath(path)
            .setStorageProfile(facts.storageProfile)
            .addAllPartitionBy(facts.partitionBy)
            .setMode(facts.mode.wire)
            .addAllOptions(pairs(facts.options))
            .apply(format)
        summary(frame.session.command(frame, facts.sortBy.map(SortKey::expr)) { writer -> setWriteFiles(write.addAllSortBy(writer.sortKeys(facts.sortBy))) })
    }

    fun table(frame: DataFrame, name: String, options: WriteOptions): WriteSummary = told {
        val facts = options.facts
        val write = WriteTable.newBuilder()
            .setTable(Names.table(name))
            .setMode(facts.mode.wire)
            .setColumnMatch(if (facts.byPosition) ColumnMatch.COLUMN_MATCH_BY_POSITION else ColumnMatch.COLUMN_MATCH_BY_NAME)
            .addAllPartitionBy(facts.partitionBy)
            .setProvider(facts.provider)
            .addAllProperties(pairs(facts.options))
        summary(
            frame.session.command(frame, listOfNotNull(facts.overwriteWhere)) { writer ->
                facts.overwriteWhere?.let { write.setOverwriteWhere(writer.write(it)) }
                setWriteTable(write)
            },
        )
    }

    private fun pairs(options: Map<String, String>) =
        options.toSortedMap().map { (key, value) -> KeyValue.newBuilder().setKey(key).setValue(value).build() }

    /** The one row that a command answers. */
    private fun summary(rows: List<Row>): WriteSummary {
        val row = rows.firstOrNull() ?: throw InternalException("the engine did not say what it wrote")
        fun number(name: String) = (row[name] as? Number)?.toLong() ?: 0
        return WriteSummary(number("rows"), number("files"), number("bytes"), (row["path"] as? String)?.ifEmpty { null })
    }
}
