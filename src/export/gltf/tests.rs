//! The rules of glTF 2.0 that a file of ours could break, checked on the bytes.

use super::super::{Field, surface::tests::bowl};
use super::*;
use crate::figure::colors::SGD;

struct Glb {
    json: Value,
    bytes: Vec<u8>,
}

impl Glb {
    fn read(path: &Path) -> Glb {
        let file = std::fs::read(path).unwrap();
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!((&file[..4], word(4), word(8)), (&b"glTF"[..], 2, file.len()));
        let json = word(12);
        assert_eq!((json % 4, &file[16..20]), (0, &b"JSON"[..]));
        let at = 20 + json;
        assert_eq!((word(at) % 4, &file[at + 4..at + 8], at + 8 + word(at)), (0, &b"BIN\0"[..], file.len()));
        let glb = Glb { json: serde_json::from_slice(&file[20..at]).unwrap(), bytes: file[at + 8..].to_vec() };
        glb.check();
        glb
    }

    fn number(value: &Value) -> usize {
        value.as_u64().unwrap() as usize
    }

    /// The four-byte numbers of an accessor, and how many make one of its elements.
    fn words(&self, accessor: usize) -> (Vec<[u8; 4]>, usize) {
        let accessor = &self.json["accessors"][accessor];
        let view = &self.json["bufferViews"][Self::number(&accessor["bufferView"])];
        let width = if accessor["type"] == "VEC3" { 3 } else { 1 };
        let (offset, length) = (Self::number(&view["byteOffset"]), Self::number(&view["byteLength"]));
        assert!(offset % 4 == 0 && length == 4 * width * Self::number(&accessor["count"]));
        let bytes = &self.bytes[offset..offset + length];
        (bytes.chunks_exact(4).map(|w| w.try_into().unwrap()).collect(), width)
    }

    fn vectors(&self, accessor: usize) -> Vec<[f32; 3]> {
        let (words, width) = self.words(accessor);
        assert_eq!((width, Self::number(&self.json["accessors"][accessor]["componentType"])), (3, FLOAT as usize));
        words.chunks_exact(3).map(|v| [v[0], v[1], v[2]].map(f32::from_le_bytes)).collect()
    }

    fn primitive(&self, mesh: usize) -> &Value {
        &self.json["meshes"][mesh]["primitives"][0]
    }

    fn attribute(&self, mesh: usize, name: &str) -> Vec<[f32; 3]> {
        self.vectors(Self::number(&self.primitive(mesh)["attributes"][name]))
    }

    fn indices(&self, mesh: usize) -> Vec<u32> {
        self.words(Self::number(&self.primitive(mesh)["indices"])).0.into_iter().map(u32::from_le_bytes).collect()
    }

