//! Everything that is set in the laboratory: the landscape, the start, the rules and their constants.

use egui::{ComboBox, DragValue, Grid, RichText, Slider, SliderClamping, Ui, WidgetInfo, vec2};

use super::{
    fields::RATES,
    lab_fields::{FIELD, back, norm, number, slid, whole},
    lab_help,
};
use crate::{
    app::{
        lab::{Lab, setup},
        plain::plain,
        theme,
    },
    figure::colors::dynamics_color,
    optim::Rail,
    toy::{
        dynamics::{DynamicsKind, DynamicsSpec},
        surface::Covariance,
        surfaces::SurfaceSpec,
    },
};

/// What the slider of the momentum reaches.
const MOMENTA: Rail = Rail { from: 0.0, to: 0.99, least: None };

/// Draws the column.
pub fn ui(ui: &mut Ui, lab: &mut Lab) {
    surface(ui, lab);
    start(ui, lab);
    ui.separator();
    rules(ui, lab);
    ui.separator();
    constants(ui, lab);
    ui.horizontal(|ui| {
        let undo = ui.add_enabled(lab.can_undo(), egui::Button::new("Undo").small());
        if undo.on_hover_text("Ctrl+Z. Take the last change back").clicked() {
            lab.undo();
        }
        let reset = ui.small_button("Reset all");
        if reset.on_hover_text("Everything as it was for this landscape at first").clicked() {
            lab.reset();
        }
    });
    if let Err(why) = lab.session() {
        let words = RichText::new(plain(why)).small().color(theme::error(ui));
        ui.add(egui::Label::new(words).wrap());
    }
}

fn surface(ui: &mut Ui, lab: &mut Lab) {
    let before = lab.setup.surface.name();
    let mut name = before;
    ui.horizontal(|ui| {
        let combo = ComboBox::from_id_salt("landscape").width(ui.available_width() - 4.0).selected_text(title(name));
        let shown = combo.height(400.0).show_ui(ui, |ui| {
            for item in SurfaceSpec::NAMES {
                ui.selectable_value(&mut name, item, title(item));
            }
        });
        shown.response.accessible_name("Landscape").on_hover_text("Which landscape to walk on");
    });
    if name != before
        && let Ok(spec) = SurfaceSpec::named(name)
    {
        lab.set_surface(spec);
    }
    if matches!(lab.setup.surface, SurfaceSpec::Formula { .. }) {
        formula(ui, lab);
    }
    let Ok(usual) = SurfaceSpec::named(lab.setup.surface.name()) else { return };
    Grid::new("landscape constants").num_columns(3).spacing([6.0, 3.0]).show(ui, |ui| {
        landscape_fields(ui, &mut lab.setup.surface, &usual);
    });
}

/// A landscape's name for people, with what is typed on the command line.
fn title(name: &str) -> &'static str {
    match name {
        "escape2d" => "Two basins (escape2d)",
        "quadratic" => "Quadratic well (quadratic)",
        "sextic" => "Three wells (sextic)",
        "linex" => "LINEX (linex)",
        "valley" => "Asymmetric valley (valley)",
        "bias2d" => "Two asymmetric slopes (bias2d)",
        "clipped" => "Two weights, not convex (clipped)",
        "logistic" => "Logistic regression (logistic)",
        "rosenbrock" => "Rosenbrock's valley",
        "himmelblau" => "Himmelblau's four minima",
        _ => "Your formula",
    }
}

fn formula(ui: &mut Ui, lab: &mut Lab) {
    let field = egui::TextEdit::singleline(&mut lab.formula).font(egui::TextStyle::Monospace);
    let field = ui.add(field.desired_width(ui.available_width()).hint_text("x^2 + y^2"));
    let field =
        field.on_hover_text("One variable (w, x) or two (and y). Functions: sin, exp, ln, sqrt, abs, relu, max, …");
    field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, "Formula"));
    if field.changed() {
        lab.take_formula();
    }
    let Some(error) = lab.formula_error() else { return };
    // Under its character, as far as the field shows it.
    let caret = format!(" {}^", " ".repeat(error.column.saturating_sub(1)));
    ui.add(egui::Label::new(RichText::new(caret).monospace().color(theme::error(ui))).truncate());
    let words = RichText::new(format!("column {}: {}", error.column, error.problem)).small().color(theme::error(ui));
    ui.add(egui::Label::new(words).wrap());
}

