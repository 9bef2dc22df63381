package polybolos.tests

import io.polybolos.InvalidArgumentException
import io.polybolos.UnsupportedException
import io.polybolos.arrowField
import io.polybolos.fieldOf
import io.polybolos.parseType
import io.polybolos.plan.v1.DataType
import io.polybolos.plan.v1.ExtensionType
import io.polybolos.plan.v1.Primitive
import io.polybolos.primitive
import io.polybolos.schemaOf
import io.polybolos.structType
import io.polybolos.timestampType
import io.polybolos.typeName
import io.polybolos.typeOf
import org.apache.arrow.vector.types.DateUnit
import org.apache.arrow.vector.types.IntervalUnit
import org.apache.arrow.vector.types.TimeUnit
import org.apache.arrow.vector.types.UnionMode
import org.apache.arrow.vector.types.pojo.ArrowType
import org.apache.arrow.vector.types.pojo.Field
import org.apache.arrow.vector.types.pojo.FieldType
import org.apache.arrow.vector.types.pojo.Schema
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import io.polybolos.plan.v1.TimeUnit as Unit

class TypesTest {
    @Test
    fun namesOfTypesAreReadBack() {
        val names = listOf(
            "null", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
            "string", "binary", "binary(16)", "date", "decimal(10, 2)", "decimal(76, 0)", "time(s)", "time(ns)", "timestamp(us)",
            "duration(ms)", "list<int64>", "list<int64 not null>", "list<string, 3>", "list<int8 not null, 4294967295>",
            "struct<a int32, b list<string> not null>", "map<string, decimal(5, 1) not null>", "map<int8, map<int8, bool>>",
        )
        assertEquals(names, names.map { typeName(parseType(it)) })
    }

    @Test
    fun namesOfSqlAndOfPeopleAreUnderstood() {
        val names = mapOf(
            "INT" to "int32", " bigint " to "int64", "smallint" to "int16", "TinyInt" to "int8", "long" to "int64", "boolean" to "bool",
            "real" to "float32", "double" to "float64", "varchar" to "string", "text" to "string", "bytea" to "binary",
            "numeric(5)" to "decimal(5, 0)", "decimal( 5 ,2 )" to "decimal(5, 2)", "timestamp" to "timestamp(us)",
            "timestamptz" to "timestamp(us, 'UTC')", "timestamp(ns, Europe/Berlin)" to "timestamp(ns, 'Europe/Berlin')",
            "timestamp(ms, '+02:00')" to "timestamp(ms, '+02:00')", "time" to "time(us)", "duration" to "duration(us)",
            "interval" to "interval(month to nanosecond)",
            "struct<a: int, größe: text not null>" to "struct<a int32, größe string not null>",
        )
        assertEquals(names.values.toList(), names.keys.map { typeName(parseType(it)) })
    }

    @Test
    fun whatIsNoTypeIsToldWithExamples() {
        val wrong = listOf(
            "", "int65", "decimal", "decimal(0)", "decimal(77, 2)", "decimal(5, -1)", "list", "list<>", "list<int64", "list<int64>>",
            "struct<>", "map<int8>", "timestamp(h)", "timestamp(us, UTC", "time(ns", "binary()", "binary(x)", "list<int8, 4294967296>",
            "int64 not null", "binary(١)", "list<int8, -1>",
        )
        for (name in wrong) {
            val error = assertThrows(InvalidArgumentException::class.java, { parseType(name) }, name)
            val examples = "examples: int64, string, decimal(10, 2), timestamp(us, UTC), list<int64>"
            assertEquals("no type is named \"$name\"; $examples", error.sentence)
        }
    }

    @Test
    fun typesNestAsDeepAsPlans() {
        assertEquals(31, typeName(parseType("list<".repeat(31) + "int8" + ">".repeat(31))).split("list").size - 1)
        assertThrows(InvalidArgumentException::class.java) { parseType("list<".repeat(32) + "int8" + ">".repeat(32)) }
    }

