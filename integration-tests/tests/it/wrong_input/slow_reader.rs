//! A large result and a reader that takes its time: the operators wait, memory stays flat, and no row is lost.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use futures::StreamExt;
use polybolos_client::col;

use super::Doors;
use super::alone::alone;
use super::process::{memory_mib, until_idle};

const ROWS: i64 = 20_000_000;
/// The whole result is 640 MB.
const GROWTH_MIB: u64 = 150;

#[test]
fn twenty_million_rows_wait_for_their_reader_in_little_memory() {
    alone(concat!(module_path!(), "::twenty_million_rows_wait_for_their_reader_in_little_memory"), async {
        let doors = Doors::open().await;
        for door in doors.each().await {
            let before = memory_mib();
            let columns = (col("id"), (col("id") * 2_i64).alias("a"), (col("id") * 3_i64).alias("b"), (col("id") % 1_000_i64).alias("c"));
            let mut rows = door.range(0, ROWS).unwrap().select(columns).unwrap().stream().await.unwrap();
            let (mut count, mut sum, mut batches) = (0, 0_i128, 0);
            while let Some(batch) = rows.next().await {
                let batch = batch.unwrap();
                count += batch.num_rows();
                sum += batch.column(2).as_primitive::<Int64Type>().values().iter().map(|value| i128::from(*value)).sum::<i128>();
                batches += 1;
                if batches == 1 || batches == 300 {
                    // Nothing is read until the operators have noticed and wait.
                    until_idle(10).await;
                }
                if batches % 50 == 1 {
                    let grown = memory_mib().saturating_sub(before);
                    assert!(grown < GROWTH_MIB, "{}: {grown} MiB more after {batches} batches", door.name);
                }
            }
            assert_eq!(i64::try_from(count), Ok(ROWS), "{}", door.name);
            assert_eq!(sum, 3 * i128::from(ROWS) * i128::from(ROWS - 1) / 2, "{}", door.name);
            door.still_answers().await;
        }
    });
}
