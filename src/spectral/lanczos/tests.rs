use nalgebra::DMatrix;
use proptest::prelude::*;

use super::*;
use crate::spectral::{
    matrix::Matrix,
    trial::{Broken, Known, Rounded, lenet_like, spectra},
    vector::{add, dot, norm},
};

/// ‖A v − λ v‖, from a product of its own.
fn residual<A: LinearOperator<Error = std::convert::Infallible>>(a: &mut A, pair: &EigenPair) -> f64 {
    let mut product = a.apply(std::slice::from_ref(&pair.vector)).unwrap().remove(0);
    add(&mut product, -pair.value, &pair.vector);
    norm(&product)
}

fn check_vectors(pairs: &[EigenPair], what: &str) {
    for (i, a) in pairs.iter().enumerate() {
        for (j, b) in pairs.iter().enumerate() {
            let product = dot(&a.vector, &b.vector);
            assert!((product - f64::from(u8::from(i == j))).abs() < 1e-12, "{what}: {i} {j} {product}");
        }
    }
}

fn exact() -> LanczosSpec {
    LanczosSpec { tolerance: 1e-10, most_products: 100_000, copies: true, seed: 5, ..LanczosSpec::default() }
}

#[test]
fn every_spectrum_of_every_size_is_found_from_both_ends() {
    for dimension in [1, 2, 3, 5, 17, 60, 200] {
        for (name, values) in spectra(dimension) {
            let mut a = Known::new(&values, 3);
            let size = values.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
            for (largest, smallest, block, most) in [(1, 0, 1, 20), (3, 2, 1, 20), (4, 4, 3, 30), (0, 2, 2, 20)] {
                let what = format!("{name} {dimension} {largest} {smallest} {block}");
                let spec = LanczosSpec { largest, smallest, block, most, ..exact() };
                let mut lanczos = Lanczos::new(spec, dimension, None);
                let progress = lanczos.finish(&mut a).unwrap();
                assert_eq!(progress.ended, Some(Ended::Found), "{what} {progress:?}");
                assert_eq!(progress.found, progress.wanted, "{what}");
                let mut order = a.descending();
                let (top, bottom) = (lanczos.largest(), lanczos.smallest());
                assert_eq!((top.len(), bottom.len()), (largest.min(dimension), smallest.min(dimension)), "{what}");
                let close = |pair: &EigenPair, value: f64| (pair.value - value).abs() <= 1e-9 * size;
                assert!(top.iter().zip(&order).all(|(pair, value)| close(pair, *value)), "{what} {order:?}");
                order.reverse();
                assert!(bottom.iter().zip(&order).all(|(pair, value)| close(pair, *value)), "{what} {order:?}");
                for pair in top.iter().chain(&bottom) {
                    let own = residual(&mut a, pair);
                    assert!((own - pair.residual).abs() <= 1e-12 * size, "{what}: {own} {}", pair.residual);
                }
                check_vectors(&top, &what);
                check_vectors(&bottom, &what);
                assert!(lanczos.asymmetry() <= 1e-12 * size, "{what} {}", lanczos.asymmetry());
            }
        }
    }
}

#[test]
fn more_than_there_are_is_all_of_them() {
    for dimension in [1, 2, 5, 17] {
        for (name, values) in spectra(dimension) {
            let mut a = Known::new(&values, 4);
            let spec = LanczosSpec { largest: 30, smallest: 30, block: 2, copies: false, ..exact() };
            let mut lanczos = Lanczos::new(spec, dimension, None);
            let progress = lanczos.finish(&mut a).unwrap();
            assert_eq!((progress.ended, progress.wanted), (Some(Ended::Found), dimension), "{name}");
            assert_eq!(progress.products, dimension, "{name}");
            let size = values.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
            for (pair, value) in lanczos.largest().iter().zip(a.descending()) {
                assert!((pair.value - value).abs() <= 1e-12 * size, "{name} {dimension}");
            }
            assert_eq!(lanczos.pairs().len(), 2 * dimension);
        }
    }
}

#[test]
fn an_operator_without_coordinates_has_no_eigenvalues() {
    let mut lanczos = Lanczos::new(exact(), 0, None);
    let progress = lanczos.step(&mut Matrix::new(DMatrix::zeros(0, 0))).unwrap();
    assert_eq!(progress, Progress { products: 0, found: 0, wanted: 0, ended: Some(Ended::Found) });
    assert!(lanczos.pairs().is_empty());
    assert!(LanczosSpec::default().bytes(0) < 100);
}

