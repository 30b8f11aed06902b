//! Prints triangles into a texture of the window, so that a frame that shows them again costs one rectangle. Only with a graphics
//! device.

use std::sync::Arc;

use eframe::egui_wgpu::{
    RenderState,
    wgpu::{self, util::DeviceExt as _},
};
use egui::{Mesh, Rect, TextureId, epaint::Vertex};

/// What egui takes as a texture: display values.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
const SHADER: &str = include_str!("../../../shaders/print.wgsl");
/// What the shader reads of a vertex.
const ATTRIBUTES: [wgpu::VertexAttribute; 3] = wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Uint32];

/// The device with what it needs for printing.
pub struct Press {
    gpu: RenderState,
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
}

/// What was printed. Its texture goes with it.
pub struct Print {
    gpu: RenderState,
    view: wgpu::TextureView,
    size: [u32; 2],
    /// The window's name for it.
    pub texture: TextureId,
}

impl Press {
    /// Compiles the shader.
    pub fn new(gpu: &RenderState) -> Press {
        let device = &gpu.device;
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("print"),
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::VERTEX,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            }],
        });
        Press { pipeline: pipeline(device, &layout), layout, gpu: gpu.clone() }
    }

    /// Prints what lies in `place`, whose corners are on whole pixels, of which there are `scale` to a point; into the texture of the
    /// print before, if that has the size. `None` when the device has no room for it.
    pub fn print(&self, mesh: &Mesh, place: Rect, scale: f32, before: Option<&Arc<Print>>) -> Option<Arc<Print>> {
        let size = [place.width(), place.height()].map(|n| (n * scale).round().max(1.0) as u32);
        let limits = self.gpu.device.limits();
        let bytes = size_of_val(mesh.vertices.as_slice()).max(size_of_val(mesh.indices.as_slice()));
        if size.iter().any(|n| *n > limits.max_texture_dimension_2d) || bytes as u64 > limits.max_buffer_size {
            return None;
        }
        let print = match before.filter(|print| print.size == size) {
            Some(print) => Arc::clone(print),
            None => Arc::new(self.blank(size)),
        };
        self.draw(mesh, place, &print.view);
        Some(print)
    }

    /// A texture with nothing on it.
    fn blank(&self, size: [u32; 2]) -> Print {
        let texture = self.gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("print"),
            size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        // On whole pixels this is each pixel's own colour; while it is moved it lies between them.
        let filter = wgpu::FilterMode::Linear;
        let texture = self.gpu.renderer.write().register_native_texture(&self.gpu.device, &view, filter);
        Print { gpu: self.gpu.clone(), view, size, texture }
    }

    fn draw(&self, mesh: &Mesh, place: Rect, view: &wgpu::TextureView) {
        let device = &self.gpu.device;
        let buffer = |label: &'static str, contents: &[u8], usage| {
            device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label: Some(label), contents, usage })
        };
        let corner = [place.left(), place.top(), place.width(), place.height()];
        let corner = buffer("place of a print", bytemuck::cast_slice(&corner), wgpu::BufferUsages::UNIFORM);
        let vertices = buffer("print", bytemuck::cast_slice(&mesh.vertices), wgpu::BufferUsages::VERTEX);
        let indices = buffer("print", bytemuck::cast_slice(&mesh.indices), wgpu::BufferUsages::INDEX);
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("print"),
            layout: &self.layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: corner.as_entire_binding() }],
        });
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("print") });
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("print"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                    store: wgpu::StoreOp::Store,
                },
            })],
            depth_stencil_attachment: None,
            timestamp_writes: None,
            occlusion_query_set: None,
            multiview_mask: None,
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &bindings, &[]);
        pass.set_vertex_buffer(0, vertices.slice(..));
        pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(0..mesh.indices.len() as u32, 0, 0..1);
        drop(pass);
        self.gpu.queue.submit([encoder.finish()]);
    }
}

impl Drop for Print {
    fn drop(&mut self) {
        self.gpu.renderer.write().free_texture(&self.texture);
    }
}

fn pipeline(device: &wgpu::Device, bindings: &wgpu::BindGroupLayout) -> wgpu::RenderPipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("print"),
        source: wgpu::ShaderSource::Wgsl(SHADER.into()),
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("print"),
        bind_group_layouts: &[Some(bindings)],
        immediate_size: 0,
    });
    let vertices = wgpu::VertexBufferLayout {
        array_stride: size_of::<Vertex>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &ATTRIBUTES,
    };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("print"),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs_print"),
            compilation_options: Default::default(),
            buffers: &[Some(vertices)],
        },
        // Neither order of corners is the back of anything.
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs_print"),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format: FORMAT,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
