//! The table between frames.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use super::{
    arranged::{Arranged, plain},
    cache::Cache,
    group,
    look::Look,
    row,
    setting::Setting,
};
use crate::{app::store::Store, engine::RunId, figure::run_color};

/// What an arrangement was made of.
type Made = (u64, Look, BTreeSet<String>);

/// See the module.
#[derive(Debug, Default)]
pub struct Table {
    pub look: Look,
    /// The run that is being renamed, and its name so far.
    pub renaming: Option<(RunId, String)>,
    /// Groups whose runs are not shown, by name.
    folded: BTreeSet<String>,
    cache: Cache,
    arranged: Option<(Made, Arc<Arranged>)>,
    /// What the colours of the runs were made of; `None` while they have their own.
    painted: Option<(u64, Vec<Setting>)>,
}

impl Table {
    /// With what was remembered as `text`, or with defaults.
    pub fn remembering(text: Option<&str>) -> Table {
        let look = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Table { look, ..Table::default() }
    }

    /// What is to be remembered.
    pub fn kept(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.look)
    }

    /// The table of the runs as they are now.
    pub fn arranged(&mut self, store: &Store) -> Arc<Arranged> {
        self.cache.refresh(store, Instant::now());
        let is_same = |(made, _): &&(Made, Arc<Arranged>)| {
            made.0 == self.cache.revision() && made.1 == self.look && made.2 == self.folded
        };
        if let Some((_, arranged)) = self.arranged.as_ref().filter(is_same) {
            return Arc::clone(arranged);
        }
        let arranged = Arc::new(Arranged::of(self.cache.rows(), &self.look, &self.folded));
        let made = (self.cache.revision(), self.look.clone(), self.folded.clone());
        self.arranged = Some((made, Arc::clone(&arranged)));
        arranged
    }

    pub fn is_folded(&self, group: &str) -> bool {
        self.folded.contains(group)
    }

    /// Hides the runs of a group, or shows them again.
    pub fn toggle_fold(&mut self, group: &str) {
        if !self.folded.remove(group) {
            self.folded.insert(group.into());
        }
    }

    /// Groups by what a sweep goes over; runs that differ in their seeds alone are one group.
    pub fn group_sweep(&mut self, swept: &[&str]) {
        let swept = swept.iter().filter_map(|key| Setting::named(key)).filter(|setting| *setting != Setting::SEED);
        self.look.group_by = std::iter::once(Setting::SWEEP).chain(swept).collect();
    }

    /// What groups have in common: what was chosen, else all in which runs differ but the seed.
    fn grouping(&self) -> Vec<Setting> {
        if !self.look.group_by.is_empty() {
            return self.look.group_by.clone();
        }
        let differing = row::differing(&plain(self.cache.rows())).into_iter();
        differing.filter(|setting| ![Setting::SEED, Setting::SWEEP].contains(setting)).collect()
    }

    /// The groups of all runs, whatever is searched for: names and runs, in the order in which they came.
    pub fn groups(&mut self, store: &Store) -> Vec<(String, Vec<RunId>)> {
        self.cache.refresh(store, Instant::now());
        let rows = plain(self.cache.rows());
        let groups = group::groups(&rows, &self.grouping()).into_iter();
        groups.map(|group| (group.name, group.rows.iter().map(|place| rows[*place].id).collect())).collect()
    }

    /// Gives all runs of a group one colour, or everyone its own again.
    pub fn paint(&mut self, store: &mut Store) {
        if !self.look.color_by_group {
            if self.painted.take().is_some() {
                store.paint(&BTreeMap::new());
            }
            return;
        }
        self.cache.refresh(store, Instant::now());
        let made = Some((self.cache.revision(), self.look.group_by.clone()));
        if self.painted == made {
            return;
        }
        let groups = self.groups(store).into_iter().enumerate();
        store.paint(&groups.flat_map(|(k, (_, runs))| runs.into_iter().map(move |id| (id, run_color(k)))).collect());
        self.painted = made;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::history::{History, synthetic};

    fn store(of: &[(f64, u64)]) -> Store {
        let mut store = Store::default();
        for (k, (lr, seed)) in of.iter().enumerate() {
            let mut manifest = synthetic::manifest(10);
            (manifest.spec.lr, manifest.spec.seed) = (*lr, *seed);
            store.insert(Path::new(&format!("/{k}.valley")), History::new(manifest));
        }
        store
    }

    #[test]
    fn runs_of_a_group_have_one_colour_until_that_is_switched_off() {
        let mut store = store(&[(0.1, 0), (0.2, 0), (0.1, 1)]);
        let colors = |store: &Store| store.runs().iter().map(|run| run.color).collect::<Vec<_>>();
        let own = colors(&store);
        let mut table = Table::default();
        table.paint(&mut store);
        assert_eq!(colors(&store), own);
        table.look.color_by_group = true;
        table.paint(&mut store);
        assert_eq!(colors(&store), [run_color(0), run_color(1), run_color(0)], "by all but the seed");
        table.look.group_by = vec![Setting::SEED];
        table.paint(&mut store);
        assert_eq!(colors(&store), [run_color(0), run_color(0), run_color(1)]);
        table.look.color_by_group = false;
        table.paint(&mut store);
        assert_eq!(colors(&store), own);
    }

    #[test]
    fn a_sweep_is_grouped_by_what_it_goes_over() {
        let mut table = Table::default();
        table.group_sweep(&["rate", "seed"]);
        assert_eq!(table.look.group_by, [Setting::SWEEP, Setting::named("rate").unwrap()]);
        let mut store = store(&[(0.1, 0), (0.1, 1), (0.2, 0)]);
        let ids: Vec<RunId> = store.runs().iter().map(|run| run.id).collect();
        ids.iter().for_each(|id| store.run_mut(*id).unwrap().sweep = Some(1));
        let groups = table.groups(&store);
        assert_eq!(groups[0], ("sweep 1 · η 0.1".into(), vec![ids[0], ids[1]]));
        assert_eq!(groups[1].1, [ids[2]]);
    }

    #[test]
    fn the_table_is_arranged_once_for_as_long_as_nothing_changes() {
        let store = store(&[(0.1, 0), (0.2, 0)]);
        let mut table = Table::default();
        let first = table.arranged(&store);
        assert!(Arc::ptr_eq(&first, &table.arranged(&store)));
        table.look.group_by = vec![Setting::SEED];
        let grouped = table.arranged(&store);
        assert_eq!(grouped.lines.len(), 3);
        table.toggle_fold("seed 0");
        assert!(table.is_folded("seed 0") && table.arranged(&store).lines.len() == 1);
        table.toggle_fold("seed 0");
        assert_eq!(table.arranged(&store).lines.len(), 3);
    }
}
