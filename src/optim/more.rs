//! Numbers of a spec that have no field of their own.

/// The values of such constants by their place; the others have their defaults.
///
/// A place for each, not a map: specs are copied and compared everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct More {
    /// Bit i says that place i has a value; the others hold 0, so that equal specs are equal.
    given: u16,
    values: [f64; More::PLACES],
}

/// A bit for each.
const _: () = assert!(More::PLACES <= 16);

impl More {
    /// So many constants fit; a test holds the table to it.
    pub const PLACES: usize = 12;

    /// The value at a place; `None` for the default.
    pub fn get(&self, place: u8) -> Option<f64> {
        let is_given = self.given.checked_shr(place.into()).is_some_and(|bits| bits & 1 == 1);
        self.values.get(usize::from(place)).copied().filter(|_| is_given)
    }

    /// Puts a value at a place, or takes it away. Beyond the last place nothing happens.
    pub fn put(&mut self, place: u8, value: Option<f64>) {
        let Some(slot) = self.values.get_mut(usize::from(place)) else { return };
        *slot = value.unwrap_or(0.0);
        let bit = 1_u16 << place;
        self.given = if value.is_some() { self.given | bit } else { self.given & !bit };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_and_taken_away() {
        let mut more = More::default();
        let last = More::PLACES as u8 - 1;
        assert_eq!((more.get(0), more.get(last), more.get(200)), (None, None, None));
        more.put(0, Some(0.0));
        more.put(last, Some(0.9));
        assert_eq!((more.get(0), more.get(1), more.get(last)), (Some(0.0), None, Some(0.9)));
        assert_ne!(more, More::default(), "a 0 that was given is not a default");
        more.put(0, None);
        more.put(last, None);
        more.put(last + 1, Some(1.0));
        assert_eq!(more, More::default());
    }
}