fn landscape_fields(ui: &mut Ui, spec: &mut SurfaceSpec, usual: &SurfaceSpec) {
    match (spec, usual) {
        (SurfaceSpec::Escape2d { points }, SurfaceSpec::Escape2d { points: usual }) => {
            whole(
                ui,
                "points N",
                "Samples that the loss is a mean over, drawn from the seed",
                points,
                *usual,
                1..=100_000,
            );
        }
        (SurfaceSpec::Logistic { points }, SurfaceSpec::Logistic { points: usual }) => {
            let mut half = *points / 2;
            whole(ui, "points N/2", "Points of each class, drawn from the seed", &mut half, *usual / 2, 1..=50_000);
            *points = 2 * half;
        }
        (
            SurfaceSpec::Quadratic { dim, largest, condition },
            SurfaceSpec::Quadratic { dim: d, largest: l, condition: c },
        ) => {
            whole(ui, "dimensions D", "The picture is a cut through the first and the last", dim, *d, 1..=100);
            number(ui, "λ_{max}", "The largest eigenvalue of H", largest, *l);
            number(ui, "condition", "λ_max over λ_min", condition, *c);
        }
        (SurfaceSpec::Linex { alpha }, SurfaceSpec::Linex { alpha: usual }) => {
            number(ui, "α", "Below 0 the positive side is flat", alpha, *usual);
        }
        (
            SurfaceSpec::Valley { p, c, r, zeta, noise },
            SurfaceSpec::Valley { p: up, c: uc, r: ur, zeta: uz, noise: un },
        ) => {
            number(ui, "slope p", "Of the flat side", p, *up);
            number(ui, "ratio c", "Slope of the sharp side over p", c, *uc);
            number(ui, "reach r", "Where the flat side ends", r, *ur);
            number(ui, "ζ", "Half-width of the rounded bottom", zeta, *uz);
            number(ui, "σ of noise", "Standard deviation of the gradient noise of one sample", noise, *un);
        }
        (SurfaceSpec::Bias2d { sides, noise }, SurfaceSpec::Bias2d { sides: usual, noise: un }) => {
            for (d, (side, usual)) in sides.iter_mut().zip(usual).enumerate() {
                let axis = d + 1;
                number(ui, &format!("p_{axis}"), "Slope of the flat side", &mut side.p, usual.p);
                number(ui, &format!("c_{axis}"), "Slope of the sharp side over p", &mut side.c, usual.c);
                number(ui, &format!("r_{axis}"), "Reach of the direction", &mut side.r, usual.r);
            }
            number(ui, "σ of noise", "Standard deviation of the gradient noise along each axis", noise, *un);
        }
        (SurfaceSpec::Clipped { delta }, SurfaceSpec::Clipped { delta: usual }) => {
            number(ui, "δ", "The output is clipped to δ and 1 − δ", delta, *usual);
        }
        _ => {}
    }
}

fn start(ui: &mut Ui, lab: &mut Lab) {
    let Ok(session) = lab.session() else { return };
    let (mut w, before, cut) = (session.start().to_vec(), session.start().to_vec(), session.cut().clone());
    let usual = lab.usual_start();
    let is_own = lab.setup.start == usual;
    let [mut x, mut y] = cut.place(&w);
    let mut is_reset = false;
    ui.horizontal(|ui| {
        ui.label("start").on_hover_text("Where every walk starts. Click the picture to place it");
        let field = |ui: &mut Ui, value: &mut f64, name: &str| {
            let drag = DragValue::new(value).speed(0.01).max_decimals(5);
            ui.add_sized([FIELD, 18.0], drag).accessible_name(name).on_hover_text("Where every walk starts");
        };
        field(ui, &mut x, "start w_1");
        if w.len() > 1 {
            field(ui, &mut y, "start w_2");
        }
        is_reset = !is_own && back(ui, "start").clicked();
    });
    w = cut.moved(&w, [x, y]);
    if is_reset {
        lab.setup.start = usual;
    } else if w != before {
        lab.setup.start = Some(w);
    }
}

fn rules(ui: &mut Ui, lab: &mut Lab) {
    let surface = lab.session().ok().map(|s| s.surface().clone());
    let mut toggled = None;
    Grid::new("rules").num_columns(2).min_col_width(104.0).spacing([4.0, 1.0]).show(ui, |ui| {
        for (k, kind) in DynamicsKind::ALL.iter().enumerate() {
            let fits = surface.as_ref().is_none_or(|s| setup::suits(*kind, &**s));
            let mut is_on = lab.setup.kinds.contains(kind);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), egui::Sense::hover());
                let ink = theme::ink(ui, dynamics_color(*kind));
                ui.painter().circle_filled(rect.center(), 4.5, if fits { ink } else { ink.gamma_multiply(0.3) });
                let check = ui.add_enabled(fits || is_on, egui::Checkbox::new(&mut is_on, kind.to_string()));
                let check = check.on_hover_text(lab_help::rule(*kind));
                let why = "This landscape has no samples to draw from";
                if check.on_disabled_hover_text(why).changed() {
                    toggled = Some(*kind);
                }
            });
            if k % 2 == 1 {
                ui.end_row();
            }
        }
    });
    if let Some(kind) = toggled {
        lab.setup.toggle(kind);
        if lab.setup.kinds.contains(&kind) {
            lab.focus = kind;
        }
    }
}

