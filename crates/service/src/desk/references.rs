use std::sync::Arc;

use tokio::io::AsyncReadExt as _;

use super::{Desk, DeskError};
use crate::{
    job::StoredFile,
    reference::{Clues, InstalledReference, InstalledReferences, Recognition, clues, recognise, warning},
};

impl Desk {
    /// The references that jobs can be annotated against.
    pub async fn references(&self) -> Result<InstalledReferences, DeskError> {
        Ok(self.ports.references.installed().await?)
    }

    /// How the references go together with a file that begins so.
    pub async fn recognise(&self, clues: &Clues) -> Result<Recognition, DeskError> {
        let references = self.references().await?;
        Ok(recognise(clues, &references, &self.settings.annotator.reference))
    }

    /// The reference of that name; the default when none is named.
    pub(super) async fn reference(&self, wanted: Option<&str>) -> Result<Arc<InstalledReference>, DeskError> {
        let wanted = wanted.filter(|name| !name.is_empty()).unwrap_or(&self.settings.annotator.reference);
        let references = self.references().await?;
        references.named(wanted).cloned().ok_or_else(|| DeskError::NoSuchReference {
            name: wanted.chars().take(100).collect(),
            known: references.in_words(),
        })
    }

    /// What is amiss between an input and a reference. It is only for people, so what cannot be read has none.
    pub(super) async fn reference_warning(
        &self,
        input: &StoredFile,
        reference: &Arc<InstalledReference>,
    ) -> Option<String> {
        let beginning = match self.beginning(input).await {
            Ok(beginning) => beginning,
            Err(error) => {
                tracing::warn!(key = %input.key, %error, "the beginning of an input cannot be read");
                return None;
            }
        };
        let reference = Arc::clone(reference);
        let judged = tokio::task::spawn_blocking(move || warning(&Clues::of_file(&beginning), &reference));
        judged.await.ok().flatten()
    }

    async fn beginning(
        &self,
        input: &StoredFile,
    ) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        let mut beginning = Vec::new();
        let bytes = self.ports.objects.open(input, 0).await?;
        bytes.take(clues::PACKED).read_to_end(&mut beginning).await?;
        Ok(beginning)
    }
}