/// Without looking for copies one vector shows one copy, a block as many as it has vectors. Where the basis is exhausted
/// exactly, copies are found unasked.
#[test]
fn a_block_sees_as_many_copies_as_it_has_vectors() {
    let values: Vec<f64> = (0..100).map(|i| if i < 3 { 9.0 } else { f64::from(i) / 25.0 }).collect();
    for (block, copies) in [(1, false), (2, false), (3, false), (1, true), (2, true)] {
        // Rounding brings the other copies in the end; a rough answer comes before.
        let spec = LanczosSpec { largest: 3, block, copies, tolerance: 1e-2, ..exact() };
        let mut lanczos = Lanczos::new(spec, 100, None);
        lanczos.finish(&mut Known::new(&values, 1)).unwrap();
        let found = lanczos.largest_values().iter().filter(|v| v.value > 8.9).count();
        assert_eq!(found, if copies { 3 } else { block }, "{block} {copies}");
    }
    let few: Vec<f64> = (0..90).map(|i| [3.0, 2.0, -1.0][i % 3]).collect();
    let mut lanczos = Lanczos::new(LanczosSpec { largest: 2, copies: false, ..exact() }, 90, None);
    lanczos.finish(&mut Known::new(&few, 1)).unwrap();
    assert!(lanczos.largest_values().iter().all(|v| (v.value - 3.0).abs() < 1e-12), "{:?}", lanczos.largest_values());
    assert!(lanczos.progress().products < 20);
}

#[test]
fn the_spectrum_of_a_small_network_takes_few_products() {
    let values = lenet_like(11_330);
    let mut a = Known::new(&values, 2);
    let mut one = Lanczos::new(LanczosSpec { tolerance: 0.0, ..LanczosSpec::default() }, 11_330, None);
    while (one.largest_values().first().map_or(0.0, |v| v.value) - 8.60).abs() > 0.086 {
        one.step(&mut a).unwrap();
    }
    assert!(one.progress().products < 20, "{}", one.progress().products);
    for (block, most, limit) in [(1, 40, 120), (4, 60, 300), (8, 80, 600)] {
        let spec = LanczosSpec { largest: 10, smallest: 1, block, most, tolerance: 3e-5, ..LanczosSpec::default() };
        let spec = LanczosSpec { most_products: 800, ..spec };
        let mut lanczos = Lanczos::new(spec, 11_330, None);
        let progress = lanczos.finish(&mut a).unwrap();
        assert_eq!(progress.ended, Some(Ended::Found), "{block}");
        println!("block {block}: {} products", progress.products);
        let known = a.descending();
        for (found, value) in lanczos.largest_values().iter().zip(&known) {
            assert!((found.value / value - 1.0).abs() < 1e-4, "{block}: {} {value}", found.value);
        }
        let (found, value) = (lanczos.smallest_values()[0].value, known[known.len() - 1]);
        assert!((found / value - 1.0).abs() < 1e-4, "{block}: {found} {value}");
        assert!(progress.products < limit, "{block}: {}", progress.products);
    }
}

#[test]
fn a_warm_start_takes_fewer_products() {
    let values = lenet_like(3_000);
    let spec = LanczosSpec { largest: 5, smallest: 1, tolerance: 1e-4, most_products: 1000, ..LanczosSpec::default() };
    let mut cold = Lanczos::new(spec, 3_000, None);
    cold.finish(&mut Known::new(&values, 2)).unwrap();
    let start: Vec<Vec<f64>> = cold.pairs().into_iter().map(|pair| pair.vector).collect();
    let later: Vec<f64> = values.iter().map(|v| v * (1.0 + 1e-3 * v.sin())).collect();
    let mut a = Known::new(&later, 2);
    for block in [1, 3, 6] {
        let spec = LanczosSpec { block, ..spec };
        let mut fresh = Lanczos::new(spec, 3_000, None);
        let mut warm = Lanczos::new(spec, 3_000, Some(start.clone()));
        let (fresh, warm) = (fresh.finish(&mut a).unwrap(), warm.finish(&mut a).unwrap());
        assert_eq!((fresh.ended, warm.ended), (Some(Ended::Found), Some(Ended::Found)));
        println!("block {block}: {} after {}", warm.products, fresh.products);
        assert!(warm.products < fresh.products, "{block}: {} {}", warm.products, fresh.products);
    }
}

