// The quick start of docs/jvm.md in Java.
package polybolos.guide;

import static io.polybolos.Expressions.*;
import static io.polybolos.functions.Functions.*;

import io.polybolos.*;
import java.util.Comparator;

public class JavaQuickStart {
    record Tips(long passengerCount, double tip, long trips) {}

    public static void main(String[] args) {
        try (Session session = Polybolos.connect(args[0])) { // Polybolos.embedded() runs the same in this JVM
            DataFrame tips = session.readParquet(args[1] + "/*.parquet")
                .filter(col("fare_amount").gt(0).and(col("passenger_count").isNotNull()))
                .groupBy("passenger_count")
                .agg(avg("tip_amount").alias("tip"), count().alias("trips"))
                .orderBy("passenger_count");
            tips.show();
            Tips best = tips.collectAs(Tips.class).stream().max(Comparator.comparing(Tips::tip)).orElseThrow();
            System.out.println(best.passengerCount() + " passengers tip best: " + best.tip());
        }
    }
}
