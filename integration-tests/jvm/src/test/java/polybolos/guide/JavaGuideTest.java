package polybolos.guide;

import static io.polybolos.Expressions.*;
import static io.polybolos.functions.Functions.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.polybolos.*;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.vector.BigIntVector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import polybolos.tests.Door;

/** The client with nothing but Java's idioms, on a server and in this JVM. What docs/jvm.md shows of Java stands here line for line. */
class JavaGuideTest {
    record Fare(String driver, LocalDate day, double amount, Double tip) {}

    record Sum(String driver, double amount, long fares) {}

    record Strict(String driver, double tip) {}

    private static Trips trips;

    @BeforeAll
    static void start() {
        trips = new Trips();
    }

    @AfterAll
    static void stop() {
        trips.close();
    }

    private static DataFrame fares(Session session) {
        List<Fare> fares = List.of(
            new Fare("ann", LocalDate.of(2026, 1, 1), 10.0, 1.0),
            new Fare("bob", LocalDate.of(2026, 1, 2), 20.0, null),
            new Fare("ann", LocalDate.of(2026, 1, 3), 30.0, 6.0));
        return session.from(Fare.class, fares);
    }

    @Test
    void theQuickStartRuns() {
        String printed = Printed.by(() -> JavaQuickStart.main(new String[] {trips.getAddress(), trips.getFolder().toString()}));
        assertTrue(printed.contains("| passenger_count |"), printed);
        assertTrue(printed.matches("(?s).*\\d passengers tip best: \\d+\\.\\d+\n"), printed);
    }

