//! Sets `cfg(shuttle)` for the runtime, and not for its dependencies.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(shuttle)");
    // Features without concurrent code, which this package does not have.
    println!("cargo::rustc-check-cfg=cfg(feature, values(\"engine\", \"isolated\", \"metrics\", \"svg\", \"testing\"))");
    println!("cargo::rustc-cfg=shuttle");
}
