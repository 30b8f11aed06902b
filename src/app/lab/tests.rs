use super::*;
use crate::toy::surfaces::SurfaceSpec;

fn on(name: &str) -> Lab {
    let mut lab = Lab::default();
    lab.set_surface(SurfaceSpec::named(name).unwrap());
    lab.follow();
    lab
}

#[test]
fn the_walk_follows_the_sliders_and_keeps_its_place() {
    let ctx = egui::Context::default();
    let mut lab = on("escape2d");
    lab.step(30);
    lab.setup.constants.lr = 0.002;
    lab.update(&ctx);
    let session = lab.session().unwrap();
    assert_eq!((session.t(), session.trails()[0].spec().lr), (30, 0.002));
    lab.setup.constants.lr = -1.0;
    lab.update(&ctx);
    assert!(lab.session().unwrap_err().to_string().contains("learning rate is -1"));
    lab.undo();
    lab.update(&ctx);
    assert_eq!(lab.session().unwrap().trails()[0].spec().lr, 0.002);
}

#[test]
fn a_bad_formula_leaves_the_landscape_alone() {
    let mut lab = on("formula");
    lab.formula = "x^2 + sinn(y)".into();
    lab.take_formula();
    assert_eq!(lab.formula_error().unwrap().column, 7);
    lab.follow();
    assert_eq!(lab.session().unwrap().about().formula, "x^4/4 - x^2 + y^2 + 0.3*x");
    lab.formula = "x^2".into();
    lab.take_formula();
    lab.follow();
    assert!(lab.session().unwrap().is_line());
}

#[test]
fn the_perturbed_loss_is_computed_once_for_every_radius() {
    let mut lab = on("valley");
    let across = [-1.0, 2.0];
    lab.setup.constants.rho = 0.5;
    let found = lab.on_line(across).unwrap();
    assert!((found.wells[0].bottom.at[0] - 0.3).abs() < 1e-9);
    let seconds = found.seconds;
    assert_eq!(lab.on_line(across).unwrap().seconds, seconds, "the same one");
    lab.setup.constants.rho = 0.25;
    assert!((lab.on_line(across).unwrap().wells[0].bottom.at[0] - 0.15).abs() < 1e-9);
}

#[test]
fn a_start_is_placed_where_a_hand_can_aim() {
    let mut lab = on("himmelblau");
    let bounds = lab.bounds().unwrap();
    lab.place_start([1.234_567_8, -0.999_999], bounds);
    let start = lab.setup.start.clone().unwrap();
    assert!((start[0] - 1.23).abs() < 1e-9 && (start[1] + 1.0).abs() < 1e-9, "{start:?}");
    lab.follow();
    assert_eq!(lab.session().unwrap().start(), start);
}

#[test]
fn heights_show_wells_and_cut_walls() {
    let lab = on("sextic");
    let [_, [low, high]] = lab.bounds().unwrap();
    assert!(low < 0.0 && high > 4.0 / 27.0 && high < 1.0, "{low} {high}");
    for name in SurfaceSpec::NAMES {
        let bounds = on(name).bounds().unwrap();
        assert!(bounds.iter().all(|[low, high]| low < high && low.is_finite() && high.is_finite()), "{name}");
    }
}
