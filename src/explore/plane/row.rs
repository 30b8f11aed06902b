//! A plane's points as rows of a record: a `.plane` file.

use rusqlite::{Statement, params};

use crate::{
    probe::Evaluation,
    record::{Kind, META, Row},
    runfile::sqlite::Float,
    survey::{Grid, Measured, Node, PlanePoint},
};

impl Row for PlanePoint {
    type Ground = Grid;
    /// j and i: row by row, in the order of the grid.
    type Key = [usize; 2];

    /// The description is JSON: `{"grid":{"a":…,"b":…},"meta":{…}}`. A point without test numbers has NULL there.
    const KIND: Kind = Kind {
        // "VPla"
        application_id: 0x5650_6C61,
        format: 1,
        tables: &[
            META,
            (
                "points",
                "CREATE TABLE points (j INTEGER NOT NULL, i INTEGER NOT NULL, train_loss ANY NOT NULL, \
                 train_error ANY NOT NULL, test_loss ANY, test_error ANY, PRIMARY KEY (j, i)) STRICT, WITHOUT ROWID",
            ),
        ],
        insert: "INSERT INTO points VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        select: "SELECT j, i, train_loss, train_error, test_loss, test_error FROM points ORDER BY j, i",
        ground: Some("grid"),
        whole: "plane",
        rows: "points",
        foreign: "not a plane",
        remedy: "open a .plane file",
    };

    fn key(&self) -> [usize; 2] {
        [self.node.j, self.node.i]
    }

    fn misplaced(&self, grid: &Grid) -> Option<String> {
        grid.index(self.node).is_none().then(|| format!("the point {} is not in the grid", self.node))
    }

    fn insert(&self, statement: &mut Statement<'_>) -> rusqlite::Result<usize> {
        let PlanePoint { node, measured: Measured { train, test } } = self;
        statement.execute(params![
            // Below 2²⁴, by the grid.
            node.j as i64,
            node.i as i64,
            Float(train.loss),
            Float(train.error),
            test.map(|t| Float(t.loss)),
            test.map(|t| Float(t.error)),
        ])
    }

