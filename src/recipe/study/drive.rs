//! A job made whole for a study.

use crate::{
    explore::Job,
    recipe::task::{Unfinished, Watch},
};

/// Measures everything, and says how far it is.
pub fn drive<J: Job>(request: &J::Request, watch: &mut Watch<'_>) -> Result<J, Unfinished> {
    let mut job = J::open(request, watch.stop(), &mut |_| {})?;
    while job.advance()?.is_some() {
        let (done, left) = job.work();
        watch.at(if done > 0.0 { done / (done + left) } else { 0.0 })?;
    }
    Ok(job)
}
