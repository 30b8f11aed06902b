//! Further plots of the Walk panel: the curvature along the steps, and what is measured at every step and is not in the four
//! that are always there.

use std::sync::LazyLock;

use egui::Ui;

use crate::{
    app::scene::PlotSpec,
    figure::{WalkPlot, text::capital},
    history::{Quantity, Source},
};

/// A plot that can be added.
struct Offer {
    title: String,
    plot: WalkPlot,
}

static OFFERS: LazyLock<Vec<Offer>> = LazyLock::new(|| {
    let elsewhere = [
        Quantity::LOSS,
        Quantity::COSINE,
        Quantity::DISTANCE,
        Quantity::TWO_OVER_RATE,
        Quantity::STABILITY_LIMIT,
        Quantity::PRECONDITIONED_LIMIT,
    ];
    let measured = Quantity::all().filter(|q| q.source() == Source::Steps && !elsewhere.contains(q));
    let curvature = Offer { title: "Curvature".into(), plot: WalkPlot::Curvature };
    let pairs = [
        Offer { title: "Noise against curvature".into(), plot: WalkPlot::NoiseCurvature },
        Offer { title: "Gradient against noise".into(), plot: WalkPlot::GradientAndNoise },
    ];
    let of = |q: Quantity| Offer { title: capital(q.name()), plot: WalkPlot::Further(q) };
    std::iter::once(curvature)
        .chain([Quantity::EDGE, Quantity::PLACE].into_iter().chain(measured).map(of))
        .chain(pairs)
        .collect()
});

impl Offer {
    fn plot(&'static self) -> PlotSpec {
        PlotSpec { title: &self.title, plot: self.plot, share: 0.19 }
    }
}

/// Height of the list, points: more are scrolled.
const LIST: f32 = 420.0;

fn id() -> egui::Id {
    egui::Id::unique("further plots of the walk")
}

/// The titles of the plots that were chosen, as long as the program runs.
fn titles(ui: &Ui) -> Vec<&'static str> {
    ui.ctx().data(|d| d.get_temp::<Vec<&'static str>>(id())).unwrap_or_default()
}

/// The plots that were chosen.
pub fn chosen(ui: &Ui) -> Vec<PlotSpec> {
    let titles = titles(ui);
    OFFERS.iter().map(Offer::plot).filter(|plot| titles.contains(&plot.title)).collect()
}

/// A menu to choose them in.
pub fn menu(ui: &mut Ui) {
    let menu = ui.menu_button("More plots", |ui| {
        let mut titles = titles(ui);
        egui::ScrollArea::vertical().max_height(LIST).show(ui, |ui| offers(ui, &mut titles));
        ui.ctx().data_mut(|d| d.insert_temp(id(), titles));
    });
    menu.response.on_hover_text("What else is measured at every step, or now and then");
}

/// A box for every plot.
fn offers(ui: &mut Ui, titles: &mut Vec<&'static str>) {
    for plot in OFFERS.iter().map(Offer::plot) {
        let mut on = titles.contains(&plot.title);
        let definitions: Vec<&str> = plot.plot.quantities().iter().map(|q| q.definition()).collect();
        let help = definitions.join("\n\n");
        if ui.checkbox(&mut on, plot.title).on_hover_text(help).changed() {
            titles.retain(|title| *title != plot.title);
            titles.extend(on.then_some(plot.title));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::probe::ProbeId;

    #[test]
    fn every_probe_can_be_drawn() {
        for id in ProbeId::all().filter(|id| ![ProbeId::COSINE, ProbeId::DISTANCE].contains(id)) {
            let offered = OFFERS.iter().filter(|offer| offer.plot == WalkPlot::Further(Quantity::of_probe(id))).count();
            assert_eq!(offered, 1, "{id:?}");
        }
        assert_eq!(capital("gradient norm"), "Gradient norm");
    }

    #[test]
    fn every_plot_has_a_title_of_its_own_and_those_of_curvature_come_first() {
        let titles: BTreeSet<&str> = OFFERS.iter().map(|offer| offer.title.as_str()).collect();
        assert_eq!(titles.len(), OFFERS.len());
        let first: Vec<&str> = OFFERS.iter().take(3).map(|offer| offer.title.as_str()).collect();
        assert_eq!(first, ["Curvature", "Update's edge", "Place on the parabola"]);
        assert!(OFFERS.iter().take(3).all(|offer| offer.plot.is_of_curvature()));
    }
}
