// The Kotlin program of the README.
package polybolos.guide

import io.polybolos.*
import io.polybolos.functions.*

fun program(address: String?, trips: String) {
    val session = if (address == null) Polybolos.embedded() else Polybolos.connect(address)
    session.use {
        it.readParquet(trips)
            .filter(col("fare_amount") gt 0)
            .groupBy("passenger_count")
            .agg(avg("tip_amount") alias "tip", count() alias "trips")
            .orderBy("passenger_count")
            .show()
    }
}
