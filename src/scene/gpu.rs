//! What the shader reads, laid out as in `shaders/surface.wgsl`: keep in sync.

use bytemuck::{Pod, Zeroable};

use super::{Camera, Look, Mesh, Scene, Segment, Space, Vector, Weight, vector};
use crate::figure::{Color, PlaneMark};

/// Width of a path and of the rim around it, in points.
const PATH: f32 = 2.6;
const PATH_RIM: f32 = 5.0;
/// Radius of the points of a path, and of markers.
const DOT: f32 = 3.2;
const MARKER: f32 = 7.0;
const STAR: f32 = 11.0;
/// Around paths and markers in both themes: it stands out from every colour of a surface.
const RIM: [u8; 4] = [255; 4];
/// A path with more points than this has none drawn: they would hide the line.
const MOST_DOTS: usize = 120;

/// `Frame`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Frame {
    view_projection: [[f32; 4]; 4],
    eye: [f32; 4],
    light: [f32; 4],
    picture: [f32; 4],
    scale: [f32; 4],
}

impl Frame {
    /// What holds for one picture of `size` pixels.
    pub fn new(surface: &Surface, camera: &Camera, look: &Look, size: [u32; 2]) -> Frame {
        let size = (f64::from(size[0]), f64::from(size[1]));
        let [right, up, back] = camera.basis();
        // From above the camera's left shoulder, as in drawings.
        let light =
            vector::unit(vector::along(vector::along(vector::along([0.0; 3], 0.75, back), 0.6, up), -0.5, right));
        let [x, y, z] = camera.eye().map(|v| v as f32);
        let [lx, ly, lz] = light.map(|v| v as f32);
        let (low, high) = surface.color_z;
        let per_z = if high > low { 1.0 / (high - low) } else { 0.0 };
        Frame {
            view_projection: camera.view_projection(size.0 / size.1).single(),
            eye: [x, y, z, camera.pixel(size) as f32],
            light: [lx, ly, lz, look.scale],
            picture: [size.0 as f32, size.1 as f32, surface.contours as f32, if look.wireframe { 0.35 } else { 0.0 }],
            // A level surface is painted in the middle colour, half of 1 / per_z below it.
            scale: if per_z > 0.0 {
                [low as f32, per_z as f32, surface.columns as f32, 0.0]
            } else {
                [low as f32 - 0.5, 1.0, surface.columns as f32, 0.0]
            },
        }
    }
}

/// `vs_surface`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub struct SurfaceVertex {
    place: [f32; 3],
    normal: [f32; 3],
}

impl SurfaceVertex {
    pub const ATTRIBUTES: [wgpu::VertexAttribute; 2] = wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3];
}

/// `vs_line`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Line {
    from: [f32; 3],
    to: [f32; 3],
    color: [u8; 4],
    style: [f32; 2],
}

impl Line {
    pub const ATTRIBUTES: [wgpu::VertexAttribute; 4] =
        wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3, 2 => Unorm8x4, 3 => Float32x2];

    /// A line of the box.
    pub fn of_box(segment: &Segment, look: &Look) -> Line {
        let page = look.theme.page();
        let (color, width) = match segment.weight {
            Weight::Grid => (page.strong_grid, 0.8),
            Weight::Frame => (page.frame, 1.1),
        };
        let [from, to] = [segment.from, segment.to].map(single);
        Line { from, to, color: opaque(color), style: [width, 0.0] }
    }
}

/// `vs_marker`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Marker {
    place: [f32; 3],
    radius: f32,
    color: [u8; 4],
    rim: [u8; 4],
    kind: u32,
}

impl Marker {
    pub const ATTRIBUTES: [wgpu::VertexAttribute; 5] =
        wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32, 2 => Unorm8x4, 3 => Unorm8x4, 4 => Uint32];
}

/// A scene in the form of buffers, except for what depends on the camera and the theme.
#[derive(Clone, Debug)]
pub struct Surface {
    pub vertices: Vec<SurfaceVertex>,
    pub indices: Vec<u32>,
    pub space: Space,
    pub columns: usize,
    pub contours: usize,
    color_z: (f64, f64),
    /// Pieces of paths.
    pieces: Vec<([f32; 3], [f32; 3], Color)>,
    /// Points of paths, then markers.
    marks: Vec<(PlaneMark, [f32; 3], f32, Color)>,
}

