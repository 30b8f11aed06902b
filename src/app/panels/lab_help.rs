//! What the laboratory says about itself.

use egui::{RichText, Ui};

use crate::{
    app::{
        lab::{Lab, Page},
        theme,
    },
    toy::dynamics::DynamicsKind,
};

/// What a page is for.
pub fn page(page: Page) -> &'static str {
    match page {
        Page::Walk => "Rules walk side by side, a step at a time",
        Page::Runs => "Thousands of walks: where they end, when they arrive",
        Page::Theory => "What the papers prove, held against measurements",
    }
}

/// What a rule does, in a line.
pub fn rule(kind: DynamicsKind) -> &'static str {
    match kind {
        DynamicsKind::Gd => "w ← w − η∇L, the full gradient",
        DynamicsKind::Sgd => "w ← w − ηg, g of a mini-batch drawn with replacement",
        DynamicsKind::Momentum => "Heavy ball: v ← μv + g, w ← w − ηv",
        DynamicsKind::Nesterov => "v ← μv + g, w ← w − η(g + μv)",
        DynamicsKind::Sam => "The gradient at w + ε, ρ uphill (SAM thesis, Eq. 2.2)",
        DynamicsKind::Psam => "SAM every n-th step until step E, then always (SAM thesis, Algorithm 1)",
        DynamicsKind::Swa => "SGD whose solution is the mean of its iterates",
        DynamicsKind::Const => "GD, then noise of the same size in all directions (noise paper, GLD const)",
        DynamicsKind::Diag => "GD, then noise shaped like diag(Σ)",
        DynamicsKind::Leading => "GD, then noise shaped like Σ",
        DynamicsKind::Hessian => "GD, then noise shaped like H",
        DynamicsKind::Eigvec => "GD, then noise along the first eigenvector of H",
    }
}

/// The "?" card of the panel.
pub fn laboratory(ui: &mut Ui, lab: &Lab) {
    if let Ok(session) = lab.session() {
        let about = session.about();
        theme::define(ui, about.title, about.description);
        ui.add(egui::Label::new(RichText::new(format!("L(w) = {}", about.formula)).monospace().small()).wrap());
        ui.add(egui::Label::new(RichText::new(about.source).small().weak()).wrap());
        ui.separator();
    }
    for (word, meaning) in [
        (
            "the landscape",
            "Value, gradient and Hessian are exact, in 64-bit numbers. Stars are known minima, the hollow circle is the start of all rules: click to place it.",
        ),
        (
            "arrows and ellipses",
            "Of the rule that is followed: the arrow points along −∇L (lengths are squashed), the ellipse holds 86 % of the noise of the next step (two standard deviations, magnified where it says so), the cross has the Hessian's eigenvectors, long where the landscape is flat and dashed where it bends down. A small dot uphill is where SAM takes its gradient.",
        ),
        (
            "noise",
            "Noise rules add ε after the step, not multiplied by η, with E‖ε‖² = the noise that is set, whatever the shape (noise paper, D.1 and Eq. 14). Rules with mini-batches all see the same batches.",
        ),
        (
            "perturbed loss",
            "The largest L in a ball of radius ρ around w: exact, not SAM's first-order step (SAM thesis, Eq. 2.1, section 3.2).",
        ),
    ] {
        theme::define(ui, word, meaning);
    }
    ui.label(
        RichText::new(
            "Space runs and holds, → and ← step (Shift: ten), Home goes back to the start, Ctrl+Z undoes. Drag to pan, scroll to zoom, double-click to see all.",
        )
        .small()
        .weak(),
    );
}
