//! The Valley panel: asymmetric directions at A, the shift between test and training loss, and how sharp A is.

use egui::{DragValue, Ui};

use super::{
    beside::Beside,
    fields,
    frame::{self, Measures},
    valley_side, valley_slices,
};
use crate::{
    app::{
        content::Content,
        kinds::valley::{ValleyEntry, ValleyForm, Valleys},
        library::Role,
        offer::Offer,
        opened::short,
        panel::Window,
        panel_id::PanelId,
    },
    explore::{Origin, Request as _, SamGapSpec, ShiftSpec, Unit, ValleyRequest},
    survey::Refine,
};

/// See the module.
pub struct ValleyPanel;

impl Measures for ValleyPanel {
    type Kind = Valleys;

    const ID: PanelId = PanelId::new("Valley");
    const TITLE: &'static str = "Valley";
    // V pastes; u is the direction.
    const BESIDE: Option<Beside> = Some(Beside { id: "valley side", side: 268.0, narrow: 600.0, height: 460.0 });
    const TEACHES: &'static str = "Here the valley around a checkpoint is judged: along which directions does the loss rise slowly on one side and \
         fast on the other, and by which factor c? How much does it rise under noise, and in the worst place nearby? With a \
         second checkpoint as B: how far is the test loss shifted against the training loss on the way to it?";
    const HELP: &'static [(&'static str, &'static str)] = &[
        (
            "asymmetric direction",
            "u is (r, p, c, ζ)-asymmetric at w when for all ζ < ℓ < r the loss rises from w along u with a slope between 0 and p, and along −u with a slope above c p (He, Huang, Yuan 2019; Park 2022, Def. 2.3.1). Shown is the largest c, the smallest slope of the steep side over the largest one of the flat side, with p and the flat side. Directions count with c > 1.02, and more than their error above 1.",
        ),
        (
            "why not",
            "balanced: neither side is steeper than the other everywhere. falls: the loss falls away from w. too flat: a slope that cannot be told from 0. not finite: an infinite loss within r.",
        ),
        (
            "the pictures",
            "Training loss over ℓ. The tinted side is the steep one; the thin lines are at ζ. Large: the flat side stays under the dashed line with slope p, the steep side above the one with slope c p.",
        ),
        (
            "share",
            "Of the random directions, with Wilson's 95 % interval. Directions that could not be told count as not asymmetric.",
        ),
        (
            "shift and gap",
            "ξ_δ = max over |v| ≤ R of |L′(w + v + δ) − L_{train}(w + v)| along the direction, L′ = L_{test} − min L_{test} + min L_{train} (Park 2022, Def. 2.3.2). δ is the shift with the smallest ξ.",
        ),
        (
            "expected sharpness",
            "Mean of L(w + ν) − L(w) over draws of ν from N(0, δ²I), all parameters moved (Zhu et al. 2019, Eq. 88), ± its standard error.",
        ),
        (
            "SAM gap",
            "max over ‖ε‖ ≤ ρ of L(w + ε) − L(w), on the full training loss: at SAM's own ε = ρ g/‖g‖ (Foret et al. 2021), and the highest of K steps of projected ascent. Both are lower bounds of the maximum.",
        ),
    ];

    fn button(&self, _window: &Window<'_>) -> (&'static str, &'static str) {
        ("Measure valley", "Sharpness first, then directions from files, then random ones")
    }

    fn subject(&self, window: &Window<'_>) -> String {
        let name = window.desk.library.at(Role::A).map_or("–".into(), |p| short(&p.path));
        format!("{name} on {}", window.desk.subject.words())
    }

    fn tools(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let valley = window.desk.surveys.of::<Valleys>().chosen().filter(|v| v.found.is_some());
        let export = ui.add_enabled(valley.is_some(), egui::Button::new("Export…"));
        if export.on_hover_text("PNG, SVG or PDF, CSV with a row per direction, or JSON with everything").clicked()
            && let Some(view) = valley.and_then(ValleyEntry::view)
        {
            let (name, methods) = (view.title.clone(), valley.and_then(ValleyEntry::methods));
            let content = Content::Valley { view: Box::new(view), dark: ui.visuals().dark_mode };
            window.actions.offer(Offer::measured(content, &name, methods));
        }
        frame::help(self, ui, window);
    }

    fn controls(&self, ui: &mut Ui, window: &mut Window<'_>) {
        controls(ui, &mut window.desk.surveys.of_mut::<Valleys>().form);
    }

    fn picture(&self, ui: &mut Ui, window: &mut Window<'_>, height: f32) {
        let Some(entry) = window.desk.surveys.of_mut::<Valleys>().chosen_mut() else { return };
        valley_slices::ui(ui, entry, height);
    }

    fn side(&self, ui: &mut Ui, window: &mut Window<'_>) {
        valley_side::ui(ui, window.desk, window.actions);
    }

    fn provenance(&self, window: &Window<'_>) -> Vec<String> {
        let view = window.desk.surveys.of::<Valleys>().chosen().and_then(ValleyEntry::view);
        view.map(|view| view.caption).into_iter().collect()
    }
}

