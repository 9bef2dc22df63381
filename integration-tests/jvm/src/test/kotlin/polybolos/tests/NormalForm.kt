package polybolos.tests

import com.google.protobuf.Descriptors.Descriptor
import com.google.protobuf.Descriptors.FieldDescriptor
import com.google.protobuf.Message
import io.polybolos.plan.v1.ColumnRef
import io.polybolos.plan.v1.Command
import io.polybolos.plan.v1.LambdaParam
import io.polybolos.plan.v1.LambdaVar
import io.polybolos.plan.v1.OuterColumn
import io.polybolos.plan.v1.Plan
import io.polybolos.plan.v1.Relation
import io.polybolos.plan.v1.Star
import io.polybolos.plan.v1.Subquery

/**
 * Plans in a normal form: relations renumbered by a post-order walk from the root, variables of lambdas by where they first stand, and
 * nothing left of who made the plan. Two programs mean the same plan when their normal forms are equal.
 */
object NormalForm {
    /** The plan in normal form. */
    fun of(plan: Plan): Plan {
        val numbers = postOrder(plan)
        val relations = plan.relationsList.associateBy(Relation::getId)
        val reached = numbers.keys.map { relations.getValue(it).toBuilder().clearAnnotations().build() }
        val bare = plan.toBuilder().clearAnnotations().clearRelations().addAllRelations(reached)
        bare.versionBuilder.clearProducer()
        return Renumbering(numbers).of(bare.build())
    }

    /** The new number of each relation that the root reaches, in the order of the numbers. */
    private fun postOrder(plan: Plan): Map<Int, Int> {
        val relations = plan.relationsList.associateBy(Relation::getId)
        val numbers = LinkedHashMap<Int, Int>()
        fun visit(id: Int) {
            if (id in numbers) return
            val relation = relations.getValue(id)
            (relation.inputsList + subqueries(relation)).forEach(::visit)
            numbers[id] = numbers.size + 1
        }
        visit(if (plan.hasCommand()) plan.command.input else plan.relation)
        return numbers
    }

    /** The relations of the subqueries anywhere in a message. */
    private fun subqueries(message: Message): List<Int> =
        parts(message).flatMap { part -> (if (part is Subquery) listOf(part.relation) else emptyList()) + subqueries(part) }

    private fun parts(message: Message): List<Message> =
        message.allFields.values.flatMap { it as? List<*> ?: listOf(it) }.filterIsInstance<Message>()
}

/** Replaces ids wherever a message holds one. */
private class Renumbering(private val relations: Map<Int, Int>) {
    private val variables = HashMap<Any, Int>()

    @Suppress("UNCHECKED_CAST")
    fun <M : Message> of(message: M): M {
        val copy = message.toBuilder()
        message.allFields.forEach { (field, value) -> copy.setField(field, replaced(field, value)) }
        return copy.build() as M
    }

    private fun replaced(field: FieldDescriptor, value: Any): Any = when {
        value is List<*> -> value.filterNotNull().map { replaced(field, it) }
        value is Message -> of(value)
        field in RELATION_IDS -> relations.getOrDefault(value, value)
        field in VARIABLE_IDS -> variables.getOrPut(value) { variables.size + 1 }
        // It is for texts only, and a lambda of the JVM does not know how its source calls its parameters.
        field == VARIABLE_NAME -> ""
        else -> value
    }

    private companion object {
        val RELATION_IDS = setOf(
            field(Relation.getDescriptor(), "id"),
            field(Relation.getDescriptor(), "inputs"),
            field(ColumnRef.getDescriptor(), "relation"),
            field(OuterColumn.getDescriptor(), "relation"),
            field(Star.getDescriptor(), "relation"),
            field(Subquery.getDescriptor(), "relation"),
            field(Plan.getDescriptor(), "relation"),
            field(Command.getDescriptor(), "input"),
        )
        val VARIABLE_IDS = setOf(field(LambdaParam.getDescriptor(), "id"), field(LambdaVar.getDescriptor(), "id"))
        val VARIABLE_NAME = field(LambdaParam.getDescriptor(), "name")

        fun field(message: Descriptor, name: String): FieldDescriptor =
            checkNotNull(message.findFieldByName(name)) { "${message.name} has no field $name" }
    }
}
