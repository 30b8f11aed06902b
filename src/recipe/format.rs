//! The recipe file: parsed, checked, and unfolded into the runs it stands for.

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    claim::Claim,
    curves::CurvePlot,
    item::{Item, Kind},
    paper::PaperNumber,
    planned::Planned,
    plot::PlotSpec,
    scale::Scale,
    study::End,
    table::TableSpec,
};
use crate::{
    door,
    run::{Length, RunSpec, paths},
    suggest,
};

/// Bytes of a recipe at most.
const LARGEST: u64 = 1 << 20;

/// Runs of a recipe at most, over all seeds.
const MOST_RUNS: usize = 10_000;

/// A figure to reproduce.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name on the command line.
    pub id: String,
    pub title: String,
    pub paper: String,
    /// Figures and tables of the paper.
    pub figure: String,
    /// What the runs are, in a sentence or two.
    pub shows: String,
    /// What a reader of the verdicts should know: what was tuned and on which seeds, and what failed.
    #[serde(default)]
    pub note: String,
    /// Rough time on two CPU cores.
    pub minutes: f64,
    /// The verdict is over these seeds; settings were tuned on others.
    pub seeds: Vec<u64>,
    pub picture: Picture,
    /// The plots of a picture of curves, from top to bottom.
    #[serde(default)]
    pub(super) curves: Vec<CurvePlot>,
    /// Tables of the picture.
    #[serde(default)]
    pub(super) tables: Vec<TableSpec>,
    /// Plots of the picture, over all seeds.
    #[serde(default)]
    pub(super) plots: Vec<PlotSpec>,
    /// What the paper prints, for comparison; see [`super::compared()`].
    #[serde(default)]
    pub paper_numbers: Vec<PaperNumber>,
    /// Fields that all walks, or all experiments, share.
    #[serde(default)]
    base: Table,
    runs: Vec<Group>,
    pub claims: Vec<Claim>,
    /// The same with the paper's networks on as much data as fits 40 minutes on two CPU cores: a table `paper_scale` of the fields that
    /// stand in place of those above. `None` where there is no such scale.
    #[serde(skip)]
    pub paper_scale: Option<Box<Recipe>>,
    /// The same with the paper's own networks, data and constants, meant for a GPU: written as a table `full` of the fields
    /// that stand in place of those above. `None` where the paper's scale is this one.
    #[serde(skip)]
    pub full: Option<Box<Recipe>>,
}

/// One run, or a grid of runs over the values of some fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    /// May hold `{field}` for every varied field.
    name: String,
    #[serde(default)]
    kind: Kind,
    /// Of a walk: it starts where another one of its seed ended.
    #[serde(default)]
    from: Option<End>,
    /// What [`Item::parse`] reads for this kind, over the fields of the base.
    #[serde(default)]
    spec: Table,
    /// Fields, those of a table inside as `table.field`, and the values they take; all combinations are run.
    #[serde(default)]
    vary: Table,
}

/// What the recipe's picture draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// The four plots of the walk, of the first run.
    Walk,
    /// Loss, error, barriers and height by epoch, of all runs.
    Epochs,
    /// The gradient cosine over the iterations: a line per group of the spread claim, averaged over a moving window.
    Cosine,
    /// The panels of the findings of all runs of a seed, those of one title in one.
    Findings,
    /// The plots that `curves` lists, with a line for each walk of a seed.
    Curves,
    /// Only what stands under every picture: the tables and plots of the recipe, over all seeds, and the paper's numbers.
    Results,
}

/// A recipe that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    #[error("recipe {id}: {cause}")]
    Format { id: String, cause: String },
    #[error("{0}")]
    Unknown(String),
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: String },
}

