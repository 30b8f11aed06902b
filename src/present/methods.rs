//! What a paper must say of a measurement, in a sentence or two.

use std::path::Path;

use crate::{
    curvature::Operator,
    data::range_words,
    explore::{
        About, EigenSpec, Eigenvector, EscapeRequest, Layout, LineOf, LineRequest, NoiseRequest, NoiseSeries, Origin,
        PlaneOf, PlaneRequest, SpectrumRequest, SpectrumSeries, Unit, ValleyRequest,
    },
    figure::ticks::grouped,
    optim::OptimizerSpec,
    probe::ChangeRecord,
    run::{BatchSize, Manifest, Order, net_title},
    survey::{Basis, Directions, Normalisation, Vectors},
};

/// The version that measures.
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// "1 point", "21 points".
fn several(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{} {what}s", count(n)) }
}

/// A checkpoint's name.
fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

fn named(paths: &[&Path]) -> String {
    match paths {
        [] => String::new(),
        [one] => name(one),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|p| name(p)).collect();
            format!("{} and {}", first.join(", "), name(last))
        }
    }
}

/// Network, loss, data, scaling, batch norm and version of something that was measured.
fn ground(about: &About, test: bool) -> String {
    let test = if test { format!(" and {} test", count(about.test_count)) } else { String::new() };
    let bn = about.bn.as_ref().map_or(String::new(), |bn| format!(", batch norm with {bn}"));
    format!(
        "{} ({} parameters), {} loss on {} training{test} images of {} ({}){bn}; Valleyscope {VERSION}",
        net_title(&about.net),
        count(about.parameters),
        about.loss,
        count(about.train_count),
        about.data,
        about.pixels,
    )
}

/// How random directions were drawn.
fn drawn(d: &Directions) -> String {
    let normalised = match d.normalisation {
        Normalisation::Filter => "normalised filter by filter",
        Normalisation::Layer => "normalised layer by layer",
        Normalisation::None => "not normalised",
    };
    let vectors = match d.vectors {
        Vectors::Zero => "zero for biases and normalisation layers",
        Vectors::Keep => "biases and normalisation layers included",
    };
    format!("seed {}, {normalised}, {vectors}", d.seed)
}

/// How eigenvectors were found, and which they are.
fn searched(spec: &EigenSpec, seed: u64, found: &[Eigenvector]) -> String {
    let length = match spec.eigen_normalise {
        Normalisation::None => "of length 1",
        Normalisation::Filter => "normalised filter by filter",
        Normalisation::Layer => "normalised layer by layer",
    };
    let products = found.first().map_or(String::new(), |one| format!(", {} products", count(one.products)));
    let each: Vec<String> = found.iter().map(Eigenvector::words).collect();
    let each = if each.is_empty() { String::new() } else { format!("; {}", each.join("; ")) };
    format!(
        "eigenvectors of the Hessian of the mean training loss there, counted from the largest (1, 2, …) and from the smallest \
         eigenvalue (-1, -2, …), {length}, the component of largest magnitude positive (block Lanczos with thick restarts, \
         residuals below {} of the largest |λ|, seed {seed}{products}{each})",
        spec.eigen_tolerance
    )
}

/// Walks, each with what was changed on the way, shown over a range of iterations.
pub fn walk_methods(runs: &[(&Manifest, &[ChangeRecord])], range: Option<(f64, f64)>) -> String {
    let grounds: Vec<String> = runs.iter().map(|(manifest, _)| trained(manifest)).collect();
    let steps: Vec<String> = runs.iter().map(|(manifest, changes)| steps(manifest, changes)).collect();
    let sentences: Vec<String> = match grounds.as_slice() {
        [] => return String::new(),
        [first, ..] if grounds.iter().all(|ground| ground == first) => vec![format!("{first}: {}.", steps.join("; "))],
        _ => grounds.iter().zip(&steps).map(|(ground, steps)| format!("{ground}: {steps}.")).collect(),
    };
    let shown = range.map_or(String::new(), |(from, to)| {
        let [from, to] = [from.max(0.0).ceil(), to.max(0.0).floor()].map(|t| count(t as u64));
        format!(" Shown are iterations {from} to {to}.")
    });
    sentences.join(" ") + &shown
}

