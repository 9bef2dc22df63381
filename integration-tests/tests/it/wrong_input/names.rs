//! Names that mean nothing, or too much, and types that do not fit: found before anything runs.

use polybolos_client::functions::{count, sum, upper};
use polybolos_client::{Code, DataFrame, JoinKind, call, col};

use super::Doors;

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_column_is_told_with_the_near_names_and_the_line_of_the_method() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let people = door.read_parquet("people.parquet").unwrap();
        let other = people.alias("other").unwrap();
        let wrong: [(u32, DataFrame); 10] = [
            (line!(), people.filter(col("agee").gt(36)).unwrap()),
            (line!(), people.select(("id", "agee")).unwrap()),
            (line!(), people.select(people.col("agee")).unwrap()),
            (line!(), people.with_column("next", col("agee") + 1).unwrap()),
            (line!(), people.sort(col("agee").desc()).unwrap()),
            (line!(), people.group_by("agee").unwrap().agg(count(())).unwrap()),
            (line!(), people.agg(sum("agee")).unwrap()),
            (line!(), people.join(&other, "agee", JoinKind::Inner).unwrap()),
            (line!(), people.drop("agee").unwrap()),
            (line!(), people.rename([("agee", "years")]).unwrap()),
        ];
        for (line, frame) in wrong {
            let later = frame.limit(5).unwrap().distinct().unwrap();
            let told = door.told(format!("line {line}"), later.collect().await);
            told.code(Code::UnresolvedColumn).says(&["agee"]).near("age").at(file!(), line);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_column_like_no_other_is_told_with_the_columns_that_there_are() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let people = door.read_parquet("people.parquet").unwrap();
        let (line, frame) = (line!(), people.select("zzzzzzzz").unwrap());
        let told = door.told("select", frame.schema().await);
        told.code(Code::UnresolvedColumn).says(&["'zzzzzzzz'", "'id'", "'name'"]).at(file!(), line);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_column_in_sql_is_told_with_its_place_in_the_text() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let (line, frame) = (line!(), door.sql("select id,\n  agee + 1 from 'people.parquet'").unwrap());
        let told = door.told("sql", frame.collect().await);
        let told = told.code(Code::UnresolvedColumn).near("age").says(&["line 2", "agee + 1", "^^^^"]).at(file!(), line);
        let range = told.error.location().map(|place| place.sql_range);
        assert_eq!(range, Some((13, 17)), "{}", told.error);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_column_is_told_with_the_sides_that_have_it() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let people = door.read_parquet("people.parquet").unwrap();
        let (boss, report) = (people.alias("boss").unwrap(), people.alias("report").unwrap());
        let pairs = boss.join(&report, boss.col("id").eq(report.col("age")), JoinKind::Inner).unwrap();
        let (line, frame) = (line!(), pairs.filter(col("name").is_not_null()).unwrap());
        let told = door.told("filter", frame.count().await);
        told.code(Code::AmbiguousColumn).says(&["name", "boss.name", "report.name"]).at(file!(), line);
        let told = door.fails("select name from 'people.parquet' a join 'people.parquet' b on a.id = b.age").await;
        told.code(Code::AmbiguousColumn).says(&["name", "^^^^"]);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_do_not_fit_are_told_by_name_at_the_line() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let people = door.read_parquet("people.parquet").unwrap();
        let wrong: [(u32, &[&str], DataFrame); 6] = [
            (line!(), &["string", "int"], people.filter(col("name").gt(5)).unwrap()),
            (line!(), &["string", "int"], people.with_column("x", col("name") + 1).unwrap()),
            (line!(), &["bool", "int32"], people.filter(col("age")).unwrap()),
            (line!(), &["upper", "int32"], people.select(upper("age")).unwrap()),
            (line!(), &["sum", "string"], people.agg(sum("name")).unwrap()),
            (line!(), &["bool", "int"], people.filter(col("active") & col("id")).unwrap()),
        ];
        for (line, says, frame) in wrong {
            let told = door.told(format!("line {line}"), frame.collect().await);
            told.code(Code::TypeMismatch).says(says).at(file!(), line);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_functions_tables_and_types_are_told_with_the_near_names() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let people = door.read_parquet("people.parquet").unwrap();
        people.create_view("folks").await.unwrap();

        let (line, frame) = (line!(), people.select(call("std", "uper", vec![col("name")])).unwrap());
        let told = door.told("uper", frame.collect().await);
        told.code(Code::UnresolvedFunction).says(&["uper"]).near("upper").at(file!(), line);
        let told = door.fails("select uper(name) from folks").await;
        told.code(Code::UnresolvedFunction).says(&["uper"]).near("upper");

        let (line, frame) = (line!(), door.table("folk").unwrap());
        let told = door.told("folk", frame.collect().await);
        told.code(Code::TableNotFound).says(&["folk"]).near("folks").at(file!(), line);
        let told = door.fails("select * from folk").await;
        told.code(Code::TableNotFound).near("folks").says(&["^^^^"]);

        let line = line!() + 1;
        let outcome = people.select(col("age").cast("integr"));
        door.told("cast", outcome).code(Code::InvalidArgument).says(&["integr", "int64"]).at(file!(), line);

        let (line, frame) = (line!(), people.select(call("std", "upper", vec![col("name"), col("city")])).unwrap());
        let told = door.told("upper of two", frame.collect().await);
        told.code(Code::WrongArgumentCount).says(&["upper", "1", "2"]).at(file!(), line);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aggregate_or_window_where_none_may_stand_is_told_before_anything_is_sent() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let people = door.read_parquet("people.parquet").unwrap();
        let (line, outcome) = (line!(), people.filter(sum("age").gt(5)));
        door.told("filter", outcome).code(Code::InvalidExpression).says(&["agg()", "filter()", "sum(age)"]).at(file!(), line);
        let told = door.fails("select id from 'people.parquet' where sum(age) > 5").await;
        told.code(Code::InvalidExpression).says(&["WHERE", "HAVING"]);
        door.still_answers().await;
    }
}
