//! What is measured at every step: one file of [`probes`](super::probes) per probe, all of them in one list.

/// A number that is measured at every step of a walk.
///
/// A probe sees the step and nothing else; one that has to ask the objective is a [`LineProbe`], too. What it measures is kept in run files under its name, drawn, exported and
/// explained without being mentioned anywhere but in [`PROBES`](super::PROBES).
pub trait Probe: Sync {
    /// The word for it in `--probes`, in manifests and in run files; never changed once there are files with it.
    fn name(&self) -> &'static str;

    /// Its key in JSON and its column in CSV.
    fn key(&self) -> &'static str {
        self.name()
    }

    /// In words, for titles and legends.
    fn title(&self) -> &'static str;

    /// Symbol and unit, for an axis. `_x` and `_{…}` set a subscript.
    fn label(&self) -> &'static str;

    /// What it is, in a line without a full stop.
    fn about(&self) -> &'static str;

    /// What exactly the number is, and where the definition comes from, in whole sentences.
    fn definition(&self) -> &'static str;

    /// Whether it needs g_{t−1}: then a run keeps it with its checkpoints, so that forks measure the same.
    fn needs_previous_gradient(&self) -> bool {
        false
    }

    /// Whether a run measures it without being asked to. What costs whole losses has to be asked for by its name.
    fn is_usual(&self) -> bool {
        true
    }

    /// How it measures where the step alone does not tell; [`Probe::measure`] then gives nothing.
    fn line(&self) -> Option<&dyn LineProbe> {
        None
    }

    /// The number at this step; `None` when it has none there, NaN when it was measured and is not a number.
    fn measure(&self, step: &StepView<'_>) -> Option<f64>;
}

/// A probe that needs further losses on the line of the step.
pub trait LineProbe: Sync {
    /// The number at this step; `None` when it has none there, or when a loss could not be measured.
    fn measure(&self, step: &StepView<'_>, line: &mut dyn Line) -> Option<f64>;
}

/// The training loss on the line of a step, measured when it is asked for.
pub trait Line {
    /// L(θ_t + a (θ_{t+1} − θ_t)) over the whole training set; `None` when it could not be measured, and whoever owns the
    /// line knows why.
    fn loss(&mut self, a: f64) -> Option<f64>;
}

/// A step from θ_t to θ_{t+1} as probes see it.
#[derive(Clone, Copy, Debug)]
pub struct StepView<'a> {
    /// Iteration, counted from 0.
    pub t: u64,
    /// θ_t.
    pub theta: &'a [f32],
    /// Where the run started.
    pub theta_0: &'a [f32],
    /// θ_{t+1}; `None` when the step cannot be made because a number is not finite.
    pub next: Option<&'a [f32]>,
    /// g_t, the gradient of the mini-batch at θ_t, with every optimizer.
    pub gradient: &'a [f32],
    /// ‖g_t‖₂, which every step computes anyway.
    pub gradient_norm: f64,
    /// g_{t−1}; `None` at the first step.
    pub previous_gradient: Option<&'a [f32]>,
    /// Loss of the mini-batch at θ_t.
    pub batch_loss: f64,
    /// η of this step, after the schedule.
    pub learning_rate: f64,
    /// Examples in the batch.
    pub batch: u64,
    /// Of the noise of a Langevin dynamics; `None` with every other optimizer.
    pub noise: Option<NoiseSize>,
}

/// How large the noise of a Langevin dynamics is, beside that of SGD.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseSize {
    /// E‖ε‖².
    pub power: f64,
    /// Tr Σ, the same of SGD, where the noise was last measured; `None` where that was not asked for.
    pub of_sgd: Option<f64>,
}
