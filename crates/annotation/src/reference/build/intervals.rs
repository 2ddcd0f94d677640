//! The intervals of a reference that is being built.

use crate::intervals::load;
use crate::reference::build::{Build, BuildError, INTERVALS, index_of_names};
use crate::reference::write_contigs::ContigDraft;

impl Build<'_> {
    /// Reads all files of intervals and writes their part.
    pub(super) fn intervals(&mut self, contigs: &[ContigDraft]) -> Result<(), BuildError> {
        let index = index_of_names(contigs);
        let contig = |name: &str| index.get(name).map(|number| (*number, contigs[*number].length));
        let (drafts, counts) = load::collect(&self.plan.intervals, &contig, &mut self.report.left_out)?;
        self.report.intervals = counts;
        self.write(|aside, build| drafts.write(&aside.join(INTERVALS), build))
    }
}