/// The files under `assets/recipes`, in the order of the gallery.
const FILES: [(&str, &str); 33] = [
    ("walk-gd", include_str!("../../assets/recipes/walk-gd.toml")),
    ("walk-sgd", include_str!("../../assets/recipes/walk-sgd.toml")),
    ("walk-barriers", include_str!("../../assets/recipes/walk-barriers.toml")),
    ("walk-height", include_str!("../../assets/recipes/walk-height.toml")),
    ("walk-roles", include_str!("../../assets/recipes/walk-roles.toml")),
    ("walk-isotropic", include_str!("../../assets/recipes/walk-isotropic.toml")),
    ("walk-rates", include_str!("../../assets/recipes/walk-rates.toml")),
    ("walk-schedules", include_str!("../../assets/recipes/walk-schedules.toml")),
    ("walk-spectral", include_str!("../../assets/recipes/walk-spectral.toml")),
    ("noise-toy", include_str!("../../assets/recipes/noise-toy.toml")),
    ("noise-ou", include_str!("../../assets/recipes/noise-ou.toml")),
    ("noise-onehidden", include_str!("../../assets/recipes/noise-onehidden.toml")),
    ("noise-fashion", include_str!("../../assets/recipes/noise-fashion.toml")),
    ("noise-spectrum", include_str!("../../assets/recipes/noise-spectrum.toml")),
    ("noise-dominance", include_str!("../../assets/recipes/noise-dominance.toml")),
    ("noise-vgg", include_str!("../../assets/recipes/noise-vgg.toml")),
    ("sam-perturbed", include_str!("../../assets/recipes/sam-perturbed.toml")),
    ("sam-sharper", include_str!("../../assets/recipes/sam-sharper.toml")),
    ("sam-bias2d", include_str!("../../assets/recipes/sam-bias2d.toml")),
    ("sam-exit", include_str!("../../assets/recipes/sam-exit.toml")),
    ("valleys-cases", include_str!("../../assets/recipes/valleys-cases.toml")),
    ("valleys-theorem1", include_str!("../../assets/recipes/valleys-theorem1.toml")),
    ("valleys-theorem2", include_str!("../../assets/recipes/valleys-theorem2.toml")),
    ("valleys-logistic", include_str!("../../assets/recipes/valleys-logistic.toml")),
    ("sam-escape", include_str!("../../assets/recipes/sam-escape.toml")),
    ("sam-switch", include_str!("../../assets/recipes/sam-switch.toml")),
    ("sam-line-late", include_str!("../../assets/recipes/sam-line-late.toml")),
    ("sam-line-early", include_str!("../../assets/recipes/sam-line-early.toml")),
    ("sam-ablation", include_str!("../../assets/recipes/sam-ablation.toml")),
    ("sam-psam", include_str!("../../assets/recipes/sam-psam.toml")),
    ("valleys-directions", include_str!("../../assets/recipes/valleys-directions.toml")),
    ("valleys-swa", include_str!("../../assets/recipes/valleys-swa.toml")),
    ("edge-of-stability", include_str!("../../assets/recipes/edge-of-stability.toml")),
];

/// All recipes that come with the program; a test parses every one.
pub fn builtin() -> Result<&'static [Recipe], RecipeError> {
    static ALL: LazyLock<Result<Vec<Recipe>, String>> =
        LazyLock::new(|| FILES.iter().map(|(id, text)| Recipe::parse(id, text).map_err(|e| e.to_string())).collect());
    ALL.as_ref().map(Vec::as_slice).map_err(|e| RecipeError::Unknown(e.clone()))
}

/// A built-in recipe by name.
///
/// # Errors
/// An unknown name, with the nearest known one.
pub fn find(id: &str) -> Result<&'static Recipe, RecipeError> {
    let names: Vec<&str> = FILES.iter().map(|(id, _)| *id).collect();
    builtin()?.iter().find(|r| r.id == id).ok_or_else(|| RecipeError::Unknown(suggest::unknown("recipe", id, &names)))
}

/// The text of a built-in recipe, to be changed into another one.
///
/// # Errors
/// An unknown name, with the nearest known one.
pub fn source(id: &str) -> Result<&'static str, RecipeError> {
    let id = &find(id)?.id;
    FILES.iter().find(|(known, _)| known == id).map(|(_, text)| *text).ok_or_else(|| RecipeError::Unknown(id.clone()))
}

