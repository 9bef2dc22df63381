package polybolos.tests

import com.fasterxml.jackson.databind.JsonNode
import io.polybolos.Expr
import io.polybolos.Interval
import io.polybolos.Row
import io.polybolos.lit
import java.math.BigDecimal
import java.math.BigInteger
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime
import java.time.temporal.ChronoUnit
import kotlin.math.abs
import kotlin.math.max

/** A value of the registry: its type by name, and the value as rows of results hold it. */
class RegistryValue(val type: String, val value: Any?) {
    /** The literal of exactly this type. */
    fun literal(): Expr = lit(argument(value), type)

    /** What a user would write where a literal is expected: a plain value where its class says the type. */
    fun plain(): Any = value?.takeIf { type in PLAIN } ?: literal()

    companion object {
        /** The types that plain values of Kotlin have. */
        private val PLAIN = setOf("bool", "int32", "int64", "float64", "string", "binary", "date", "time", "timestamp", "timestamptz")

        private const val TOLERANCE = 1e-12

        /** JSON is a type of the registry alone. */
        private fun type(notation: String): String = notation.replace("json", "string")

        fun of(json: JsonNode): RegistryValue {
            val (tag, inner) = json.properties().first().toPair()
            return when (tag) {
                "null" -> RegistryValue(type(inner.textValue()), null)
                "list" -> listOf(inner, json["of"].textValue())
                "struct" -> struct(inner)
                "map" -> map(inner, json["of"].map { type(it.textValue()) })
                "decimal" -> RegistryValue("decimal(${json["precision"]}, ${json["scale"]})", BigDecimal(inner.textValue()))
                else -> RegistryValue(type(tag), single(tag, inner))
            }
        }

        private fun listOf(json: JsonNode, of: String): RegistryValue {
            val items = json.map(::of)
            val item = if (of == "struct") items.first().type else type(of)
            return RegistryValue("list<$item>", items.map(RegistryValue::value))
        }

        private fun struct(json: JsonNode): RegistryValue {
            val (names, values) = json.map { it[0].textValue() to of(it[1]) }.unzip()
            val fields = names.zip(values) { name, value -> "$name ${value.type}" }
            return RegistryValue(fields.joinToString(", ", "struct<", ">"), Row.of(names, values.map(RegistryValue::value)))
        }

        private fun map(json: JsonNode, of: List<String>): RegistryValue =
            RegistryValue(of.joinToString(", ", "map<", ">"), json.associate { of(it[0]).value to of(it[1]).value })

        private fun single(tag: String, json: JsonNode): Any = when (tag) {
            "bool" -> json.booleanValue()
            "int8" -> json.intValue().toByte()
            "int16", "uint8" -> json.intValue().toShort()
            "int32", "uint16" -> json.intValue()
            "int64", "uint32" -> json.longValue()
            "uint64" -> json.bigIntegerValue()
            "float32" -> json.asText().toFloat()
            "float64" -> json.asText().toDouble()
            "string", "json" -> json.textValue()
            "binary" -> json.textValue().chunked(2).map { it.toInt(16).toByte() }.toByteArray()
            "date" -> LocalDate.parse(json.textValue())
            "time" -> LocalTime.parse(json.textValue())
            "timestamp" -> LocalDateTime.parse(json.textValue())
            "timestamptz" -> Instant.parse(json.textValue())
            "duration" -> Duration.of(json.longValue(), ChronoUnit.MICROS)
            "interval" -> Interval(json["months"].intValue(), json["days"].intValue(), json["nanos"].longValue())
            else -> error("the registry has no type $tag")
        }

        /** The value in a class that literals take. */
        private fun argument(value: Any?): Any? = when (value) {
            is BigInteger -> value.toString().toULong()
            is Row -> value.toMap().mapValues { argument(it.value) }
            is List<*> -> value.map(::argument)
            else -> value
        }

        /** Equal, but for the last digits of floats; maps in the same order. */
        fun same(a: Any?, b: Any?): Boolean = when {
            a is Double && b is Double -> close(a, b)
            a is Float && b is Float -> close(a.toDouble(), b.toDouble())
            a is List<*> && b is List<*> -> a.size == b.size && a.indices.all { same(a[it], b[it]) }
            a is Map<*, *> && b is Map<*, *> -> same(a.keys.toList(), b.keys.toList()) && same(a.values.toList(), b.values.toList())
            a is Row && b is Row -> a.names == b.names && same(a.toList(), b.toList())
            a is ByteArray && b is ByteArray -> a.contentEquals(b)
            else -> a == b
        }

        private fun close(a: Double, b: Double) = a.compareTo(b) == 0 || a == b || abs(a - b) <= TOLERANCE * max(abs(a), abs(b))
    }
}
