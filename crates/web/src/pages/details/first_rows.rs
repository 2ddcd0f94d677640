//! The first rows of the result as a table.

use gas_service::{
    desk::Desk,
    job::Job,
    notation::grouped,
    variants::{VariantPage, VariantQuery, VariantSort},
};

use crate::pages::variant_row::RowView;

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
        Self { rows, total: page.total.map(grouped), severest_first }
    }
}
