// The quick start of docs/jvm.md in Kotlin.
@file:JvmName("KotlinQuickStart")

package polybolos.guide

import io.polybolos.*
import io.polybolos.functions.*

data class Tips(val passengerCount: Long, val tip: Double, val trips: Long)

fun main(args: Array<String>) {
    val (address, folder) = args // such as grpc://localhost:50051 and trips
    Polybolos.connect(address).use { session -> // Polybolos.embedded() runs the same in this JVM
        val tips = session.readParquet("$folder/*.parquet")
            .filter((col("fare_amount") gt 0) and col("passenger_count").isNotNull())
            .groupBy("passenger_count")
            .agg(avg("tip_amount") alias "tip", count() alias "trips")
            .orderBy("passenger_count")
        tips.show()
        val best = tips.collectAs<Tips>().maxBy { it.tip }
        println("${best.passengerCount} passengers tip best: ${best.tip}")
    }
}
