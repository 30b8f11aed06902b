//! The range that pixel values are scaled to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::DataError;
use crate::suggest;

/// The range that pixel values are scaled to. Text form, also in files: `0:1`, `-1:1`, `standard`, `auto`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Pixels {
    /// 0 to 1: the byte over the largest value it can have (255; 16 for the built-in digits).
    #[default]
    #[serde(rename = "0:1")]
    Unit,
    /// −1 to 1: `(unit − 0.5) / 0.5`.
    #[serde(rename = "-1:1")]
    Signed,
    /// Mean 0 and standard deviation 1 over all training images, for every channel.
    #[serde(rename = "standard")]
    Standard,
    /// The range in which a checkpoint is right most often; whoever opens the checkpoint puts that in its place.
    #[serde(rename = "auto")]
    Auto,
}

impl Pixels {
    /// The text forms, in the order of the variants.
    pub const NAMES: [&str; 4] = ["0:1", "-1:1", "standard", "auto"];

    /// All of them.
    pub const ALL: [Pixels; 4] = [Pixels::Unit, Pixels::Signed, Pixels::Standard, Pixels::Auto];

    /// The scaled value of every byte, where `full` is the largest value a pixel has. Computed in `f64` and rounded
    /// once, so that a value does not depend on the order of the operations in `f32`.
    pub(super) fn table(self, full: u8) -> [f32; 256] {
        std::array::from_fn(|byte| {
            let unit = byte as f64 / f64::from(full);
            match self {
                // What the data decide begins with pixels from 0 to 1.
                Self::Unit | Self::Standard | Self::Auto => unit as f32,
                Self::Signed => ((unit - 0.5) / 0.5) as f32,
            }
        })
    }

    /// Scales `bytes`, where `full` is the largest value a pixel has.
    pub(super) fn scale(self, bytes: &[u8], full: u8) -> Vec<f32> {
        let table = self.table(full);
        bytes.iter().map(|&byte| table[usize::from(byte)]).collect()
    }
}

impl fmt::Display for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unit => Self::NAMES[0],
            Self::Signed => Self::NAMES[1],
            Self::Standard => Self::NAMES[2],
            Self::Auto => Self::NAMES[3],
        })
    }
}

impl FromStr for Pixels {
    type Err = DataError;

    /// Reads `0:1`, `-1:1`, `standard` or `auto`.
    ///
    /// # Errors
    ///
    /// [`DataError::Unknown`] for any other text.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::NAMES.iter().zip(Self::ALL).find(|(name, _)| **name == text);
        known
            .map(|(_, pixels)| pixels)
            .ok_or_else(|| DataError::Unknown(suggest::unknown("pixel range", text, &Self::NAMES)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formulas_hold_to_the_bit() {
        for full in [255_u8, 16] {
            let (unit, signed) = (Pixels::Unit.table(full), Pixels::Signed.table(full));
            for byte in 0..=full {
                let share = f64::from(byte) / f64::from(full);
                assert_eq!(unit[usize::from(byte)].to_bits(), (share as f32).to_bits());
                assert_eq!(signed[usize::from(byte)].to_bits(), (((share - 0.5) / 0.5) as f32).to_bits());
            }
            let full = usize::from(full);
            assert_eq!((unit[0], unit[full], signed[0], signed[full]), (0.0, 1.0, -1.0, 1.0));
        }
        // Written out by hand: 51/255 is 0.2, 51 signed is −0.6; 12/16 is exact.
        assert_eq!(Pixels::Unit.table(255)[51].to_bits(), 0.2_f32.to_bits());
        assert_eq!(Pixels::Signed.table(255)[51].to_bits(), (-0.6_f32).to_bits());
        assert_eq!((Pixels::Unit.table(16)[12], Pixels::Signed.table(16)[12]), (0.75, 0.5));
    }

    #[test]
    fn the_text_form_survives_a_round_trip() {
        for pixels in Pixels::ALL {
            assert_eq!(pixels.to_string().parse::<Pixels>().unwrap(), pixels);
        }
        let text = "0:2".parse::<Pixels>().unwrap_err().to_string();
        assert!(text.contains("pixel range \"0:2\"") && text.contains("-1:1"), "{text}");
    }
}
