//! What is refused, and in which words; and what must never be refused.
//!
//! `ui/<topic>/fail` holds programs with a mistake and the compiler's words about it, each named
//! after the mistake; `ui/<topic>/pass` holds correct ones. `TRYBUILD=overwrite` writes the words
//! down anew.

#[test]
fn programs() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/fail/*.rs");
    cases.pass("tests/ui/*/pass/*.rs");
}
