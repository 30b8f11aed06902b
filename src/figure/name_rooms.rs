//! Where names stand beside their points: inside of the frame, clear of each other and of all marks. The same on paper and in the
//! window, which measure letters each in their own way.

/// Left, top, right, bottom; y runs downwards.
pub(crate) type Room = [f64; 4];

/// A name that looks for its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Named {
    /// The point that it is of.
    pub at: [f64; 2],
    /// Width and height of the words.
    pub size: [f64; 2],
}

/// Half of the side of the square that a mark takes.
const MARK: f64 = 8.0;
/// From a point to a name at its side, above or below it, and at a corner.
const SIDE: f64 = 12.0;
const UPRIGHT: f64 = 10.0;
const CORNER: f64 = 8.0;
/// How much further away names stand that have no room near to their points.
const FURTHER: f64 = 14.0;

/// The square that a mark takes.
pub(crate) fn around([x, y]: [f64; 2]) -> Room {
    [x - MARK, y - MARK, x + MARK, y + MARK]
}

/// A room for every name: the first that is free of eight around its point, or of eight further away; where none is, the one that
/// covers least. The points themselves stay free, as does what is `taken`. With `is_above`, above comes first.
pub(crate) fn name_rooms(names: &[Named], frame: Room, taken: &[Room], is_above: bool) -> Vec<Room> {
    let mut taken: Vec<Room> = taken.iter().copied().chain(names.iter().map(|name| around(name.at))).collect();
    let mut rooms = Vec::with_capacity(names.len());
    for name in names {
        let near = places(name, 0.0, is_above);
        let places: Vec<Room> =
            near.into_iter().chain(places(name, FURTHER, is_above)).filter(|room| is_inside(room, &frame)).collect();
        let covered = |room: &Room| taken.iter().map(|other| common(room, other)).sum::<f64>();
        let free = places.iter().find(|room| covered(room) == 0.0);
        let least = || places.iter().min_by(|a, b| covered(a).total_cmp(&covered(b)));
        let room = free.or_else(least).copied().unwrap_or_else(|| moved_inside(near[0], &frame));
        taken.push(room);
        rooms.push(room);
    }
    rooms
}

/// Where a name may stand, the best place first.
fn places(name: &Named, further: f64, is_above: bool) -> [Room; 8] {
    let ([x, y], [w, h]) = (name.at, name.size);
    let (side, upright, corner) = (SIDE + further, UPRIGHT + further, CORNER + further);
    let at = |left: f64, top: f64| [left, top, left + w, top + h];
    let [right, left] = [at(x + side, y - h / 2.0), at(x - side - w, y - h / 2.0)];
    let [above, below] = [at(x - w / 2.0, y - upright - h), at(x - w / 2.0, y + upright)];
    let corners = [
        at(x + corner, y - corner - h),
        at(x + corner, y + corner),
        at(x - corner - w, y - corner - h),
        at(x - corner - w, y + corner),
    ];
    let sides = if is_above { [above, right, left, below] } else { [right, left, above, below] };
    let [[a, b, c, d], [e, f, g, h]] = [sides, corners];
    [a, b, c, d, e, f, g, h]
}

fn is_inside(room: &Room, frame: &Room) -> bool {
    frame[0] <= room[0] && frame[1] <= room[1] && room[2] <= frame[2] && room[3] <= frame[3]
}

/// The area that two rooms have in common.
fn common(a: &Room, b: &Room) -> f64 {
    let side = |k: usize| (a[k + 2].min(b[k + 2]) - a[k].max(b[k])).max(0.0);
    side(0) * side(1)
}

/// As far inside as it goes; of what is larger than the frame, the beginning is.
fn moved_inside(room: Room, frame: &Room) -> Room {
    let by = |k: usize| (frame[k + 2] - room[k + 2]).min(0.0).max(frame[k] - room[k]);
    let (x, y) = (by(0), by(1));
    [room[0] + x, room[1] + y, room[2] + x, room[3] + y]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRAME: Room = [0.0, 0.0, 400.0, 300.0];

    fn named(x: f64, y: f64) -> Named {
        Named { at: [x, y], size: [60.0, 14.0] }
    }

    #[test]
    fn a_lone_name_stands_at_the_right_and_at_the_left_where_the_frame_ends() {
        assert_eq!(name_rooms(&[named(100.0, 100.0)], FRAME, &[], false), [[112.0, 93.0, 172.0, 107.0]]);
        assert_eq!(name_rooms(&[named(390.0, 100.0)], FRAME, &[], false)[0][2], 378.0);
        assert_eq!(name_rooms(&[named(100.0, 100.0)], FRAME, &[], true), [[70.0, 76.0, 130.0, 90.0]]);
        let wall = [105.0, 0.0, 400.0, 300.0];
        assert_eq!(name_rooms(&[named(100.0, 100.0)], FRAME, &[wall], false)[0][2], 88.0);
    }

    #[test]
    fn names_of_near_points_do_not_cover_each_other() {
        let many: Vec<Named> = (0..6).map(|k| named(200.0 + 3.0 * f64::from(k), 150.0)).collect();
        let found = name_rooms(&many, FRAME, &[], false);
        for (i, room) in found.iter().enumerate() {
            assert!(is_inside(room, &FRAME), "{room:?}");
            assert!(found[..i].iter().all(|other| common(room, other) == 0.0), "{found:?}");
        }
    }

    #[test]
    fn what_fits_nowhere_begins_inside() {
        let wide = Named { at: [50.0, 150.0], size: [900.0, 14.0] };
        assert_eq!(name_rooms(&[wide], FRAME, &[], false)[0][0], 0.0);
    }

    proptest! {
        #[test]
        fn every_name_that_fits_is_inside(points in prop::collection::vec((0.0f64..400.0, 0.0f64..300.0), 0..40)) {
            let names: Vec<Named> = points.into_iter().map(|(x, y)| named(x, y)).collect();
            let found = name_rooms(&names, FRAME, &[], false);
            prop_assert_eq!(found.len(), names.len());
            prop_assert!(found.iter().all(|room| is_inside(room, &FRAME)));
        }
    }
}