impl Recipe {
    /// Reads a recipe of somebody's own from a file.
    ///
    /// # Errors
    /// A file that cannot be read, and what [`Recipe::parse`] finds.
    pub fn open(path: &Path) -> Result<Recipe, RecipeError> {
        let fail = |cause: String| RecipeError::File { path: path.into(), cause };
        let text = door::read_text(path, LARGEST).map_err(|e| fail(e.to_string()))?;
        let fields: Table = toml::from_str(&text).map_err(|e: toml::de::Error| fail(e.to_string()))?;
        let id = fields.get("id").and_then(Value::as_str);
        let id = id.ok_or_else(|| fail("it has no id; write id = \"NAME\", which also names its pictures".into()))?;
        if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return Err(fail(format!("the id {id:?} names files; use letters, digits, -, _ and .")));
        }
        let recipe = Recipe::parse(id, &text).map_err(|e| match e {
            RecipeError::Format { cause, .. } => fail(cause),
            other => other,
        })?;
        for scale in recipe.scales() {
            for run in scale.planned()? {
                if let Item::Walk(spec) = &run.item {
                    paths::check(path, paths::of_run(spec)).map_err(|e| fail(e.to_string()))?;
                }
            }
        }
        Ok(recipe)
    }

    /// Reads a recipe and checks that all its runs and claims make sense, at all scales.
    pub fn parse(id: &str, text: &str) -> Result<Recipe, RecipeError> {
        let fail = |cause: String| RecipeError::Format { id: id.to_string(), cause };
        let mut fields: Table = toml::from_str(text).map_err(|e: toml::de::Error| fail(e.to_string()))?;
        let mut table = |name: &str| match fields.remove(name) {
            None => Ok(None),
            Some(Value::Table(over)) => Ok(Some(over)),
            Some(_) => Err(fail(format!("{name} is no table"))),
        };
        let (paper, full) = (table("paper_scale")?, table("full")?);
        let quick = Self::from_fields(id, fields.clone())?;
        let larger = |over: Option<Table>| {
            let Some(over) = over else { return Ok(None) };
            let mut fields = fields.clone();
            fields.extend(over);
            Self::from_fields(id, fields).map(|recipe| Some(Box::new(recipe)))
        };
        let (paper_scale, full) = (larger(paper)?, larger(full)?);
        Ok(Recipe { paper_scale, full, ..quick })
    }

    /// The recipe at a scale; `None` where it has no such scale.
    pub fn at(&self, scale: Scale) -> Option<&Recipe> {
        match scale {
            Scale::Quick => Some(self),
            Scale::Paper => self.paper_scale.as_deref(),
            Scale::Full => self.full.as_deref(),
        }
    }

    /// The recipe at all its scales, this one first.
    pub fn scales(&self) -> impl Iterator<Item = &Recipe> {
        Scale::ALL.iter().filter_map(|scale| self.at(*scale))
    }

    fn from_fields(id: &str, fields: Table) -> Result<Recipe, RecipeError> {
        let fail = |cause: String| RecipeError::Format { id: id.to_string(), cause };
        let recipe: Recipe = Value::Table(fields).try_into().map_err(|e: toml::de::Error| fail(e.to_string()))?;
        if recipe.id != id {
            return Err(fail(format!("its id is {}", recipe.id)));
        }
        if recipe.seeds.is_empty() {
            return Err(fail("it has no seeds".into()));
        }
        let planned = recipe.planned()?;
        check_ends(&planned).map_err(&fail)?;
        for claim in &recipe.claims {
            claim.check(&planned).map_err(&fail)?;
        }
        match recipe.picture {
            Picture::Curves if recipe.curves.is_empty() => {
                return Err(fail("a picture of curves needs a list, curves".into()));
            }
            Picture::Results if recipe.tables.is_empty() && recipe.plots.is_empty() => {
                return Err(fail("a picture of results needs tables or plots".into()));
            }
            _ => {}
        }
        recipe.tables.iter().try_for_each(|table| table.check(&planned)).map_err(&fail)?;
        recipe.plots.iter().try_for_each(|plot| plot.check(&planned)).map_err(&fail)?;
        recipe.paper_numbers.iter().try_for_each(|number| number.check(&planned)).map_err(&fail)?;
        Ok(recipe)
    }

    /// Every run, seed by seed.
    pub fn planned(&self) -> Result<Vec<Planned>, RecipeError> {
        let fail = |cause: String| RecipeError::Format { id: self.id.clone(), cause };
        let each = self.runs.iter().map(Group::count).fold(0usize, usize::saturating_add);
        let all = each.saturating_mul(self.seeds.len());
        if all > MOST_RUNS {
            return Err(fail(format!("it has {all} runs; a recipe has at most {MOST_RUNS}")));
        }
        let mut out = Vec::new();
        for &seed in &self.seeds {
            for group in &self.runs {
                for (name, varied) in group.combinations() {
                    // What is measured where a walk ended has nothing in common with the walk.
                    let mut fields = if group.kind == Kind::Study { Table::new() } else { self.base.clone() };
                    merge(&mut fields, &group.spec);
                    merge(&mut fields, &varied);
                    let item = Item::parse(group.kind, fields, seed).map_err(|e| fail(format!("run {name}: {e}")))?;
                    if group.from.is_some() && !matches!(item, Item::Walk(_)) {
                        return Err(fail(format!("run {name}: only a walk starts from where another one ended")));
                    }
                    out.push(Planned { name, seed, item, from: group.from.clone() });
                }
            }
        }
        Ok(out)
    }
}

