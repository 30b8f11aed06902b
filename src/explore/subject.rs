//! From a request's files to an objective and the points on it.

use std::path::Path;

use super::{
    context::Context,
    error::ExploreError,
    fit::{Fit, Look},
    limits::Limits,
    request::{AUTO, Subject},
    settings::{Asked, Data, Kept},
};
use crate::{
    checkpoint::{Checkpoint, labels},
    data::{DataError, DataSpec, FileSum, Pixels, scale_words},
    device,
    net::{Network, State, recognise},
    objective::{Interrupt, Objective, Subset, needs},
    probe::{Evaluation, NormMode},
    run::{RunSpec, net_title, paths},
    survey::Measured,
};

/// A subject with its data, network and device in place.
pub struct Setting {
    pub objective: Objective,
    pub norm_mode: NormMode,
    /// What is known about it, for captions and files.
    pub about: About,
    /// What was loaded, for the identity of records.
    pub(super) loaded: Loaded,
}

/// The data as they were loaded.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    /// A run's own, when it was asked for nothing else.
    pub spec: DataSpec,
    pub seed: u64,
    /// Whether `spec` and `seed` are a run's own.
    pub of_run: bool,
    pub files: Vec<FileSum>,
}

impl Loaded {
    /// Reads the data, unless they are in memory.
    fn read(kept: &Kept, spec: &DataSpec, seed: u64, of_run: bool) -> Result<(Loaded, Data), ExploreError> {
        let data = kept.data(spec, seed)?;
        Ok((Loaded { spec: spec.clone(), seed, of_run, files: data.dataset.files.clone() }, data))
    }
}

/// What the numbers were measured on, in words and figures.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct About {
    /// The `--net` that builds the network.
    pub net: String,
    /// The network's layers in words.
    pub network: String,
    /// Dimension D of θ.
    pub parameters: u64,
    pub data: String,
    /// How the data's numbers came from pixels.
    #[serde(skip)]
    pub pixels: String,
    pub train_count: u64,
    pub test_count: u64,
    pub loss: String,
    /// Batch-norm statistics; `None` when the network has no batch norm and they do not matter.
    pub bn: Option<String>,
    pub device: String,
    /// What was done to the files on the way in.
    pub notes: Vec<String>,
    /// Where running variances fall below 0; numbers know it by themselves.
    #[serde(skip)]
    pub limits: Limits,
}

impl Subject {
    /// What a run is measured on by itself, with these batch-norm statistics.
    pub fn of_run(spec: &RunSpec, norm_mode: NormMode) -> Subject {
        Subject {
            data: spec.data.clone(),
            net: spec.net.clone(),
            loss: spec.loss,
            norm_mode,
            device: spec.device,
            seed: spec.seed,
        }
    }
}

impl About {
    /// One line for under a picture.
    pub fn caption(&self) -> String {
        let bn = self.bn.as_ref().map_or(String::new(), |bn| format!(" · {bn}"));
        let net = net_title(&self.net);
        format!(
            "{net}, {} parameters · {}, {} training and {} test images · {}{bn}",
            self.parameters, self.data, self.train_count, self.test_count, self.loss
        )
    }
}

/// Looks whether a checkpoint's network is right about the images; `None` where it does not fit, which others say.
fn look(
    subject: &Subject,
    first: &Checkpoint,
    loaded: &Loaded,
    data: &Data,
    net: &str,
    interrupt: &Interrupt,
) -> Result<Option<Fit>, ExploreError> {
    let dataset = &data.dataset;
    let Ok(network) = Network::build(net, dataset.shape, dataset.classes) else { return Ok(None) };
    let Ok(state) = first.point(&network, subject.norm_mode) else { return Ok(None) };
    let device = device::choose(subject.device)?;
    let look = Look {
        network: &network,
        state: &state,
        spec: &loaded.spec,
        data: dataset,
        loss: subject.loss,
        norm_mode: subject.norm_mode,
        device: &device,
        interrupt,
        best: subject.data.pixels == Some(Pixels::Auto),
    };
    look.fit().map(Some)
}