fn controls(ui: &mut Ui, form: &mut ValleyForm) {
    let options = ValleyRequest::options();
    let real_if = |ui: &mut Ui, is_on: bool, value: &mut f64, name: &str, speed: f64| {
        let field = DragValue::new(value).speed(speed).range(0.0..=f64::INFINITY).max_decimals(6);
        ui.add_enabled(is_on, field).accessible_name(name.to_string())
    };
    let real = |ui: &mut Ui, value: &mut f64, name: &str, speed: f64| real_if(ui, true, value, name, speed);
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut form.random, "random").on_hover_text("Gaussian directions");
        ui.add_enabled_ui(form.random, |ui| {
            fields::inline(ui, "K", "How many directions", |ui| {
                ui.add(DragValue::new(&mut form.count).range(1..=10_000))
            });
            fields::directions(ui, &mut form.directions);
        });
        ui.separator();
        ui.checkbox(&mut form.towards, "to B and C").on_hover_text("The directions from A to the other checkpoints");
        let help = "A file with a direction";
        fields::inline(ui, "file", help, |ui| {
            ui.add(egui::TextEdit::singleline(&mut form.given).hint_text("no file").desired_width(90.0))
        });
        ui.separator();
        fields::eigenvectors(ui, &mut form.eigen, "none");
    });
    ui.horizontal_wrapped(|ui| {
        let help = "Nearer to A than this, slopes do not count; and how far from it they are compared";
        ui.label("ζ").on_hover_text(help);
        real(ui, &mut form.zeta, "ζ", 0.01).on_hover_text(help);
        ui.label("r").on_hover_text(help);
        real(ui, &mut form.r, "r", 0.01).on_hover_text(help);
        let help = "direction: in lengths of the direction. distance: in parameter space, the direction has length 1";
        fields::inline(ui, "in", help, |ui| fields::choice(ui, "valley unit", 74.0, &mut form.unit, Unit::ALL));
        fields::inline(ui, "points", "On either side; more are added where the verdict is open", |ui| {
            ui.add(DragValue::new(&mut form.points).range(fields::limits::<ValleyRequest>("points")))
        });
        let help = "The point that is taken for w: A itself, or the lowest point of each slice";
        fields::inline(ui, "w", help, |ui| fields::choice(ui, "valley origin", 88.0, &mut form.origin, Origin::ALL));
        fields::inline(ui, "tolerance", options.help("tolerance"), |ui| {
            let range = fields::limits::<ValleyRequest>("tolerance");
            ui.add(DragValue::new(&mut form.tolerance).speed(0.005).range(range).max_decimals(4))
        });
        ui.checkbox(&mut form.refine, "refine").on_hover_text(options.help("refine"));
        // One by one, as in the rows below: what is enabled as a group does not break into a further row.
        let extra = DragValue::new(&mut form.extra).range(1..=Refine::MAX_POINTS).suffix(" points");
        ui.add_enabled(form.refine, extra).accessible_name("points added to a slice");
        let bend = DragValue::new(&mut form.bend).speed(0.05).range(0.01..=50.0).prefix("at ").suffix(" %");
        let bend = ui.add_enabled(form.refine, bend).accessible_name("bend of a slice");
        bend.on_hover_text(options.help("refine"));
    });
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut form.shift, "shift").on_hover_text("Test against training loss along directions from files");
        let help = options.help("shift");
        ui.add_enabled(form.shift, egui::Checkbox::new(&mut form.by_hand, "range")).on_hover_text(help);
        if form.shift && form.by_hand {
            ui.label("R").on_hover_text(help);
            real(ui, &mut form.radius, "shift R", 0.01).on_hover_text(help);
            ui.label("reach").on_hover_text(help);
            real(ui, &mut form.reach, "shift reach", 0.01).on_hover_text(help);
            let places = DragValue::new(&mut form.places).range(5..=ShiftSpec::MAX_POINTS).suffix(" points");
            ui.add(places).accessible_name("shift points").on_hover_text(help);
        }
        ui.separator();
        ui.checkbox(&mut form.sharpness, "sharpness").on_hover_text("Mean rise of the loss under Gaussian noise");
        let help = "δ, the standard deviation of the noise";
        real_if(ui, form.sharpness, &mut form.delta, "δ", 0.001).on_hover_text(help);
        let draws = DragValue::new(&mut form.draws).range(1..=1_000_000).suffix(" draws");
        ui.add_enabled(form.sharpness, draws).accessible_name("draws");
        ui.separator();
        ui.checkbox(&mut form.gap, "SAM gap").on_hover_text("The largest rise within a distance ρ");
        real_if(ui, form.gap, &mut form.rho, "ρ", 0.005).on_hover_text("ρ, the radius of the ball");
        let steps = DragValue::new(&mut form.steps).range(0..=SamGapSpec::MAX_STEPS).suffix(" steps");
        let steps = ui.add_enabled(form.gap, steps).accessible_name("ascent steps");
        steps.on_hover_text("Steps of projected ascent");
        if ui.small_button("Reset").on_hover_text("Back to the defaults").clicked() {
            *form = ValleyForm::default();
        }
    });
}
