//! What the papers prove, as numbers: closed forms, and cards that hold a theorem against a measurement.
//!
//! | file | statement |
//! | --- | --- |
//! | [`ou`] | noise paper Eq. (12), (13): escaping efficiency of the Ornstein-Uhlenbeck process, stationary spread |
//! | [`anisotropy`] | noise paper Proposition 1, Eq. (15) to (17) and (47) |
//! | [`exit`] | SAM thesis Theorem 2.2.5: mean exit time of SGD and SAM from a quadratic well |
//! | [`sharper`] | SAM thesis Theorem 3.2.1: the perturbed well is sharper and shallower |
//! | [`bias`] | SAM thesis Theorem 3.3.2: its minimum moves to the flat side |
//! | [`direction`] | SAM thesis Definition 2.3.1: whether a direction is asymmetric, and how much |
//! | [`shift`] | Asymmetric Valleys Theorem 1 (SAM thesis 2.3.5) and the three cases |
//! | [`averaging`] | Asymmetric Valleys Theorem 2: the average of SGD is on the flat side |
//! | [`rates`] | Walk Fig. 28: the convergence rates of gradient descent |

pub mod anisotropy;
pub mod averaging;
pub mod bias;
mod card;
pub mod direction;
pub mod exit;
pub mod ou;
pub mod rates;
pub mod sharper;
pub mod shift;

pub use card::{Bound, Card, Check, Theorem};
