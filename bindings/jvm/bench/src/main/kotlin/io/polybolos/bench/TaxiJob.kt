package io.polybolos.bench

import io.polybolos.DataFrame
import io.polybolos.col
import io.polybolos.functions.avg
import io.polybolos.functions.count

/** The taxi job of `polybolos demo taxi`. */
public object TaxiJob {
    /** For each number of passengers: trips, mean fare, and the mean share of the fare that was tipped, over paid trips. */
    public fun tips(trips: DataFrame): DataFrame = trips
        .filter((col("fare_amount") gt 0) and col("passenger_count").isNotNull())
        .withColumn("tip_share", col("tip_amount") / col("fare_amount"))
        .groupBy("passenger_count")
        .agg(count() alias "trips", avg("fare_amount") alias "fare", avg("tip_share") alias "tip_share")
        .sort(col("passenger_count").asc().nullsLast())
        .limit(10)
}
