//! SQL texts: what they may be, and how their errors read.

use polybolos_protocol::Code;

use crate::harness::Bench;

#[tokio::test]
async fn a_query_answers_rows() {
    let bench = Bench::new();
    insta::assert_snapshot!(bench.sql("select 1 as one, 'a' as a, null as n").await.unwrap());
}

#[tokio::test]
async fn a_syntax_error_shows_the_line_with_a_caret() {
    let error = Bench::new().sql_error("select 1 as x,\n  2 as y\nfrm t").await;
    assert_eq!(error.code(), Code::SqlSyntax);
    insta::assert_snapshot!(error.message());
}