/// What was trained on what, and how it was measured.
fn trained(m: &Manifest) -> String {
    let spec = &m.spec;
    let slices = match (spec.probes.slice, spec.probes.slice_every) {
        (false, _) => String::new(),
        (true, 1) => ", the loss over all of them at ten points of every step".into(),
        (true, n) => format!(", the loss over all of them at ten points of one step in {n}"),
    };
    let bn = match m.buffers {
        0 => String::new(),
        _ => format!(
            ", batch norm with each batch's statistics in training and {} in measurements",
            spec.norm_mode.words()
        ),
    };
    format!(
        "{} ({} parameters) trained with {} loss on {} images of {} ({}){slices}{bn} (Valleyscope {})",
        net_title(&spec.net),
        count(m.parameters),
        spec.loss,
        count(m.train_count),
        spec.data.name,
        range_words(&spec.data),
        m.version
    )
}

/// Optimizer, rate, batch, seed and length of a walk.
fn steps(m: &Manifest, changes: &[ChangeRecord]) -> String {
    let spec = &m.spec;
    let batch = match (spec.noise_batch(), spec.batch) {
        (Some(m), _) => format!("all images in every step, noise of batch size {m}"),
        (None, BatchSize::Of(n)) if !spec.optimizer.kind.takes_all() => format!("batches of {n}"),
        _ => "all images in every step".into(),
    };
    let order = if spec.order == Order::Sequential { " in file order" } else { "" };
    let mut words = format!(
        "{} at learning rate {} ({}), {batch}{order}, seed {}, {}",
        spec.optimizer.label(),
        spec.lr,
        spec.schedule,
        spec.seed,
        several(m.steps, "iteration")
    );
    for s in spec.switch.switches() {
        words += &format!(", {} from {}", OptimizerSpec { kind: s.to, ..spec.optimizer }.title(), s.at);
    }
    if let Some(average) = &spec.average {
        words += &format!(", iterates averaged ({average})");
    }
    if !spec.weights.is_usual() {
        words += &format!(", {} initialisation", spec.weights);
    }
    if spec.init_scale != 1.0 {
        words += &format!(", initial weights multiplied by {}", spec.init_scale);
    }
    if let Some(init) = &spec.init {
        words += &format!(", started from {}", name(init));
    }
    if let Some(fork) = &spec.fork {
        let base = &fork.base;
        words += &format!(", from iteration {} on of a run of {}", count(fork.step), base.optimizer.label());
    }
    for change in changes {
        words += &format!(", {} at iteration {}", change.change, count(change.t));
    }
    words
}

/// Where the places of a line are: how many, the first and the last.
pub type Places = (usize, f64, f64);

/// A line between two checkpoints, or along random directions or eigenvectors through one; `eigen` are those that were found.
pub fn line_methods(about: &About, request: &LineRequest, eigen: &[Eigenvector], places: Places) -> String {
    let along = match request.of() {
        Ok(LineOf::Random { centre, directions, count }) => format!(
            "{} θ + α d through {} along Gaussian directions d ({})",
            several(u64::from(count), "line"),
            name(&centre),
            drawn(&directions)
        ),
        Ok(LineOf::Eigen { centre, spec, seed }) => format!(
            "{} θ + α v through {} along {}",
            several(spec.eigen.len() as u64, "line"),
            name(&centre),
            searched(&spec, seed, eigen)
        ),
        Ok(LineOf::Between { a, b }) => {
            let names = request.names.clone().unwrap_or_else(|| [name(&a), name(&b)]);
            between(&names)
        }
        // A request that was measured has ends.
        Err(_) => "a line".into(),
    };
    along_line(about, &along, places, request.test)
}

/// A line between two runs while they went on, or where they ended.
pub fn live_line_methods(about: &About, ends: &[String; 2], places: Places, test: bool) -> String {
    along_line(about, &between(ends), places, test)
}