    @Test
    fun namesThatAreNoWordsAreQuotedAndLongListsCut() {
        val names = listOf("a b", "say \"hi\"", "it's", "line\nfeed", "", "1st")
        val fields = names.map { fieldOf(it, primitive(Primitive.PRIMITIVE_INT8), false) }
        val text = "struct<\"a b\" int8, \"say \"\"hi\"\"\" int8, \"it's\" int8, \"line\\nfeed\" int8, \"\" int8, \"1st\" int8>"
        assertEquals(text, typeName(structType(fields)))
        val many = structType(List(40) { fieldOf("f$it", primitive(Primitive.PRIMITIVE_BOOL), true) })
        assertEquals("f31 bool not null, … 8 more>", typeName(many).substringAfter("f30 bool not null, "))
        assertEquals("timestamp(s, '${"x".repeat(60)}…')", typeName(timestampType(Unit.TIME_UNIT_SECOND, "x".repeat(61))))
    }

    @Test
    fun plainArrowTypesAreReadBack() {
        val names = listOf(
            "null", "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64",
            "string", "binary", "binary(3)", "date", "decimal(38, 38)", "decimal(39, 3)", "time(s)", "time(ms)", "time(us)", "time(ns)",
            "timestamp(s)", "timestamp(ns, UTC)", "duration(us)", "interval", "list<list<int8> not null>", "list<string, 2>",
            "struct<a int8 not null, b string>", "map<string, int64 not null>",
        )
        for (type in names.map(::parseType)) {
            val field = arrowField("f", type, nullable = false)
            assertEquals(type, typeOf(field))
            assertEquals(listOf(fieldOf("f", type, notNull = true)), schemaOf(Schema(listOf(field))).fieldsList)
        }
    }

    @Test
    fun layoutsOfArrowAreOneTypeOfTheContract() {
        fun name(type: ArrowType, vararg children: Field) = typeName(typeOf(Field("f", FieldType.nullable(type), children.asList())))
        val item = Field("x", FieldType.nullable(ArrowType.Int(64, true)), null)
        val runs = Field("run_ends", FieldType.notNullable(ArrowType.Int(32, true)), null)
        val names = listOf(
            name(ArrowType.LargeUtf8()) to "string",
            name(ArrowType.Utf8View()) to "string",
            name(ArrowType.LargeBinary()) to "binary",
            name(ArrowType.BinaryView()) to "binary",
            name(ArrowType.Date(DateUnit.MILLISECOND)) to "timestamp(ms)",
            name(ArrowType.Interval(IntervalUnit.YEAR_MONTH)) to "interval(year to month)",
            name(ArrowType.Interval(IntervalUnit.DAY_TIME)) to "interval(day to millisecond)",
            name(ArrowType.LargeList(), item) to "list<int64>",
            name(ArrowType.ListView(), item) to "list<int64>",
            name(ArrowType.LargeListView(), item) to "list<int64>",
            name(ArrowType.FixedSizeList(5), item) to "list<int64, 5>",
            name(ArrowType.RunEndEncoded(), runs, item) to "int64",
            name(ArrowType.Timestamp(TimeUnit.SECOND, "")) to "timestamp(s, '')",
        )
        assertEquals(names.map { it.second }, names.map { it.first })
    }

    @Test
    fun whatTheContractOrArrowLacksIsUnsupported() {
        val union = Field("u", FieldType.nullable(ArrowType.Union(UnionMode.Sparse, intArrayOf())), null)
        assertThrows(UnsupportedException::class.java) { typeOf(union) }
        val extension = ExtensionType.newBuilder().setName("arrow.uuid").setStorage(parseType("binary(16)"))
        val uuid = DataType.newBuilder().setExtension(extension).build()
        assertEquals("\"arrow.uuid\"<binary(16)>", typeName(uuid))
        assertThrows(UnsupportedException::class.java) { arrowField("u", uuid, nullable = true) }
        assertThrows(UnsupportedException::class.java) { arrowField("u", DataType.getDefaultInstance(), nullable = true) }
    }
}
