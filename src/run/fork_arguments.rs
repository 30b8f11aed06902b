//! A fork on the command line: `--fork RUN@STEP` and what differs from its parent.

use super::{Fork, RunSpec};
use crate::{
    named::named_choice,
    optim::{Value, constants_of_a_line},
};

named_choice! {
    /// A setting of the parent that a fork can leave out.
    Left as "setting" {
        /// The average of the iterates.
        #[default] Average = "average",
        /// Nesterov's momentum.
        Nesterov = "nesterov",
        /// The shards of SAM's ascent.
        Shard = "sam-shard",
        /// The batch whose noise a Langevin dynamics is as large as.
        NoiseBatch = "gld-batch",
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
        let (mut switched_on, mut switched_off) = (Vec::new(), Vec::new());
        let may_differ = constants_of_a_line().into_iter().filter(|constant| constant.live && spec.has(constant));
        for constant in may_differ {
            match constant.get(now) {
                value if value == constant.get(was) => {}
                Value::Flag(true) => switched_on.push(format!("--{}", constant.flag)),
                // What can be left out has a name of its own, that of its option.
                Value::Flag(false) => switched_off.extend(constant.flag.parse::<Left>().ok()),
                Value::Limit(None) => left.extend(constant.flag.parse::<Left>().ok()),
                value => give(constant.flag, value.to_string()),
            }
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
        let mut expected = base.probes;
        if spec.probes.names() != base.probes.names() {
            give("probes", spec.probes.names());
            // What is named there is measured, and nothing else.
            expected.set_derivatives("none").unwrap_or_default();
        }
        if let Some(probes) = spec.probes.derivatives_beside(&expected) {
            give("probe", probes);
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
        left.extend(switched_off);
        if !left.is_empty() {
            give("without", left.iter().map(Left::to_string).collect::<Vec<_>>().join(","));
        }
        args.extend(switched_on);
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::constants;

    #[test]
    fn every_constant_that_can_be_left_out_has_its_name_here() {
        for constant in constants() {
            let can_be = matches!(constant.default_value(), Value::Flag(_) | Value::Limit(_));
            assert_eq!(constant.flag.parse::<Left>().is_ok(), can_be, "{constant:?}");
        }
    }
}
