//! The kinds of optimizers, by the names that files and command lines know them under.

use crate::named::named_choice;

named_choice! {
    /// The rule of the step; what each is stands in a file of its own under `rules`, Langevin dynamics in one.
    OptimizerKind as "optimizer" {
        /// Full-batch gradient descent.
        Gd = "gd",
        /// Mini-batch SGD, with heavy-ball momentum when asked for.
        #[default] Sgd = "sgd",
        /// SGD with Nesterov momentum.
        Nesterov = "nesterov",
        /// Sharpness-aware minimisation: the gradient at θ + ε̂ (Foret et al. 2021).
        Sam = "sam",
        /// SAM measured in units of the parameters (Kwon et al. 2021).
        Asam = "asam",
        /// SAM every n-th step before step E, every step after it (SAM thesis, Alg. 1).
        Psam = "psam",
        /// Steps by the moments of the gradients (Kingma & Ba 2015).
        Adam = "adam",
        /// Adam whose weight decay moves θ itself (Loshchilov & Hutter 2019).
        AdamW = "adamw",
        /// Steps by the size of the gradients (Tieleman & Hinton 2012).
        RmsProp = "rmsprop",
        /// Orthogonal steps of hidden matrices (Jordan et al. 2024).
        Muon = "muon",
        /// Gradient descent with isotropic noise of one size (Zhu et al. 2019, Table 1, as the five that follow).
        GldConst = "gld-const",
        /// With isotropic noise that is as large as SGD's.
        GldDynamic = "gld-dynamic",
        /// With noise that has the variances of SGD's, coordinate by coordinate.
        GldDiag = "gld-diag",
        /// With noise along the leading eigenvectors of the covariance of SGD's.
        GldLeading = "gld-leading",
        /// With noise along the leading eigenvectors of the Hessian.
        GldHessian = "gld-hessian",
        /// With noise along the first eigenvector of the Hessian.
        GldEigvec = "gld-eigvec",
    }
}