/// Looks how often a checkpoint's network is right about the images of a subject, and whether another range of pixels would
/// suit it better.
///
/// # Errors
/// Everything that can be wrong with the file, the data, the network or the device, with what to do about it.
pub fn fit(subject: &Subject, path: &Path, context: impl Into<Context>) -> Result<Option<Fit>, ExploreError> {
    let context: Context = context.into();
    let first = read(path)?;
    let kept = context.settings.lock();
    let mut spec = subject.data.clone();
    spec.pixels = spec.pixels.filter(|pixels| *pixels != Pixels::Auto);
    let (loaded, data) = Loaded::read(&kept, &spec, subject.seed, false)?;
    drop(kept);
    let net = match &first.run {
        Some(run) if subject.net == AUTO => run.spec.net.clone(),
        _ if subject.net == AUTO => {
            let found = recognise(&first.shapes(), Some(data.dataset.shape));
            found.map_err(|cause| ExploreError::Unrecognised { path: path.into(), cause: cause.to_string() })?.net
        }
        _ => subject.net.clone(),
    };
    look(subject, &first, &loaded, &data, &net, &context.interrupt)
}

/// Reads a checkpoint, `FILE` or a run file's `FILE@STEP`.
pub(super) fn read(path: &Path) -> Result<Checkpoint, ExploreError> {
    Ok(Checkpoint::read(path)?)
}

impl Setting {
    /// Loads data and device and builds the network that `first` belongs to.
    ///
    /// # Errors
    /// Everything that can be wrong with data, network or device, with what to do about it.
    pub fn open(subject: &Subject, first: &Checkpoint, context: impl Into<Context>) -> Result<Setting, ExploreError> {
        let context: Context = context.into();
        let mut kept = context.settings.lock();
        let is_auto = subject.data.pixels == Some(Pixels::Auto);
        if is_auto && (subject.data.mean.is_some() || subject.data.std.is_some()) {
            let cause = "the automatic range of pixels is looked for; leave out mean and deviation (--mean, --std), or give the range (--pixels)".to_string();
            return Err(DataError::Scale(cause).into());
        }
        let asked = DataSpec { pixels: subject.data.pixels.filter(|_| !is_auto), ..subject.data.clone() };
        // A run knows its data; what was asked for goes before.
        let is_silent = DataSpec { dir: None, ..asked.clone() } == DataSpec::default();
        let own = first.run.as_ref().filter(|_| is_silent).map(|m| &m.spec);
        let (spec, seed) = match own {
            Some(run) => {
                // Where the files lie is a matter of the machine.
                let data = DataSpec { dir: asked.dir.clone().or(run.data.dir.clone()), ..run.data.clone() };
                let named = paths::of_data(&data).into_iter().filter(|(_, path)| Some(*path) != asked.dir.as_deref());
                paths::check(&first.path, named)?;
                (data, run.seed)
            }
            None => (asked, subject.seed),
        };
        let (mut loaded, mut data) = Loaded::read(&kept, &spec, seed, own.is_some())?;
        let mut notes = first.notes.clone();
        let net = if let Some(run) = first.run.as_ref().filter(|_| subject.net == AUTO) {
            run.spec.net.clone()
        } else if subject.net == AUTO {
            let found = recognise(&first.shapes(), Some(data.dataset.shape))
                .map_err(|cause| ExploreError::Unrecognised { path: first.path.clone(), cause: cause.to_string() })?;
            notes.push(format!("recognised as {}", net_title(&found.net)));
            notes.extend(found.assumes.map(String::from));
            found.net
        } else {
            subject.net.clone()
        };
        // A run's own images are prepared as they were when it was trained.
        if first.run.is_none()
            && let Some(fit) = look(subject, first, &loaded, &data, &net, &context.interrupt)?
        {
            match fit.better.as_ref().filter(|_| is_auto) {
                Some((range, share)) => {
                    let mut spec = loaded.spec.clone();
                    range.put(&mut spec);
                    (loaded, data) = Loaded::read(&kept, &spec, seed, false)?;
                    notes.push(format!(
                        "pixels: {} of {} training images right with {}, {} with {}; that was taken",
                        fit.train.percent(),
                        fit.train.of,
                        fit.range.map_or("none".into(), |range| range.words()),
                        share.percent(),
                        range.words()
                    ));
                }
                None => notes.push(fit.words()),
            }
        }
        notes.extend(data.dataset.notes.iter().cloned());
        Setting::build(subject, loaded, net, &data, notes, &mut kept, context.interrupt.clone())
    }

    /// The setting of a run: its data, its network and its loss. `subject` has to name them.
    ///
    /// # Errors
    /// Everything that can be wrong with data, network or device, with what to do about it.
    pub fn of(subject: &Subject, context: impl Into<Context>) -> Result<Setting, ExploreError> {
        let context: Context = context.into();
        let mut kept = context.settings.lock();
        let (loaded, data) = Loaded::read(&kept, &subject.data, subject.seed, false)?;
        let notes = data.dataset.notes.clone();
        let net = subject.net.clone();
        Setting::build(subject, loaded, net, &data, notes, &mut kept, context.interrupt.clone())
    }

