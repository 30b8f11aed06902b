//! Figures in the widths of a paper, with text as large as a paper's.

use super::{Figure, layout, pdf, png, svg};
use crate::named::named_choice;

named_choice! {
    /// How wide a figure stands on a page.
    Paper as "width" {
        /// As it was laid out for a screen.
        #[default] Screen = "as on screen",
        /// A column of a page with two.
        Column = "one column 88 mm",
        /// Both columns, or a page with one.
        Columns = "two columns 180 mm",
    }
}

/// Millimetres to a pixel of a figure for a paper: the smallest text, of 11 pixels, is 7 points high there, and names of axes and
/// panels stay below 8.
const MM_PER_PIXEL: f64 = 7.0 / 11.0 * 25.4 / 72.0;
/// As high as a figure for a paper may be; pages leave no more room.
const HIGHEST: f64 = 230.0;
/// Pixels of a PNG to an inch of paper, and to a pixel of the screen.
const PER_INCH: f64 = 300.0;
const PER_PIXEL: f64 = 2.0;

impl Paper {
    /// Its width; `None` where the figure's own counts.
    pub fn mm(self) -> Option<f64> {
        match self {
            Paper::Screen => None,
            Paper::Column => Some(88.0),
            Paper::Columns => Some(180.0),
        }
    }

    /// Width in pixels of a PNG; `None` where the figure's own counts.
    pub fn pixels(self) -> Option<u32> {
        self.mm().map(|mm| (mm / 25.4 * PER_INCH).round() as u32)
    }
}

/// A figure laid out for a width, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    figure: Figure,
    mm: Option<f64>,
}

impl Sheet {
    /// The figure on that paper.
    pub fn new(figure: &Figure, paper: Paper) -> Sheet {
        let mm = paper.mm();
        Sheet { figure: mm.map_or_else(|| figure.clone(), |mm| laid_out(figure, mm)), mm }
    }

    /// What is drawn.
    pub fn figure(&self) -> &Figure {
        &self.figure
    }

    /// Device pixels to a pixel of the figure in a PNG.
    pub fn scale(&self) -> f64 {
        self.mm.map_or(PER_PIXEL, |mm| mm / 25.4 * PER_INCH / f64::from(self.figure.width.max(1)))
    }

    /// As PNG, on paper with 300 pixels to an inch.
    ///
    /// # Errors
    /// A figure that is too large or cannot be drawn.
    pub fn png(&self) -> Result<Vec<u8>, png::PngError> {
        match self.mm {
            Some(_) => png::for_print(&self.figure, self.scale(), PER_INCH),
            None => png::to_png(&self.figure, self.scale()),
        }
    }

    /// As SVG, on paper in millimetres.
    pub fn svg(&self) -> String {
        self.mm.map_or_else(|| svg::to_svg(&self.figure), |mm| svg::wide(&self.figure, mm))
    }

    /// As PDF.
    ///
    /// # Errors
    /// A figure that cannot be drawn.
    pub fn pdf(&self) -> Result<Vec<u8>, png::PngError> {
        self.mm.map_or_else(|| pdf::to_pdf(&self.figure), |mm| pdf::wide(&self.figure, mm))
    }
}

/// The figure anew for that width, without title and subtitle, which a paper's own caption has. Plots keep their heights, those
/// with equal axes their shapes.
fn laid_out(figure: &Figure, mm: f64) -> Figure {
    let width = (mm / MM_PER_PIXEL).round() as u32;
    let mut bare = Figure { title: String::new(), subtitle: String::new(), width, ..figure.clone() };
    if f64::from(width) < NARROWEST * layout::columns_of(&figure.panels) as f64 {
        bare.panels.iter_mut().for_each(|panel| panel.beside = false);
    }
    let mut free = bare.clone();
    free.panels.iter_mut().for_each(|panel| panel.equal = false);
    let (old, new, free) = (plot_heights(figure), plot_heights(&bare), plot_heights(&free));
    let heights = bare.panels.iter().zip(old.iter().zip(new.iter().zip(&free)));
    // Of panels beside each other the first says it for all.
    let further = heights
        .filter(|(panel, _)| !panel.beside)
        .map(|(panel, (old, (new, free)))| if panel.equal { new - free } else { old - free });
    let height = f64::from(figure.height) + further.sum::<f64>();
    Figure { height: height.clamp(f64::from(LOWEST), HIGHEST / MM_PER_PIXEL).round() as u32, ..bare }
}

