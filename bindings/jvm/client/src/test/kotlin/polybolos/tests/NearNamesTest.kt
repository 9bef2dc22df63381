package polybolos.tests

import io.polybolos.NearNames
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** The same candidates as the engine's. */
class NearNamesTest {
    private val columns = listOf("fare_amount", "tip_amount", "total_amount", "trip_distance", "VendorID", "vendor_id", "a")

    @Test
    fun theNearestNameIsTheFirst() {
        assertEquals(listOf("total_amount"), NearNames.of("tota_amuont", columns))
        assertEquals(listOf("VendorID", "vendor_id"), NearNames.of("vendorid", columns))
        assertEquals(listOf("trip_distance"), NearNames.of("tirp_distnce", columns))
    }

    @Test
    fun namesThatAreNotNearAreNone() {
        assertEquals(emptyList<String>(), NearNames.of("zzz", columns))
        assertEquals(emptyList<String>(), NearNames.of("", columns))
        assertEquals(emptyList<String>(), NearNames.of("tip", emptyList()))
    }

    @Test
    fun threeNamesAreEnough() {
        assertEquals(listOf("name1", "name2", "name3"), NearNames.of("name", List(9) { "name${it + 1}" }))
    }
}
