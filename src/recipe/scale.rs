//! How large a recipe is made.

use crate::named::named_choice;

named_choice! {
    /// A scale of a recipe; not every recipe has all.
    Scale as "scale" {
        /// Small networks and little data: what the gallery makes.
        #[default] Quick = "quick",
        /// The paper's networks at the length that its figures show, on as much data as fits 40 minutes on two CPU cores.
        Paper = "paper",
        /// The paper's own data and schedule, meant for a GPU.
        Full = "full",
    }
}
