//! Everything that decides a run's numbers but its method and its seed: whether a record belongs to a table.

use serde_json::json;

use super::Ground;
use crate::{explore::sum::sum, survey::Identity};

impl Ground {
    /// Its device and its files' names are left out: they do not decide the numbers.
    pub fn identity(&self) -> Identity {
        let (request, about, optimizer) = (&self.request, &self.setting.about, &self.request.optimizer);
        let data = &request.subject.data;
        Identity(json!({
            "start": sum(&self.start),
            "net": about.net,
            "data": data,
            "data_set": about.data,
            "data_seed": (data.corrupt > 0).then_some(request.subject.seed),
            "train_count": about.train_count,
            "loss": about.loss,
            "bn": about.bn,
            "rate": request.rate,
            "batch": self.batch,
            "momentum": optimizer.momentum,
            "nesterov": optimizer.nesterov,
            "weight_decay": optimizer.weight_decay,
            "sam_norm": optimizer.sam_norm,
            "sam_shard": optimizer.sam_shard,
            "psam_until": optimizer.psam_until,
            "psam_period": optimizer.psam_period,
            "limit": request.limit,
            "threshold": request.threshold,
            "check": request.check,
        }))
    }
}
