//! What a group of changes does together: it is read as one edit, which replaces everything from the first changed
//! base to the last by what the haplotype has there, by the rules that hold for the edit of a record.

use crate::consequence::coding::CodingChange;
use crate::consequence::coding::window::Window;
use crate::consequence::edit::{Class, Edit};
use crate::consequence::genetic_code::GeneticCode;
use crate::consequence::place::{Coordinates, Stretch, TranscriptSite};
use crate::consequence::sequence::TranscriptSequence;
use crate::consequence::term::{Term, Terms};
use crate::genes::transcript::Coding;
use crate::hgvs::protein::{ProteinChange, ProteinNaming};
use crate::hgvs::residue::append_residue;
use crate::output::csq::{append_number, append_stretch};
use crate::phased::member::Member;

/// The memory that reading takes.
#[derive(Debug, Default)]
pub(crate) struct EffectReader {
    joined: Vec<u8>,
    window: Window,
    protein_change: ProteinChange,
}

/// What is said of a group.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    pub(crate) terms: Terms,
    /// `ENSP00000354687.1:p.Ala2Phe`.
    pub(crate) protein_name: Vec<u8>,
    /// `2` or `2-9`.
    pub(crate) protein_position: Vec<u8>,
    /// `A/F`.
    pub(crate) amino_acids: Vec<u8>,
}

impl EffectReader {
    /// Reads a group, given in the transcript's order; none of its members overlap.
    pub(crate) fn read<'m>(
        &mut self,
        site: &TranscriptSite<'_>,
        coding: &Coding,
        sequence: &TranscriptSequence,
        group: impl Iterator<Item = &'m Member> + Clone,
        names_protein: bool,
    ) -> Option<Effect> {
        let bases = sequence.coding();
        let (start, end) = (group.clone().next()?.start, group.clone().last()?.end);
        self.joined.clear();
        let mut read_to = start;
        for member in group {
            self.joined.extend_from_slice(bases.get(read_to..member.start)?);
            self.joined.extend_from_slice(&member.inserted);
            read_to = member.end;
        }
        let reference = bases.get(start..end)?;
        let at = coordinates(start, end, coding)?;
        let edit = Edit { start: 1, end: 0, reference, alternative: &self.joined, class: Class::Other };
        let code = GeneticCode::of_table(coding.genetic_code);
        self.window.set(sequence, &at, &edit, &self.joined, code);
        let mut change =
            CodingChange::new(site, &edit, &self.joined, &at, sequence, &self.window, false, true);
        let mut terms = change.terms();
        terms.insert_if(Term::NmdTranscript, site.transcript.names.biotype == "nonsense_mediated_decay");
        let mut effect = Effect { terms, ..Effect::default() };
        append_stretch(&mut effect.protein_position, at.protein);
        self.window.append_amino_acids(&mut effect.amino_acids);
        // Nothing is known where a codon is not whole, or has unknown bases.
        if names_protein && !terms.contains(Term::CodingSequence) {
            let naming = ProteinNaming {
                name: site.transcript.names.protein,
                first_version: false,
                edit: &edit,
                oriented: &self.joined,
                coordinates: &at,
                sequence,
                window: &self.window,
                facts: change.facts(),
            };
            if !append_unchanged(&naming, &mut effect.protein_name) {
                naming.append(&mut self.protein_change, &mut effect.protein_name);
            }
        }
        Some(effect)
    }
}

/// Several residues that stay as they are: `p.Ala2_Lys4%3D` (HGVS, "Protein recommendations", substitution, silent).
fn append_unchanged(naming: &ProteinNaming<'_>, name: &mut Vec<u8>) -> bool {
    let residues = &naming.window.reference.residues;
    let ([first, .., last], Some((start, end))) = (&residues[..], naming.coordinates.protein.whole()) else {
        return false;
    };
    if *residues != naming.window.alternative.residues || residues.contains(&b'X') {
        return false;
    }
    name.extend_from_slice(naming.name.as_bytes());
    name.extend_from_slice(b":p.");
    append_residue(*first, name);
    append_number(name, start);
    name.push(b'_');
    append_residue(*last, name);
    append_number(name, end);
    name.extend_from_slice(b"%3D");
    true
}

/// The coordinates of a stretch of the coding sequence, from places that count from 0.
fn coordinates(start: usize, end: usize, coding: &Coding) -> Option<Coordinates> {
    let first = i64::try_from(start).ok()? + 1;
    let last = i64::try_from(end).ok()?;
    let stretch = |first, last| Stretch { first: Some(first), last: Some(last), touches: true };
    let to_cdna = i64::from(coding.cdna_start) - 1 - i64::from(coding.missing_bases);
    Some(Coordinates {
        cdna: stretch(first + to_cdna, last + to_cdna),
        cds: stretch(first, last),
        protein: stretch((first + 2).div_euclid(3), (last + 2).div_euclid(3)),
    })
}