fn between([a, b]: &[String; 2]) -> String {
    format!("the line (1 − α) θ_A + α θ_B from {a} (A) to {b} (B)")
}

fn along_line(about: &About, along: &str, (points, from, to): Places, test: bool) -> String {
    let points = several(points as u64, "point");
    format!("Loss and error along {along}, at {points} with α from {from} to {to}: {}.", ground(about, test))
}

/// A plane.
pub fn plane_methods(about: &About, request: &PlaneRequest, layout: &Layout) -> String {
    let lies = match request.of() {
        Ok(PlaneOf::Random { centre, directions }) => {
            format!(
                "θ + a u + b v around {} along two Gaussian directions u and v ({})",
                name(&centre),
                drawn(&directions)
            )
        }
        Ok(PlaneOf::Given { centre, u, v }) => {
            format!("θ + a u + b v around {} along the directions in {}", name(&centre), named(&[&u, &v]))
        }
        Ok(PlaneOf::Eigen { centre, spec, seed }) => {
            format!("θ + a u + b v around {} along {}", name(&centre), searched(&spec, seed, &layout.eigen))
        }
        Ok(PlaneOf::Three { a, b, c, basis }) => {
            let axes = match basis {
                Basis::Orthonormal => "orthonormal axes",
                Basis::Plain => "the differences to the first as axes",
            };
            format!("through {} with {axes}", named(&[&a, &b, &c]))
        }
        Ok(PlaneOf::Principal { path }) => {
            let share = layout.explained.map_or(String::new(), |[a, b]| {
                format!(", which hold {:.1} % and {:.1} % of its variance", 100.0 * a, 100.0 * b)
            });
            format!(
                "of the two leading principal components of {} ({}){share}",
                name(&path),
                several(layout.places.len() as u64, "checkpoint")
            )
        }
        // A request that was measured lies somewhere.
        Err(_) => layout.title.clone(),
    };
    let (a, b) = (layout.grid.a(), layout.grid.b());
    format!(
        "Loss on the plane {lies}, at {} × {} points with a from {} to {} and b from {} to {}: {}.",
        a.count(),
        b.count(),
        a.start(),
        a.end(),
        b.start(),
        b.end(),
        ground(about, request.test)
    )
}

/// The valley around a checkpoint; `eigen` are the eigenvectors that were found.
pub fn valley_methods(about: &About, request: &ValleyRequest, eigen: &[Eigenvector]) -> String {
    let mut directions = Vec::new();
    if request.directions > 0 {
        let words = several(u64::from(request.directions), "Gaussian direction");
        directions.push(format!("{words} ({})", drawn(&request.random())));
    }
    let paths = |paths: &[std::path::PathBuf]| named(&paths.iter().map(|p| p.as_path()).collect::<Vec<_>>());
    if !request.others.is_empty() {
        directions.push(format!("the directions to {}", paths(&request.others)));
    }
    if !request.direction.is_empty() {
        directions.push(format!("the directions in {}", paths(&request.direction)));
    }
    if !request.eigen.is_empty() {
        directions.push(searched(&request.eigen, request.subject.seed, eigen));
    }
    // A request that was measured has one.
    let detector = request.detector().unwrap_or_default();
    let slice = detector.slice;
    let unit = match detector.unit {
        Unit::Direction => "lengths of the direction",
        Unit::Distance => "distance in parameter space",
    };
    let origin = match detector.origin {
        Origin::Checkpoint => "the checkpoint",
        Origin::Lowest => "the lowest point of each slice",
    };
    let mut sentences = Vec::new();
    if !directions.is_empty() {
        sentences.push(format!(
            "asymmetry along {}, slopes compared between ζ = {} and r = {} ({unit}) at {} on either side of {origin}, tolerance {}",
            directions.join(", "),
            slice.zeta(),
            slice.r(),
            several(slice.points() as u64, "point"),
            detector.tolerance
        ));
    }
    for noise in &request.sharpness {
        let draws = several(noise.draws, "draw");
        sentences.push(format!("expected sharpness under Gaussian noise of deviation {} from {draws}", noise.delta));
    }
    for gap in &request.sam_gap {
        let steps = several(u64::from(gap.steps()), "step");
        sentences.push(format!("SAM's gap within a distance of {} with {steps} of ascent", gap.rho()));
    }
    if sentences.is_empty() {
        sentences.push("the loss".into());
    }
    let test = request.shift.is_some();
    format!("Measured at {}: {}; {}.", name(&request.checkpoint), sentences.join("; "), ground(about, test))
}