/// The constants that the chosen rules have.
fn constants(ui: &mut Ui, lab: &mut Lab) {
    let usual = lab.usual();
    let reach = lab.session().ok().map_or(1.0, |s| {
        let widths = s.about().window.iter().map(|[low, high]| high - low);
        0.25 * widths.fold(f64::INFINITY, f64::min)
    });
    let has = |f: &dyn Fn(DynamicsKind) -> bool| lab.setup.kinds.iter().any(|k| f(*k));
    let is_sampled = lab.session().is_ok_and(|s| s.surface().samples().is_some());
    let uses_noise = has(&|k| k.shape().is_some());
    let uses_batch = is_sampled && has(&DynamicsKind::draws_batches);
    let uses_momentum = has(&|k| matches!(k, DynamicsKind::Momentum | DynamicsKind::Nesterov));
    let uses_ball = has(&|k| matches!(k, DynamicsKind::Sam | DynamicsKind::Psam));
    let uses_covariance = is_sampled && has(&|k| k.shape().is_some_and(|s| s.needs_samples()));
    let (is_psam, is_swa) = (has(&|k| k == DynamicsKind::Psam), has(&|k| k == DynamicsKind::Swa));
    let c: &mut DynamicsSpec = &mut lab.setup.constants;
    slid(ui, "rate η", "Learning rate of all rules", &mut c.lr, usual.lr, RATES);
    if uses_momentum {
        slid(ui, "momentum μ", "Of momentum and nesterov, below 1", &mut c.momentum, usual.momentum, MOMENTA);
    }
    Grid::new("constants").num_columns(3).spacing([6.0, 3.0]).show(ui, |ui| {
        if uses_noise {
            let help = "E‖ε‖², the trace of the noise that const, diag, leading, hessian and eigvec add after the step; not multiplied by η";
            number(ui, "noise", help, &mut c.noise, usual.noise);
        }
        if uses_covariance {
            ui.label("Σ").on_hover_text("How diag and leading estimate Σ");
            let combo = ComboBox::from_id_salt("covariance").width(96.0).selected_text(c.covariance.to_string());
            let shown = combo.show_ui(ui, |ui| {
                for item in Covariance::ALL {
                    ui.selectable_value(&mut c.covariance, *item, item.to_string());
                }
            });
            shown.response.accessible_name("Σ").on_hover_text("Centred per-sample gradients, or running sums as in the paper's released code");
            ui.end_row();
        }
        if uses_batch {
            whole(ui, "batch m", "Samples per mini-batch, drawn with replacement", &mut c.batch, usual.batch, 1..=100_000);
        }
        if uses_ball {
            norm(ui, &mut c.norm, usual.norm);
        }
        if is_psam {
            whole(ui, "period n", "psam is SAM every n-th step …", &mut c.period, usual.period, 1..=100_000);
            whole(ui, "until E", "… before this step, and always from it on", &mut c.until, usual.until, 0..=1_000_000);
        }
        if is_swa {
            let help = "swa averages the iterates after this step";
            whole(ui, "average from", help, &mut c.average_from, usual.average_from, 0..=1_000_000);
        }
        let help = "Of mini-batches, noise and drawn points; the same seed walks the same walk";
        whole(ui, "seed", help, &mut lab.setup.seed, 0, 0..=u64::from(u32::MAX));
    });
    let (rho, usual) = (&mut lab.setup.constants.rho, usual.rho);
    ui.horizontal(|ui| {
        let help = "Radius of the ball: of SAM's ascent, and of the perturbed loss";
        let name = ui.label("ρ").on_hover_text(help);
        ui.spacing_mut().slider_width = 96.0;
        let slider = Slider::new(rho, 0.0..=reach).clamping(SliderClamping::Never).max_decimals(4).smart_aim(false);
        ui.add(slider).labelled_by(name.id).on_hover_text(help);
        if *rho != usual && back(ui, "ρ").clicked() {
            *rho = usual;
        }
        if rho.is_nan() || *rho < 0.0 {
            *rho = 0.0;
        }
    });
}
