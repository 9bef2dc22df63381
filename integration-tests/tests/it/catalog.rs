//! What a session says of its catalog and of itself, in SQL, through both doors.

use arrow::array::{Array, RecordBatch};
use arrow::util::pretty::pretty_format_batches;
use polybolos_client::Code;

use crate::wrong_input::{Door, Doors};

async fn shown(door: &Door, text: &str) -> String {
    let queried = door.sql(text).unwrap().collect().await.unwrap_or_else(|error| panic!("{}: {text}: {error}", door.name));
    let executed = door.execute(text).await.unwrap_or_else(|error| panic!("{}: {text}: {error}", door.name));
    let rows = |batches: &[RecordBatch]| pretty_format_batches(batches).expect("rows as text").to_string();
    let rows_of_query = rows(&queried);
    assert_eq!(rows_of_query, rows(&executed.collect().await.unwrap()), "{}: {text}", door.name);
    rows_of_query
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_columns_and_functions_are_shown() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        door.execute("create table t as select 1 as a, 'x' as b").await.unwrap().finish().await.unwrap();
        door.execute("create view v as select a from t").await.unwrap().finish().await.unwrap();
        for (text, holds) in [
            ("show tables", "| v "),
            ("show columns from t", "| b "),
            ("show functions like 'upp%'", "| upper "),
            ("describe t", "| b "),
            ("select table_name from information_schema.tables where table_schema = 'public'", "| t "),
            ("select column_name from information_schema.columns where table_name = 'v'", "| a "),
            ("select table_name from information_schema.views", "| v "),
            ("select schema_name from information_schema.schemata", "| public "),
            ("select routine_name from information_schema.routines", "| upper "),
            ("show time_zone", "UTC"),
            ("show all", "| overflow "),
        ] {
            let rows = shown(&door, text).await;
            assert!(rows.contains(holds), "{}: {text}\n{rows}", door.name);
        }
        door.fails("select * from information_schema.df_settings").await.code(Code::SqlNotAllowed).says(&["SHOW ALL"]);
        door.fails("show datafusion.execution.batch_size").await.code(Code::InvalidArgument);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_for_numbers_are_those_of_the_session() {
    let doors = Doors::open().await;
    let text = "select most + one as x from (values (9223372036854775807, 1)) t(most, one)";
    let division = "select one / zero as x from (values (1, 0)) t(one, zero)";
    for door in doors.each().await {
        door.fails(text).await.code(Code::NumericOverflow);
        door.fails(division).await.code(Code::DivisionByZero);
        door.set_option("overflow", "wrap").await.unwrap();
        assert_eq!(door.number(text).await, i64::MIN, "{}", door.name);
        door.set_option("overflow", "null").await.unwrap();
        door.set_option("division_by_zero", "null").await.unwrap();
        for text in [text, division] {
            let value = door.sql(text).unwrap().scalar().await.unwrap();
            assert_eq!(value.null_count(), 1, "{}: {text}", door.name);
        }
    }
}