/// Escapes from a minimum. `how` is what the table's caption says of start, rate, batch, threshold and limit.
pub fn escape_methods(about: &About, request: &EscapeRequest, how: &str) -> String {
    let methods: Vec<String> = request.methods().iter().map(|method| method.title()).collect();
    let first = request.subject.seed;
    let last = first.saturating_add((request.seeds as u64).saturating_sub(1));
    let seeds = if first == last { format!("seed {first}") } else { format!("seeds {first} to {last}") };
    let runs = several(request.seeds as u64, "run");
    format!(
        "Escape times of {} in {runs} each ({seeds} of the batch order), {how}: {}.",
        methods.join(", "),
        ground(about, false)
    )
}

/// The checkpoints of a request.
fn at(files: &[std::path::PathBuf], points: usize) -> String {
    let names = named(&files.iter().map(|p| p.as_path()).collect::<Vec<_>>());
    if points > files.len() { format!("{} of {names}", several(points as u64, "checkpoint")) } else { names }
}

/// Spectra at checkpoints.
pub fn spectrum_methods(about: &About, request: &SpectrumRequest, series: &SpectrumSeries) -> String {
    let matrix = match series.operator {
        Operator::Hessian => "the Hessian of the training loss".into(),
        Operator::GaussNewton => "the Gauss-Newton matrix of the training loss".into(),
        Operator::Sigma => {
            format!("the covariance of the gradient over batches of {} drawn with replacement", count(series.batch))
        }
    };
    let spec = request.spec(series.batch, series.parameters as usize);
    let mut parts = Vec::new();
    if spec.top + spec.smallest > 0 {
        let ends = [(spec.top, "largest"), (spec.smallest, "smallest")];
        let ends: Vec<String> =
            ends.into_iter().filter(|(n, _)| *n > 0).map(|(n, end)| format!("{} {end}", count(n as u64))).collect();
        parts.push(format!(
            "the {} eigenvalues by Lanczos with thick restarts (Wu and Simon 2000) until residuals are below {} of the largest one",
            ends.join(" and "),
            series.tolerance
        ));
    }
    if let Some(trace) = spec.trace {
        let products = several(trace.most_products as u64, "product");
        parts.push(format!(
            "the trace by XTrace (Epperly, Tropp and Webber 2024) until its standard error is below {} % or {products} are made",
            100.0 * trace.share
        ));
    }
    if let Some(density) = spec.density {
        parts.push(format!(
            "the density by stochastic Lanczos quadrature (Ghorbani, Krishnan and Xiao 2019) with {} of {}",
            several(density.vectors as u64, "random vector"),
            several(density.steps as u64, "step")
        ));
    }
    if spec.layers {
        parts.push("the largest eigenvalue of each layer's block in the same way".into());
    }
    format!(
        "Of {matrix} at {}: {}; seed {}; {}.",
        at(&request.files, series.points.len()),
        parts.join("; "),
        request.subject.seed,
        ground(about, false)
    )
}

/// Gradient noise at checkpoints.
pub fn noise_methods(about: &About, request: &NoiseRequest, series: &NoiseSeries) -> String {
    format!(
        "Curvature H and covariance Σ of the gradient over batches of {} drawn with replacement (Zhu et al. 2019) at {}: \
         traces by XTrace (Epperly, Tropp and Webber 2024) with at most {} each, {} of each by Lanczos until residuals are \
         below {} of the largest eigenvalue; seed {}; {}.",
        count(series.batch),
        at(&request.files, series.points.len()),
        several(request.products as u64, "product"),
        several(series.leading as u64, "leading eigenvector"),
        request.tolerance,
        request.subject.seed,
        ground(about, false)
    )
}

#[cfg(test)]
mod tests;
