//! Rows of structural variants: they have no bases, so no HGVS, residues or codons.
//!
//! Source: Ensembl VEP `OutputFactory.pm`, `TranscriptStructuralVariationAllele_to_output_hash` and what it calls.

use super::{Rows, append_exon_and_intron};
use crate::consequence::predict::distance_to;
use crate::consequence::structural::Structure;
use crate::consequence::term::{Term, Terms};
use crate::known::lookup::Hit;
use crate::output::csq::append_stretch;
use crate::record::near::NearTranscript;

impl Rows {
    /// Appends a row and tells its terms.
    pub(crate) fn write_structural(
        &mut self,
        structure: &Structure<'_>,
        near: &NearTranscript<'_>,
        shown: &str,
        hit: Hit<'_>,
        csq: &mut Vec<u8>,
    ) -> Terms {
        let (edit, site) = (&structure.edit, &near.site);
        let meeting = structure.meet(site);
        let terms = structure.terms(&meeting, site, self.distance);
        self.append_head(shown.as_bytes(), terms, near, csq);
        let gates = meeting.gates;
        append_exon_and_intron(csq, edit, site, gates);
        csq.extend_from_slice(b"|||");
        if gates.exon {
            append_stretch(csq, meeting.coordinates.cdna);
        }
        csq.push(b'|');
        if gates.coding {
            append_stretch(csq, meeting.coordinates.cds);
        }
        csq.push(b'|');
        if gates.coding {
            append_stretch(csq, meeting.coordinates.protein);
        }
        csq.extend_from_slice(b"||");
        let is_beside = terms.contains(Term::UpstreamGene) || terms.contains(Term::DownstreamGene);
        self.append_tail(
            near,
            hit,
            is_beside.then(|| distance_to(edit, (edit.start, edit.end), site)),
            0,
            csq,
        );
        self.append_fields(b"", hit, csq);
        terms
    }
}

#[cfg(test)]
mod tests;
