//! Every shader is valid WGSL, whatever machine it will run on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is wrong")]

use std::{fs, path::Path};

use naga::{
    front::wgsl,
    valid::{Capabilities, ValidationFlags, Validator},
};

/// Parses and validates; the error names the place in the source.
fn validated(source: &str) -> Result<naga::Module, String> {
    let module = wgsl::parse_str(source).map_err(|e| e.emit_to_string(source))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    validator.validate(&module).map_err(|e| e.emit_to_string(source))?;
    Ok(module)
}

#[test]
fn every_shader_is_valid_and_its_entry_points_are_named_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().and_then(|e| e.to_str()), Some("wgsl"), "{} is no shader", path.display());
        let source = fs::read_to_string(&path).unwrap();
        let module = validated(&source).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(!module.entry_points.is_empty(), "{} does nothing", path.display());
        for point in &module.entry_points {
            let prefix = match point.stage {
                naga::ShaderStage::Vertex => "vs_",
                naga::ShaderStage::Fragment => "fs_",
                _ => "cs_",
            };
            assert!(point.name.starts_with(prefix), "{}: {}", path.display(), point.name);
        }
        seen += 1;
    }
    assert!(seen > 0, "there are no shaders in {}", folder.display());
}

#[test]
fn a_broken_shader_would_be_noticed() {
    assert!(validated("fn f() -> f32 { return 1; }").is_ok());
    assert!(validated("fn f() -> f32 { return 1 }").is_err(), "does not parse");
    assert!(validated("fn f(v: vec2<f32>) -> f32 { return v; }").is_err(), "parses, but its types are wrong");
}