    fn build(
        subject: &Subject,
        loaded: Loaded,
        net: String,
        data: &Data,
        notes: Vec<String>,
        kept: &mut Kept,
        interrupt: Interrupt,
    ) -> Result<Setting, ExploreError> {
        let dataset = &data.dataset;
        let network = Network::build(&net, dataset.shape, dataset.classes)?;
        needs::of_a_measurement(&network, 0)?;
        let chosen = device::choose(subject.device)?;
        let about = About {
            net,
            network: network.describe(),
            parameters: network.layout().len() as u64,
            data: loaded.spec.name.clone(),
            pixels: scale_words(dataset.scale.as_ref()),
            train_count: dataset.train.len() as u64,
            test_count: dataset.test.len() as u64,
            loss: subject.loss.to_string(),
            bn: network.has_batch_norm().then(|| subject.norm_mode.words()),
            device: chosen.name.clone(),
            notes,
            limits: Limits::default(),
        };
        let asked = Asked { net: about.net.clone(), loss: subject.loss, device: subject.device };
        let objective = kept.objective(data, asked, interrupt, || {
            Ok(Objective::over(network, dataset.clone(), subject.loss, chosen.device, chosen.is_cpu)?)
        })?;
        Ok(Setting { objective, norm_mode: subject.norm_mode, about, loaded })
    }

    /// Adds what was done to a further file.
    pub(super) fn note_second(&mut self, file: &Checkpoint) {
        self.about.notes.extend(file.notes.iter().map(|note| format!("{}: {note}", short(&file.path))));
    }

    /// Reads a further checkpoint; what is not of this network is refused before its numbers are read.
    pub(crate) fn read(&self, path: &Path) -> Result<Checkpoint, ExploreError> {
        Ok(Checkpoint::read_for(path, self.objective.network(), self.norm_mode)?)
    }

    /// The point that a checkpoint holds.
    pub fn state(&self, checkpoint: &Checkpoint) -> Result<State, ExploreError> {
        Ok(checkpoint.point(self.objective.network(), self.norm_mode)?)
    }

    /// A direction: the parameters in a file that need not have running statistics.
    pub(super) fn direction(&self, path: &Path) -> Result<State, ExploreError> {
        let network = self.objective.network();
        let theta = read(path)?.fit(network.layout(), &Default::default())?.theta;
        Ok(State { theta, buffers: vec![0.0; network.buffers().len()] })
    }

    /// Looks where running variances fall below 0 at points Σ_j w_j(a, b) · `anchors[j]`, and tells it of `points`.
    pub(super) fn limited(
        &mut self,
        anchors: &[&State],
        weights: impl Fn(f64, f64) -> Vec<f64>,
        points: impl Iterator<Item = (f64, f64)>,
    ) {
        let limits = Limits::of(self.objective.network(), self.norm_mode, anchors, weights);
        if !limits.is_empty() {
            let (mut without, mut of) = (0, 0);
            for (a, b) in points {
                of += 1;
                without += usize::from(limits.why(a, b).is_some());
            }
            self.about.notes.extend(limits.note(without, of));
        }
        self.about.limits = limits;
    }

    /// θ alone as a direction, whose running statistics do not move.
    pub(super) fn along(&self, theta: Vec<f32>) -> State {
        State { theta, buffers: vec![0.0; self.objective.network().buffers().len()] }
    }

    /// Loss and error at Σ_j `weights[k][j]` · `anchors[j]`.
    pub(super) fn measure(
        &self,
        anchors: &[&State],
        weights: &[Vec<f64>],
        test: bool,
    ) -> Result<Vec<Measured>, ExploreError> {
        let fan = |subset| self.objective.evaluate_fan(anchors, weights, subset, self.norm_mode);
        let train = fan(Subset::Train)?;
        let test: Vec<Option<Evaluation>> = match test && self.objective.count(Subset::Test) > 0 {
            true => fan(Subset::Test)?.into_iter().map(Some).collect(),
            false => vec![None; train.len()],
        };
        Ok(train.into_iter().zip(test).map(|(train, test)| Measured { train, test }).collect())
    }
}

/// What several files are called among each other.
pub(super) fn told_apart<const N: usize>(paths: [&Path; N]) -> [String; N] {
    let mut all = labels(&paths).into_iter();
    std::array::from_fn(|_| all.next().unwrap_or_default())
}

/// A file's name without its folder, as people call it.
pub(super) fn short(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}
