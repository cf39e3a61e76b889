#![allow(non_camel_case_types)]

use workflows_runtime::prelude::*;

#[event]
struct r#type {
    r#in: String,
}
#[event]
enum r#Match {
    r#Loop,
}

#[workflow]
struct r#Struct;

#[workflow]
impl r#Struct {
    #[step]
    async fn r#fn(&self, Start(r#let): Start<String>) -> (r#type, r#Match) {
        (r#type { r#in: r#let }, r#Match::Loop)
    }

    #[step]
    async fn r#yield(&self, r#type { r#in }: r#type, r#ref: r#Match) -> Stop<String> {
        let Match::Loop = r#ref;
        Stop(r#in)
    }
}

fn main() {}
