package polybolos.tests

import io.polybolos.Plan
import io.polybolos.Polybolos
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import polybolos.tests.programs.Programs

/** The DataFrame programs in Kotlin build the plans of their cases. */
class ProgramsTest {
    @Test
    fun `every case that states a program has one and every program has a case`() =
        assertEquals(stated().map(Case::name), Programs.ALL.keys.sorted())

    @ParameterizedTest(name = "{0}")
    @MethodSource("stated")
    fun `a program builds the plan of its case`(case: Case) {
        val promised = Plan.fromText(case.plan!!)
        val built = Polybolos.detached().use { session -> Programs.ALL.getValue(case.name)(session).plan() }
        assertEquals(NormalForm.of(promised.message), NormalForm.of(built.message))
    }

    companion object {
        @JvmStatic
        fun stated(): List<Case> = Case.all().filter(Case::program)
    }
}