impl Surface {
    pub fn new(scene: &Scene, mesh: &Mesh) -> Surface {
        let vertex = |k| match (mesh.point(k), mesh.normal(k)) {
            (Some(place), Some(normal)) => SurfaceVertex { place: single(place), normal: single(normal) },
            // No triangle has it.
            _ => SurfaceVertex::default(),
        };
        let space = mesh.space().clone();
        let mut pieces = Vec::new();
        let mut marks = Vec::new();
        for path in &scene.paths {
            let places: Vec<_> = path.points.iter().map(|p| space.place(*p).map(single)).collect();
            let both = |w: &[Option<[f32; 3]>]| w[0].zip(w[1]);
            pieces.extend(places.windows(2).filter_map(both).map(|(from, to)| (from, to, path.color)));
            if places.len() <= MOST_DOTS {
                marks.extend(places.into_iter().flatten().map(|p| (PlaneMark::Checkpoint, p, DOT, path.color)));
            }
        }
        for marker in &scene.markers {
            let Some(place) = space.place([marker.a, marker.b, marker.height]) else { continue };
            let radius = if marker.mark == PlaneMark::Minimum { STAR } else { MARKER };
            marks.push((marker.mark, single(place), radius, marker.color));
        }
        Surface {
            vertices: (0..mesh.count()).map(vertex).collect(),
            indices: mesh.indices(),
            columns: mesh.xs().len(),
            contours: scene.contours,
            color_z: space.color_z(),
            space,
            pieces,
            marks,
        }
    }

    /// Rims of the paths, to be painted under the paths.
    pub fn rims(&self) -> impl Iterator<Item = Line> {
        self.pieces.iter().map(|(from, to, _)| Line { from: *from, to: *to, color: RIM, style: [PATH_RIM, 1.0] })
    }

    /// The paths themselves.
    pub fn paths(&self) -> impl Iterator<Item = Line> {
        self.pieces.iter().map(|(from, to, c)| Line { from: *from, to: *to, color: opaque(*c), style: [PATH, 1.0] })
    }

    pub fn markers(&self) -> impl Iterator<Item = Marker> {
        self.marks.iter().map(|(kind, place, radius, color)| Marker {
            place: *place,
            radius: *radius,
            color: opaque(*color),
            rim: RIM,
            kind: match kind {
                PlaneMark::Checkpoint => 0,
                PlaneMark::Init => 1,
                PlaneMark::Minimum => 2,
            },
        })
    }
}

fn single(v: Vector) -> [f32; 3] {
    v.map(|x| x as f32)
}

fn opaque(c: Color) -> [u8; 4] {
    [c.r, c.g, c.b, 255]
}

#[cfg(test)]
mod tests {
    use super::{super::mesh::tests::scene, *};
    use crate::figure::{PlanePath, colors};

    #[test]
    fn sizes_are_those_of_the_shader() {
        let module = naga::front::wgsl::parse_str(include_str!("../../shaders/surface.wgsl")).unwrap();
        let frame = module.types.iter().find(|(_, t)| t.name.as_deref() == Some("Frame")).unwrap().1;
        let naga::TypeInner::Struct { span, .. } = &frame.inner else { panic!("{frame:?} is no struct") };
        assert_eq!(*span as usize, size_of::<Frame>());
        assert_eq!((size_of::<SurfaceVertex>(), size_of::<Line>(), size_of::<Marker>()), (24, 36, 28));
        let end = |attributes: &[wgpu::VertexAttribute]| attributes.last().map(|a| a.offset + a.format.size());
        assert_eq!(end(&SurfaceVertex::ATTRIBUTES), Some(24));
        assert_eq!(end(&Line::ATTRIBUTES), Some(36));
        assert_eq!(end(&Marker::ATTRIBUTES), Some(28));
    }

    #[test]
    fn a_path_breaks_where_it_has_no_place_and_holes_have_no_triangle() {
        let mut s = scene(3, 3, |a, b| a + b);
        s.values[8] = f64::NAN;
        let points = vec![[0.0, 0.0, 0.0], [0.1, 0.0, 0.1], [0.2, 0.0, f64::NAN], [0.3, 0.0, 0.3], [0.4, 0.0, 0.4]];
        s.paths.push(PlanePath { name: String::new(), points, color: colors::SAM });
        let surface = Surface::new(&s, &Mesh::new(&s).unwrap());
        assert_eq!(surface.paths().count(), 2);
        assert_eq!(surface.marks.len(), 4);
        assert!(surface.vertices.len() == 9 && !surface.indices.contains(&8));
        assert!(surface.vertices.iter().all(|v| v.place.iter().chain(&v.normal).all(|x| x.is_finite())));
    }
}