    /// What must hold of every file.
    fn check(&self) {
        assert_eq!(self.json["asset"]["version"], "2.0");
        assert_eq!(Self::number(&self.json["buffers"][0]["byteLength"]), self.bytes.len());
        for mesh in 0..self.json["meshes"].as_array().unwrap().len() {
            let positions = self.attribute(mesh, "POSITION");
            assert!(positions.len() > 1 && positions.iter().flatten().all(|x| x.is_finite()));
            let stated = &self.json["accessors"][Self::number(&self.primitive(mesh)["attributes"]["POSITION"])];
            for d in 0..3 {
                let along = || positions.iter().map(|p| p[d]);
                let (least, greatest) = (along().reduce(f32::min).unwrap(), along().reduce(f32::max).unwrap());
                assert_eq!(stated["min"][d].as_f64().unwrap() as f32, least);
                assert_eq!(stated["max"][d].as_f64().unwrap() as f32, greatest);
            }
            let unlit = !self.json["materials"][mesh]["extensions"]["KHR_materials_unlit"].is_null();
            let announced =
                self.json["extensionsUsed"].as_array().is_some_and(|used| used.contains(&"KHR_materials_unlit".into()));
            assert!(!unlit || announced);
            if Self::number(&self.primitive(mesh)["mode"]) == LINE_STRIP as usize {
                continue;
            }
            let (normals, colors) = (self.attribute(mesh, "NORMAL"), self.attribute(mesh, "COLOR_0"));
            assert!(normals.len() == positions.len() && colors.len() == positions.len());
            assert!(normals.iter().all(|n| (n.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5));
            assert!(colors.iter().flatten().all(|c| (0.0..=1.0).contains(c)));
            let indices = self.indices(mesh);
            assert!(indices.len().is_multiple_of(3) && indices.iter().all(|k| (*k as usize) < positions.len()));
        }
    }
}

fn written(values: &[Option<f64>], log10: bool, paths: &[PlanePath]) -> Glb {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plane.glb");
    let (a, b, _) = bowl(None);
    let fields = [Field { name: "train_loss", values }];
    let plane = Plane::new(&a, &b, &fields).unwrap();
    let height = Height { field: "train_loss", log10 };
    write(&path, &plane, &height, Colormap::Viridis, paths, r#"{"seed": 7}"#).unwrap();
    Glb::read(&path)
}

#[test]
fn a_bowl_stands_on_the_ground_as_high_as_wide() {
    let (_, _, values) = bowl(Some((2, 1)));
    let glb = written(&values, false, &[]);
    assert_eq!((glb.attribute(0, "POSITION").len(), glb.indices(0).len()), (19, 60));
    let extras = &glb.json["asset"]["extras"];
    assert_eq!(extras["metadata"]["seed"], 7);
    let (scale, offset) = (extras["height_scale"].as_f64().unwrap(), extras["height_offset"].as_f64().unwrap());
    for [x, y, z] in glb.attribute(0, "POSITION") {
        let (a, b) = (f64::from(x), f64::from(-z));
        assert!((f64::from(y) / scale + offset - (a * a + b * b)).abs() < 1e-5);
    }
    let stated = &glb.json["accessors"][0];
    assert_eq!((stated["min"][1].as_f64(), stated["max"][1].as_f64()), (Some(0.0), Some(4.0)), "4 wide, 4 high");
    assert!(glb.json["extensionsUsed"].is_null());
    // Anticlockwise from outside means facing up.
    let positions = glb.attribute(0, "POSITION");
    for t in glb.indices(0).chunks_exact(3) {
        let [p, q, r] = [t[0], t[1], t[2]].map(|k| positions[k as usize]);
        assert!((q[2] - p[2]) * (r[0] - p[0]) - (q[0] - p[0]) * (r[2] - p[2]) > 0.0);
    }
    // The lowest and the highest point have the ends of the colour map, as light.
    let colors = glb.attribute(0, "COLOR_0");
    let lowest = positions.iter().position(|p| p[1] == 0.0).unwrap();
    assert_eq!(colors[lowest], Colormap::Viridis.color(0.0).linear().map(|c| c as f32));
}

#[test]
fn a_slope_has_the_normals_of_a_slope() {
    let (a, b, _) = bowl(None);
    let values: Vec<Option<f64>> = b.iter().flat_map(|b| a.iter().map(move |a| Some(2.0 * a - b + 5.0))).collect();
    let glb = written(&values, false, &[]);
    let scale = glb.json["asset"]["extras"]["height_scale"].as_f64().unwrap();
    // y = s (2 x + z + 5): the normal is (−2 s, 1, −s) over its length.
    let length = (1.0 + 5.0 * scale * scale).sqrt();
    let expected = [-2.0 * scale / length, 1.0 / length, -scale / length];
    for normal in glb.attribute(0, "NORMAL") {
        assert!(normal.iter().zip(expected).all(|(n, e)| (f64::from(*n) - e).abs() < 1e-6), "{normal:?} {expected:?}");
    }
}

#[test]
fn a_path_lies_on_the_surface_and_breaks_where_it_has_no_height() {
    let (a, b, values) = bowl(None);
    let on = |i: usize, j: usize| [a[i], b[j], a[i] * a[i] + b[j] * b[j]];
    let lost = [0.0, 0.0, f64::NAN];
    let points = vec![on(0, 0), on(1, 0), on(1, 2), lost, on(3, 3), lost, on(4, 2), on(4, 3)];
    let path = PlanePath { name: "SGD".into(), color: SGD, points };
    let glb = written(&values, true, &[path]);
    let surface = glb.attribute(0, "POSITION");
    let strips: Vec<_> = [1, 2].map(|mesh| glb.attribute(mesh, "POSITION")).to_vec();
    assert_eq!(strips.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2]);
    assert!(strips.iter().flatten().all(|p| surface.contains(p)), "on the surface to the bit");
    assert_eq!(glb.json["meshes"].as_array().unwrap().len(), 3);
    assert_eq!(glb.primitive(1)["mode"], LINE_STRIP);
    assert_eq!(glb.json["asset"]["extras"]["height_log10"], true);
}

#[test]
fn a_flat_surface_is_flat_and_an_empty_one_refused() {
    let glb = written(&[Some(3.0); 20], false, &[]);
    assert_eq!(glb.json["asset"]["extras"]["height_scale"], 1.0);
    assert!(glb.attribute(0, "NORMAL").iter().all(|n| *n == [0.0, 1.0, 0.0]));
    let (a, b, _) = bowl(None);
    let fields = [Field { name: "loss", values: &[None; 20] }];
    let plane = Plane::new(&a, &b, &fields).unwrap();
    let height = Height { field: "loss", log10: false };
    let error = write(Path::new("nowhere/x.glb"), &plane, &height, Colormap::Viridis, &[], "");
    assert!(matches!(error, Err(ExportError::NoSurface { .. })));
}
