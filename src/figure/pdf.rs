//! Figures as PDF, from the same SVG as the PNGs: paths stay paths, text becomes outlines in our own typefaces, heat maps are
//! embedded pictures.
//!
//! It draws what our SVG has: even colours, linear gradients, dashes, clips and opacity.

mod objects;

use std::fmt::Write as _;

use resvg::{
    tiny_skia::{Path as Outline, PathSegment, Pixmap, Point, Transform},
    usvg::{
        ClipPath, Color, FillRule, Group, Image, ImageKind, LineCap, LineJoin, LinearGradient, Node, Paint, PaintOrder,
        Path, Stroke, Tree,
    },
};

use super::{
    Figure, layout,
    png::{self, PngError},
    svg::{self, Ground},
};
use objects::Objects;

/// Points of a PDF, 72 to an inch, to a pixel of the figure, 96 to an inch.
const PER_PIXEL: f64 = 0.75;
/// Points to a millimetre.
const PER_MM: f64 = 72.0 / 25.4;
/// Samples of a gradient.
const SAMPLES: usize = 256;

/// The figure as a PDF of one page, as large as it is on a screen with 96 pixels to an inch.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn to_pdf(figure: &Figure) -> Result<Vec<u8>, PngError> {
    page(figure, PER_PIXEL)
}

/// The same, so many millimetres wide.
pub(super) fn wide(figure: &Figure, mm: f64) -> Result<Vec<u8>, PngError> {
    page(figure, mm * PER_MM / f64::from(figure.width.max(1)))
}

fn page(figure: &Figure, scale: f64) -> Result<Vec<u8>, PngError> {
    let tree = Tree::from_str(&svg::document(figure, &layout::page(figure), Ground::Drawn), &png::options())?;
    let (width, height) = (f64::from(figure.width) * scale, f64::from(figure.height) * scale);
    let mut pen = Pen::default();
    // In a PDF y grows upwards.
    let scale = n(scale, 6);
    pen.line(format_args!("{scale} 0 0 -{scale} 0 {} cm", n(height, 4)));
    pen.group(tree.root(), 1.0);
    Ok(pen.finish(&figure.title, [n(width, 4), n(height, 4)]))
}

/// A number with so many decimals at most.
fn n(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text.as_str() };
    if short == "-0" { "0".into() } else { short.into() }
}

/// A coordinate.
fn at(x: f32) -> String {
    n(f64::from(x), 3)
}

fn rgb(color: Color) -> String {
    [color.red, color.green, color.blue].map(|c| n(f64::from(c) / 255.0, 4)).join(" ")
}

fn point(p: Point) -> String {
    format!("{} {}", at(p.x), at(p.y))
}

/// A path's operators, without painting it.
fn outline(path: &Outline) -> String {
    let mut out = String::new();
    let mut last = Point::zero();
    for segment in path.segments() {
        // Writing to a String cannot fail.
        let _ = match segment {
            PathSegment::MoveTo(p) => writeln!(out, "{} m", point(p)),
            PathSegment::LineTo(p) => writeln!(out, "{} l", point(p)),
            PathSegment::QuadTo(c, p) => {
                let towards =
                    |end: Point| Point::from_xy(end.x + (c.x - end.x) * 2.0 / 3.0, end.y + (c.y - end.y) * 2.0 / 3.0);
                writeln!(out, "{} {} {} c", point(towards(last)), point(towards(p)), point(p))
            }
            PathSegment::CubicTo(c, d, p) => writeln!(out, "{} {} {} c", point(c), point(d), point(p)),
            PathSegment::Close => writeln!(out, "h"),
        };
        if let PathSegment::MoveTo(p)
        | PathSegment::LineTo(p)
        | PathSegment::QuadTo(_, p)
        | PathSegment::CubicTo(_, _, p) = segment
        {
            last = p;
        }
    }
    out
}

/// The outlines of everything in a group.
fn outlines(group: &Group, from: Transform) -> String {
    let from = from.pre_concat(group.transform());
    let of = |node: &Node| match node {
        Node::Group(inner) => outlines(inner, from),
        Node::Text(text) => outlines(text.flattened(), from),
        Node::Path(path) => path.data().clone().transform(from).map_or(String::new(), |moved| outline(&moved)),
        Node::Image(_) => String::new(),
    };
    group.children().iter().map(of).collect()
}

