//! Where the numbers on an axis stand, and how they are written.

/// A number on an axis: where, and its text in markup.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub value: f64,
    pub label: String,
}

/// What numbers an axis has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    Linear,
    /// Whole ones, of things that are counted.
    Whole,
    Logarithmic,
}

/// Numbers that an axis has at least, where there are as many round ones with room between them.
const LEAST: usize = 3;
/// Steps of an axis that is too short for three multiples of 1, 2 or 5: those that are still round, and the others.
const FINER: [&[f64]; 2] = [&[5.0, 4.0, 2.5], &[8.0, 6.0, 3.0, 2.0, 1.5, 1.2, 1.0]];

/// Round numbers for an axis of that length: at least three, about `apart` from each other, and nowhere nearer than `least`. Where
/// there is no room for three, as many as are `apart`.
pub fn along(range: (f64, f64), numbers: Numbers, length: f64, [apart, least]: [f64; 2]) -> Vec<Tick> {
    if !(length.is_finite() && length > 0.0) {
        return vec![];
    }
    let count = ((length / apart) as usize).clamp(2, 40);
    let of = |count: usize| match numbers {
        Numbers::Linear => linear(range, count),
        Numbers::Whole => whole(range, count),
        Numbers::Logarithmic => logarithmic(range, count),
    };
    let place = |value: f64| match numbers {
        Numbers::Logarithmic => (value / range.0).ln() / (range.1 / range.0).ln() * length,
        _ => (value - range.0) / (range.1 - range.0) * length,
    };
    let is_enough = |ticks: &Vec<Tick>| {
        let far = |pair: &[Tick]| place(pair[1].value) - place(pair[0].value) >= least - 1e-9;
        ticks.len() >= LEAST && ticks.windows(2).all(far)
    };
    // Round steps are up to two and a half times as long as asked for, which leaves too few on a short axis.
    let rounder = (count..=3 * count).map(of).find(is_enough);
    rounder.or_else(|| finer(range, numbers).find(is_enough)).unwrap_or_else(|| of(count))
}

/// Multiples of less round steps, the roundest and the largest first.
fn finer(range: (f64, f64), numbers: Numbers) -> impl Iterator<Item = Vec<Tick>> {
    let span = range.1 - range.0;
    let is_range = span.is_finite() && span > 0.0 && (numbers != Numbers::Logarithmic || range.0 > 0.0);
    let power = if is_range { span.log10().floor() as i32 } else { 0 };
    let steps = FINER.into_iter().flat_map(move |factors| {
        [power, power - 1].into_iter().flat_map(move |power| factors.iter().map(move |f| f * 10f64.powi(power)))
    });
    let fits = move |step: &f64| is_range && (numbers != Numbers::Whole || (*step >= 1.0 && step.fract() == 0.0));
    steps.filter(fits).map(move |step| multiples(range, step))
}

/// Round numbers (1, 2 or 5 times a power of ten) inside `range`, at most about `count` of them.
pub fn linear(range: (f64, f64), count: usize) -> Vec<Tick> {
    let span = range.1 - range.0;
    if !(span.is_finite() && span > 0.0) || count == 0 {
        return vec![];
    }
    multiples(range, nice_step(span / count as f64))
}

/// The multiples of a step inside `range`.
fn multiples((lo, hi): (f64, f64), step: f64) -> Vec<Tick> {
    let first = (lo / step - 1e-9).ceil();
    let last = (hi / step + 1e-9).floor();
    let n = (last - first).clamp(-1.0, 1000.0) as i64 + 1;
    // Each from its index, so that the positions cannot drift; + 0.0 turns −0 into 0.
    let values: Vec<f64> = (0..n).map(|i| (first + i as f64) * step + 0.0).collect();
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    values.into_iter().map(|value| Tick { value, label: number(value, step, largest) }).collect()
}

/// Whole numbers only, for iterations, epochs and what is counted.
pub fn whole(range: (f64, f64), count: usize) -> Vec<Tick> {
    let span = range.1 - range.0;
    if !(span.is_finite() && span > 0.0) || count == 0 {
        return vec![];
    }
    multiples(range, nice_step(span / count as f64).max(1.0))
}

