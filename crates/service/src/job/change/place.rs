//! The changes of where a completed result is: to cold storage, and back.

use std::time::Duration;

use jiff::Timestamp;

use super::{Job, Refusal};
use crate::{
    id::ArchiveId,
    job::{ResultPlace, Retrieval},
};

impl Job {
    /// A hot result goes to cold storage at that time, or (none) stays.
    pub fn schedule_archive(&self, at: Option<Timestamp>) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Hot])?;
        Ok(Self { archive_at: at, ..self.clone() })
    }

    /// hot -> archiving (copying): the copy may be made, under the name `intended`. It is noted for deletion
    /// until it is recorded, so that no crash leaves a copy that nobody knows of.
    pub fn begin_archiving(
        &self,
        intended: ArchiveId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Hot])?;
        if self.discard_archive_id.is_some() {
            return Err(Refusal::Undiscarded);
        }
        Ok(Self {
            result_place: Some(ResultPlace::Archiving),
            discard_archive_id: Some(intended),
            lease_until: Some(now + lease),
            attend_at: Some(now + lease),
            ..self.clone()
        })
    }

    /// archiving (copying), still: a copy that takes long is not taken for one whose archiver died.
    pub fn keep_archiving(
        &self,
        archive: &ArchiveId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Archiving])?;
        if self.discard_archive_id.as_ref() != Some(archive) {
            return Err(Refusal::Place(self.result_place));
        }
        Ok(Self { lease_until: Some(now + lease), attend_at: Some(now + lease), ..self.clone() })
    }

    /// archiving (copying) -> archiving (recorded): from here on the hot copy may be deleted. Refused if
    /// another copy is being made by now.
    pub fn record_archive(&self, archive: &ArchiveId) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Archiving])?;
        if self.discard_archive_id.as_ref() != Some(archive) {
            return Err(Refusal::Place(self.result_place));
        }
        Ok(Self { results_file_archive_id: Some(archive.clone()), discard_archive_id: None, ..self.clone() })
    }

    /// archiving (copying) -> hot: the owner is premium after all, or the archiver died. Refused once the
    /// copy is recorded. Whatever was copied is still noted for deletion.
    pub fn abandon_archiving(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Archiving])?;
        if self.results_file_archive_id.is_some() {
            return Err(Refusal::Place(self.result_place));
        }
        Ok(Self {
            result_place: Some(ResultPlace::Hot),
            lease_until: None,
            attend_at: Some(now),
            ..self.clone()
        })
    }

    /// archiving (recorded), once more: the archiver died before the hot copy was gone, and another goes on.
    pub fn resume_archiving(&self, now: Timestamp, lease: Duration) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Archiving])?;
        if self.results_file_archive_id.is_none() {
            return Err(Refusal::Place(self.result_place));
        }
        self.must_not_be_leased(now)?;
        Ok(Self { lease_until: Some(now + lease), attend_at: Some(now + lease), ..self.clone() })
    }

    /// archiving (recorded) -> archived: the hot copy is gone. Whether the owner still wants it so is checked
    /// from `now`, as an upgrade may have found the copy half made.
    pub fn finish_archiving(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Archiving])?;
        if self.results_file_archive_id.is_none() {
            return Err(Refusal::Place(self.result_place));
        }
        Ok(Self {
            result_place: Some(ResultPlace::Archived),
            archive_at: None,
            lease_until: None,
            attend_at: Some(now),
            ..self.clone()
        })
    }

    /// archived -> thawing: a retrieval is about to be started; if it is not recorded by the end of the
    /// lease, the sweeper has it started again. Also renews that lease for a retrieval that is overdue.
    pub fn begin_thawing(&self, now: Timestamp, lease: Duration) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Archived, ResultPlace::Thawing])?;
        self.must_not_be_leased(now)?;
        Ok(Self {
            result_place: Some(ResultPlace::Thawing),
            retrieval: None,
            lease_until: Some(now + lease),
            attend_at: Some(now + lease),
            ..self.clone()
        })
    }

    /// The retrieval of that archive was started; it is overdue some `patience` after it was expected. Refused if
    /// the result has come back by now, or even gone to another archive since.
    pub fn record_retrieval(
        &self,
        archive: &ArchiveId,
        retrieval: Retrieval,
        patience: Duration,
    ) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Thawing])?;
        if self.results_file_archive_id.as_ref() != Some(archive) {
            return Err(Refusal::Place(self.result_place));
        }
        let overdue = retrieval.expected + patience;
        Ok(Self {
            lease_until: Some(overdue),
            attend_at: Some(overdue),
            retrieval: Some(retrieval),
            ..self.clone()
        })
    }

    /// thawing -> hot: the bytes are back. The cold copy is noted for deletion, and the sweeper checks from
    /// `now` that it goes and that the archive's date is set if the owner is free again.
    pub fn finish_thawing(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Thawing])?;
        Ok(Self {
            result_place: Some(ResultPlace::Hot),
            discard_archive_id: self.results_file_archive_id.clone(),
            results_file_archive_id: None,
            retrieval: None,
            lease_until: None,
            attend_at: Some(now),
            ..self.clone()
        })
    }

    /// The superfluous cold copy is gone.
    /// Refused while the copy is being made: whoever makes it may yet record it.
    pub fn note_archive_discarded(&self, archive: &ArchiveId) -> Result<Self, Refusal> {
        let copying = self.result_place == Some(ResultPlace::Archiving);
        if copying || self.discard_archive_id.as_ref() != Some(archive) {
            return Err(Refusal::Place(self.result_place));
        }
        Ok(Self { discard_archive_id: None, ..self.clone() })
    }

    /// Whoever archived or thawed met an obstacle and lets go; the sweeper looks at the job after `patience`.
    pub fn release(&self, now: Timestamp, patience: Duration) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Archiving, ResultPlace::Thawing])?;
        Ok(Self { lease_until: None, attend_at: Some(now + patience), ..self.clone() })
    }

    /// archived or thawing -> expired: cold storage has lost the copy.
    pub fn expire(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.must_be_at(&[ResultPlace::Archived, ResultPlace::Thawing])?;
        Ok(Self {
            result_place: Some(ResultPlace::Expired),
            results_file_archive_id: None,
            retrieval: None,
            lease_until: None,
            attend_at: Some(now),
            ..self.clone()
        })
    }

    fn must_be_at(&self, places: &[ResultPlace]) -> Result<(), Refusal> {
        self.must_exist()?;
        match self.result_place {
            Some(place) if places.contains(&place) => Ok(()),
            place => Err(Refusal::Place(place)),
        }
    }
}
