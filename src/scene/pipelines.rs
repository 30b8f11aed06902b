//! How the shader's parts are put together.

use super::{
    gpu::{Frame, Line, Marker, SurfaceVertex},
    target::DEPTH,
};

const SHADER: &str = include_str!("../../shaders/surface.wgsl");

/// One pipeline for each thing that is drawn, in the order of drawing.
#[derive(Debug)]
pub struct Pipelines {
    pub box_lines: wgpu::RenderPipeline,
    pub surface: wgpu::RenderPipeline,
    pub lines_behind: wgpu::RenderPipeline,
    pub markers_behind: wgpu::RenderPipeline,
    pub lines: wgpu::RenderPipeline,
    pub markers: wgpu::RenderPipeline,
}

/// What all pipelines read: the frame, the colours, and how to look them up.
pub fn bindings(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let visible = wgpu::ShaderStages::VERTEX_FRAGMENT;
    let entry = |binding, visibility, ty| wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("surface bindings"),
        entries: &[
            entry(
                0,
                visible,
                wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: false,
                    min_binding_size: std::num::NonZeroU64::new(size_of::<Frame>() as u64),
                },
            ),
            entry(
                1,
                wgpu::ShaderStages::FRAGMENT,
                wgpu::BindingType::Texture {
                    sample_type: wgpu::TextureSampleType::Float { filterable: true },
                    view_dimension: wgpu::TextureViewDimension::D2,
                    multisampled: false,
                },
            ),
            entry(2, wgpu::ShaderStages::FRAGMENT, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering)),
        ],
    })
}

impl Pipelines {
    /// Compiles the shader.
    pub fn new(
        device: &wgpu::Device,
        bindings: &wgpu::BindGroupLayout,
        format: wgpu::TextureFormat,
        samples: u32,
    ) -> Pipelines {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("surface"),
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("surface"),
            bind_group_layouts: &[Some(bindings)],
            immediate_size: 0,
        });
        let pipeline = |shape: Shape, fragment: &str, depth: Depth| {
            let (vertex, buffer) = shape.input();
            device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(fragment),
                layout: Some(&layout),
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: Some(vertex),
                    compilation_options: Default::default(),
                    buffers: &[Some(buffer)],
                },
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: Some(depth.state()),
                multisample: wgpu::MultisampleState { count: samples, ..Default::default() },
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: Some(fragment),
                    compilation_options: Default::default(),
                    targets: &[Some(wgpu::ColorTargetState {
                        format,
                        blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                        write_mask: wgpu::ColorWrites::ALL,
                    })],
                }),
                multiview_mask: None,
                cache: None,
            })
        };
        Pipelines {
            box_lines: pipeline(Shape::Line, "fs_line", Depth::Background),
            surface: pipeline(Shape::Surface, "fs_surface", Depth::Solid),
            lines_behind: pipeline(Shape::Line, "fs_line_behind", Depth::BehindOnce),
            markers_behind: pipeline(Shape::Marker, "fs_marker_behind", Depth::Behind),
            lines: pipeline(Shape::Line, "fs_line", Depth::InFront),
            markers: pipeline(Shape::Marker, "fs_marker", Depth::InFront),
        }
    }
}

/// What a pipeline draws.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Surface,
    Line,
    Marker,
}

impl Shape {
    /// Entry point and input of the vertex stage.
    fn input(self) -> (&'static str, wgpu::VertexBufferLayout<'static>) {
        let layout = |size: usize, step_mode, attributes| wgpu::VertexBufferLayout {
            array_stride: size as u64,
            step_mode,
            attributes,
        };
        let (vertex, instance) = (wgpu::VertexStepMode::Vertex, wgpu::VertexStepMode::Instance);
        match self {
            Shape::Surface => ("vs_surface", layout(size_of::<SurfaceVertex>(), vertex, &SurfaceVertex::ATTRIBUTES)),
            Shape::Line => ("vs_line", layout(size_of::<Line>(), instance, &Line::ATTRIBUTES)),
            Shape::Marker => ("vs_marker", layout(size_of::<Marker>(), instance, &Marker::ATTRIBUTES)),
        }
    }
}

/// How what is drawn relates to what is there.
#[derive(Clone, Copy, Debug)]
enum Depth {
    /// Under everything.
    Background,
    /// Hides what is behind it.
    Solid,
    /// Where nothing hides it.
    InFront,
    /// Where something hides it.
    Behind,
    /// The same, each sample once: the pieces of a line overlap.
    BehindOnce,
}

impl Depth {
    fn state(self) -> wgpu::DepthStencilState {
        let once = wgpu::StencilFaceState {
            compare: wgpu::CompareFunction::Equal,
            pass_op: wgpu::StencilOperation::IncrementClamp,
            ..wgpu::StencilFaceState::IGNORE
        };
        let (compare, write, stencil) = match self {
            Depth::Background => (wgpu::CompareFunction::Always, false, wgpu::StencilFaceState::IGNORE),
            Depth::Solid => (wgpu::CompareFunction::Less, true, wgpu::StencilFaceState::IGNORE),
            Depth::InFront => (wgpu::CompareFunction::LessEqual, false, wgpu::StencilFaceState::IGNORE),
            Depth::Behind => (wgpu::CompareFunction::Greater, false, wgpu::StencilFaceState::IGNORE),
            Depth::BehindOnce => (wgpu::CompareFunction::Greater, false, once),
        };
        wgpu::DepthStencilState {
            format: DEPTH,
            depth_write_enabled: Some(write),
            depth_compare: Some(compare),
            stencil: wgpu::StencilState { front: stencil, back: stencil, read_mask: 0xFF, write_mask: 0xFF },
            bias: wgpu::DepthBiasState::default(),
        }
    }
}
