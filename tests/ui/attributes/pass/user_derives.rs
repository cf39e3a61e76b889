use workflows_runtime::prelude::*;

#[event]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
struct Point {
    x: i32,
    y: i32,
}

#[derive(PartialEq)]
#[event]
#[serde(rename_all = "camelCase")]
enum Told {
    #[serde(rename = "j")]
    Joke {
        #[serde(default)]
        funny_text: String,
    },
    Nothing,
}

#[event]
#[derive(std::fmt::Debug, Serialize, Deserialize)]
pub(crate) struct Mine(#[serde(skip)] Option<u8>);

#[event]
struct Empty {}

#[event]
struct Tuple(u8, String, [u8; 4], Vec<Option<Box<Point>>>);

#[event]
struct Recursive {
    children: Vec<Recursive>,
}

fn main() {
    assert_eq!(Point::default(), Point { x: 0, y: 0 }.clone());
    assert!(Told::Nothing == Told::Nothing);
    let _ = (Mine(None), Empty {}, Recursive { children: vec![] });
}
