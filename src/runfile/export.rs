//! A run as CSV files, for spreadsheets and plotting programs.
//!
//! A number that was not measured is an empty cell; what is not finite is `NaN`, `inf` or `-inf`.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{
    Cell, Reader,
    error::{Doing, RunFileError},
};
use crate::{
    probe::{AlongStep, AverageRecord, EpochRecord, ProbeId, SLICE_POINTS, SliceRecord, StepRecord},
    whole_file,
};

type Result<T> = std::result::Result<T, RunFileError>;

/// Writes `steps.csv`, `slices.csv` and `epochs.csv` into `dir`, which is made if need be, and names them.
pub fn write_csv(reader: &Reader, dir: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(dir).map_err(|e| RunFileError::from_io(dir, Doing::Write, e))?;
    let whole = 0..u64::MAX;
    Ok(vec![
        write(dir.join("steps.csv"), &steps_head(), |line| reader.each_step(whole.clone(), |r| line(&step_line(&r))))?,
        write(dir.join("slices.csv"), &slices_head(), |line| {
            let known = lengths(reader)?;
            reader.each_slice(whole.clone(), |r| line(&slice_line(&r, step_of(&known, r.t))))
        })?,
        write(dir.join("epochs.csv"), EPOCHS, |line| reader.epochs()?.iter().try_for_each(|r| line(&epoch_line(r))))?,
    ])
}

/// Writes the rows under the head, the whole file or none.
fn write(
    path: PathBuf,
    head: &str,
    rows: impl FnOnce(&mut dyn FnMut(&str) -> Result<()>) -> Result<()>,
) -> Result<PathBuf> {
    let failed = |e: io::Error| RunFileError::from_io(&path, Doing::Write, e);
    // The rows come from a run file, and what goes wrong with that is said in its own words.
    let mut unread = None;
    let written = whole_file::write(&path, |out| {
        writeln!(out, "{head}")?;
        let filled = rows(&mut |line| writeln!(out, "{line}").map_err(failed));
        filled.map_err(|e| {
            unread = Some(e);
            io::Error::other("no rows")
        })
    });
    match (unread, written) {
        (Some(e), _) => Err(e),
        (None, written) => written.map_err(failed).map(|()| path.clone()),
    }
}

fn steps_head() -> String {
    let probes: String = ProbeId::columns().map(|id| format!(",{}", id.probe().key())).collect();
    format!("t,loss,batch_loss{probes},learning_rate,batch")
}

fn step_line(r: &StepRecord) -> String {
    let [batch_loss, learning_rate] = [r.batch_loss, r.learning_rate].map(|x| Cell(Some(x)));
    let probes: String = ProbeId::columns().map(|id| format!(",{}", Cell(r.value(id)))).collect();
    format!("{},{},{batch_loss}{probes},{learning_rate},{}", r.t, Cell(r.loss), r.batch)
}

fn slices_head() -> String {
    let mut head = "t,floor,floor_alpha,height,barriers,barrier_height".to_string();
    for k in 0..SLICE_POINTS {
        head += &format!(",loss_{k}");
    }
    head + ",place,sharpness,edge"
}

/// t, ‖u‖ and gᵀu of a step: a slice needs no more of it, and those of all steps are held at once.
type Length = (u64, Option<f64>, Option<f64>);

/// Of the steps that have one of them.
fn lengths(reader: &Reader) -> Result<Vec<Length>> {
    let mut known = Vec::new();
    reader.each_step(0..u64::MAX, |r| {
        let (length, slope) = (r.value(ProbeId::STEP_NORM), r.value(ProbeId::SLOPE));
        if length.is_some() || slope.is_some() {
            known.push((r.t, length, slope));
        }
        Ok(())
    })?;
    Ok(known)
}

fn step_of(known: &[Length], t: u64) -> [Option<f64>; 2] {
    let found = known.binary_search_by_key(&t, |(at, ..)| *at).ok().and_then(|k| known.get(k));
    found.map_or([None; 2], |(_, length, slope)| [*length, *slope])
}

fn slice_line(r: &SliceRecord, [length, slope]: [Option<f64>; 2]) -> String {
    let [floor, alpha, height] = [r.floor(), r.floor_alpha(), r.height()].map(|x| Cell(Some(x)));
    let highest = Cell(r.barriers().map(|b| b.height).reduce(f64::max));
    let mut line = format!("{},{floor},{alpha},{height},{},{highest}", r.t, r.barriers().count());
    for x in r.loss {
        line += &format!(",{}", Cell(Some(x)));
    }
    let along = AlongStep::from_numbers(r, length, slope);
    line + &format!(",{},{},{}", Cell(Some(along.place)), Cell(along.sharpness), Cell(along.edge))
}

