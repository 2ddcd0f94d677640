//! What is known of each archive of the vault: which name Glacier gave it, and what is being uploaded.
//!
//! Every write expects the row as it was read (`revision`), so that of two who change it one learns of the other.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::{
        delete_item::DeleteItemError,
        put_item::{PutItemError, builders::PutItemFluentBuilder},
    },
    types::AttributeValue,
};
use gas_service::{
    id::ArchiveId,
    ports::{BackendError, WhileDoing as _},
};
use uuid::Uuid;

/// The table.
#[derive(Clone)]
pub(super) struct Catalogue {
    pub(super) dynamodb: Client,
    pub(super) table: String,
}

/// One archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) archive: ArchiveId,
    /// Changes with every write; none while there is no row.
    revision: Option<String>,
    /// What can be retrieved.
    pub(super) stored: Option<Stored>,
    /// What is being uploaded, or was when somebody died.
    pub(super) upload: Option<Upload>,
    /// Archives that were replaced and must be deleted, by Glacier's names.
    pub(super) replaced: Vec<String>,
}

/// An archive that Glacier holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// Glacier's name for it.
    pub(super) glacier_id: String,
    pub(super) sums: Sums,
    /// The SHA-256 of all bytes, in hexadecimal.
    pub(super) sha256: String,
}

/// What Glacier wants to know of an archive that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sums {
    /// Bytes.
    pub(super) size: u64,
    /// In hexadecimal.
    pub(super) tree_hash: String,
}

/// An upload in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upload {
    /// Glacier's name for it.
    pub(super) id: String,
    /// Written down before the upload is completed: with them one can ask again what became of it.
    pub(super) completing: Option<Sums>,
}

/// Somebody else changed the row.
#[derive(Debug, thiserror::Error)]
#[error("another process is storing or deleting the same archive")]
pub(super) struct Conflict;

type Item = HashMap<String, AttributeValue>;

impl Catalogue {
    /// The entry as it is now; an empty one if there is none.
    pub(super) async fn find(&self, archive: &ArchiveId) -> Result<Entry, BackendError> {
        let found = self
            .dynamodb
            .get_item()
            .table_name(&self.table)
            .key("archive_id", AttributeValue::S(archive.0.clone()))
            .consistent_read(true)
            .send()
            .await
            .while_doing(|| format!("reading the entry of archive `{archive}`"))?;
        Ok(found.item.map_or_else(|| Entry::empty(archive), |item| Entry::read(archive, &item)))
    }

    /// Writes the entry over the one that was read, and notes its new revision.
    pub(super) async fn write(&self, entry: &mut Entry) -> Result<(), BackendError> {
        let doing = || format!("writing the entry of archive `{}`", entry.archive);
        let revision = Uuid::now_v7().to_string();
        let put = self.dynamodb.put_item().table_name(&self.table).set_item(Some(entry.item(&revision)));
        match expecting(put, entry.revision.as_ref()).send().await {
            Ok(_) => {}
            // The SDK asks again when an answer was lost, and is refused if it was a good one.
            Err(error) if is_conflict_of_put(&error) => {
                if self.find(&entry.archive).await?.revision.as_ref() != Some(&revision) {
                    return Err(Conflict).while_doing(doing);
                }
            }
            Err(error) => return Err(error).while_doing(doing),
        }
        entry.revision = Some(revision);
        Ok(())
    }

    /// Removes the entry; tells whether it was still as it had been read.
    pub(super) async fn remove(&self, entry: &Entry) -> Result<bool, BackendError> {
        let Some(revision) = &entry.revision else { return Ok(true) };
        let removed = self
            .dynamodb
            .delete_item()
            .table_name(&self.table)
            .key("archive_id", AttributeValue::S(entry.archive.0.clone()))
            .condition_expression("revision = :read")
            .expression_attribute_values(":read", AttributeValue::S(revision.clone()))
            .send()
            .await;
        match removed {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), DeleteItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(false)
            }
            Err(error) => {
                Err(error).while_doing(|| format!("removing the entry of archive `{}`", entry.archive))
            }
        }
    }
}