    @Test
    void connectionsAreSetUp() {
        Duration patience = Duration.ofSeconds(30);
        try (Session session = Polybolos.connect(trips.getAddress(), it -> it.connectTimeout(patience).option("time_zone", "Europe/Vienna"))) {
            assertEquals("Europe/Vienna", session.options().get("time_zone"));
        }
        EmbeddedOptions options = new EmbeddedOptions().threads(2).memoryBytes(1L << 30).root("trips", trips.getFolder().toString());
        try (Session session = Polybolos.embedded(options)) {
            assertEquals(20_000, session.readParquet("*.parquet").count());
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void recordsGoInAndComeOut(Door door) {
        try (Session session = trips.open(door)) {
            DataFrame sums = fares(session)
                .groupBy("driver")
                .agg(sum("amount").alias("amount"), count().alias("fares"))
                .sort(col("amount").desc(), "driver");
            assertEquals(List.of(new Sum("ann", 40.0, 2), new Sum("bob", 20.0, 1)), sums.collectAs(Sum.class));
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void rowsAreRead(Door door) {
        try (Session session = trips.open(door)) {
            List<Row> rows = fares(session).sort("day").collect();
            Row bob = rows.get(1);
            assertEquals(20.0, bob.getDouble("amount"));
            assertNull(bob.get("tip"));
            assertTrue(bob.isNull("tip"));
            assertEquals(LocalDate.of(2026, 1, 2), bob.getDate("day"));
            assertEquals(List.of("driver", "day", "amount", "tip"), bob.getNames());
            assertEquals("bob", bob.toMap().get("driver"));
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void expressionsAreCombined(Door door) {
        try (Session session = trips.open(door)) {
            DataFrame fares = fares(session);
            Predicate generous = col("tip").gt(5).and(col("driver").eq("ann")).or(not(col("tip").isNotNull()));
            Expr size = whenever(col("amount").gt(15), "long").otherwise("short");
            Expr initial = caseOf("driver").whenever("ann", "A").whenever("bob", "B").otherwise(null);
            Expr net = col("amount").minus(coalesce("tip", 0.0)).cast("decimal(10, 2)");
            List<Row> rows = fares.filter(generous).select(size.alias("size"), initial.alias("initial"), net.alias("net")).collect();
            assertEquals(2, rows.size());
            assertTrue(rows.contains(Row.of(List.of("size", "initial", "net"), List.of("long", "B", new BigDecimal("20.00")))));
            Window days = Window.partitionBy("driver").orderBy("day").rowsBetween(null, 0L);
            List<Row> totals = fares.select("day", sum("amount").over(days).alias("total")).sort("day").collect();
            assertEquals(List.of(10.0, 20.0, 40.0), totals.stream().map(row -> row.getDouble("total")).toList());
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void lambdasAreFunctionsOfEngines(Door door) {
        try (Session session = trips.open(door)) {
            Object doubled = session.select(array_transform(lit(List.of(1L, 2L)), x -> x.times(2L)).alias("xs")).scalar();
            assertEquals(List.of(2L, 4L), doubled);
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void framesMeet(Door door) {
        try (Session session = trips.open(door)) {
            DataFrame fares = fares(session);
            DataFrame drivers = session.fromRows(Map.of("driver", "string"), List.of(List.of("ann"), Arrays.asList((Object) null)));
            assertEquals(2, fares.join(drivers, "driver").count());
            assertEquals(1, fares.join(drivers, List.of("driver"), JoinKind.ANTI).count());
            assertEquals(4, fares.join(drivers, fares.col("driver").eq(drivers.col("driver")), JoinKind.FULL).count());
            assertEquals(1, fares.filter(col("driver").inSubquery(drivers).and(col("tip").gt(lit(1)))).count());
            assertEquals(6, fares.union(fares).count());
            assertEquals(2, fares.fillNull(Map.of("tip", 0.0)).filter(col("tip").lt(5)).count());
            assertEquals(2, fares.dropNulls().count());
            assertEquals(2, fares.head(2).count());
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void sqlTakesParameters(Door door) {
        try (Session session = trips.open(door)) {
            DataFrame fares = fares(session);
            session.createView("fares", fares);
            assertEquals(2, session.sql("select * from fares where amount > $1 and driver <> $2", 5, "bob").count());
            SqlOptions options = new SqlOptions().named("least", 15).input("f", fares);
            assertEquals(2L, session.sql("select count(*) from f where amount > $least", options).scalar());
            assertEquals(1, fares.filter(col("amount").gt(parameter("least", "float64"))).bind("least", 25).count());
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void arrowIsRead(Door door) {
        try (Session session = trips.open(door)) {
            long sum = 0;
            try (QueryResult result = session.range(1_000_000).reader()) {
                while (result.loadNextBatch()) {
                    BigIntVector ids = (BigIntVector) result.getVectorSchemaRoot().getVector("id");
                    for (int row = 0; row < ids.getValueCount(); row++) {
                        sum += ids.get(row);
                    }
                }
            }
            assertEquals(499_999_500_000L, sum);
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void futuresAnswer(Door door) throws Exception {
        try (Session session = trips.open(door)) {
            CompletableFuture<List<Sum>> sums = fares(session)
                .groupBy("driver")
                .agg(sum("amount").alias("amount"), count().alias("fares"))
                .collectAsAsync(Sum.class);
            CompletableFuture<Double> total = sums.thenApply(all -> all.stream().mapToDouble(Sum::amount).sum());
            assertEquals(60.0, total.get(60, TimeUnit.SECONDS));
            CompletableFuture<List<Row>> wrong = fares(session).select("fare").collectAsync();
            CompletionException error = assertThrows(CompletionException.class, wrong::join);
            assertEquals("UNRESOLVED_COLUMN", assertInstanceOf(InvalidPlanException.class, error.getCause()).getCode());
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void filesAreWritten(Door door, @TempDir Path elsewhere) {
        String out = (door == Door.EMBEDDED ? elsewhere : trips.getFolder()).resolve("java").toString();
        try (Session session = trips.open(door)) {
            WriteSummary written = fares(session).writeCsv(out, new WriteOptions().csv(new CsvOptions().delimiter(';')));
            assertEquals(3, written.getRows());
            assertEquals(3, session.readCsv(out, new CsvOptions().delimiter(';')).count());
            WriteOptions more = new WriteOptions().mode(WriteMode.APPEND).csv(new CsvOptions().delimiter(';'));
            fares(session).writeCsv(out, more);
            assertThrows(AlreadyExistsException.class, () -> fares(session).writeCsv(out));
            assertEquals(6, session.readCsv(List.of(out), new CsvOptions().delimiter(';')).count());
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void errorsAreToldByClass(Door door) {
        try (Session session = trips.open(door)) {
            DataFrame fares = fares(session);
            try {
                fares.filter(col("amuont").gt(1)).collect();
            } catch (InvalidPlanException error) {
                System.err.println(error.getCode() + " at " + error.getCallSite() + ", near: " + error.getCandidates());
            } catch (UnavailableException error) {
                System.err.println("later, in " + error.getRetryAfterMillis() + " ms");
            }
            PolybolosException error = assertThrows(PolybolosException.class, () -> fares.filter(col("amuont").gt(1)).collect());
            assertEquals("42703", error.getSqlState());
            assertEquals(List.of("amount"), error.getCandidates());
            assertFalse(error.getRetryable());
            StackTraceElement site = error.getCallSite();
            assertEquals("JavaGuideTest.java", site == null ? null : site.getFileName());
            assertThrows(DataException.class, () -> fares.collectAs(Strict.class));
        }
    }

    @ParameterizedTest
    @EnumSource(Door.class)
    void aClosedSessionIsAnException(Door door) {
        List<DataFrame> frames = new ArrayList<>();
        try (Session session = trips.open(door)) {
            frames.add(fares(session));
        }
        assertThrows(PolybolosException.class, () -> frames.get(0).collect());
    }
}
