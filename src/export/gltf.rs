//! A plane as a coloured surface for 3-D viewers: binary glTF 2.0 (`.glb`).
//!
//! glTF points y upwards, so x is a, y is the height and z is −b. Heights start at 0 and are stretched so that the
//! surface is as high as its wider side; `asset.extras` says how, so that the numbers can be had back.

use std::{
    io::{self, Write},
    path::Path,
};

use serde_json::{Value, json};

use super::{ExportError, Height, Plane, file, surface::Surface};
use crate::figure::{Colormap, Grid, Heat, PlanePath, Scale, Shades};

/// Component type of accessors: 32-bit floats and unsigned integers.
const FLOAT: u32 = 5126;
const UNSIGNED: u32 = 5125;
/// Targets of buffer views: vertices and indices.
const VERTICES: u32 = 34962;
const INDICES: u32 = 34963;
/// Modes of primitives.
const LINE_STRIP: u32 = 3;
const TRIANGLES: u32 = 4;

/// Writes the surface, coloured by the height's field, and the paths above it, which break where they have no height (a
/// point between two breaks is no line and is left out); `metadata`, any JSON text, goes to
/// `asset.extras`. Points without a height, and the triangles that they would have, are left out.
///
/// # Errors
/// A height of a field that is not there, a plane without any triangle, a file that cannot be written and is then as it
/// was.
pub fn write(
    path: &Path,
    plane: &Plane<'_>,
    height: &Height<'_>,
    map: Colormap,
    paths: &[PlanePath],
    metadata: &str,
) -> Result<(), ExportError> {
    let surface = Surface::new(plane, height)?;
    if surface.triangles.is_empty() {
        return Err(ExportError::NoSurface { field: height.field.into(), path: path.into() });
    }
    let shades = shades(plane, &surface, height, map)?;
    let stretch = Stretch::of(&surface.positions);
    let mut scene = Scene::default();
    scene.surface(&surface, &shades, &stretch);
    for path in paths {
        scene.path(path, height, &stretch);
    }
    let json = scene.json(json!({
        "axes": "x = a, y = (height - height_offset) * height_scale, z = -b",
        "height_field": height.field,
        "height_log10": height.log10,
        "height_offset": stretch.lo,
        "height_scale": stretch.scale(),
        "metadata": serde_json::from_str(metadata).unwrap_or_else(|_| Value::from(metadata)),
    }));
    file::write(path, |out| container(out, json.to_string().into_bytes(), scene.bytes))
}

/// The colour scale of the plane's figure.
fn shades(plane: &Plane<'_>, surface: &Surface<'_>, height: &Height<'_>, map: Colormap) -> Result<Shades, ExportError> {
    let grid = Grid::new(plane.a().to_vec(), plane.b().to_vec(), surface.field.values.to_vec())?;
    let scale = if height.log10 { Scale::Log10 } else { Scale::Linear };
    Ok(Heat { grid, scale, map, range: None, contours: 0, label: String::new() }.shades())
}

/// From `[a, b, height]` to the scene's coordinates.
struct Stretch {
    lo: f64,
    hi: f64,
    width: f64,
}

impl Stretch {
    fn of(positions: &[[f64; 3]]) -> Stretch {
        let range = |d: usize| {
            let along = positions.iter().map(|p| p[d]);
            along.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), x| (lo.min(x), hi.max(x)))
        };
        let ((a0, a1), (b0, b1), (lo, hi)) = (range(0), range(1), range(2));
        Stretch { lo, hi, width: (a1 - a0).max(b1 - b0) }
    }

    /// Length in the scene of a unit of height; 1 on a surface that is flat.
    fn scale(&self) -> f64 {
        if self.hi > self.lo { self.width / (self.hi - self.lo) } else { 1.0 }
    }

    fn place(&self, [a, b, height]: [f64; 3]) -> [f64; 3] {
        [a, (height - self.lo) * self.scale(), -b]
    }
}

/// The parts of a glTF file while they are put together.
#[derive(Default)]
struct Scene {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
    meshes: Vec<Value>,
    materials: Vec<Value>,
    nodes: Vec<Value>,
}

impl Scene {
    fn surface(&mut self, surface: &Surface<'_>, shades: &Shades, stretch: &Stretch) {
        let positions: Vec<[f64; 3]> = surface.positions.iter().map(|p| stretch.place(*p)).collect();
        let normals = normals(&positions, &surface.triangles);
        let color = |k: &usize| {
            let place = surface.field.values[*k].map_or(f64::NAN, |v| shades.place(v));
            // Colours of vertices are amounts of light.
            shades.color(place).linear()
        };
        let colors: Vec<[f64; 3]> = surface.points.iter().map(color).collect();
        let attributes = json!({
            "POSITION": self.vectors(&positions),
            "NORMAL": self.vectors(&normals),
            "COLOR_0": self.vectors(&colors),
        });
        let corners: Vec<u8> = surface.triangles.iter().flatten().flat_map(|k| k.to_le_bytes()).collect();
        let view = self.view(&corners, INDICES);
        let indices = self.accessor(json!({
            "bufferView": view, "componentType": UNSIGNED, "count": 3 * surface.triangles.len(), "type": "SCALAR",
        }));
        let material = json!({
            "name": "surface",
            "pbrMetallicRoughness": { "metallicFactor": 0.0, "roughnessFactor": 0.85 },
            "doubleSided": true,
        });
        self.add(surface.field.name, attributes, Some(indices), TRIANGLES, material);
    }

