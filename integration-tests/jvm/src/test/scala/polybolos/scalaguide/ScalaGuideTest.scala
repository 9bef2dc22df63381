package polybolos.scalaguide

import io.polybolos.Expressions._
import io.polybolos.{DataException, DataFrame, InvalidPlanException, Row, Session, Window}
import io.polybolos.functions.Functions._
import org.junit.jupiter.api.{AfterAll, BeforeAll, Test}
import org.junit.jupiter.api.Assertions.{assertEquals, assertThrows, assertTrue}
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import polybolos.guide.{Printed, Trips}
import polybolos.tests.Door
import scala.jdk.CollectionConverters._
import scala.jdk.FutureConverters._
import scala.concurrent.Await
import scala.concurrent.duration._
import scala.util.Using

case class Fare(driver: String, amount: Double, tip: java.lang.Double)

case class Total(driver: String, amount: Double, fares: Long)

case class Strict(driver: String, tip: Double)

/** The client from Scala, on a server and in this JVM. What docs/jvm.md shows of Scala stands here line for line. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScalaGuideTest {
  private var trips: Trips = _

  @BeforeAll
  def start(): Unit = trips = new Trips

  @AfterAll
  def stop(): Unit = trips.close()

  private def fares(session: Session): DataFrame = {
    val fares = Seq(Fare("ann", 10.0, 1.0), Fare("bob", 20.0, null), Fare("ann", 30.0, 6.0))
    session.from(classOf[Fare], fares.asJava)
  }

  @Test
  def theQuickStartRuns(): Unit = {
    val printed = Printed.by(() => ScalaQuickStart.main(Array(trips.getAddress, trips.getFolder.toString)))
    assertTrue(printed.contains("| passenger_count |"), printed)
    assertTrue(printed.matches("(?s).*\\d passengers tip best: \\d+\\.\\d+\n"), printed)
  }

  @ParameterizedTest
  @EnumSource(classOf[Door])
  def caseClassesGoInAndComeOut(door: Door): Unit = Using.resource(trips.open(door)) { session =>
    val frame = fares(session)
    val totals = frame.groupBy("driver").agg(sum("amount") alias "amount", count() alias "fares").orderBy("driver")
    assertEquals(Seq(Total("ann", 40.0, 2), Total("bob", 20.0, 1)), totals.collectAs(classOf[Total]).asScala.toSeq)
    assertEquals(Seq("ann", "bob"), totals.collect().asScala.map(_.getString("driver")).toSeq)
    assertThrows(classOf[DataException], () => { frame.collectAs(classOf[Strict]); () })
  }

  @ParameterizedTest
  @EnumSource(classOf[Door])
  def operatorsAreMethods(door: Door): Unit = Using.resource(trips.open(door)) { session =>
    val frame = fares(session)
    val generous = (col("tip") gt 5) and (col("driver") eq "ann")
    val share = (col("tip") div col("amount")) times 100
    val size = whenever(col("amount") gt 15, "long").otherwise("short")
    val running = sum("amount") over Window.partitionBy("driver").orderBy("amount").rowsBetween(null, 0L)
    assertEquals(1L, frame.filter(generous).count())
    val row = frame.filter(generous).select(share alias "share", size alias "size").collect().get(0)
    assertEquals(Row.of(Seq("share", "size").asJava, Seq[AnyRef](Double.box(20.0), "long").asJava), row)
    val totals = frame.select(col("amount"), running alias "total").orderBy("amount").collect().asScala
    assertEquals(Seq(10.0, 20.0, 40.0), totals.map(_.getDouble("total")).toSeq)
    val doubled = session.select(array_transform(lit(java.util.List.of(1L, 2L)), (x: io.polybolos.Expr) => x times 2L) alias "xs")
    assertEquals(java.util.List.of(2L, 4L), doubled.scalar())
  }

  @ParameterizedTest
  @EnumSource(classOf[Door])
  def sqlAndFuturesAnswer(door: Door): Unit = Using.resource(trips.open(door)) { session =>
    session.createView("fares", fares(session))
    val dear = session.sql("select driver from fares where amount > $1", 15)
    val rows = Await.result(dear.collectAsync().asScala, 60.seconds)
    assertEquals(2, rows.size)
  }

  @ParameterizedTest
  @EnumSource(classOf[Door])
  def errorsNameTheLine(door: Door): Unit = Using.resource(trips.open(door)) { session =>
    val frame = fares(session).filter(col("amuont") gt 1)
    val error = assertThrows(classOf[InvalidPlanException], () => { frame.collect(); () })
    assertEquals("UNRESOLVED_COLUMN", error.getCode)
    assertEquals("ScalaGuideTest.scala", error.getCallSite.getFileName)
  }
}
