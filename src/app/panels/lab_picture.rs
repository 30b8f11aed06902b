//! The picture of the landscape as a figure, to be saved.

use crate::{
    app::lab::{Lab, picture::picture, plots},
    figure::{Color, Figure, Kind, Marker, Panel, PlanePath, PlanePicture, Series, Theme, colors, plane_figure},
    history::Curve,
};

/// Cells along the longer side of a saved map.
const CELLS: f64 = 240.0;

/// What is in view, on a page; `None` where there is no landscape.
pub fn figure(lab: &mut Lab, theme: Theme) -> Option<Figure> {
    if lab.session().ok()?.is_line() { line(lab, theme) } else { plane(lab, theme) }
}

/// In words: where all starts, from which seed, and the rules' constants.
fn caption(lab: &Lab) -> String {
    let Ok(session) = lab.session() else { return String::new() };
    let c = &lab.setup.constants;
    let remark = session.cut().remark().map_or(String::new(), |r| format!(" · {r}"));
    format!(
        "{} · start {:?}, {} steps, seed {}, η {}, ρ {}, noise {}{remark}",
        session.about().source,
        session.start(),
        session.t(),
        lab.setup.seed,
        c.lr,
        c.rho,
        c.noise
    )
}

fn plane(lab: &mut Lab, theme: Theme) -> Option<Figure> {
    let bounds = lab.bounds()?;
    let (caption, scale, contours) = (caption(lab), lab.scale(), lab.look.contours);
    let session = lab.session().ok()?;
    let picture = picture(session, bounds, CELLS, scale)?;
    let paths = session.trails().iter().map(|trail| {
        let kind = trail.spec().kind;
        PlanePath::flat(kind.to_string(), colors::dynamics_color(kind), trail.points().iter().map(|p| p.at))
    });
    let (paths, contours) = (paths.collect(), if contours { picture.contours } else { 0 });
    Some(plane_figure(&PlanePicture { caption, contours, paths, theme, ..picture }))
}

fn line(lab: &mut Lab, theme: Theme) -> Option<Figure> {
    let panel = line_panel(lab)?;
    let caption = caption(lab);
    let about = lab.session().ok()?.about();
    let figure = plots::page(format!("{}: L(w) = {}", about.title, about.formula), caption, vec![panel], theme);
    Some(Figure { height: 560, ..figure })
}

/// L, the perturbed loss and the rules on a line, as it is in view.
pub fn line_panel(lab: &mut Lab) -> Option<Panel> {
    let bounds = lab.bounds()?;
    let is_perturbed = lab.look.perturbed;
    let profile = lab.profile(bounds[0]).to_vec();
    let grey = Color { r: 0x6B, g: 0x72, b: 0x7B };
    let one = |name: &str, color, kind, curve| Series { name: name.into(), in_legend: true, color, kind, curve };
    let mut series = vec![one("L", grey, Kind::Line, Curve::through(profile))];
    let mut markers = Vec::new();
    if let Some(found) = lab.on_line(bounds[0]).filter(|_| is_perturbed) {
        let name = format!("largest L within ρ = {}", found.rho);
        series.push(one(&name, colors::SAM, Kind::Dashed, Curve::through(found.curve.iter().copied())));
        let stars = |f: &dyn Fn(&crate::app::lab::perturbed::Well) -> [f64; 2]| Curve {
            lines: vec![found.wells.iter().map(f).collect()],
            non_finite: 0,
        };
        series.push(one("minima of L", grey, Kind::Star, stars(&|w| [w.at, w.floor])));
        series.push(one(
            "minima of the perturbed loss",
            colors::SAM,
            Kind::Star,
            stars(&|w| [w.bottom.at[0], w.bottom.value]),
        ));
        for [low, high] in found.wells.iter().filter_map(|w| w.interval) {
            markers.push(Marker { x: low, label: "the theorem's interval".into() });
            markers.push(Marker { x: high, label: String::new() });
        }
    }
    for trail in lab.session().ok()?.trails() {
        let kind = trail.spec().kind;
        let now = trail.now();
        let at = Curve::through([[now.at[0], now.loss]]);
        series.push(one(&kind.to_string(), colors::dynamics_color(kind), Kind::Points, at));
    }
    Some(Panel {
        title: "The landscape".into(),
        x_label: "w".into(),
        y_label: "L(w)".into(),
        x_range: Some((bounds[0][0], bounds[0][1])),
        y_range: Some((bounds[1][0], bounds[1][1])),
        series,
        markers,
        ..Panel::default()
    })
}
