//! What an edit does to a protein.
//!
//! Each family of terms has its file; all are methods of [`CodingChange`], which holds the facts they share and
//! remembers the answers that several of them ask for.

pub(crate) mod frame;
pub(crate) mod residues;
pub(crate) mod start;
pub(crate) mod stop;
pub(crate) mod window;

use crate::consequence::edit::{Edit, is_unambiguous};
use crate::consequence::place::{Coordinates, TranscriptSite};
use crate::consequence::sequence::TranscriptSequence;
use crate::consequence::term::{Term, Terms};
use window::Window;

/// An edit on a coding transcript, with everything the predicates look at.
#[derive(Debug)]
pub(crate) struct CodingChange<'a> {
    pub(crate) site: &'a TranscriptSite<'a>,
    pub(crate) edit: &'a Edit<'a>,
    /// The alternative as the transcript's strand reads it.
    pub(crate) oriented: &'a [u8],
    pub(crate) at: &'a Coordinates,
    pub(crate) sequence: &'a TranscriptSequence,
    pub(crate) window: &'a Window,
    pub(crate) complete_overlap: bool,
    pub(crate) within_cds: bool,
    answers: Answers,
}

/// Answers given already (VEP's `_predicate_cache`).
#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    stop_lost: Option<bool>,
    stop_retained: Option<bool>,
    start_lost: Option<bool>,
    ambiguous_start_asked: bool,
}

/// What HGVS wants to know of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are answers to independent questions")]
pub(crate) struct ProteinFacts {
    pub(crate) partial_codon: bool,
    pub(crate) stop_retained: bool,
    pub(crate) stop_lost: bool,
    pub(crate) start_lost: bool,
    /// The edit only changes the 5' UTR, whatever its place says.
    pub(crate) keeps_coding_sequence: bool,
    /// Names are to be VEP's where it errs.
    pub(crate) exact_vep: bool,
}

impl<'a> CodingChange<'a> {
    #[expect(clippy::too_many_arguments, reason = "each is one fact; a builder would only repeat the fields")]
    pub(crate) fn new(
        site: &'a TranscriptSite<'a>,
        edit: &'a Edit<'a>,
        oriented: &'a [u8],
        at: &'a Coordinates,
        sequence: &'a TranscriptSequence,
        window: &'a Window,
        complete_overlap: bool,
        within_cds: bool,
    ) -> Self {
        let answers = Answers::default();
        Self { site, edit, oriented, at, sequence, window, complete_overlap, within_cds, answers }
    }

    /// Whether ALT is as long as REF (VEP's gate `snp`, which holds for longer ones too).
    pub(crate) fn keeps_length(&self) -> bool {
        self.edit.reference.len() == self.edit.alternative.len()
    }

    pub(crate) fn increases_length(&self) -> bool {
        self.edit.alternative.len() > self.edit.reference.len()
    }

    pub(crate) fn decreases_length(&self) -> bool {
        self.edit.alternative.len() < self.edit.reference.len()
    }

    pub(crate) fn is_unambiguous(&self) -> bool {
        is_unambiguous(self.edit.alternative)
    }

    /// The coding terms, each behind its gate (`Utils/Constants.pm`, `include`).
    pub(crate) fn terms(&mut self) -> Terms {
        let mut terms = Terms::default();
        if self.keeps_coding_sequence() {
            terms.insert_if(Term::StartRetained, self.start_retained());
            return terms;
        }
        terms.insert_if(Term::StopGained, self.stop_gained());
        terms.insert_if(Term::Frameshift, !self.keeps_length() && self.frameshift());
        terms.insert_if(Term::StopLost, self.stop_lost());
        terms.insert_if(Term::StartLost, self.start_lost());
        terms.insert_if(Term::InframeInsertion, self.increases_length() && self.inframe_insertion());
        terms.insert_if(Term::InframeDeletion, self.decreases_length() && self.inframe_deletion());
        terms.insert_if(Term::Missense, self.keeps_length() && self.missense());
        terms.insert_if(Term::ProteinAltering, self.protein_altering());
        terms.insert_if(Term::IncompleteTerminalCodon, self.partial_codon());
        terms.insert_if(Term::StartRetained, self.start_retained());
        terms.insert_if(Term::StopRetained, self.stop_retained());
        terms.insert_if(Term::Synonymous, self.synonymous());
        terms.insert_if(Term::CodingSequence, self.coding_unknown());
        terms
    }

    /// What HGVS asks for.
    pub(crate) fn facts(&mut self) -> ProteinFacts {
        ProteinFacts {
            partial_codon: self.partial_codon(),
            stop_retained: self.stop_retained(),
            stop_lost: self.stop_lost(),
            start_lost: self.start_lost(),
            keeps_coding_sequence: self.keeps_coding_sequence(),
            exact_vep: self.site.exact_vep,
        }
    }
}
