package io.polybolos.examples;

import static io.polybolos.Expressions.col;
import static io.polybolos.functions.Functions.count;
import static io.polybolos.functions.Functions.row_number;
import static io.polybolos.functions.Functions.sum;

import io.polybolos.DataFrame;
import io.polybolos.JoinKind;
import io.polybolos.Polybolos;
import io.polybolos.PolybolosException;
import io.polybolos.Session;
import io.polybolos.Window;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The best two customers of each country, and those who never ordered: two CSV files, joined, summed up and ranked.
 *
 * <pre>
 * TopCustomers embedded FOLDER             the engine in this JVM
 * TopCustomers grpc://HOST:PORT FOLDER     a server that serves the folder
 * </pre>
 */
public final class TopCustomers {
    /** A customer with the sum of what was bought; the rank is within the country. */
    record Customer(String country, long rank, String name, long orders, double spent) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%-8s %d. %-8s %d orders %9.2f", country, rank, name, orders, spent);
        }
    }

    /** A customer without orders. */
    record Idle(String country, String name) {}

    private TopCustomers() {}

    /** Prints the customers. */
    public static void main(String[] args) {
        if (args.length != 2) {
            System.err.println("usage: TopCustomers embedded|grpc://HOST:PORT FOLDER");
            System.exit(2);
        }
        try (Session session = open(args[0])) {
            print(session.readCsv(args[1] + "/customers.csv"), session.readCsv(args[1] + "/orders.csv"));
        } catch (PolybolosException error) {
            System.err.println("error: " + error.getMessage());
            System.exit(1);
        }
    }

    private static Session open(String engine) {
        return engine.equals("embedded") ? Polybolos.embedded() : Polybolos.connect(engine);
    }

    /** Both queries run at once, on one session. */
    private static void print(DataFrame customers, DataFrame orders) {
        CompletableFuture<List<Customer>> best = best(customers, orders).collectAsAsync(Customer.class);
        CompletableFuture<List<Idle>> idle = idle(customers, orders).collectAsAsync(Idle.class);
        result(best).forEach(System.out::println);
        result(idle).forEach(customer -> System.out.println("no orders: " + customer.name() + ", " + customer.country()));
    }

    private static DataFrame best(DataFrame customers, DataFrame orders) {
        Window byCountry = Window.partitionBy("country").orderBy(col("spent").desc());
        return customers.join(orders, "customer_id")
            .groupBy("country", "name")
            .agg(count().alias("orders"), sum("amount").alias("spent"))
            .withColumn("rank", row_number().over(byCountry).cast("int64"))
            .filter(col("rank").lte(2))
            .sort("country", "rank");
    }

    private static DataFrame idle(DataFrame customers, DataFrame orders) {
        return customers.join(orders, "customer_id", JoinKind.ANTI).select("country", "name").sort("name");
    }

    /** What went wrong in a future is thrown as it was. */
    private static <T> T result(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException error) {
            if (error.getCause() instanceof PolybolosException cause) {
                throw cause;
            }
            throw error;
        }
    }
}