impl Group {
    /// How many combinations there are.
    fn count(&self) -> usize {
        let of = |values: &Value| values.as_array().map_or(1, Vec::len);
        self.vary.values().map(of).fold(1, usize::saturating_mul)
    }

    /// The names and field values of all combinations, the last field varying fastest.
    fn combinations(&self) -> Vec<(String, Table)> {
        let mut out = vec![(self.name.clone(), Table::new())];
        for (field, values) in &self.vary {
            let single = [values.clone()];
            let values = values.as_array().map_or(&single[..], Vec::as_slice);
            out = out
                .iter()
                .flat_map(|(name, table)| {
                    values.iter().map(move |value| {
                        let text = value.as_str().map_or_else(|| value.to_string(), str::to_string);
                        let mut table = table.clone();
                        merge(&mut table, &nested(field, value));
                        (name.replace(&format!("{{{field}}}"), &text), table)
                    })
                })
                .collect();
        }
        out
    }
}

/// Whether all that is made where a walk ended comes after that walk, of its own seed; with an average where it needs one.
fn check_ends(planned: &[Planned]) -> Result<(), String> {
    for (i, plan) in planned.iter().enumerate() {
        for end in plan.ends() {
            let walk = planned[..i].iter().find_map(|p| match &p.item {
                Item::Walk(spec) if p.name == end.walk && p.seed == plan.seed => Some(spec),
                _ => None,
            });
            match walk {
                None => return Err(format!("run {}: there is no walk called {} before it", plan.name, end.walk)),
                Some(spec) if end.is_average() && spec.average.is_none() => {
                    return Err(format!("run {}: the walk {} has no average", plan.name, end.walk));
                }
                Some(spec) if end.step().is_some_and(|step| !is_kept(spec, step)) => {
                    let cause = "keeps nothing at that iteration; give it a checkpoint_every that divides it";
                    return Err(format!("run {}: {end}: the walk {} {cause}", plan.name, end.walk));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// Whether a walk keeps its iterate at an iteration, as far as that can be told before its data is read.
fn is_kept(spec: &RunSpec, step: u64) -> bool {
    let within = !matches!(spec.length, Length::Steps(steps) if step > steps);
    let is_end = step == 0 || spec.length == Length::Steps(step);
    within && (is_end || spec.checkpoint_every.is_some_and(|every| step.is_multiple_of(every)))
}

/// A value at a place such as `optimizer.rho`.
fn nested(field: &str, value: &Value) -> Table {
    let (head, value) = match field.split_once('.') {
        Some((head, rest)) => (head, Value::Table(nested(rest, value))),
        None => (field, value.clone()),
    };
    Table::from_iter([(head.to_string(), value)])
}

/// Lays `over` on `under`, table by table.
fn merge(under: &mut Table, over: &Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Table(a)), Value::Table(b)) => merge(a, b),
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::BatchSize;

    #[test]
    fn every_built_in_recipe_parses_and_plans() {
        for recipe in builtin().unwrap() {
            assert!(!recipe.planned().unwrap().is_empty() && !recipe.claims.is_empty(), "{}", recipe.id);
        }
    }

    #[test]
    fn a_grid_unfolds_into_all_combinations() {
        let recipe = find("walk-roles").unwrap();
        let planned = recipe.planned().unwrap();
        assert_eq!(planned.len(), 16 * recipe.seeds.len());
        let mut names: Vec<_> = planned.iter().map(|p| (&p.name, p.seed)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), planned.len());
        let large = |item: &Item| matches!(item, Item::Walk(spec) if matches!(spec.batch, BatchSize::Of(n) if n > 100));
        assert!(planned.iter().any(|p| large(&p.item)));
    }

    #[test]
    fn the_full_scale_stands_in_place_of_the_small_one() {
        let text = "id='x'\ntitle='t'\npaper='p'\nfigure='f'\nshows='s'\nminutes=1.0\nseeds=[1, 2]\npicture='walk'\nbase={lr=0.5}\n\
                    [[runs]]\nname='a'\n[[claims]]\ntext='c'\ncheck='each'\nmeasure='distance'\nover='all'\nruns=['a']\nop='<'\nvalue=1.0\n\
                    [full]\nseeds=[7]\nbase={lr=0.1}\n";
        let recipe = Recipe::parse("x", text).unwrap();
        let rates = |r: &Recipe| -> Vec<f64> {
            let rate = |p: &Planned| match &p.item {
                Item::Walk(spec) => spec.lr,
                _ => f64::NAN,
            };
            r.planned().unwrap().iter().map(rate).collect()
        };
        assert_eq!(rates(&recipe), [0.5, 0.5]);
        let full = recipe.at(Scale::Full).unwrap();
        assert_eq!((rates(full), full.seeds.as_slice(), full.claims.len()), (vec![0.1], &[7][..], 1));
    }

    #[test]
    fn each_scale_stands_on_the_quick_one_and_not_on_another() {
        let text = "id='x'\ntitle='t'\npaper='p'\nfigure='f'\nshows='s'\nminutes=1.0\nseeds=[1, 2]\npicture='walk'\nbase={lr=0.5}\n\
                    [[runs]]\nname='a'\n[[claims]]\ntext='c'\ncheck='each'\nmeasure='distance'\nover='all'\nruns=['a']\nop='<'\nvalue=1.0\n\
                    [paper_scale]\nminutes=30.0\nseeds=[5]\n[full]\nbase={lr=0.1}\n";
        let recipe = Recipe::parse("x", text).unwrap();
        let of = |scale: Scale| recipe.at(scale).map(|r| (r.minutes, r.seeds.clone())).unwrap();
        assert_eq!(of(Scale::Quick), (1.0, vec![1, 2]));
        assert_eq!(of(Scale::Paper), (30.0, vec![5]));
        assert_eq!(of(Scale::Full), (1.0, vec![1, 2]));
        assert_eq!(recipe.scales().count(), 3);
        let small = Recipe::parse("x", text.split("[paper_scale]").next().unwrap()).unwrap();
        assert!(small.at(Scale::Paper).is_none() && small.scales().count() == 1);
        let wrong = format!("paper_scale=3\n{}", text.split("[paper_scale]").next().unwrap());
        assert!(Recipe::parse("x", &wrong).unwrap_err().to_string().contains("paper_scale is no table"));
    }

    #[test]
    fn a_moment_of_a_walk_is_one_that_it_keeps() {
        let good = "id='x'\ntitle='t'\npaper='p'\nfigure='f'\nshows='s'\nminutes=1.0\nseeds=[1]\npicture='walk'\n\
                    base={length={steps=20}, checkpoint_every=5}\n[[runs]]\nname='a'\n[[runs]]\nname='b'\nfrom='a@10'\n\
                    [[claims]]\ntext='c'\ncheck='each'\nmeasure='distance'\nover='all'\nruns=['a']\nop='<'\nvalue=1.0\n";
        for at in ["a@10", "a@0", "a@20", "a@5", "a"] {
            let planned = Recipe::parse("x", &good.replace("a@10", at)).unwrap().planned().unwrap();
            assert_eq!(planned[1].from.as_ref().unwrap().to_string(), at);
        }
        for at in ["a@7", "a@25", "b@10"] {
            let error = Recipe::parse("x", &good.replace("a@10", at)).unwrap_err().to_string();
            assert!(error.contains("checkpoint_every") || error.contains("no walk called b"), "{at}: {error}");
        }
    }

    #[test]
    fn a_recipe_of_ones_own_is_read_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.toml");
        let write = |text: &str| std::fs::write(&file, text).unwrap();
        write(&source("valleys-swa").unwrap().replace("valleys-swa", "mine"));
        let mine = Recipe::open(&file).unwrap();
        assert_eq!(mine.id, "mine");
        assert_eq!(mine.planned().unwrap(), find("valleys-swa").unwrap().planned().unwrap());
        for (text, part) in [
            ("title='t'", "it has no id"),
            ("id='../x'", "letters, digits"),
            ("id='x", "mine.toml"),
            ("id='x'\ntitel='t'", "titel"),
        ] {
            write(text);
            let error = Recipe::open(&file).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("mine.toml"), "{text}: {error}");
        }
        assert!(Recipe::open(&folder.path().join("none.toml")).unwrap_err().to_string().contains("none.toml"));
    }

    #[test]
    fn the_recipe_in_the_documentation_can_be_made() {
        let page = include_str!("../../docs/recipes.md");
        let text = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let planned = Recipe::parse("mine", text).unwrap().planned().unwrap();
        let names: Vec<&str> = planned.iter().take(4).map(|p| p.name.as_str()).collect();
        assert_eq!((names, planned.len()), (vec!["sgd", "sam", "after", "line"], 12));
    }

    #[test]
    fn every_recipe_of_the_folder_is_in_the_list() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recipes");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut there: Vec<String> =
            files.filter_map(|path| Some(path.file_name()?.to_str()?.strip_suffix(".toml")?.to_string())).collect();
        let mut listed: Vec<&str> = FILES.iter().map(|(id, _)| *id).collect();
        there.sort();
        listed.sort_unstable();
        assert_eq!(there, listed);
    }

    #[test]
    fn an_unknown_recipe_gets_a_suggestion() {
        assert!(find("walk-gdd").unwrap_err().to_string().contains("did you mean \"walk-gd\""));
    }

    #[test]
    fn mistakes_in_a_recipe_are_named() {
        let good = "id='x'\ntitle='t'\npaper='p'\nfigure='f'\nshows='s'\nminutes=1.0\nseeds=[1]\npicture='walk'\n\
                    [[runs]]\nname='a'\n[[claims]]\ntext='c'\ncheck='each'\nmeasure='distance'\nover='all'\nruns=['a']\nop='<'\nvalue=1.0\n";
        Recipe::parse("x", good).unwrap();
        for (from, to, part) in [
            ("runs=['a']", "runs=['b']", "no run is called b"),
            ("seeds=[1]", "seeds=[]", "no seeds"),
            (
                "seeds=[1]",
                &format!("seeds=[{}]", (0..20_000).map(|i| i.to_string()).collect::<Vec<_>>().join(",")),
                "at most 10000",
            ),
            ("measure='distance'", "measure='distanse'", "did you mean \"distance\""),
            ("over='all'", "", "needs a window"),
            ("name='a'", "name='a'\nkind='toi'", "toi"),
            ("over='all'", "over='last'", "last"),
            ("name='a'", "name='a'\nspec={lr=-1.0}", "learning rate"),
            ("name='a'", "name='a'\nspec={lrr=1.0}", "lrr"),
            (
                "name='a'",
                "name='a'\nkind='study'\nspec={study='line',from='b',to='b',alphas='0:1:2'}",
                "no walk called b",
            ),
            ("name='a'", "name='a'\nfrom='b'", "no walk called b"),
            ("name='a'", "name='b'\n[[runs]]\nname='a'\nfrom='b@average'", "has no average"),
            ("name='a'", "name='a'\nkind='toy'\nfrom='b'\nspec={experiment='escape'}", "only a walk"),
            ("picture='walk'", "picture='curves'", "needs a list"),
            ("picture='walk'", "picture='results'", "needs tables"),
            ("picture='walk'", "picture='curves'\ncurves=['hight']", "did you mean \"height\""),
            (
                "picture='walk'",
                "picture='walk'\npaper_numbers=[{label='x', value='1', source='Table 1', run='b', measure='norm', over='all'}]",
                "no run is called b",
            ),
            ("seeds=[1]", "seeds=[1]\nfull={seeds=[]}", "no seeds"),
            ("seeds=[1]", "seeds=[1]\nfull={base={lr=-1.0}}", "learning rate"),
        ] {
            let error = Recipe::parse("x", &good.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(part), "{to}: {error}");
        }
    }
}