/// The colour of a gradient at `t`, 0 to 1.
fn sample(gradient: &LinearGradient, t: f32) -> [u8; 3] {
    let stops = gradient.stops();
    let after = stops.iter().position(|s| s.offset().get() >= t).unwrap_or(stops.len().saturating_sub(1));
    let (Some(low), Some(high)) = (stops.get(after.saturating_sub(1)), stops.get(after)) else { return [0; 3] };
    let (from, to) = (low.offset().get(), high.offset().get());
    let share = if to > from { ((t - from) / (to - from)).clamp(0.0, 1.0) } else { 1.0 };
    let mix = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
    let (a, b) = (low.color(), high.color());
    [mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)]
}

/// What the page says, and what it refers to by name.
#[derive(Default)]
struct Pen {
    content: String,
    objects: Objects,
    /// Opacities, called G0, G1, …
    opacities: Vec<f32>,
    /// Numbers of the shadings S0, S1, … and of the pictures I0, I1, …
    shadings: Vec<usize>,
    images: Vec<usize>,
}

impl Pen {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.content, "{line}");
    }

    fn concat(&mut self, t: Transform) {
        if !t.is_identity() {
            let numbers = [t.sx, t.ky, t.kx, t.sy, t.tx, t.ty].map(|x| n(f64::from(x), 6)).join(" ");
            self.line(format_args!("{numbers} cm"));
        }
    }

    fn group(&mut self, group: &Group, opacity: f32) {
        let opacity = opacity * group.opacity().get();
        self.line(format_args!("q"));
        self.concat(group.transform());
        let mut clip = group.clip_path();
        while let Some(one) = clip {
            self.clip(one);
            clip = one.clip_path();
        }
        for node in group.children() {
            match node {
                Node::Group(inner) => self.group(inner, opacity),
                Node::Path(path) => self.path(path, opacity),
                Node::Image(image) => self.image(image, opacity),
                Node::Text(text) => self.group(text.flattened(), opacity),
            }
        }
        self.line(format_args!("Q"));
    }

    fn clip(&mut self, clip: &ClipPath) {
        let inside = outlines(clip.root(), clip.transform());
        // Nothing inside means that nothing is to be seen.
        let inside = if inside.is_empty() { "0 0 0 0 re\n".into() } else { inside };
        self.line(format_args!("{inside}W n"));
    }

    fn path(&mut self, path: &Path, opacity: f32) {
        if !path.is_visible() {
            return;
        }
        let outline = outline(path.data());
        match path.paint_order() {
            PaintOrder::FillAndStroke => {
                self.fill(path, &outline, opacity);
                self.stroke(path, &outline, opacity);
            }
            PaintOrder::StrokeAndFill => {
                self.stroke(path, &outline, opacity);
                self.fill(path, &outline, opacity);
            }
        }
    }

    fn fill(&mut self, path: &Path, outline: &str, opacity: f32) {
        let Some(fill) = path.fill() else { return };
        let star = if fill.rule() == FillRule::EvenOdd { "*" } else { "" };
        match fill.paint() {
            Paint::Color(color) => {
                let painted = format!("{} rg\n{outline}f{star}", rgb(*color));
                self.painted(&painted, opacity * fill.opacity().get());
            }
            Paint::LinearGradient(gradient) => {
                let shading = self.shading(gradient);
                self.line(format_args!("q\n{outline}W{star} n"));
                self.concat(gradient.transform());
                self.line(format_args!("/S{shading} sh\nQ"));
            }
            Paint::RadialGradient(_) | Paint::Pattern(_) => {}
        }
    }

    fn stroke(&mut self, path: &Path, outline: &str, opacity: f32) {
        let Some(stroke) = path.stroke() else { return };
        let Paint::Color(color) = stroke.paint() else { return };
        let painted = format!("{} RG\n{}\n{outline}S", rgb(*color), line_style(stroke));
        self.painted(&painted, opacity * stroke.opacity().get());
    }

    /// Paints something that lets through what lies under it, unless `opacity` is 1.
    fn painted(&mut self, operators: &str, opacity: f32) {
        if opacity >= 1.0 {
            return self.line(format_args!("{operators}"));
        }
        let known = self.opacities.iter().position(|o| o.to_bits() == opacity.to_bits());
        let name = known.unwrap_or_else(|| {
            self.opacities.push(opacity);
            self.opacities.len() - 1
        });
        self.line(format_args!("q\n/G{name} gs\n{operators}\nQ"));
    }

    fn shading(&mut self, gradient: &LinearGradient) -> usize {
        let samples: Vec<u8> = (0..SAMPLES).flat_map(|i| sample(gradient, i as f32 / (SAMPLES - 1) as f32)).collect();
        let head = format!("/FunctionType 0 /Domain [0 1] /Range [0 1 0 1 0 1] /Size [{SAMPLES}] /BitsPerSample 8");
        let function = self.objects.stream(&head, &samples);
        let along = [gradient.x1(), gradient.y1(), gradient.x2(), gradient.y2()].map(at).join(" ");
        self.shadings.push(self.objects.add(format!(
            "<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [{along}] /Function {function} 0 R /Extend [true true] >>"
        )));
        self.shadings.len() - 1
    }

    fn image(&mut self, image: &Image, opacity: f32) {
        let ImageKind::PNG(data) = image.kind() else { return };
        let Ok(pixels) = Pixmap::decode_png(data) else { return };
        let head = |space: &str| {
            format!(
                "/Type /XObject /Subtype /Image /Width {} /Height {} /ColorSpace /{space} /BitsPerComponent 8",
                pixels.width(),
                pixels.height()
            )
        };
        let colors: Vec<_> = pixels.pixels().iter().map(|p| p.demultiply()).collect();
        let mut dictionary = head("DeviceRGB");
        if colors.iter().any(|c| c.alpha() < 255) {
            let alpha: Vec<u8> = colors.iter().map(|c| c.alpha()).collect();
            let mask = self.objects.stream(&head("DeviceGray"), &alpha);
            dictionary += &format!(" /SMask {mask} 0 R");
        }
        let plain: Vec<u8> = colors.iter().flat_map(|c| [c.red(), c.green(), c.blue()]).collect();
        let number = self.objects.stream(&dictionary, &plain);
        self.images.push(number);
        // The unit square of a picture has its first row at y = 1.
        let (w, h) = (at(image.size().width()), at(image.size().height()));
        let painted = format!("q\n{w} 0 0 -{h} 0 {h} cm\n/I{} Do\nQ", self.images.len() - 1);
        self.painted(&painted, opacity);
    }

    fn finish(self, title: &str, [width, height]: [String; 2]) -> Vec<u8> {
        let Pen { content, mut objects, opacities, shadings, images } = self;
        let content = objects.stream("", content.as_bytes());
        let named = |letter: char, numbers: &[usize]| -> String {
            numbers.iter().enumerate().map(|(i, number)| format!(" /{letter}{i} {number} 0 R")).collect()
        };
        let states: String = opacities
            .iter()
            .enumerate()
            .map(|(i, o)| {
                let o = at(*o);
                format!(" /G{i} << /Type /ExtGState /CA {o} /ca {o} >>")
            })
            .collect();
        let resources = format!(
            "<< /ExtGState <<{states} >> /Shading <<{} >> /XObject <<{} >> >>",
            named('S', &shadings),
            named('I', &images)
        );
        let pages = objects.upcoming() + 1;
        let page = objects.add(format!(
            "<< /Type /Page /Parent {pages} 0 R /MediaBox [0 0 {width} {height}] /Resources {resources} /Contents {content} 0 R >>"
        ));
        objects.add(format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>"));
        let root = objects.add(format!("<< /Type /Catalog /Pages {pages} 0 R >>"));
        let title: String = title.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        let producer = concat!("Valleyscope ", env!("CARGO_PKG_VERSION"));
        let info = objects.add(format!("<< /Title <FEFF{title}> /Producer ({producer}) >>"));
        objects.finish(root, info)
    }
}

/// How a line is drawn: width, ends, corners and dashes.
fn line_style(stroke: &Stroke) -> String {
    let cap = match stroke.linecap() {
        LineCap::Butt => 0,
        LineCap::Round => 1,
        LineCap::Square => 2,
    };
    let join = match stroke.linejoin() {
        LineJoin::Miter | LineJoin::MiterClip => 0,
        LineJoin::Round => 1,
        LineJoin::Bevel => 2,
    };
    let dashes: Vec<String> = stroke.dasharray().unwrap_or_default().iter().map(|d| at(*d)).collect();
    format!(
        "{} w {cap} J {join} j {} M [{}] {} d",
        at(stroke.width().get()),
        at(stroke.miterlimit().get()),
        dashes.join(" "),
        at(stroke.dashoffset())
    )
}

#[cfg(test)]
mod tests;