/// Powers of ten inside `range`, with 2 and 5 between them when there is room.
pub fn logarithmic(range: (f64, f64), count: usize) -> Vec<Tick> {
    let (lo, hi) = range;
    if !(lo > 0.0 && hi > lo && hi.is_finite()) || count == 0 {
        return vec![];
    }
    let (from, to) = (lo.log10().floor() as i32, hi.log10().ceil() as i32);
    let decades = (hi / lo).log10();
    let digits: &[i32] = if decades * 3.0 <= count as f64 { &[1, 2, 5] } else { &[1] };
    let every = if digits.len() > 1 { 1 } else { (decades / count as f64).ceil().max(1.0) as i32 };
    let inside = |v: f64| v >= lo * (1.0 - 1e-9) && v <= hi * (1.0 + 1e-9);
    let mut ticks = Vec::new();
    for exponent in (from..=to).filter(|e| e.rem_euclid(every) == 0) {
        for digit in digits {
            let value = f64::from(*digit) * 10f64.powi(exponent);
            if inside(value) {
                ticks.push(Tick { value, label: power(value, exponent, *digit) });
            }
        }
    }
    // A range inside one decade has too few round numbers on the log scale; linear ones serve better.
    if ticks.len() < 2 { linear(range, count) } else { ticks }
}

fn power(value: f64, exponent: i32, digit: i32) -> String {
    if (-3..=4).contains(&exponent) {
        return number(value, 10f64.powi(exponent), value);
    }
    let factor = if digit == 1 { String::new() } else { format!("{digit}×") };
    minus(&format!("{factor}10^{{{exponent}}}"))
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `rough`.
fn nice_step(rough: f64) -> f64 {
    let power = 10f64.powi(rough.log10().floor() as i32);
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= rough * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * power
}

/// A number with as many decimals as its step needs; powers of ten when it is tiny or huge.
fn number(value: f64, step: f64, largest: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if largest >= 1e7 || (largest < 1e-3 && largest > 0.0) {
        let exponent = largest.log10().floor() as i32;
        let decimals = decimals(step, exponent).min(6);
        return minus(&format!("{:.decimals$}×10^{{{exponent}}}", value / 10f64.powi(exponent)));
    }
    let decimals = decimals(step, 0).min(12);
    minus(&grouped(&format!("{value:.decimals$}")))
}

/// Decimals that tell the multiples of a step apart, as numbers of ten to the power `exponent`.
pub fn decimals(step: f64, exponent: i32) -> usize {
    // A little more, because the logarithm of a power of ten may fall short of its exponent.
    let coarse = exponent.saturating_sub((step.log10() + 1e-9).floor() as i32).clamp(0, 400);
    let left = step * 10f64.powi(coarse - exponent);
    let is_whole = |x: f64| (x - x.round()).abs() < 1e-6 * x.abs().max(1.0);
    // Steps such as 2.5 have one digit more.
    let more = i32::from(!is_whole(left) && is_whole(10.0 * left));
    (coarse + more) as usize
}

/// A measured number with three significant digits, in plain text.
pub fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return minus(&format!("{value}").replace("inf", "∞"));
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-4..7).contains(&exponent) {
        return minus(&format!("{value:.2e}"));
    }
    let decimals = (2 - exponent).clamp(0, 6) as usize;
    minus(&grouped(&format!("{value:.decimals$}")))
}

/// Commas between thousands, from 10,000 on.
pub fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |d| ("-", d));
    let (whole, rest) = digits.find('.').map_or((digits, ""), |dot| digits.split_at(dot));
    if whole.len() < 5 {
        return text.into();
    }
    let mut out = String::from(sign);
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out + rest
}

