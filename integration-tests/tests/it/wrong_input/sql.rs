//! SQL that does not parse, or that a session may not run.

use polybolos_client::Code;

use super::Doors;

#[tokio::test(flavor = "multi_thread")]
async fn a_syntax_error_shows_line_column_and_a_caret_under_the_word() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let text = "select id,\n       name\nform 'people.parquet'\nwhere id > 3";
        let (line, frame) = (line!(), door.sql(text).unwrap());
        let told = door.told(text, frame.collect().await).code(Code::SqlSyntax).at(file!(), line);
        let told = told.says(&["line 3", "column 6", "form 'people.parquet'\n", "     ^"]);
        let (start, _) = told.error.location().expect("a place").sql_range;
        assert_eq!(text.get(start as usize..).map(|rest| rest.starts_with("'people")), Some(true), "{}", told.error);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn syntax_errors_of_every_kind_are_told_with_a_place() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        for text in [
            "select",
            "select 1 +",
            "select * from",
            "select 'open",
            "select \"open",
            "select (1",
            "select 1)",
            "select 1 from t group t",
            "select 1 select 2",
            "create table",
            "insert into t",
            "selec 1",
            "\u{0}",
            "🎯",
        ] {
            let told = door.fails(text).await.code(Code::SqlSyntax);
            assert!(told.error.message().contains("line 1") || text.is_empty(), "{}: {text}: {}", door.name, told.error);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_text_and_two_statements_at_once_are_told() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        for text in ["   \n", "-- nothing\n", ";"] {
            door.fails(text).await.code(Code::SqlSyntax).says(&["statement"]);
        }
        door.fails("").await.code(Code::PlanMissingField).says(&["text is required"]);
        door.fails("select 1; select 2").await.code(Code::SqlSyntax).says(&["one statement"]);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_outside_the_policy_are_refused_with_what_is_allowed() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        for text in [
            "set datafusion.execution.batch_size = 1",
            "create function f(int) returns int return 1",
            "create external catalog c",
            "delete from t",
            "update t set a = 1",
            "grant select on t to x",
            "prepare p as select 1",
            "begin",
            "explain insert into t values (1)",
        ] {
            let told = door.fails(text).await;
            let right = [Code::SqlNotAllowed, Code::SqlSyntax, Code::InvalidArgument].contains(&told.error.code());
            assert!(right, "{}: {text}: {}", door.name, told.error);
        }
        door.fails("delete from t").await.code(Code::SqlNotAllowed).says(&["DELETE FROM", "is not allowed", "CREATE VIEW"]);
        let told = door.fails("set time_zon = 'UTC'").await;
        told.code(Code::InvalidArgument).says(&["time_zon"]).near("time_zone");
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn negative_limits_and_offsets_are_told() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        for (text, word) in [("select 1 limit -1", "LIMIT"), ("select 1 offset -1", "OFFSET")] {
            let told = door.fails(text).await;
            assert!(told.error.message().to_uppercase().contains(word), "{}: {text}: {}", door.name, told.error);
            assert_ne!(told.error.code(), Code::Internal, "{}: {text}: {}", door.name, told.error);
        }
        door.still_answers().await;
    }
}
