package polybolos.tests

import io.polybolos.AggregateExpr
import io.polybolos.DataFrame
import io.polybolos.Expr
import io.polybolos.Polybolos
import io.polybolos.PolybolosException
import io.polybolos.Predicate
import io.polybolos.Session
import io.polybolos.Window
import io.polybolos.WindowFunction
import io.polybolos.call
import io.polybolos.col
import io.polybolos.functions.array_any_match
import io.polybolos.functions.array_filter
import io.polybolos.functions.array_first
import io.polybolos.functions.array_transform
import io.polybolos.lit
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertDoesNotThrow
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.function.ThrowingSupplier
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.time.Instant
import java.time.LocalDate
import java.time.LocalTime

/** Every example of the registry holds when the function's wrapper is called; operators, which have none, are called by name. */
class FunctionExamplesTest {
    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    fun `an example of the registry holds`(example: RegistryExample) {
        if (example.error != null) return fails(example, example.error)
        val given = assertDoesNotThrow(ThrowingSupplier { results(example) }, example::toString)
        if (example.resultType != null) return assertEquals(classOf(example.resultType), given.single()?.javaClass, example::toString)
        assertTrue(RegistryValue.same(example.results, given)) { "$example: ${described(given)} instead of ${described(example.results)}" }
    }

    private fun fails(example: RegistryExample, code: String) {
        val error = assertThrows(PolybolosException::class.java, { results(example) }, example::toString)
        assertEquals(code, error.code) { "$example: $error" }
    }

    @Test
    fun `every function has a wrapper and every wrapper a function`() {
        val names = RegistryFunction.all().groupBy(RegistryFunction::namespace) { it.name }
        val wrapped = WRAPPERS.map(Method::getName).toSet()
        assertEquals(emptySet<String>(), names.getValue("std").toSet() - wrapped)
        assertEquals(emptySet<String>(), wrapped - names.values.flatten().toSet())
    }

    @Test
    fun `a lambda is written as one`() {
        val numbers = lit(listOf(1L, 2L, 3L))
        val row = session.select(
            array_transform(numbers) { it * 2 } alias "doubled",
            array_filter(numbers) { it gt 1 } alias "above",
            array_any_match(numbers) { it gt 3 } alias "any",
            array_first(numbers) { it gt 1 } alias "first",
        ).collect().single()
        assertEquals(listOf(listOf(2L, 4L, 6L), listOf(2L, 3L), false, 2L), row.toList())
    }

    private fun results(example: RegistryExample): List<Any?> = frame(example).collect().map { it["actual"] }

    private fun frame(example: RegistryExample): DataFrame = when (example.function.kind) {
        "scalar" -> session.select(calledWithLiterals(example) alias "actual")
        "aggregate" -> aggregated(example)
        else -> windowed(example)
    }

    private fun calledWithLiterals(example: RegistryExample): Expr {
        val args = example.args.mapIndexed { at, value -> given(example.function, at, value) }
        return called(example.function, args) as Expr
    }

    /** What a wrapper takes as a literal is given as a user writes it, any other argument with its type. */
    private fun given(function: RegistryFunction, at: Int, value: RegistryValue): Any =
        if (function.argument(at).literal && wrappers(function).isNotEmpty()) value.plain() else value.literal()

    private fun aggregated(example: RegistryExample): DataFrame {
        var aggregate = calledOverRows(example) as AggregateExpr
        if (example.distinct) aggregate = aggregate.distinct()
        example.orderBy?.let { aggregate = aggregate.orderBy(col(column(it)).asc()) }
        val result = aggregate alias "actual"
        val rows = rows(example)
        return if (example.rollup) rows.rollup(column(0)).agg(result).orderBy("actual") else rows.agg(result)
    }

    private fun windowed(example: RegistryExample): DataFrame {
        val window = Window.orderedBy(ORDER).rowsBetween(null, if (example.upToCurrentRow) 0L else null)
        val result = (calledOverRows(example) as WindowFunction) over window
        return rows(example).select(POSITION, result alias "actual").orderBy(POSITION)
    }

    /** The call over the columns, each by its name, with the literal arguments after them. */
    private fun calledOverRows(example: RegistryExample): Any {
        val width = columns(example).size
        val columns = (0 until width).map { if (example.function.argument(it).literal) col(column(it)) else column(it) }
        return called(example.function, columns + example.argsAfter.mapIndexed { at, value -> given(example.function, width + at, value) })
    }

    /** The rows of the example with their position and their place in the order. */
    private fun rows(example: RegistryExample): DataFrame {
        val types = columns(example).mapIndexed { at, type -> column(at) to type }.toMap() + mapOf(POSITION to "int64", ORDER to "int64")
        val rows = example.rows.mapIndexed { at, row -> row.map(RegistryValue::value) + listOf(at.toLong(), example.order[at]) }
        return session.fromRows(types, rows)
    }

    /** The types of the columns that are arguments; where there are no rows, of one column for each argument that must be there. */
    private fun columns(example: RegistryExample): List<String> = example.rows.firstOrNull()?.map(RegistryValue::type)
        ?: example.function.args.filter(RegistryArgument::required).map { if (it.type == "bool") "bool" else "int64" }

    private fun called(function: RegistryFunction, args: List<Any>): Any {
        val overloads = wrappers(function)
        if (overloads.isEmpty() && function.namespace == "core") return call(function.namespace, function.name, *args.toTypedArray())
        val wrapper = overloads.firstOrNull { fits(it, args.size) } ?: error("no wrapper of ${function.name} takes ${args.size} arguments")
        return invoked(wrapper, args)
    }

    companion object {
        private const val POSITION = "position"
        private const val ORDER = "order"
        private val WRAPPERS = Class.forName("io.polybolos.functions.Functions").declaredMethods
            .filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic }
        private lateinit var session: Session

        @JvmStatic
        fun examples(): List<RegistryExample> = RegistryFunction.all().flatMap(RegistryFunction::examples)

        @BeforeAll
        @JvmStatic
        fun open() {
            session = Polybolos.embedded()
        }

        @AfterAll
        @JvmStatic
        fun close() = session.close()

        private fun column(at: Int) = "a$at"

        private fun wrappers(function: RegistryFunction) =
            WRAPPERS.filter { it.name == function.name && it.returnType == resultOf(function) }

        private fun resultOf(function: RegistryFunction): Class<*> = when (function.kind) {
            "scalar" -> if (function.returns == "bool") Predicate::class.java else Expr::class.java
            "aggregate" -> AggregateExpr::class.java
            else -> WindowFunction::class.java
        }

        private fun fits(wrapper: Method, count: Int): Boolean =
            if (wrapper.isVarArgs) wrapper.parameterCount - 1 <= count else wrapper.parameterCount == count

        private fun invoked(wrapper: Method, args: List<Any>): Any {
            val fixed = wrapper.parameterCount - 1
            val passed = if (wrapper.isVarArgs) args.take(fixed) + listOf(args.drop(fixed).toTypedArray()) else args
            try {
                return wrapper.invoke(null, *passed.toTypedArray())
            } catch (error: InvocationTargetException) {
                throw error.targetException
            }
        }

        private fun classOf(type: String): Class<*> = when (type) {
            "float64" -> Double::class.javaObjectType
            "string" -> String::class.java
            "date" -> LocalDate::class.java
            "time" -> LocalTime::class.java
            "timestamptz" -> Instant::class.java
            else -> error("no class is known for $type")
        }

        private fun described(values: List<Any?>) =
            values.map { "${if (it is ByteArray) it.toList() else it} (${it?.javaClass?.simpleName})" }
    }
}
