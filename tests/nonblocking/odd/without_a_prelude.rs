//! A module in which not even `Some` has a name.

#![no_implicit_prelude]

use ::workflows_runtime::nonblocking;

pub struct Own;
impl Own {
    pub fn read(&self) -> u8 {
        1
    }
}

fn read(own: &Own) -> u8 {
    own.read()
}

#[nonblocking]
pub async fn own_functions(own: Own) -> u8 {
    let value = read;
    ::std::println!("{}", own.read());
    ::std::assert!(own.read() == read(&own));
    ::std::dbg!(own.read()) + value(&own)
}
