//! An evaluator that fails, for tests.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{
    error::{ObjectiveError, Result},
    evaluator::{Batch, Derivatives, Evaluator, FanPass, FanTallies, Outputs, Products, TallyOf, Which},
    function::Objective,
    guarded::Guarded,
    host::Host,
    interrupt::Interrupt,
    subset::Subset,
};
use crate::net::{State, Statistics};

/// How it fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Panic,
    Error,
    Hang,
}

/// The CPU, out of order from the n-th question on.
struct Faulty {
    inner: Host,
    left: Arc<AtomicUsize>,
    fault: Fault,
}

const PATIENCE: Duration = Duration::from_millis(500);

impl Faulty {
    fn work(&self) -> Result<()> {
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok() {
            return Ok(());
        }
        match self.fault {
            Fault::Panic => panic!("the adapter was taken away"),
            Fault::Error => Err(ObjectiveError::Device("lost".into())),
            Fault::Hang => {
                let (nothing, never) = (Mutex::new(()), Condvar::new());
                let held = nothing.lock().unwrap_or_else(PoisonError::into_inner);
                drop(never.wait_timeout(held, 4 * PATIENCE));
                Err(ObjectiveError::Device("too late".into()))
            }
        }
    }
}

impl Evaluator for Faulty {
    fn is_exact(&self) -> bool {
        false
    }
    fn takes_threads(&self) -> bool {
        false
    }
    fn chunk(&self) -> usize {
        7
    }
    fn gradient_limit(&self) -> usize {
        11
    }
    fn bytes(&self) -> usize {
        0
    }
    fn anew(&self) -> Box<dyn Evaluator> {
        unreachable!("it is made anew by its maker")
    }
    fn outputs(&self, at: &State, subset: Subset, which: Which<'_>, statistics: Statistics) -> Result<Outputs> {
        self.work()?;
        self.inner.outputs(at, subset, which, statistics)
    }
    fn fan(
        &self,
        over: &FanPass<'_>,
        known: Option<Products>,
        tally: &TallyOf<'_>,
        interrupt: &Interrupt,
    ) -> Result<FanTallies> {
        self.work()?;
        let found = self.inner.fan(over, known, tally, interrupt)?;
        // The answers were there, and then it fails all the same: what was told is not told again.
        self.work()?;
        Ok(found)
    }
    fn gradient(
        &self,
        at: &State,
        batch: &Batch<'_>,
        statistics: Statistics,
        sum: &mut [f64],
    ) -> Result<(f64, Vec<f32>)> {
        self.work()?;
        let found = self.inner.gradient(at, batch, statistics, sum)?;
        self.work()?;
        Ok(found)
    }

    fn derivatives(&self) -> &dyn Derivatives {
        &self.inner
    }
}

/// The same objective on a device that answers `after` questions and then fails.
pub(crate) fn faulty(objective: &Objective, fault: Fault, after: usize) -> Objective {
    let (of, on, left) = (objective.network.clone(), objective.data.clone(), Arc::new(AtomicUsize::new(after)));
    let make = move || Faulty { inner: Host::new(of.clone(), on.clone()), left: left.clone(), fault };
    let first = make();
    let spare = Box::new(Host::new(objective.network.clone(), objective.data.clone()));
    let guarded = Guarded::new(Arc::new(move || Box::new(make())), &first, spare, PATIENCE);
    Objective { evaluator: Box::new(guarded), ..objective.anew(Interrupt::default()) }
}
