//! Sets `cfg(shuttle)` for the runtime, and not for its dependencies.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(shuttle)");
    println!("cargo::rustc-cfg=shuttle");
}