/// A true minus sign instead of the hyphen.
fn minus(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_written_alike() {
        assert_eq!(labels(&linear((-1.05, 1.05), 5)), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels(&linear((0.0, 40.0), 8)), ["0", "5", "10", "15", "20", "25", "30", "35", "40"][..]);
        assert_eq!(labels(&linear((0.0, 100_000.0), 5)), ["0", "20,000", "40,000", "60,000", "80,000", "100,000"]);
        assert_eq!(labels(&linear((0.0, 2.1e-5), 3)), ["0", "1×10^{−5}", "2×10^{−5}"]);
        assert_eq!(labels(&linear((2e9, 3.1e9), 3)), ["2.0×10^{9}", "2.5×10^{9}", "3.0×10^{9}"]);
        assert_eq!(labels(&whole((0.0, 2.0), 8)), ["0", "1", "2"]);
        assert!(linear((1.0, 1.0), 5).is_empty() && linear((f64::NAN, 1.0), 5).is_empty());
    }

    #[test]
    fn a_short_axis_has_three_numbers_wherever_it_begins() {
        let of = |range, height| along(range, Numbers::Linear, height, [30.0, 12.0]);
        for k in 0..400 {
            let low = f64::from(k - 200) * 0.037;
            for span in [0.4, 1.0, 1.7, 2.3, 3.6, 5.5, 7.9, 61.0] {
                let (range, found) = ((low, low + span), of((low, low + span), 50.0));
                assert!(found.len() >= 3, "{range:?}: {found:?}");
                let far = |w: &[Tick]| (w[1].value - w[0].value) / span * 50.0 >= 12.0 - 1e-9;
                assert!(found.windows(2).all(far), "{range:?}: {found:?}");
                assert!(found.iter().all(|tick| range.0 - 1e-9 <= tick.value && tick.value <= range.1 + 1e-9));
                let mut labels: Vec<&str> = labels(&found);
                labels.dedup();
                assert_eq!(labels.len(), found.len(), "no two are written alike: {labels:?}");
            }
        }
        // From zero on, as most axes, on less room.
        for span in (1..200).map(|k| 0.05 * f64::from(k)) {
            assert!(of((0.0, span), 45.0).len() >= 3, "{span}");
        }
        assert_eq!(labels(&of((1.3, 4.9), 50.0)), ["2", "3", "4"]);
        assert_eq!(labels(&of((2.4, 7.6), 45.0)), ["2.5", "5.0", "7.5"]);
        assert_eq!(labels(&of((0.0, 40.0), 300.0)), labels(&linear((0.0, 40.0), 10)), "a long one is as it was");
        assert!(of((1.0, 1.0), 50.0).is_empty() && of((0.0, 1.0), f64::NAN).is_empty());
    }

    #[test]
    fn counts_and_logarithms_have_three_numbers_on_a_short_axis_too() {
        let of = |range, numbers| along(range, numbers, 50.0, [30.0, 12.0]);
        assert_eq!(labels(&of((0.0, 2.12), Numbers::Whole)), ["0", "1", "2"]);
        assert_eq!(labels(&of((0.0, 3.2), Numbers::Whole)), ["0", "1", "2", "3"]);
        assert_eq!(labels(&of((0.0, 1.06), Numbers::Whole)), ["0", "1"], "there are no others");
        for range in [(1e-3, 10.0), (0.3, 4.0), (0.2, 0.9), (2.0, 30.0), (1e-9, 1.0), (3.0, 3.9)] {
            let found = of(range, Numbers::Logarithmic);
            assert!(found.len() >= 3, "{range:?}: {found:?}");
        }
        assert!(of((0.0, 1.0), Numbers::Logarithmic).is_empty());
    }

    #[test]
    fn measured_numbers_are_short() {
        let written = [0.0, 0.94512, -12.345, 123_456.0, 1.5e-7, 0.000_987, 3e300].map(short);
        assert_eq!(written, ["0", "0.945", "−12.3", "123,456", "1.50e−7", "0.000987", "3.00e300"]);
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(short), ["∞", "−∞", "NaN"]);
    }

    #[test]
    fn log_ticks_are_decades_or_1_2_5() {
        assert_eq!(labels(&logarithmic((1e-6, 10.0), 4)), ["10^{−6}", "10^{−4}", "0.01", "1"]);
        assert_eq!(labels(&logarithmic((0.5, 20.0), 8)), ["0.5", "1", "2", "5", "10", "20"]);
        assert_eq!(labels(&logarithmic((2.2, 4.3), 5)), ["2.5", "3.0", "3.5", "4.0"]);
        assert!(logarithmic((0.0, 1.0), 4).is_empty());
    }
}
