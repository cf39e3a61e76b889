//! Derives above and below `#[event]`: what the user derives is not derived again.

use workflows_runtime::prelude::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[event]
struct Above(u8);

#[derive(Clone)] #[event] #[derive(Debug)]
struct Around(u8);

#[derive(std::fmt::Debug, serde::Serialize, serde::Deserialize)]
/// With a bracket: "]" #[x].
// And a comment.
#[allow(dead_code)]
#[event]
#[derive(PartialEq)]
enum Several {
    A,
    B { x: u8 },
}

#[cfg_attr(all(), derive(Clone))]
#[cfg_attr(not(all()), derive(Debug))]
#[event]
#[cfg_attr(all(), derive(Serialize), cfg_attr(not(all()), derive(Deserialize)))]
struct Conditional(u8);

macro_rules! events {
    ($($(#[$meta:meta])* $name:ident)*) => {
        $(#[event] $(#[$meta])* struct $name(u8);)*
    };
}
events!(#[derive(Clone)] Pun #[derive(PartialEq, Debug)] Riddle);

macro_rules! item {
    ($item:item) => {
        $item
    };
}
item!(#[derive(Clone)] #[event] struct Item(u8););

#[event]
#[cfg(any())]
struct Absent(Nothing);

#[event]
enum Fields {
    #[cfg(any())]
    Absent(Nothing),
    Here {
        #[cfg(any())]
        absent: Nothing,
        #[cfg(all())]
        here: u8,
    },
}

fn is_event<E: Event + Clone + std::fmt::Debug + serde::Serialize>(_: E) {}

fn main() {
    is_event(Above(1));
    is_event(Around(1));
    is_event(Several::A);
    is_event(Several::B { x: 1 });
    is_event(Conditional(1));
    is_event(Pun(1));
    is_event(Riddle(1));
    is_event(Item(1));
    is_event(Fields::Here { here: 1 });
}
