//! A row of a table of variants.

use gas_service::variants::Variant;

/// A row, as text. Where the result says nothing, the cell is empty.
#[derive(Debug)]
pub(crate) struct RowView {
    pub(crate) place: String,
    pub(crate) change: String,
    pub(crate) gene: String,
    pub(crate) consequence: String,
    /// Class of the impact's colour, and the impact in words.
    pub(crate) tone: String,
    pub(crate) impact: String,
    pub(crate) hgvs: String,
    pub(crate) known: String,
}

impl RowView {
    pub(crate) fn of(variant: &Variant) -> Self {
        let worst = variant.annotations.first();
        let field = |name| worst.and_then(|worst| worst.get(name)).unwrap_or_default();
        let impact = field("IMPACT").to_ascii_lowercase();
        let protein = field("HGVSp");
        let hgvs = if protein.is_empty() { field("HGVSc") } else { protein };
        Self {
            place: format!("{}:{}", variant.contig, variant.position),
            change: format!(
                "{}>{}",
                shortened(&variant.reference_allele),
                shortened(&variant.alternative_allele)
            ),
            gene: field("SYMBOL").to_owned(),
            consequence: worst
                .map_or_else(|| "kept as it was".to_owned(), |worst| worst.consequences.join(", ")),
            tone: impact.clone(),
            impact,
            // What stands before the colon names the transcript, for which there is no room here.
            hgvs: shortened(hgvs.rsplit(':').next().unwrap_or_default()),
            known: shortened(&field("Existing_variation").replace('&', ", ")),
        }
    }
}

/// A text that fits into a cell.
fn shortened(text: &str) -> String {
    const MOST: usize = 28;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}
