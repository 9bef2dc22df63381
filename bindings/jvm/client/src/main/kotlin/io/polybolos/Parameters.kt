package io.polybolos

import io.polybolos.flight.v1.ParameterValue
import io.polybolos.plan.v1.Literal
import io.polybolos.plan.v1.ParameterDecl
import io.polybolos.plan.v1.Plan

/**
 * The values of parameters: one for each that the plan declares, of its type. A number takes the declared type where that holds it
 * exactly, a null takes any type; nothing else is converted.
 */
internal object Parameters {
    fun values(plan: Plan, bindings: Map<String, Literal>): List<ParameterValue> = plan.parametersList.mapIndexed { at, parameter ->
        ParameterValue.newBuilder().setIndex(at + 1).setValue(value(parameter, bindings)).build()
    }

    private fun value(parameter: ParameterDecl, bindings: Map<String, Literal>): Literal {
        val name = parameter.name
        val given = bindings[name] ?: throw mismatch("the parameter \$$name has no value: give it one with bind(\"$name\", ...)")
        return Literals.exactly(given, parameter.type)
            ?: throw mismatch("the parameter \$$name is of type ${typeName(parameter.type)}, its value of type ${typeName(given.type)}")
    }

    private fun mismatch(sentence: String) = ErrorFacts("PARAMETER_MISMATCH", sentence).toException()
}
