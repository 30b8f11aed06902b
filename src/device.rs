//! Which processor the tensors live on, chosen at run time.

use std::sync::LazyLock;

use burn::tensor::{Device, DeviceKind};

use crate::{net::Kernels, run::DeviceChoice};

/// A device and its name for people.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub device: Device,
    /// "CPU (avx512, 2 threads)" with the kernels in use, or the adapter's name.
    pub name: String,
    /// Whether tensors live on the CPU, where chunks may run in parallel.
    pub is_cpu: bool,
}

/// A graphics adapter that wgpu can use.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Adapter {
    pub name: String,
    /// Vulkan, Metal, Dx12.
    pub api: String,
    pub driver: String,
    /// Discrete, integrated, virtual, software.
    pub kind: &'static str,
    /// A software adapter runs on the CPU, much slower than our CPU device: never chosen by `auto`.
    pub is_gpu: bool,
}

/// No device of the wanted kind.
#[derive(Debug, thiserror::Error)]
#[error(
    "no graphics adapter was found for the device gpu; install a Vulkan driver, or use the processor (--device cpu)"
)]
pub struct NoAdapter;

/// All adapters, in wgpu's order; looked for once, because drivers take their time.
pub fn adapters() -> &'static [Adapter] {
    static FOUND: LazyLock<Vec<Adapter>> = LazyLock::new(enumerate);
    &FOUND
}

fn enumerate() -> Vec<Adapter> {
    // An OpenGL library would be loaded, too, and complain where there is no session.
    let backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let found = pollster_block(instance.enumerate_adapters(backends));
    found
        .into_iter()
        .map(|a| {
            let info = a.get_info();
            let kind = match info.device_type {
                wgpu::DeviceType::DiscreteGpu => "discrete GPU",
                wgpu::DeviceType::IntegratedGpu => "integrated GPU",
                wgpu::DeviceType::VirtualGpu => "virtual GPU",
                wgpu::DeviceType::Cpu => "software",
                wgpu::DeviceType::Other => "other",
            };
            let is_gpu = !matches!(info.device_type, wgpu::DeviceType::Cpu | wgpu::DeviceType::Other);
            Adapter { name: info.name, api: info.backend.to_string(), driver: info.driver_info, kind, is_gpu }
        })
        .collect()
}

/// The CPU.
pub fn cpu() -> Chosen {
    let threads = rayon::current_num_threads();
    let plural = if threads == 1 { "" } else { "s" };
    // A choice that makes no sense was refused when the program began.
    let kernels = Kernels::chosen().map_or("portable", Kernels::name);
    Chosen { device: Device::flex(), name: format!("CPU ({kernels}, {threads} thread{plural})"), is_cpu: true }
}

/// Turns a choice into a device. `auto` takes a real GPU if there is one, else the CPU.
pub fn choose(choice: DeviceChoice) -> Result<Chosen, NoAdapter> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Auto if !may_have_gpu() => Ok(cpu()),
        DeviceChoice::Auto => match best(adapters()).filter(|a| a.is_gpu) {
            Some(adapter) => Ok(gpu(adapter)),
            None => Ok(cpu()),
        },
        DeviceChoice::Gpu => best(adapters()).map(gpu).ok_or(NoAdapter),
    }
}

/// Whether there may be a real GPU. On Linux one has a device file, so that where there is none no driver is loaded, which
/// takes its time and may complain that there is no session.
fn may_have_gpu() -> bool {
    let exists = |path: &str| std::path::Path::new(path).exists();
    let renders = || {
        let mut files = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
        files.any(|file| file.file_name().to_string_lossy().starts_with("renderD"))
    };
    !cfg!(target_os = "linux") || exists("/dev/nvidiactl") || exists("/dev/dxg") || renders()
}

/// The adapter that the runtime takes by default: discrete before integrated before virtual before software.
fn best(all: &[Adapter]) -> Option<&Adapter> {
    let rank = |a: &&Adapter| KINDS.iter().position(|k| *k == a.kind).unwrap_or(KINDS.len());
    all.iter().min_by_key(rank)
}

const KINDS: [&str; 5] = ["discrete GPU", "integrated GPU", "virtual GPU", "other", "software"];

fn gpu(adapter: &Adapter) -> Chosen {
    // The runtime's own default prefers discrete over integrated over software, as `adapter` was chosen here.
    Chosen {
        device: Device::wgpu(DeviceKind::DefaultDevice),
        name: format!("{} ({}, {})", adapter.name, adapter.kind, adapter.api),
        is_cpu: false,
    }
}

/// wgpu enumerates natively without ever pending; this avoids an executor for one call.
fn pollster_block<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}