const EPOCHS: &str = "epoch,t,train_loss,train_error,test_loss,test_error,slices,barriers,mean_height,average_count,\
                      average_train_loss,average_train_error,average_test_loss,average_test_error";

fn epoch_line(r: &EpochRecord) -> String {
    let EpochRecord { epoch, t, slices, barriers, .. } = *r;
    let [a, b, c, d] = [r.train_loss, r.train_error, r.test_loss, r.test_error].map(|x| Cell(Some(x)));
    let mut line = format!("{epoch},{t},{a},{b},{c},{d},{slices},{barriers},{}", Cell(r.mean_height));
    match r.average {
        Some(AverageRecord { count, train, test }) => {
            let [a, b, c, d] = [train.loss, train.error, test.loss, test.error].map(|x| Cell(Some(x)));
            line += &format!(",{count},{a},{b},{c},{d}");
        }
        None => line += ",,,,,",
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::slice_alpha;

    #[test]
    fn a_slice_has_the_curvature_of_its_step() {
        let known = vec![(3, Some(2.0), Some(-1.0)), (5, None, Some(0.0))];
        // (α − 1)²: s = −2, κ = 2.
        let slice = |t| SliceRecord { t, loss: std::array::from_fn(|k| (slice_alpha(k) - 1.0).powi(2)) };
        let cells = |t: u64| -> Vec<Option<f64>> {
            let line = slice_line(&slice(t), step_of(&known, t));
            line.split(',').skip(6 + SLICE_POINTS).map(|cell| cell.parse().ok()).collect()
        };
        let near = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-9);
        let found = cells(3);
        assert!(found.len() == 3 && near(found[0], 0.0) && near(found[1], 0.5) && near(found[2], 1.0), "{found:?}");
        assert!(cells(5)[1].is_none() && cells(5)[2].is_some_and(f64::is_nan), "{:?}", cells(5));
        assert!(cells(4)[0].is_some() && cells(4)[1..] == [None, None]);
        assert_eq!(slices_head().split(',').count(), slice_line(&slice(0), [None; 2]).split(',').count());
    }

    #[test]
    fn a_run_becomes_three_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.valley");
        super::super::tests::write_run(&path);
        let out = dir.path().join("deep/csv");
        let files = write_csv(&Reader::open(&path).unwrap(), &out).unwrap();
        assert_eq!(files, ["steps.csv", "slices.csv", "epochs.csv"].map(|n| out.join(n)));
        assert_eq!(fs::read_dir(&out).unwrap().count(), 3, "no temporary file is left");
        let lines = |n: usize| fs::read_to_string(&files[n]).unwrap().lines().map(String::from).collect::<Vec<_>>();
        let steps = lines(0);
        assert!(steps[0].starts_with("t,loss,batch_loss,grad_norm,cosine,distance,norm,"), "{}", steps[0]);
        assert!(steps[0].ends_with(",learning_rate,batch"), "{}", steps[0]);
        assert!(ProbeId::all().all(|id| steps[0].split(',').any(|column| column == id.probe().key())));
        assert!(steps[1].starts_with("0,,NaN,inf,,-0,5e-324,") && steps[1].ends_with(",0.1,100"), "{}", steps[1]);
        assert_eq!(steps[0].split(',').count(), steps[1].split(',').count());
        assert_eq!(steps.len(), 301);
        let slices = lines(1);
        assert_eq!(slices[0].split(',').count(), slices[1].split(',').count());
        assert_eq!(slices[1], "0,NaN,NaN,NaN,0,,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,,");
        assert!(slices[2].starts_with("1,0,0,4.5,1,1,0,1,2,3,4,5,10,7,8,9,"), "{}", slices[2]);
        assert!(slices[2].ends_with(",,"), "no length and no slope was measured: {}", slices[2]);
        assert_eq!(
            lines(2),
            [EPOCHS, "1,100,0.5,0.25,NaN,1,100,0,,,,,,", "2,200,0.5,0.25,NaN,1,100,0,0.125,3,0.5,0.25,NaN,1"]
        );
    }
}
