// How trips are paid for, month by month: the Parquet files of `polybolos demo taxi`, joined with names that this program has.
//
// payments embedded FOLDER             the engine in this JVM
// payments grpc://HOST:PORT FOLDER     a server that serves the folder
@file:JvmName("Payments")

package io.polybolos.examples

import io.polybolos.DataFrame
import io.polybolos.Polybolos
import io.polybolos.PolybolosException
import io.polybolos.Session
import io.polybolos.Window
import io.polybolos.col
import io.polybolos.collectAs
import io.polybolos.from
import io.polybolos.functions.count
import io.polybolos.functions.date_trunc
import io.polybolos.functions.sum
import java.time.LocalDate
import java.util.Locale
import kotlin.system.exitProcess

private data class Payment(val code: Long, val payment: String)

private data class Line(val month: LocalDate, val payment: String, val trips: Long, val fares: Double, val share: Double)

private val PAYMENTS = listOf(Payment(1, "card"), Payment(2, "cash"), Payment(3, "no charge"), Payment(4, "dispute"))

fun main(args: Array<String>) {
    if (args.size != 2) {
        System.err.println("usage: payments embedded|grpc://HOST:PORT FOLDER")
        exitProcess(2)
    }
    val (engine, folder) = args
    try {
        open(engine).use { session -> lines(session, folder).collectAs<Line>().forEach { println(text(it)) } }
    } catch (error: PolybolosException) {
        System.err.println("error: ${error.message}")
        exitProcess(1)
    }
}

private fun open(engine: String): Session = if (engine == "embedded") Polybolos.embedded() else Polybolos.connect(engine)

/** For each month and kind of payment: the trips, their fares, and the share of the month's fares. */
private fun lines(session: Session, folder: String): DataFrame = session.readParquet("$folder/*.parquet")
    .join(session.from(PAYMENTS), col("payment_type") eq col("code"))
    .groupBy(date_trunc("month", "tpep_pickup_datetime").cast("date") alias "month", "payment")
    .agg(count() alias "trips", sum("fare_amount") alias "fares")
    .withColumn("share", col("fares") / (sum("fares") over Window.partitionBy("month")))
    .orderBy("month", col("fares").desc())

private fun text(line: Line): String =
    String.format(Locale.ROOT, "%s  %-9s %7d trips %12.2f %5.1f%%", line.month, line.payment, line.trips, line.fares, 100 * line.share)
