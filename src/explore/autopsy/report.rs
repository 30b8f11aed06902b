//! What was found about a step.

use serde_json::{Value, json};

use crate::{
    objective::ExampleLoss,
    probe::{SliceRecord, StepRecord, json::number},
};

/// Examples of the batch with the largest losses that are told.
pub const WORST: usize = 10;

/// The step itself, made again.
#[derive(Clone, Debug, PartialEq)]
pub struct StepMade {
    /// As it was made again.
    pub step: StepRecord,
    /// Ten losses of the whole training set along the step; `None` when no step was made, because something was not finite.
    pub slice: Option<SliceRecord>,
    /// As the run file has them, where it does.
    pub recorded: (Option<StepRecord>, Option<SliceRecord>),
    /// ‖u‖, the length of the step.
    pub length: Option<f64>,
}

impl StepMade {
    /// Whether batch loss and slice are the recorded ones to the bit, as far as they were recorded; `None` when nothing was.
    pub fn is_recorded(&self) -> Option<bool> {
        let bits = |slice: &SliceRecord| slice.loss.map(f64::to_bits);
        let step = self.recorded.0.map(|was| was.batch_loss.to_bits() == self.step.batch_loss.to_bits());
        let slice = self.recorded.1.map(|was| self.slice.is_some_and(|now| bits(&was) == bits(&now)));
        match (step, slice) {
            (Some(step), Some(slice)) => Some(step && slice),
            (one, other) => one.or(other),
        }
    }

    /// As one JSON object.
    fn json(&self) -> Value {
        let losses = |slice: &SliceRecord| slice.loss.map(number);
        json!({
            "iteration": self.step.t,
            "batch_loss": number(self.step.batch_loss),
            "learning_rate": number(self.step.learning_rate),
            "batch": self.step.batch,
            "loss_before": self.slice.map(|s| number(s.start())),
            "loss_after": self.slice.map(|s| number(s.end())),
            "slice": self.slice.as_ref().map(losses),
            "length": self.length.map(number),
            "as_recorded": self.is_recorded(),
        })
    }
}

/// What one layer has to do with a step. u_l is the layer's part of the step u, zero elsewhere; H is the Hessian of the loss over the
/// whole training set at θ_t.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPart {
    pub name: String,
    pub parameters: u64,
    /// ‖g_l‖ of the batch's gradient.
    pub gradient: f64,
    /// ‖u_l‖; 0 when no step was made.
    pub step: f64,
    /// u_lᵀHu_l, what the layer's own block gives to uᵀHu.
    pub own: Option<f64>,
    /// u_lᵀHu, its share with all pairs that it is in: uᵀHu is the sum over the layers.
    pub share: Option<f64>,
    /// Mean of the squares that the optimizer expected of the gradient, and of those that came; for rules that divide by them.
    pub squares: Option<[f64; 2]>,
}

impl LayerPart {
    /// u_lᵀHu_l/‖u_l‖², the curvature along the layer's part of the step; `None` where it does not move.
    pub fn curvature(&self) -> Option<f64> {
        self.own.filter(|_| self.step > 0.0).map(|own| own / (self.step * self.step))
    }

    /// Mean g² over mean v: how many times as large as expected the squares are.
    pub fn surprise(&self) -> Option<f64> {
        self.squares.map(|[expected, came]| came / expected)
    }

    fn json(&self) -> Value {
        json!({
            "layer": self.name,
            "parameters": self.parameters,
            "gradient_norm": number(self.gradient),
            "step_norm": number(self.step),
            "own_bend": self.own.map(number),
            "share_of_bend": self.share.map(number),
            "curvature": self.curvature().map(number),
            "expected_square": self.squares.map(|s| number(s[0])),
            "square": self.squares.map(|s| number(s[1])),
            "square_over_expected": self.surprise().map(number),
        })
    }
}

/// What a step of the job found.
#[derive(Clone, Debug, PartialEq)]
pub enum AutopsyFound {
    Step(Box<StepMade>),
    /// The examples of the batch with the largest losses at θ_t, the largest first.
    Worst(Vec<ExampleLoss>),
    /// All layers, without curvature.
    Layers(Vec<LayerPart>),
    /// u_lᵀHu_l and u_lᵀHu of some layers, by their numbers.
    Bends(Vec<(usize, [f64; 2])>),
}

/// Everything found so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AutopsyReport {
    pub step: Option<StepMade>,
    pub worst: Vec<ExampleLoss>,
    pub layers: Vec<LayerPart>,
}

impl AutopsyReport {
    /// Takes in what was found.
    pub fn apply(&mut self, found: AutopsyFound) {
        match found {
            AutopsyFound::Step(step) => self.step = Some(*step),
            AutopsyFound::Worst(worst) => self.worst = worst,
            AutopsyFound::Layers(layers) => self.layers = layers,
            AutopsyFound::Bends(bends) => {
                for (layer, [own, share]) in bends {
                    if let Some(part) = self.layers.get_mut(layer) {
                        (part.own, part.share) = (Some(own), Some(share));
                    }
                }
            }
        }
    }

    /// uᵀHu, once all layers are known.
    pub fn bend(&self) -> Option<f64> {
        let shares: Option<Vec<f64>> = self.layers.iter().map(|layer| layer.share).collect();
        shares.filter(|shares| !shares.is_empty()).map(|shares| shares.iter().sum())
    }

    /// uᵀHu/‖u‖², the curvature along the step.
    pub fn curvature(&self) -> Option<f64> {
        let length = self.step.as_ref()?.length.filter(|length| *length > 0.0)?;
        Some(self.bend()? / (length * length))
    }

    /// As one JSON object.
    pub fn json(&self) -> Value {
        let worst = self
            .worst
            .iter()
            .map(|e| json!({ "index": e.index, "label": e.label, "prediction": e.prediction, "loss": number(e.loss) }));
        json!({
            "step": self.step.as_ref().map(StepMade::json),
            "worst": worst.collect::<Vec<_>>(),
            "layers": self.layers.iter().map(LayerPart::json).collect::<Vec<_>>(),
            "bend": self.bend().map(number),
            "curvature": self.curvature().map(number),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(own: Option<f64>, share: Option<f64>) -> LayerPart {
        let squares = Some([2.0, 8.0]);
        LayerPart { name: "a".into(), parameters: 4, gradient: 1.0, step: 0.5, own, share, squares }
    }

    #[test]
    fn shares_add_up_and_a_layer_that_does_not_move_has_no_curvature() {
        let mut report = AutopsyReport { layers: vec![part(None, None); 2], ..AutopsyReport::default() };
        report.apply(AutopsyFound::Bends(vec![(1, [1.0, 1.5])]));
        assert_eq!((report.bend(), report.layers[1].curvature()), (None, Some(4.0)));
        report.apply(AutopsyFound::Bends(vec![(0, [0.5, -0.5]), (7, [9.0, 9.0])]));
        assert_eq!((report.bend(), report.curvature()), (Some(1.0), None));
        assert_eq!(LayerPart { step: 0.0, ..part(Some(0.0), Some(0.0)) }.curvature(), None);
        assert_eq!(part(None, None).surprise(), Some(4.0));
    }
}
