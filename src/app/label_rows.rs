//! Rooms for words beside vertical lines: in rows, so that none covers another or leaves the plot.

/// Words at a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Label {
    /// Where the line is.
    pub at: f32,
    pub width: f32,
}

/// Where they stand: from where on, and in which row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    pub left: f32,
    pub row: usize,
}

/// Between words and their line.
const BESIDE: f32 = 3.0;
/// Between the words of one row at least.
const APART: f32 = 6.0;

/// A room for each, in the highest row that has one, at the right of its line or else at the left; `None` for those that find
/// none. First come those whose lines are further left.
pub fn rooms(labels: &[Label], (left, right): (f32, f32), rows: usize) -> Vec<Option<Room>> {
    let mut order: Vec<usize> = (0..labels.len()).filter(|k| (left..=right).contains(&labels[*k].at)).collect();
    order.sort_by(|a, b| labels[*a].at.total_cmp(&labels[*b].at));
    let mut rooms = vec![None; labels.len()];
    let mut taken: Vec<Vec<(f32, f32)>> = vec![Vec::new(); rows];
    for k in order {
        let Label { at, width } = labels[k];
        let sides = [at + BESIDE, at - BESIDE - width];
        let inside = sides.into_iter().filter(|from| *from >= left && from + width <= right);
        let places = inside.flat_map(|from| (0..rows).map(move |row| Room { left: from, row }));
        let is_free = |room: &Room| {
            let (from, to) = (room.left - APART, room.left + width + APART);
            taken[room.row].iter().all(|(a, b)| to <= *a || *b <= from)
        };
        let found = places.into_iter().find(is_free);
        if let Some(room) = found {
            taken[room.row].push((room.left, room.left + width));
        }
        rooms[k] = found;
    }
    rooms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label(at: f32, width: f32) -> Label {
        Label { at, width }
    }

    #[test]
    fn near_ones_go_down_a_row_and_the_last_to_the_left() {
        let labels = [label(10.0, 50.0), label(20.0, 50.0), label(95.0, 50.0), label(22.0, 50.0)];
        let found = rooms(&labels, (0.0, 100.0), 2);
        assert_eq!(found[0], Some(Room { left: 13.0, row: 0 }));
        assert_eq!(found[1], Some(Room { left: 23.0, row: 1 }));
        assert_eq!(found[3], None, "there is no third row");
        assert_eq!(found[2], None, "at its left others stand, at its right the plot ends");
        assert_eq!(rooms(&labels[2..3], (0.0, 100.0), 1), [Some(Room { left: 42.0, row: 0 })]);
        assert_eq!(rooms(&[label(-5.0, 10.0)], (0.0, 100.0), 1), [None], "its line is not in view");
        assert_eq!(rooms(&[label(5.0, 10.0)], (0.0, 100.0), 0), [None]);
    }

    proptest! {
        #[test]
        fn no_words_cover_others_or_leave_the_plot(
            labels in prop::collection::vec((-20.0f32..320.0, 5.0f32..120.0), 0..40),
            rows in 0usize..5,
        ) {
            let labels: Vec<Label> = labels.into_iter().map(|(at, width)| label(at, width)).collect();
            let found = rooms(&labels, (0.0, 300.0), rows);
            let placed: Vec<(Label, Room)> = labels.iter().zip(&found).filter_map(|(l, r)| Some((*l, (*r)?))).collect();
            for (i, (label, room)) in placed.iter().enumerate() {
                prop_assert!(room.row < rows && room.left >= 0.0 && room.left + label.width <= 300.0);
                for (other, place) in &placed[..i] {
                    let is_apart = room.row != place.row
                        || room.left + label.width <= place.left
                        || place.left + other.width <= room.left;
                    prop_assert!(is_apart, "{:?} and {:?}", room, place);
                }
            }
        }
    }
}
