//! Norms, distances and angles of parameter vectors, in f64.

/// ‖x‖₂.
pub fn norm(x: &[f32]) -> f64 {
    dot(x, x).sqrt()
}

/// ‖a − b‖₂.
pub fn distance(a: &[f32], b: &[f32]) -> f64 {
    sum(a.len(), |i| {
        let d = f64::from(a[i]) - f64::from(b[i]);
        d * d
    })
    .sqrt()
}

/// a · b.
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    sum(a.len(), |i| f64::from(a[i]) * f64::from(b[i]))
}

/// cos(a, b) = a·b / (‖a‖‖b‖); `NaN` when one of them is zero, because then there is no angle.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    dot(a, b) / (norm(a) * norm(b))
}

/// Σ f(i) over eight running sums: one chain of additions would leave the processor waiting, and eight in a fixed order
/// are just as reproducible.
pub fn sum(n: usize, f: impl Fn(usize) -> f64) -> f64 {
    let mut lanes = [0.0f64; 8];
    let whole = n - n % 8;
    for base in (0..whole).step_by(8) {
        for (j, lane) in lanes.iter_mut().enumerate() {
            *lane += f(base + j);
        }
    }
    lanes.iter().sum::<f64>() + (whole..n).map(f).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms() {
        let a: Vec<f32> = (0..11).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), 385.0);
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
        assert_eq!(distance(&[1.0, 1.0], &[4.0, 5.0]), 5.0);
        assert_eq!(cosine(&[1.0, 0.0], &[-2.0, 0.0]), -1.0);
        assert!(cosine(&[0.0], &[1.0]).is_nan());
    }
}
