use std::sync::Arc;

use super::{Desk, DeskError, FileKind};
use crate::{
    job::Job,
    variants::{
        self, Bounds, MAX_LIMIT, MAX_LIMIT_ALL_ANNOTATIONS, VariantPage, VariantQuery, VariantsError,
    },
};

impl Desk {
    /// Rows of a job's result, if it may be read now: as for a download, it may be archived, or not yet there.
    pub async fn variants(&self, job: &Job, query: &VariantQuery) -> Result<VariantPage, DeskError> {
        let (_, file) = self.locate(job, FileKind::Result)?;
        let most = if query.all_annotations { MAX_LIMIT_ALL_ANNOTATIONS } else { MAX_LIMIT };
        let query = VariantQuery { limit: query.limit.clamp(1, most), ..query.clone() };
        let page = variants::read(Arc::clone(&self.ports.objects), file, query, Bounds::default()).await;
        page.map_err(|error| match error {
            VariantsError::Cursor => DeskError::InvalidCursor,
            VariantsError::TooLargeToSort => DeskError::TooLargeToSort,
            VariantsError::Read(_) => DeskError::Backend(error.into()),
        })
    }
}
