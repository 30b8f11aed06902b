//! Draws surfaces with wgpu, into a texture for the window or a picture for a file. Knows nothing of windows.

use wgpu::util::DeviceExt as _;

use super::{
    Axes, Camera, Look, Mesh, Scene, Target,
    error::RenderError,
    gpu::{Frame, Line, Surface},
    pipelines::{Pipelines, bindings},
};

/// Colours of pictures that are read back: red first, display values.
const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Four samples a pixel, which every device can do.
const SAMPLES: u32 = 4;

/// A picture on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub width: u32,
    pub height: u32,
    /// Red, green, blue, alpha (255 everywhere), row after row from the top.
    pub rgba: Vec<u8>,
}

/// Pipelines, and the surface that was uploaded last.
#[derive(Debug)]
pub struct Renderer {
    device: wgpu::Device,
    queue: wgpu::Queue,
    format: wgpu::TextureFormat,
    samples: u32,
    pipelines: Pipelines,
    layout: wgpu::BindGroupLayout,
    frame: wgpu::Buffer,
    uploaded: Option<Uploaded>,
}

#[derive(Debug)]
struct Uploaded {
    surface: Surface,
    vertices: wgpu::Buffer,
    indices: wgpu::Buffer,
    bindings: wgpu::BindGroup,
}

impl Renderer {
    /// Compiles the shader for targets of `format` (not an sRGB one: colours are display values) with 1 or 4 `samples`.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue, format: wgpu::TextureFormat, samples: u32) -> Renderer {
        let layout = bindings(device);
        let frame = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("surface frame"),
            size: size_of::<Frame>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Renderer {
            pipelines: Pipelines::new(device, &layout, format, samples),
            device: device.clone(),
            queue: queue.clone(),
            format,
            samples,
            layout,
            frame,
            uploaded: None,
        }
    }

    /// Brings a surface to the device; it stays until the next one.
    pub fn upload(&mut self, scene: &Scene, mesh: &Mesh) {
        let surface = Surface::new(scene, mesh);
        let buffer = |label, contents: &[u8], usage| {
            self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label: Some(label), contents, usage })
        };
        let lut = self.device.create_texture_with_data(
            &self.queue,
            &wgpu::TextureDescriptor {
                label: Some("surface colours"),
                size: wgpu::Extent3d { width: 256, height: 1, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::Rgba8Unorm,
                usage: wgpu::TextureUsages::TEXTURE_BINDING,
                view_formats: &[],
            },
            wgpu::util::TextureDataOrder::LayerMajor,
            scene.lut.as_flattened(),
        );
        let sampler = self.device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("surface colours"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("surface bindings"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: self.frame.as_entire_binding() },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::TextureView(&lut.create_view(&Default::default())),
                },
                wgpu::BindGroupEntry { binding: 2, resource: wgpu::BindingResource::Sampler(&sampler) },
            ],
        });
        self.uploaded = Some(Uploaded {
            vertices: buffer("surface vertices", bytemuck::cast_slice(&surface.vertices), wgpu::BufferUsages::VERTEX),
            indices: buffer("surface indices", bytemuck::cast_slice(&surface.indices), wgpu::BufferUsages::INDEX),
            bindings,
            surface,
        });
    }

    /// A target that this renderer can draw into.
    pub fn target(&self, size: [u32; 2]) -> Target {
        Target::new(&self.device, self.format, self.samples, size)
    }

    /// Draws the uploaded surface; before the first upload, the background alone.
    pub fn draw(&self, target: &Target, camera: &Camera, look: &Look) {
        let mut encoder =
            self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("surface") });
        let (view, resolve_target) = match &target.samples {
            Some(samples) => (samples, Some(&target.view)),
            None => (&target.view, None),
        };
        let [r, g, b] = [look.background.r, look.background.g, look.background.b].map(|c| f64::from(c) / 255.0);
        // The samples are of no use once resolved.
        let store = if resolve_target.is_some() { wgpu::StoreOp::Discard } else { wgpu::StoreOp::Store };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("surface"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a: 1.0 }), store },
            })],
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &target.depth,
                depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(1.0), store: wgpu::StoreOp::Discard }),
                stencil_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(0), store: wgpu::StoreOp::Discard }),
            }),
            timestamp_writes: None,
            occlusion_query_set: None,
            multiview_mask: None,
        });
        if let Some(uploaded) = &self.uploaded {
            self.draw_uploaded(&mut pass, uploaded, target, camera, look);
        }
        drop(pass);
        self.queue.submit([encoder.finish()]);
    }

    fn draw_uploaded(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        uploaded: &Uploaded,
        target: &Target,
        camera: &Camera,
        look: &Look,
    ) {
        let surface = &uploaded.surface;
        let frame = Frame::new(surface, camera, look, target.size());
        self.queue.write_buffer(&self.frame, 0, bytemuck::bytes_of(&frame));
        let axes = Axes::new(&surface.space, camera);
        let box_lines = axes.segments.iter().map(|s| Line::of_box(s, look)).collect();
        let rims = self.instances("rims of paths", surface.rims().collect());
        let paths = self.instances("paths", surface.paths().collect());
        let markers = self.instances("markers", surface.markers().collect());
        let box_lines = self.instances("box", box_lines);

        let p = &self.pipelines;
        pass.set_bind_group(0, &uploaded.bindings, &[]);
        box_lines.draw(pass, &p.box_lines);
        pass.set_pipeline(&p.surface);
        pass.set_vertex_buffer(0, uploaded.vertices.slice(..));
        pass.set_index_buffer(uploaded.indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(0..surface.indices.len() as u32, 0, 0..1);
        paths.draw(pass, &p.lines_behind);
        markers.draw(pass, &p.markers_behind);
        rims.draw(pass, &p.lines);
        paths.draw(pass, &p.lines);
        markers.draw(pass, &p.markers);
    }

    fn instances<T: bytemuck::NoUninit>(&self, label: &str, list: Vec<T>) -> Instances {
        let buffer = (!list.is_empty()).then(|| {
            self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some(label),
                contents: bytemuck::cast_slice(&list),
                usage: wgpu::BufferUsages::VERTEX,
            })
        });
        Instances { buffer, count: list.len() as u32 }
    }
}

/// Rectangles, one for each element of a buffer.
struct Instances {
    /// `None` when there are none.
    buffer: Option<wgpu::Buffer>,
    count: u32,
}

impl Instances {
    fn draw(&self, pass: &mut wgpu::RenderPass<'_>, pipeline: &wgpu::RenderPipeline) {
        if let Some(buffer) = &self.buffer {
            pass.set_pipeline(pipeline);
            pass.set_vertex_buffer(0, buffer.slice(..));
            pass.draw(0..6, 0..self.count);
        }
    }
}

/// Draws a surface of its own and brings the picture to the host. `size` is (width, height) in pixels.
///
/// # Errors
/// When the scene cannot be shown, the picture is too large for the device, or the device is lost.
pub fn render_to_image(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    scene: &Scene,
    camera: &Camera,
    size: [u32; 2],
    look: &Look,
) -> Result<Image, RenderError> {
    let limit = device.limits().max_texture_dimension_2d;
    let [width, height] = size;
    if !size.iter().all(|n| (1..=limit).contains(n)) {
        return Err(RenderError::Size { width, height, limit });
    }
    let mesh = Mesh::new(scene)?;
    let mut renderer = Renderer::new(device, queue, PICTURE_FORMAT, SAMPLES);
    renderer.upload(scene, &mesh);
    let target = renderer.target(size);
    renderer.draw(&target, camera, look);
    Ok(Image { width, height, rgba: target.read(device, queue)? })
}
