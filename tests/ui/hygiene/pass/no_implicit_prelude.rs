#![no_implicit_prelude]

use ::workflows_runtime::prelude::{
    Context, Deserialize, First, HumanResponse, InputRequired, OneOf, Serialize, Start, Stop, event, workflow,
};

#[event]
struct Joke {
    text: ::std::string::String,
}
#[event]
enum Verdict {
    Good(u8),
    Bad { why: ::std::string::String },
}

#[derive(::std::clone::Clone, ::std::default::Default, Serialize, Deserialize)]
struct Tally {
    told: usize,
}

#[workflow(state = Tally, stream = Joke, timeout = "5s", max_runs = 2)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step(workers = 2, timeout = "1s")]
    async fn tell(
        &self,
        _: &Context<Self, (Joke,)>,
        Start(text): Start<::std::string::String>,
    ) -> ::std::result::Result<::std::vec::Vec<Joke>, ::std::io::Error> {
        ::std::result::Result::Ok(::std::vec![Joke { text }])
    }

    #[resource]
    async fn client(&self) -> ::std::result::Result<::std::string::String, ::std::io::Error> {
        ::std::result::Result::Ok(::std::string::String::new())
    }

    #[resource(cached = false)]
    #[blocking(io)]
    fn session(&self, #[resource(client)] _: &str) -> u8 {
        1
    }

    #[step]
    #[blocking(cpu)]
    fn judge(&self, #[resource(session)] _: &u8, #[config("a.json")] _: Tally, _: Joke) -> (Verdict, InputRequired<bool>) {
        (Verdict::Good(1), InputRequired(true))
    }

    #[step]
    async fn one(&self, any: OneOf<HumanResponse<bool>, Verdict>) -> ::std::option::Option<Stop<u8>> {
        let _ = any;
        ::std::option::Option::None
    }

    #[step]
    async fn first(&self, First([_]): First<Verdict, 1>) -> Stop<u8> {
        Stop(1)
    }
}

fn main() {}
