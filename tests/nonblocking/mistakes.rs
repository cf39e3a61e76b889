//! Misuse of the macros; each mark is followed by the beginning of its error.

mod before {
    #[workflows_runtime::nonblocking]
    pub async fn checked() {}
}

workflows_runtime::known_blocking! { reqwests, crate::before::checked } //~ W013: there is no pack `reqwests`

#[workflows_runtime::nonblocking(always)] //~ W025: `#[nonblocking]` takes no options
pub async fn options() {}

#[workflows_runtime::nonblocking]
pub struct NotAFunction; //~ W025: `#[nonblocking]` means nothing here

#[workflows_runtime::nonblocking]
pub const fn constant() {} //~ W025: `#[nonblocking]` means nothing on a `const fn`

pub fn reasons(n: u8) -> u8 {
    let a = workflows_runtime::allow_blocking!(n, ""); //~ W013: say why this call may block
    let b = workflows_runtime::allow_blocking!(n); //~ W013: say why this call may block
    a + b
}
