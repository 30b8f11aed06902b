//! What fills the panel, and how the landscape is drawn.

/// What fills the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Page {
    #[default]
    Walk,
    Runs,
    Theory,
}

impl Page {
    pub const ALL: [Page; 3] = [Page::Walk, Page::Runs, Page::Theory];

    pub fn title(self) -> &'static str {
        match self {
            Page::Walk => "One walk",
            Page::Runs => "Many runs",
            Page::Theory => "Theorems",
        }
    }
}

/// How the landscape is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colours by the logarithm; `None` is what suits the landscape.
    pub log: Option<bool>,
    pub contours: bool,
    pub gradient: bool,
    pub noise: bool,
    pub hessian: bool,
    pub perturbed: bool,
    /// Loss over time on a logarithmic axis.
    pub log_loss: bool,
    /// As a surface in three dimensions.
    pub solid: bool,
}

impl Default for Look {
    fn default() -> Look {
        let on = true;
        Look {
            log: None,
            contours: on,
            gradient: on,
            noise: on,
            hessian: on,
            perturbed: on,
            log_loss: on,
            solid: false,
        }
    }
}
