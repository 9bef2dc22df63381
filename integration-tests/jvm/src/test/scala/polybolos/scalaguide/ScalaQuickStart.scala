// The quick start of docs/jvm.md in Scala.
package polybolos.scalaguide

import io.polybolos.Expressions._
import io.polybolos.Polybolos
import io.polybolos.functions.Functions._
import scala.jdk.CollectionConverters._
import scala.util.Using

case class Tips(passengerCount: Long, tip: Double, trips: Long)

object ScalaQuickStart {
  def main(args: Array[String]): Unit =
    Using.resource(Polybolos.connect(args(0))) { session => // Polybolos.embedded() runs the same in this JVM
      val tips = session.readParquet(s"${args(1)}/*.parquet")
        .filter((col("fare_amount") gt 0) and col("passenger_count").isNotNull)
        .groupBy("passenger_count")
        .agg(avg("tip_amount") alias "tip", count() alias "trips")
        .orderBy("passenger_count")
      tips.show()
      val best = tips.collectAs(classOf[Tips]).asScala.maxBy(_.tip)
      println(s"${best.passengerCount} passengers tip best: ${best.tip}")
    }
}
