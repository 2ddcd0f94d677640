//! The first rows of the result as a table.

use gas_service::{
    desk::Desk,
    job::Job,
    variants::{Variant, VariantPage, VariantQuery, VariantSort},
};

use crate::pages::amount;

/// How many rows.
const ROWS: usize = 12;
/// Results up to this size, in bytes, are sorted for the page; larger ones begin with their beginning.
const SORTED_UP_TO: u64 = 4 << 20;

/// Some rows.
#[derive(Debug)]
pub(super) struct FirstRows {
    pub(super) rows: Vec<RowView>,
    pub(super) total: Option<String>,
    pub(super) severest_first: bool,
}

/// A row, as text. Where the result says nothing, the cell is empty.
#[derive(Debug)]
pub(super) struct RowView {
    pub(super) place: String,
    pub(super) change: String,
    pub(super) gene: String,
    pub(super) consequence: String,
    /// Class of the impact's colour, and the impact in words.
    pub(super) tone: String,
    pub(super) impact: String,
    pub(super) hgvs: String,
    pub(super) known: String,
}

impl FirstRows {
    /// The rows, if the result can be read now; the page does without them otherwise.
    pub(super) async fn read(desk: &Desk, job: &Job) -> Option<Self> {
        let result = job.hot_result()?;
        let severest_first = result.file.size <= SORTED_UP_TO;
        let sort = if severest_first { VariantSort::Impact } else { VariantSort::Position };
        let query = VariantQuery { sort, limit: ROWS, ..VariantQuery::default() };
        match desk.variants(job, &query).await {
            Ok(page) => Some(Self::of(&page, severest_first)),
            Err(error) => {
                tracing::warn!(job_id = %job.job_id, %error, "a result cannot be read, so its page has no table");
                None
            }
        }
    }

    fn of(page: &VariantPage, severest_first: bool) -> Self {
        let rows = page.rows.iter().map(RowView::of).collect();
        Self { rows, total: page.total.map(amount::count), severest_first }
    }
}

impl RowView {
    fn of(variant: &Variant) -> Self {
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
