package polybolos.tests

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.Path

/** A function of the registry, as proto/functions/README.md describes them. */
class RegistryFunction(json: JsonNode) {
    val namespace: String = json["namespace"].textValue()
    val name: String = json["name"].textValue()
    val kind: String = json["kind"].textValue()
    val returns: String = json["returns"].textValue()
    val args: List<RegistryArgument> = json["args"].map(::RegistryArgument)
    val examples: List<RegistryExample> = json["examples"].mapIndexed { at, example -> RegistryExample(this, at + 1, example) }

    /** The argument at a position; the last one stands for all that follow. */
    fun argument(at: Int): RegistryArgument = args[minOf(at, args.lastIndex)]

    companion object {
        private val FILE: Path = Server.ROOT.resolve("rust/protocol/src/functions/registry.json")

        fun all(): List<RegistryFunction> = ObjectMapper().readTree(FILE.toFile())["functions"].map(::RegistryFunction)
    }
}

class RegistryArgument(json: JsonNode) {
    val type: String = json["type"].textValue()
    val literal: Boolean = json["literal"]?.booleanValue() ?: false
    val required: Boolean = json["optional"] == null && json["variadic"] == null
}

/** An example of a function: the values that go in, and the values or the error that must come out. */
class RegistryExample(val function: RegistryFunction, private val number: Int, private val json: JsonNode) {
    val args: List<RegistryValue> = values("args")
    val rows: List<List<RegistryValue>> = json["rows"]?.map { row -> row.map(RegistryValue::of) } ?: emptyList()
    val argsAfter: List<RegistryValue> = values("args_after")
    val distinct: Boolean = json["distinct"]?.booleanValue() ?: false
    val rollup: Boolean = json["rollup"]?.booleanValue() ?: false
    val orderBy: Int? = json["order_by"]?.intValue()
    val upToCurrentRow: Boolean = json["frame"]?.textValue() == "current"

    /** The place of each row in the order of a window. */
    val order: List<Long> = json["ties"]?.map(JsonNode::longValue) ?: rows.indices.map(Int::toLong)

    val error: String? = json["error"]?.textValue()

    /** Where the value is not certain. */
    val resultType: String? = json["result_type"]?.textValue()

    /** One result, or one per row or group. */
    val results: List<Any?> get() = json["result"].let { if (it.isArray) it.toList() else listOf(it) }.map { RegistryValue.of(it).value }

    private fun values(key: String) = json[key]?.map(RegistryValue::of) ?: emptyList()

    override fun toString(): String = "${function.namespace}.${function.name}, example $number"
}
