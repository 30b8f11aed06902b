//! Tells the tests what this machine has, so that those it cannot run are reported as ignored.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(shared)");
    println!("cargo::rustc-check-cfg=cfg(xvfb)");
    // Real images and reference numbers.
    println!("cargo::rerun-if-env-changed=VALLEYSCOPE_SHARED");
    if std::env::var_os("VALLEYSCOPE_SHARED").is_some() {
        println!("cargo::rustc-cfg=shared");
    }
    // A display to open a real window on, and hands to use it.
    let tools = ["/usr/bin/Xvfb", "/usr/bin/xdotool"];
    for tool in tools {
        println!("cargo::rerun-if-changed={tool}");
    }
    if tools.iter().all(|tool| std::path::Path::new(tool).exists()) {
        println!("cargo::rustc-cfg=xvfb");
    }
}
