//! A fork on the command line: `--fork RUN@STEP` and what differs from its parent.

use super::{Fork, RunSpec};
use crate::{named::named_choice, optim::OptimizerKind};

named_choice! {
    /// A setting of the parent that a fork can leave out.
    Left as "setting" {
        /// The average of the iterates.
        #[default] Average = "average",
        /// Nesterov's momentum.
        Nesterov = "nesterov",
        /// The shards of SAM's ascent.
        Shard = "sam-shard",
        /// Checkpoints between the first and the last.
        Checkpoints = "checkpoint-every",
    }
}

impl Fork {
    /// The inverse of what the command line makes of its options.
    pub(super) fn arguments(&self, spec: &RunSpec) -> Vec<String> {
        let base = &*self.base;
        let file = self.file.as_ref().map_or("NOT-RECORDED".into(), |file| file.display().to_string());
        let mut args = vec!["--fork".to_string(), format!("{file}@{}", self.step)];
        let mut give = |name: &str, value: String| args.extend([format!("--{name}"), value]);
        let (now, was) = (&spec.optimizer, &base.optimizer);
        let mut left = Vec::new();
        if now.kind != was.kind {
            give("optimizer", now.kind.to_string());
        }
        if now.momentum != was.momentum {
            give("momentum", now.momentum.to_string());
        }
        if spec.kinds().any(OptimizerKind::is_sharpness_aware) {
            if now.rho != was.rho {
                give("rho", now.rho.to_string());
            }
            if now.sam_norm != was.sam_norm {
                give("sam-norm", now.sam_norm.to_string());
            }
            match now.sam_shard {
                shard if shard == was.sam_shard => {}
                Some(m) => give("sam-shard", m.to_string()),
                None => left.push(Left::Shard),
            }
        }
        if spec.kinds().any(|kind| kind == OptimizerKind::Psam) {
            if now.psam_until != was.psam_until {
                give("psam-until", now.psam_until.to_string());
            }
            if now.psam_period != was.psam_period {
                give("psam-period", now.psam_period.to_string());
            }
        }
        if now.weight_decay != was.weight_decay {
            give("weight-decay", now.weight_decay.to_string());
        }
        // Another optimizer leaves the parent's plan behind.
        let expected = if now.kind == was.kind { base.switch.clone() } else { Default::default() };
        if spec.switch != expected {
            give("switch", if spec.switch.is_empty() { "none".into() } else { spec.switch.to_string() });
        }
        match &spec.average {
            average if *average == base.average => {}
            Some(average) => give("average", average.to_string()),
            None => left.push(Left::Average),
        }
        if spec.lr != base.lr {
            give("lr", spec.lr.to_string());
        }
        if spec.schedule != base.schedule {
            give("schedule", spec.schedule.to_string());
        }
        if spec.batch != base.batch {
            give("batch", spec.batch.to_string());
        }
        if spec.length != base.length {
            let (name, n) = spec.length.argument();
            give(name, n.to_string());
        }
        if spec.device != base.device {
            give("device", spec.device.to_string());
        }
        if let Some(dir) = spec.data.dir.as_ref().filter(|dir| base.data.dir.as_ref() != Some(dir)) {
            give("data-dir", dir.display().to_string());
        }
        if spec.probes.names() != base.probes.names() {
            give("probes", spec.probes.names());
        }
        if spec.probes.step_every != base.probes.step_every {
            give("every", format!("step:{}", spec.probes.step_every));
        }
        if spec.probes.slice_every != base.probes.slice_every {
            give("every", format!("slice:{}", spec.probes.slice_every));
        }
        if spec.norm_mode != base.norm_mode {
            give("bn", spec.norm_mode.to_string());
        }
        match spec.checkpoint_every {
            every if every == base.checkpoint_every => {}
            Some(n) => give("checkpoint-every", n.to_string()),
            None => left.push(Left::Checkpoints),
        }
        if was.nesterov && !now.nesterov {
            left.push(Left::Nesterov);
        }
        if !left.is_empty() {
            give("without", left.iter().map(Left::to_string).collect::<Vec<_>>().join(","));
        }
        if now.nesterov && !was.nesterov {
            args.push("--nesterov".into());
        }
        args
    }
}
