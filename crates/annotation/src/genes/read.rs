//! Reading a file of genes, whatever its format.

use std::io::Read;

use crate::genes::account::Account;
use crate::genes::features::Features;
use crate::genes::format::Format;
use crate::genes::gff3::Row;
use crate::genes::{gene_pred, gtf};
use crate::vcf::batches::{Batch, Batches, lines};
use crate::vcf::line::cut_ending;
use crate::vcf::open::{Input, Limits};

const BATCH_BYTES: usize = 1 << 20;

/// Why a file of genes cannot be read: a line, when it is one line's fault, and a clause.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) line: Option<u64>,
    pub(crate) reason: String,
}

/// Finds a contig by any of its names.
pub(crate) type FindContig<'f> = dyn Fn(&str) -> Option<usize> + 'f;

/// Reads a file, plain or packed. Features of contigs that `contig` does not find are counted in `account`.
pub(crate) fn read(
    bytes: impl Read,
    contig: &FindContig<'_>,
    account: &mut Account,
) -> Result<Features, Unreadable> {
    let limits = Limits { max_unpack_ratio: u64::MAX, ..Limits::default() };
    let unreadable = |line, fault: crate::Fault| Unreadable { line, reason: fault.to_string() };
    let input = Input::open(bytes, &limits).map_err(|fault| unreadable(None, fault))?;
    let mut source = Batches::new(input, BATCH_BYTES, limits.max_line_bytes);
    let mut batch = Batch::default();
    let mut reader = Reader { features: Features::default(), contig, account };
    while source.fill(&mut batch).map_err(|misfit| unreadable(misfit.place.line, misfit.fault))? {
        for (number, line) in (batch.first_line..).zip(lines(&batch.bytes)) {
            let (text, _) = cut_ending(line);
            // Sequences may follow the features (GFF3, "Other Syntax").
            if text == b"##FASTA" || text.starts_with(b">") {
                return Ok(reader.features);
            }
            if !is_remark(text) {
                let fault = |reason| Unreadable { line: Some(number), reason };
                reader.take(&String::from_utf8_lossy(text)).map_err(fault)?;
            }
        }
    }
    Ok(reader.features)
}

/// Comments, and the lines by which UCSC's browser shows a file.
fn is_remark(text: &[u8]) -> bool {
    text.is_empty() || text[0] == b'#' || text.starts_with(b"track ") || text.starts_with(b"browser ")
}

struct Reader<'r> {
    features: Features,
    contig: &'r FindContig<'r>,
    account: &'r mut Account,
}

impl Reader<'_> {
    fn take(&mut self, text: &str) -> Result<(), String> {
        let Some(format) = self.features.format.or_else(|| Format::of(text)) else {
            return Err(
                "it is no line of GFF3, GTF or genePred, whose columns are separated by tabs".to_owned()
            );
        };
        self.features.format = Some(format);
        if let Format::GenePred(layout) = format {
            let prediction = gene_pred::Prediction::read(text, layout)?;
            if let Some(contig) = self.find(prediction.contig) {
                gene_pred::add(&mut self.features, &prediction, contig);
            }
            return Ok(());
        }
        let row = Row::read(text)?;
        if let Some(contig) = self.find(row.contig) {
            match format {
                Format::Gtf => gtf::add(&mut self.features, &row, contig),
                _ => self.features.add(&row, contig),
            }
        }
        Ok(())
    }

    fn find(&mut self, name: &str) -> Option<usize> {
        let found = (self.contig)(name);
        if found.is_none() {
            self.account.add("feature on a sequence that the FASTA lacks", name);
        }
        found
    }
}