#[test]
fn a_start_that_is_no_use_is_left_out() {
    let values: Vec<f64> = (0..50).map(f64::from).collect();
    let mut a = Known::new(&values, 2);
    let bad = vec![vec![0.0; 50], vec![f64::NAN; 50], a.vector(49), a.vector(49)];
    for block in [1, 2, 4] {
        let spec = LanczosSpec { largest: 1, block, ..exact() };
        let mut lanczos = Lanczos::new(spec, 50, Some(bad.clone()));
        lanczos.finish(&mut a).unwrap();
        assert!((lanczos.largest_values()[0].value - 49.0).abs() < 1e-8);
    }
}

#[test]
fn a_product_that_is_not_finite_ends_it_with_nan() {
    for (dimension, good, block) in [(1, 0, 1), (20, 0, 1), (20, 2, 3), (20, 5, 1)] {
        let spec = LanczosSpec { largest: 3, smallest: 1, block, ..exact() };
        let mut lanczos = Lanczos::new(spec, dimension, None);
        let progress = lanczos.finish(&mut Broken { dimension, good }).unwrap();
        assert_eq!((progress.ended, progress.found), (Some(Ended::NotFinite), 0));
        assert_eq!(progress.products, block * (good + 1));
        let pairs = lanczos.pairs();
        assert_eq!(pairs.len(), 3.min(dimension) + 1);
        assert!(pairs.iter().all(|p| p.value.is_nan() && p.residual.is_nan() && p.vector.iter().all(|x| x.is_nan())));
        assert_eq!(pairs[0].vector.len(), dimension);
    }
}

#[test]
fn products_have_a_limit() {
    let values = lenet_like(500);
    for (most_products, block, made) in [(0, 1, 1), (1, 1, 1), (7, 1, 7), (7, 3, 6), (2, 8, 2)] {
        let mut a = Known::new(&values, 2);
        let spec = LanczosSpec { largest: 10, block, most_products, ..exact() };
        let mut lanczos = Lanczos::new(spec, 500, None);
        let progress = lanczos.finish(&mut a).unwrap();
        assert_eq!((progress.ended, progress.products), (Some(Ended::Products), made));
        assert_eq!(lanczos.step(&mut a).unwrap(), progress);
        assert_eq!(a.products, made, "a run that is over asks for nothing");
        assert_eq!(lanczos.largest().len(), made.min(10));
    }
}

#[test]
fn a_basis_has_its_limit_and_a_seed_its_bits() {
    let values = lenet_like(700);
    for block in [1, 2, 5] {
        let spec = LanczosSpec { largest: 4, smallest: 2, block, most: 25, copies: false, ..exact() };
        let run = || {
            let mut lanczos = Lanczos::new(spec, 700, None);
            let mut a = Known::new(&values, 2);
            while lanczos.step(&mut a).unwrap().ended.is_none() {
                assert!(lanczos.krylov.len() <= 25, "{}", lanczos.krylov.len());
            }
            (lanczos.pairs(), lanczos.progress())
        };
        assert_eq!(run(), run());
    }
    assert!(LanczosSpec { most: 30, ..exact() }.bytes(1000) > 30 * 8 * 1000);
    let _ = LanczosSpec { most: usize::MAX, largest: usize::MAX, ..exact() }.bytes(10_000_000);
}

#[test]
fn an_operator_that_is_not_symmetric_is_seen() {
    let crooked = DMatrix::from_fn(12, 12, |i, j| (i * j) as f64 / 10.0 + if i < j { 1e-3 } else { 0.0 });
    let mut lanczos = Lanczos::new(LanczosSpec { most_products: 8, ..exact() }, 12, None);
    lanczos.finish(&mut Matrix::new(crooked)).unwrap();
    assert!((1e-4..1e-2).contains(&lanczos.asymmetry()), "{}", lanczos.asymmetry());
}