    fn path(&mut self, path: &PlanePath, height: &Height<'_>, stretch: &Stretch) {
        let place = |[a, b, value]: &[f64; 3]| {
            let at = stretch.place([*a, *b, height.of(*value)?]);
            at.iter().all(|x| (*x as f32).is_finite()).then_some(at)
        };
        let places: Vec<Option<[f64; 3]>> = path.points.iter().map(place).collect();
        for run in places.split(Option::is_none).filter(|run| run.len() > 1) {
            let run: Vec<[f64; 3]> = run.iter().flatten().copied().collect();
            let attributes = json!({ "POSITION": self.vectors(&run) });
            let [r, g, b] = path.color.linear();
            let material = json!({
                "name": path.name,
                "pbrMetallicRoughness": { "baseColorFactor": [r, g, b, 1.0], "metallicFactor": 0.0 },
                "extensions": { "KHR_materials_unlit": {} },
            });
            self.add(&path.name, attributes, None, LINE_STRIP, material);
        }
    }

    /// A node with a mesh of one primitive.
    fn add(&mut self, name: &str, attributes: Value, indices: Option<usize>, mode: u32, material: Value) {
        let mut primitive = json!({ "attributes": attributes, "mode": mode, "material": self.materials.len() });
        if let Some(indices) = indices {
            primitive["indices"] = indices.into();
        }
        self.materials.push(material);
        self.nodes.push(json!({ "name": name, "mesh": self.meshes.len() }));
        self.meshes.push(json!({ "name": name, "primitives": [primitive] }));
    }

    /// An accessor of 32-bit vectors, with the range that positions have to state.
    fn vectors(&mut self, vectors: &[[f64; 3]]) -> usize {
        let vectors: Vec<[f32; 3]> = vectors.iter().map(|v| v.map(|x| x as f32)).collect();
        let bytes: Vec<u8> = vectors.iter().flatten().flat_map(|x| x.to_le_bytes()).collect();
        let view = self.view(&bytes, VERTICES);
        let bound = |pick: fn(f32, f32) -> f32| -> [f32; 3] {
            std::array::from_fn(|d| vectors.iter().map(|v| v[d]).reduce(pick).unwrap_or_default())
        };
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": vectors.len(), "type": "VEC3",
            "min": bound(f32::min), "max": bound(f32::max),
        }))
    }

    /// Everything is made of four-byte numbers, so every view starts where four-byte numbers may.
    fn view(&mut self, bytes: &[u8], target: u32) -> usize {
        let (offset, length) = (self.bytes.len(), bytes.len());
        self.bytes.extend_from_slice(bytes);
        self.views.push(json!({ "buffer": 0, "byteOffset": offset, "byteLength": length, "target": target }));
        self.views.len() - 1
    }

    fn accessor(&mut self, accessor: Value) -> usize {
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    fn json(&self, extras: Value) -> Value {
        let mut json = json!({
            "asset": {
                "version": "2.0",
                "generator": concat!("Valleyscope ", env!("CARGO_PKG_VERSION")),
                "extras": extras,
            },
            "scene": 0,
            "scenes": [{ "nodes": (0..self.nodes.len()).collect::<Vec<_>>() }],
            "nodes": self.nodes,
            "meshes": self.meshes,
            "materials": self.materials,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{ "byteLength": self.bytes.len() }],
        });
        // An extension may only be announced when something uses it; the surface itself does not.
        if self.materials.len() > 1 {
            json["extensionsUsed"] = json!(["KHR_materials_unlit"]);
        }
        json
    }
}

/// The mean direction of a vertex' triangles, weighted by their areas, of length 1.
fn normals(positions: &[[f64; 3]], triangles: &[[u32; 3]]) -> Vec<[f64; 3]> {
    let mut sums = vec![[0.0; 3]; positions.len()];
    for triangle in triangles {
        let [p, q, r] = triangle.map(|k| positions[k as usize]);
        let (u, v): ([f64; 3], [f64; 3]) = (std::array::from_fn(|d| q[d] - p[d]), std::array::from_fn(|d| r[d] - p[d]));
        let across = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
        for k in triangle {
            (0..3).for_each(|d| sums[*k as usize][d] += across[d]);
        }
    }
    let unit = |sum: [f64; 3]| {
        let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length > 0.0 && length.is_finite() { sum.map(|x| x / length) } else { [0.0, 1.0, 0.0] }
    };
    sums.into_iter().map(unit).collect()
}

/// A header, the JSON padded with spaces and the numbers padded with zeros.
fn container(out: &mut impl Write, mut json: Vec<u8>, mut bytes: Vec<u8>) -> io::Result<()> {
    json.resize(json.len().next_multiple_of(4), b' ');
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let length = |n: usize| {
        let large =
            io::Error::new(io::ErrorKind::FileTooLarge, "a glTF file holds at most 4 GiB; measure fewer points");
        u32::try_from(n).map(u32::to_le_bytes).map_err(|_| large)
    };
    out.write_all(b"glTF")?;
    out.write_all(&2u32.to_le_bytes())?;
    out.write_all(&length(12 + 8 + json.len() + 8 + bytes.len())?)?;
    for (kind, chunk) in [(b"JSON", json), (b"BIN\0", bytes)] {
        out.write_all(&length(chunk.len())?)?;
        out.write_all(kind)?;
        out.write_all(&chunk)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
