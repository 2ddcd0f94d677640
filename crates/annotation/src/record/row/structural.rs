//! Rows of structural variants: they have no bases, so no HGVS, residues or codons.
//!
//! Source: Ensembl VEP `OutputFactory.pm`, `TranscriptStructuralVariationAllele_to_output_hash` and what it calls.

use super::{Rows, append_exon_and_intron, append_head};
use crate::consequence::place::TranscriptSite;
use crate::consequence::predict::distance_to;
use crate::consequence::structural::Structure;
use crate::consequence::term::{Term, Terms};
use crate::known::alleles::Hit;
use crate::output::csq::append_stretch;

impl Rows {
    /// Appends a row and tells its terms.
    pub(crate) fn write_structural(
        &self,
        structure: &Structure<'_>,
        site: &TranscriptSite<'_>,
        shown: &str,
        hit: Hit<'_>,
        csq: &mut Vec<u8>,
    ) -> Terms {
        let edit = &structure.edit;
        let meeting = structure.meet(site);
        let terms = structure.terms(&meeting, site, self.distance);
        append_head(csq, shown.as_bytes(), terms, &site.transcript.names);
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
            site,
            hit,
            is_beside.then(|| distance_to(edit, (edit.start, edit.end), site)),
            0,
            csq,
        );
        terms
    }
}

#[cfg(test)]
mod tests;