/// Rounding hides exact breakdowns and breaks the symmetry; values and residuals are right up to it all the same.
#[test]
fn products_in_single_precision_are_enough() {
    for dimension in [1, 2, 17, 200] {
        for (name, values) in spectra(dimension) {
            let size = values.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
            if !(1e-30..1e30).contains(&size) && size != 0.0 {
                continue; // f32 has no such numbers.
            }
            let (mut exact_one, mut a) = (Known::new(&values, 3), Rounded(Known::new(&values, 3)));
            for block in [1, 3] {
                let spec = LanczosSpec { largest: 3, smallest: 2, block, tolerance: 1e-5, ..exact() };
                let mut lanczos = Lanczos::new(spec, dimension, None);
                let progress = lanczos.finish(&mut a).unwrap();
                assert_eq!(progress.ended, Some(Ended::Found), "{name} {dimension}");
                let noise = 1e-6 * size;
                let mut order = exact_one.descending();
                for (pair, value) in lanczos.largest().iter().zip(&order) {
                    assert!(
                        (pair.value - value).abs() <= 1e-5 * size + noise,
                        "{name} {dimension}: {} {value}",
                        pair.value
                    );
                    let own = residual(&mut exact_one, pair);
                    assert!((own - pair.residual).abs() <= noise, "{name} {dimension}: {own} {}", pair.residual);
                }
                order.reverse();
                for (pair, value) in lanczos.smallest().iter().zip(&order) {
                    assert!(
                        (pair.value - value).abs() <= 1e-5 * size + noise,
                        "{name} {dimension}: {} {value}",
                        pair.value
                    );
                }
                assert!(lanczos.asymmetry() <= noise, "{name} {dimension}: {}", lanczos.asymmetry());
            }
        }
    }
}

proptest! {
    #[test]
    fn any_matrix_has_the_values_of_a_dense_solver(
        numbers in prop::collection::vec(-10.0f64..10.0, 36), block in 1usize..4, largest in 0usize..4, smallest in 0usize..4,
    ) {
        let drawn = DMatrix::from_vec(6, 6, numbers);
        let matrix = &drawn + drawn.transpose();
        let mut known: Vec<f64> = matrix.symmetric_eigenvalues().iter().copied().collect();
        known.sort_by(|a, b| b.total_cmp(a));
        let spec = LanczosSpec { largest, smallest, block, ..exact() };
        let mut lanczos = Lanczos::new(spec, 6, None);
        lanczos.finish(&mut Matrix::new(matrix)).unwrap();
        for (found, value) in lanczos.largest_values().iter().zip(&known) {
            prop_assert!((found.value - value).abs() < 1e-7);
        }
        for (found, value) in lanczos.smallest_values().iter().zip(known.iter().rev()) {
            prop_assert!((found.value - value).abs() < 1e-7);
        }
    }

    #[test]
    fn what_is_found_is_there_however_little_room_there_is(
        values in prop::collection::vec(-3i32..4, 1..40), block in 1usize..5, largest in 0usize..4, smallest in 0usize..4,
        most in 0usize..30, seed in 0u64..1000, copies: bool,
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let mut a = Known::new(&values, seed);
        let spec = LanczosSpec { largest, smallest, block, most, seed, copies, ..exact() };
        let mut lanczos = Lanczos::new(spec, values.len(), None);
        let progress = lanczos.finish(&mut a).unwrap();
        prop_assert_eq!(progress.ended, Some(Ended::Found));
        prop_assert_eq!(progress.found, progress.wanted);
        let (top, bottom) = (lanczos.largest(), lanczos.smallest());
        let mut order = a.descending();
        if let Some(first) = top.first() {
            prop_assert!((first.value - order[0]).abs() < 1e-8);
        }
        if copies && most > values.len() {
            let close = |(pair, value): (&EigenPair, &f64)| (pair.value - value).abs() < 1e-8;
            prop_assert!(top.iter().zip(&order).all(close), "{:?}", lanczos.largest_values());
            order.reverse();
            prop_assert!(bottom.iter().zip(&order).all(close), "{:?}", lanczos.smallest_values());
        }
        for pair in top.iter().chain(&bottom) {
            prop_assert!(order.iter().any(|value| (pair.value - value).abs() < 1e-8));
            prop_assert!((residual(&mut a, pair) - pair.residual).abs() < 1e-12);
        }
        check_vectors(&top, "largest");
        check_vectors(&bottom, "smallest");
    }
}
