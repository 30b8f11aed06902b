//! Textures that a surface is drawn into.

use super::error::RenderError;

/// Depth and stencil.
pub const DEPTH: wgpu::TextureFormat = wgpu::TextureFormat::Depth24PlusStencil8;

/// A picture in the making: samples, depths, and the finished colours.
#[derive(Debug)]
pub struct Target {
    size: [u32; 2],
    format: wgpu::TextureFormat,
    /// `None` without multisampling: drawn straight into the colours.
    pub(super) samples: Option<wgpu::TextureView>,
    pub(super) depth: wgpu::TextureView,
    color: wgpu::Texture,
    pub(super) view: wgpu::TextureView,
}

impl Target {
    /// Textures of `size` (width, height) in pixels, at least 1 and at most what the device allows.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat, samples: u32, size: [u32; 2]) -> Target {
        let limit = device.limits().max_texture_dimension_2d;
        let size = size.map(|n| n.clamp(1, limit));
        let texture = |label, sample_count, format, usage| {
            device.create_texture(&wgpu::TextureDescriptor {
                label: Some(label),
                size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage,
                view_formats: &[],
            })
        };
        let view = |t: &wgpu::Texture| t.create_view(&wgpu::TextureViewDescriptor::default());
        let drawn = wgpu::TextureUsages::RENDER_ATTACHMENT;
        let color = texture(
            "surface picture",
            1,
            format,
            drawn | wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_SRC,
        );
        Target {
            size,
            format,
            samples: (samples > 1).then(|| view(&texture("surface samples", samples, format, drawn))),
            depth: view(&texture("surface depth", samples, DEPTH, drawn)),
            view: view(&color),
            color,
        }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// The finished colours.
    pub fn view(&self) -> &wgpu::TextureView {
        &self.view
    }

    /// Waits for the picture and brings it to the host: 4 bytes a pixel in the format's order, row after row.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn read(&self, device: &wgpu::Device, queue: &wgpu::Queue) -> Result<Vec<u8>, RenderError> {
        debug_assert_eq!(self.format.block_copy_size(None), Some(4));
        let [width, height] = self.size;
        // Rows of a copy start at multiples of 256 bytes.
        let row = 4 * width as usize;
        let padded = row.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT as usize);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("surface picture on the host"),
            size: (padded * height as usize) as u64,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder =
            device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("read surface") });
        encoder.copy_texture_to_buffer(
            self.color.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(padded as u32),
                    rows_per_image: Some(height),
                },
            },
            self.color.size(),
        );
        queue.submit([encoder.finish()]);
        let (sender, answer) = std::sync::mpsc::sync_channel(1);
        buffer.map_async(wgpu::MapMode::Read, .., move |outcome| drop(sender.send(outcome)));
        device.poll(wgpu::PollType::wait_indefinitely()).map_err(|e| RenderError::Device(e.to_string()))?;
        let gone = || RenderError::Device("it gave no answer".into());
        answer.recv().map_err(|_| gone())?.map_err(|e| RenderError::Device(e.to_string()))?;
        let mapped = buffer.get_mapped_range(..).map_err(|e| RenderError::Device(e.to_string()))?;
        Ok(mapped.chunks_exact(padded).flat_map(|line| &line[..row]).copied().collect())
    }
}