fn expecting(put: PutItemFluentBuilder, revision: Option<&String>) -> PutItemFluentBuilder {
    match revision {
        None => put.condition_expression("attribute_not_exists(archive_id)"),
        Some(read) => put
            .condition_expression("revision = :read")
            .expression_attribute_values(":read", AttributeValue::S(read.clone())),
    }
}

fn is_conflict_of_put<R>(error: &SdkError<PutItemError, R>) -> bool {
    matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_)))
}

impl Entry {
    fn empty(archive: &ArchiveId) -> Self {
        Self { archive: archive.clone(), revision: None, stored: None, upload: None, replaced: Vec::new() }
    }

    /// Whether there is nothing left to know.
    pub(super) fn is_empty(&self) -> bool {
        self.stored.is_none() && self.upload.is_none() && self.replaced.is_empty()
    }

    fn read(archive: &ArchiveId, item: &Item) -> Self {
        let text = |name: &str| item.get(name)?.as_s().ok().cloned();
        let sums = |size: &str, tree_hash: &str| {
            let size = item.get(size)?.as_n().ok()?.parse().ok()?;
            Some(Sums { size, tree_hash: text(tree_hash)? })
        };
        let stored = text("glacier_id").zip(sums("size", "tree_hash")).zip(text("sha256"));
        let upload = text("upload_id");
        Self {
            archive: archive.clone(),
            revision: text("revision"),
            stored: stored.map(|((glacier_id, sums), sha256)| Stored { glacier_id, sums, sha256 }),
            upload: upload.map(|id| Upload { id, completing: sums("upload_size", "upload_tree_hash") }),
            replaced: item.get("replaced").and_then(|ids| ids.as_ss().ok()).cloned().unwrap_or_default(),
        }
    }

    fn item(&self, revision: &str) -> Item {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut item = HashMap::from([
            ("archive_id".to_owned(), text(&self.archive.0)),
            ("revision".to_owned(), text(revision)),
        ]);
        let mut add = |name: &str, value| item.insert(name.to_owned(), value);
        if let Some(Stored { glacier_id, sums, sha256 }) = &self.stored {
            add("glacier_id", text(glacier_id));
            add("size", AttributeValue::N(sums.size.to_string()));
            add("tree_hash", text(&sums.tree_hash));
            add("sha256", text(sha256));
        }
        if let Some(upload) = &self.upload {
            add("upload_id", text(&upload.id));
            if let Some(sums) = &upload.completing {
                add("upload_size", AttributeValue::N(sums.size.to_string()));
                add("upload_tree_hash", text(&sums.tree_hash));
            }
        }
        if !self.replaced.is_empty() {
            add("replaced", AttributeValue::Ss(self.replaced.clone()));
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_were_written() {
        let archive = ArchiveId("archive".to_owned());
        let sums = Sums { size: 5_000_000_000, tree_hash: "ab".to_owned() };
        let stored = Stored { glacier_id: "g".to_owned(), sums: sums.clone(), sha256: "cd".to_owned() };
        let begun = Upload { id: "u".to_owned(), completing: None };
        let completing = Upload { completing: Some(sums), ..begun.clone() };
        for upload in [None, Some(begun), Some(completing)] {
            for stored in [None, Some(stored.clone())] {
                for replaced in [vec![], vec!["a".to_owned(), "b".to_owned()]] {
                    let entry = Entry {
                        upload: upload.clone(),
                        stored: stored.clone(),
                        replaced,
                        ..Entry::empty(&archive)
                    };
                    let read = Entry::read(&archive, &entry.item("r"));
                    assert_eq!(read, Entry { revision: Some("r".to_owned()), ..entry });
                }
            }
        }
    }
}