/// Columns narrower than this, in pixels, go under each other.
const NARROWEST: f64 = 170.0;
/// A page lower than this, in pixels, has no room for a plot.
const LOWEST: u32 = 120;

fn plot_heights(figure: &Figure) -> Vec<f64> {
    layout::page(figure).panels.iter().map(|p| p.plot.h).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Grid, Panel, PlanePicture, Theme, plane_figure, stacked};

    fn plane() -> Figure {
        let axis: Vec<f64> = (0..5).map(f64::from).collect();
        let values = (0..25).map(|k| Some(f64::from(k))).collect();
        let picture = PlanePicture::new(Grid::new(axis.clone(), axis, values).unwrap());
        plane_figure(&PlanePicture { title: "The plane".into(), ..picture })
    }

    #[test]
    fn a_sheet_has_the_width_of_its_paper() {
        for (paper, mm, pixels) in [(Paper::Column, 88.0, 1039), (Paper::Columns, 180.0, 2126)] {
            let sheet = Sheet::new(&plane(), paper);
            let svg = sheet.svg();
            assert!(svg.contains(&format!(r#" width="{mm}mm" height=""#)), "{}", &svg[..200]);
            let (w, h) = (sheet.figure().width, sheet.figure().height);
            assert!(svg.contains(&format!(r#" viewBox="0 0 {w} {h}""#)));
            let png = image::load_from_memory(&sheet.png().unwrap()).unwrap();
            assert_eq!((png.width(), paper.pixels()), (pixels, Some(pixels)));
            // 11 pixels are 7 points: a point is 1/72 inch.
            let points = 11.0 * mm / f64::from(w) * 72.0 / 25.4;
            assert!((points - 7.0).abs() < 0.02, "{points}");
        }
    }

    #[test]
    fn plots_keep_their_heights_and_planes_their_shapes() {
        let figure = stacked(vec![Panel::default(), Panel::default()], String::new(), Theme::Light);
        let narrow = laid_out(&figure, 88.0);
        for (old, new) in plot_heights(&figure).iter().zip(plot_heights(&narrow)) {
            assert!((old - new).abs() < 1.0, "{old} {new}");
        }
        assert!(narrow.height <= figure.height);
        let plane = laid_out(&plane(), 88.0);
        let page = layout::page(&plane);
        let plot = page.panels[0].plot;
        assert!((plot.w - plot.h).abs() < 0.5, "{plot:?}");
        // What is above and below it are its header and the axis with its numbers.
        assert!(f64::from(plane.height) - plot.h < 150.0, "{} {}", plane.height, plot.h);
        assert!(plane.title.is_empty());
    }

    #[test]
    fn columns_stay_beside_each_other_where_there_is_room() {
        let panel = |beside| Panel { beside, ..Panel::default() };
        let panels = vec![panel(false), panel(true), panel(true), panel(false), panel(true), panel(true)];
        let figure = Figure { width: 1800, ..stacked(panels, String::new(), Theme::Light) };
        let tops = |figure: &Figure| layout::page(figure).panels.iter().map(|p| p.plot.y).collect::<Vec<_>>();
        let wide = tops(&laid_out(&figure, 180.0));
        assert!(wide[0] == wide[1] && wide[1] == wide[2] && wide[2] < wide[3] && wide[3] == wide[5], "{wide:?}");
        let narrow = tops(&laid_out(&figure, 88.0));
        assert!(narrow.windows(2).all(|pair| pair[0] < pair[1]), "{narrow:?}");
    }

    #[test]
    fn a_page_is_no_higher_than_paper() {
        let panels = vec![Panel::default(); 12];
        let figure = laid_out(&stacked(panels, String::new(), Theme::Light), 180.0);
        assert!(f64::from(figure.height) * MM_PER_PIXEL <= 230.5);
    }

    #[test]
    fn on_a_screen_nothing_changes() {
        let sheet = Sheet::new(&plane(), Paper::Screen);
        assert_eq!(sheet.figure(), &plane());
        assert_eq!(sheet.svg(), svg::to_svg(&plane()));
        assert_eq!(sheet.png().unwrap(), png::to_png(&plane(), 2.0).unwrap());
    }
}
