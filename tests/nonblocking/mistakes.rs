//! Misuse of the macros; each mark is followed by the beginning of its error.

mod before {
    pub fn listed() {}

    #[workflows_runtime::nonblocking]
    pub async fn without_the_list() { //~ W013: `without_the_list` calls `listed`, which `known_blocking!` lists
        listed();
    }

    #[workflows_runtime::nonblocking(known_blocking)]
    pub async fn with_the_list() {
        listed(); //~ W013: `crate::before::listed` blocks the async executor
    }
}

workflows_runtime::known_blocking! { reqwests, crate::before::listed } //~ W013: `known_blocking!` has no pack `reqwests`

#[workflows_runtime::nonblocking(always)] //~ W018: `#[nonblocking]` has no option `always`
pub async fn options() {}

#[workflows_runtime::nonblocking]
pub struct NotAFunction; //~ W025: `#[nonblocking]` can only be used on a function

#[workflows_runtime::nonblocking]
pub const fn constant() {} //~ W025: `constant` is a `const fn`, which never blocks

pub fn reasons(n: u8) -> u8 {
    let a = workflows_runtime::allow_blocking!(n, ""); //~ W013: say why this call may block
    let b = workflows_runtime::allow_blocking!(n); //~ W013: say why this call may block
    a + b
}
