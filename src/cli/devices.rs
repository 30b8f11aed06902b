//! `valleyscope devices`: what can train here, and what `auto` would take.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::Ended;
use crate::{device, run::DeviceChoice};

#[derive(Args, Debug)]
pub struct DevicesArgs {
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

impl DevicesArgs {
    pub fn run(&self) -> Result<Ended> {
        let mut out = io::stdout().lock();
        let auto = device::choose(DeviceChoice::Auto)?;
        let cpu = device::cpu();
        let adapters = device::adapters();
        if self.json {
            writeln!(out, "{}", json!({"event": "device", "name": cpu.name, "kind": "cpu", "auto": auto.is_cpu}))?;
            let mut free = !auto.is_cpu;
            for a in adapters {
                let is_auto = a.is_gpu && std::mem::take(&mut free);
                let line = json!({"event": "device", "name": a.name, "kind": a.kind, "api": a.api, "driver": a.driver, "auto": is_auto});
                writeln!(out, "{line}")?;
            }
            return Ok(Ended::Well);
        }
        writeln!(out, "cpu   {}", cpu.name)?;
        for a in adapters {
            let note = if a.is_gpu { "" } else { "  (runs on the CPU: only for tests, --device gpu)" };
            writeln!(out, "gpu   {}, {}, {} {}{note}", a.name, a.kind, a.api, a.driver)?;
        }
        if adapters.is_empty() {
            writeln!(out, "gpu   none: no Vulkan, Metal or DirectX 12 driver was found")?;
        }
        writeln!(out, "auto  {}", auto.name)?;
        Ok(Ended::Well)
    }
}
