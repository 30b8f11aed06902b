//! Tells the tests what this machine has, so that those it cannot run are reported as ignored, and lists the pictures of the gallery.

use std::{collections::BTreeSet, fmt::Write as _, fs, io, path::Path};

/// The committed pictures of recipes, each by its recipe's name.
const GALLERY: &str = "assets/gallery";

fn main() -> io::Result<()> {
    let Some(out) = std::env::var_os("OUT_DIR") else { return Err(io::Error::other("cargo names no OUT_DIR")) };
    println!("cargo::rerun-if-changed={GALLERY}");
    fs::write(Path::new(&out).join("gallery.rs"), gallery()?)?;
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
    Ok(())
}

/// The pictures as a table of Rust, which `src/app/thumbnails.rs` includes: a picture that is not there is no row.
fn gallery() -> io::Result<String> {
    let mut names = BTreeSet::new();
    if Path::new(GALLERY).is_dir() {
        for entry in fs::read_dir(GALLERY)? {
            let name = entry?.file_name();
            names.extend(name.to_str().and_then(|name| name.strip_suffix(".png")).map(String::from));
        }
    }
    let mut table = String::from("&[\n");
    for name in names {
        let file = format!("/{GALLERY}/{name}.png");
        writeln!(table, "    ({name:?}, include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {file:?}))),")
            .map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    Ok(table)
}
