//! Types in scope with names that generated code must not look for here.

#![allow(dead_code)]

use workflows_runtime as w;
use w::{event, workflow};

macro_rules! types {
    ($($name:ident)*) => {
        $(
            #[derive(Debug, Clone, w::prelude::Serialize, w::prelude::Deserialize)]
            struct $name;
        )*
    };
}
types!(S D E T W Context Run Event Step Result Option Vec String Send Box Ok Err Some None Sync Future Arc Duration Workflow Settings Input Output Prompt Resources Table Dispatcher Instance Error Serialize Deserialize Serializer Deserializer Visitor FieldVisitor Field A Formatter);

#[event]
struct Ask { text: ::std::string::String }
#[event]
enum Verdict { Good { n: ::core::primitive::u8 }, Bad(::core::primitive::u64), Unit }

#[derive(::std::clone::Clone, ::std::default::Default, w::prelude::Serialize, w::prelude::Deserialize)]
#[serde(default)]
struct Tally { told: ::core::primitive::usize, name: ::std::string::String }

#[workflow(state = Tally, stream = Ask, timeout = "5s", max_runs = 2)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step(workers = 2, timeout = "1s", retry = w::Retry::fixed(::std::time::Duration::from_millis(1)).max_attempts(2))]
    async fn tell(&self, _: &w::Context<Self, (Ask,)>, w::Start(text): w::Start<::std::string::String>) -> ::std::result::Result<::std::vec::Vec<Ask>, ::std::io::Error> {
        ::std::result::Result::Ok(::std::vec![Ask { text }])
    }
    #[resource]
    async fn client(&self) -> ::std::result::Result<::std::string::String, ::std::io::Error> {
        ::std::result::Result::Ok(::std::string::String::new())
    }
    #[step]
    #[blocking(cpu)]
    fn judge(&self, #[resource(client)] _: &::std::string::String, #[config("a.json")] _: Tally, _: Ask) -> (Verdict, w::InputRequired<::core::primitive::bool>) {
        (Verdict::Good { n: 1 }, w::InputRequired(true))
    }
    #[step]
    async fn one(&self, any: w::OneOf<w::HumanResponse<::core::primitive::bool>, Verdict>) -> ::std::option::Option<w::Stop<::core::primitive::u8>> {
        let _ = any;
        ::std::option::Option::None
    }
    #[catch_error]
    async fn failed(&self, f: w::StepFailed) -> w::Stop<::core::primitive::u8> { let _ = f; w::Stop(1) }
}
#[workflow]
struct Flow;
#[workflow]
impl Flow {
    #[step]
    async fn step(&self, event: w::Start<S>) -> w::Stop<Event> {
        let _ = event;
        w::Stop(Event)
    }
}

fn main() {}