    fn read(row: &rusqlite::Row<'_>, grid: &Grid) -> rusqlite::Result<Result<PlanePoint, String>> {
        let place = |column| row.get::<_, i64>(column).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let node = Node { j: place(0)?, i: place(1)? };
        if grid.index(node).is_none() {
            return Ok(Err(format!("its point {node} is not in its grid")));
        }
        let float = |column| row.get::<_, Float>(column).map(|x| x.0);
        let maybe = |column| row.get::<_, Option<Float>>(column).map(|x| x.map(|x| x.0));
        let test = match (maybe(4)?, maybe(5)?) {
            (Some(loss), Some(error)) => Some(Evaluation { loss, error }),
            (None, None) => None,
            _ => return Ok(Err(format!("its point {node} has one test number without the other"))),
        };
        let train = Evaluation { loss: float(2)?, error: float(3)? };
        Ok(Ok(PlanePoint { node, measured: Measured { train, test } }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{
            Record,
            trial::{self, Trial},
        },
        survey::{Axis, Plane},
    };

    /// Every kind of number.
    fn point(node: Node) -> PlanePoint {
        let x = node.i as f64 / 3.0 + (node.j as f64).sqrt();
        let train = match (node.i, node.j) {
            (0, 0) => Evaluation { loss: f64::NAN, error: f64::NAN },
            (1, 0) => Evaluation { loss: f64::INFINITY, error: -0.0 },
            (2, 0) => Evaluation { loss: 5e-324, error: f64::NEG_INFINITY },
            _ => Evaluation { loss: x, error: 1.0 / (1.0 + x) },
        };
        let test = (!node.i.is_multiple_of(4))
            .then(|| Evaluation { loss: if node.j == 3 { f64::NAN } else { x.exp() }, error: 0.0 });
        PlanePoint { node, measured: Measured { train, test } }
    }

    impl Trial for PlanePoint {
        fn ground() -> Grid {
            let side = Axis::new(-1.0, 1.0, 101).unwrap();
            Grid::new(side, side).unwrap()
        }

        fn few() -> Vec<PlanePoint> {
            Self::many().into_iter().filter(|p| p.node.i < 9 && p.node.j < 7).collect()
        }

        fn many() -> Vec<PlanePoint> {
            Self::ground().order().into_iter().map(point).collect()
        }
    }

    #[test]
    fn every_bit_comes_back() {
        trial::exact::<PlanePoint>();
        let few = PlanePoint::few();
        assert_eq!(few.len(), 63);
        let corner = few.iter().find(|p| p.node == Node { i: 0, j: 0 }).unwrap();
        assert!(corner.measured.train.loss.is_nan() && corner.measured.test.is_none());
    }

    #[test]
    fn a_plane_goes_on_where_it_was_left() {
        trial::resumed::<PlanePoint>();
        // With the plane that says what comes next.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.plane");
        let mut measurements = 0;
        for round in 1.. {
            let (mut record, known) = trial::open::<PlanePoint>(&path).unwrap();
            assert_eq!(known.len(), measurements, "nothing is lost between rounds");
            let mut plane = Plane::new(PlanePoint::ground());
            for p in &known {
                assert_eq!(trial::bits(&[*p]), trial::bits(&[point(p.node)]));
                assert!(plane.record(p.node, p.measured));
            }
            let points: Vec<PlanePoint> = plane.next(3000).into_iter().map(point).collect();
            record.append(&points).unwrap();
            measurements += points.len();
            for p in &points {
                assert!(plane.record(p.node, p.measured));
            }
            if plane.is_done() {
                assert_eq!((round, measurements), (4, 10_201), "each point once");
                break;
            }
        }
    }

    #[test]
    fn another_plane_is_refused_by_name() {
        trial::refused_by_name::<PlanePoint>();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.plane");
        trial::write::<PlanePoint>(&path);
        let finer = Grid::new(*PlanePoint::ground().a(), Axis::new(-1.0, 1.0, 201).unwrap()).unwrap();
        let opened = Record::<PlanePoint>::create_or_resume(&path, &trial::identity(), &finer, |stored| stored);
        let error = trial::text(opened);
        assert!(error.contains("grid.b is \"-1:1:101\" there and \"-1:1:201\" here"), "{error}");
        assert!(error.contains("holds another plane"), "{error}");
    }

    #[test]
    fn foreign_files_are_refused_and_left_alone() {
        trial::foreign::<PlanePoint>();
    }

    #[test]
    fn there_is_one_writer_and_any_reader() {
        trial::one_writer::<PlanePoint>();
    }

    #[test]
    fn a_point_is_written_once_and_within_the_grid() {
        trial::written_once::<PlanePoint>();
        let dir = tempfile::tempdir().unwrap();
        let (mut record, _) = trial::open::<PlanePoint>(&dir.path().join("a.plane")).unwrap();
        let outside = [point(Node { i: 4, j: 2 }), point(Node { i: 101, j: 0 })];
        let error = trial::text(record.append(&outside));
        assert!(error.contains("the point (101, 0) is not in the grid of ") && error.contains("a.plane"), "{error}");
        record.append(&outside[..1]).unwrap();
    }

    #[test]
    fn a_full_disk_is_named_and_keeps_what_was_recorded() {
        trial::full_disk::<PlanePoint>();
    }

    #[test]
    fn recording_costs_little() {
        trial::cheap::<PlanePoint>();
    }

    #[test]
    fn what_was_changed_by_hand_is_damage() {
        trial::changed_by_hand::<PlanePoint>(&[
            ("UPDATE points SET train_loss = 'big' WHERE i = 3", "is damaged"),
            ("UPDATE points SET test_loss = NULL WHERE i = 3", "one test number without the other"),
            ("UPDATE points SET i = 101 WHERE i = 8", "point (101, 0) is not in its grid"),
            ("UPDATE points SET j = -1 WHERE j = 6", "is not in its grid"),
        ]);
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        trial::cut_anywhere::<PlanePoint>();
    }

    #[test]
    fn scribbled_files_never_panic() {
        trial::scribbled::<PlanePoint>();
    }

    /// Not a test of its own: the process that the next test kills.
    #[test]
    fn child_that_measures_until_it_is_killed() {
        trial::child::<PlanePoint>();
    }

    #[test]
    fn a_killed_plane_goes_on_and_ends_as_if_nothing_had_happened() {
        trial::killed::<PlanePoint>(module_path!());
    }
}
