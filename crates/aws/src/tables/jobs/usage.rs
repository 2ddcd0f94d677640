//! What users have: a row each, changed in the same transactions as their jobs.
//!
//! Each job's row says in `charge` what it adds to its owner's row, so a change knows what to take off. Rows that an
//! older version wrote say nothing and were never counted; each is counted once, by its next change or when its owner
//! next submits or asks, whichever comes first.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update as UpdateWrite,
};
use gas_service::{
    id::UserId,
    job::Job,
    ports::Ahead,
    quota::{Charge, Quota, Usage, day},
};
use jiff::Timestamp;

use super::{
    DynamoJobStore,
    row::{self, REVISION},
};
use crate::tables::{
    Fault,
    attributes::{Attributes, Item, number, text},
    table::first_entries,
    transaction::write_together,
    update::Update,
};

/// What a job's row says that it adds.
pub(super) const CHARGE: &str = "charge";
/// The same in every row of a user, so that the index `waiting` is one list, ordered by `pending_jobs`.
const USAGE: &str = "usage";
const PENDING_JOBS: &str = "pending_jobs";
const UNFINISHED_JOBS: &str = "unfinished_jobs";
const STORED_BYTES: &str = "stored_bytes";
/// Days since 1970 (UTC).
const DAY: &str = "day";
const JOBS_OF_DAY: &str = "jobs_of_day";
/// There once all jobs that the user had before are counted.
const COUNTED: &str = "counted";

/// More than so many users who wait are not asked for: the count is for people.
const WAITING_AT_MOST: u32 = 1_000;
/// How many jobs are counted up by one look into the list.
const PAGE: u32 = 100;

/// The key of a user's row; job ids are UUIDs, so it is never a job's.
pub(super) fn key(user: UserId) -> String {
    format!("usage/{user}")
}

/// A charge as a job's row keeps it.
pub(super) fn charge_attribute(charge: Charge) -> AttributeValue {
    let state = match charge {
        Charge { pending: true, .. } => "pending",
        Charge { unfinished: true, .. } => "unfinished",
        Charge { .. } => "ended",
    };
    text(format_args!("{state} {}", charge.stored_bytes))
}

/// The charge that a job's row says; none if it was never counted.
pub(super) fn charge_of(row: &Item) -> Option<Charge> {
    let (state, bytes) = Attributes(row).text_if(CHARGE)?.split_once(' ')?;
    let pending = state == "pending";
    Some(Charge { pending, unfinished: pending || state == "unfinished", stored_bytes: bytes.parse().ok()? })
}

/// What a user's row says, as it is on that day.
fn usage_of(row: &Item, today: i64) -> Usage {
    let number = |name| u64::try_from(Attributes(row).number::<i64>(name).unwrap_or(0)).unwrap_or(0);
    let of_today = Attributes(row).number::<i64>(DAY).is_ok_and(|day| day >= today);
    Usage {
        jobs_at_once: number(UNFINISHED_JOBS),
        jobs_today: if of_today { number(JOBS_OF_DAY) } else { 0 },
        stored_bytes: number(STORED_BYTES),
    }
}

/// What a refused user's row means.
pub(super) enum Met {
    /// The jobs that the user had before are not counted yet.
    Uncounted,
    /// The row is still of a day before.
    Yesterday,
    /// This is what the user has.
    Usage(Usage),
}

impl Met {
    pub(super) fn of(row: Option<&Item>, today: i64) -> Self {
        match row {
            Some(row) if row.contains_key(COUNTED) => {
                let yesterday = !Attributes(row).number::<i64>(DAY).is_ok_and(|day| day >= today);
                if yesterday { Self::Yesterday } else { Self::Usage(usage_of(row, today)) }
            }
            _ => Self::Uncounted,
        }
    }
}

impl DynamoJobStore {
    /// As part of the transaction that adds a job: counts it, on the condition that it fits.
    pub(super) fn admit(&self, job: &Job, quota: &Quota) -> Result<TransactWriteItem, Fault> {
        let charge = job.charge();
        let mut conditions = vec![format!("attribute_exists({COUNTED})"), "#day >= :today".to_owned()];
        let mut update = self.add(job.user_id, Charge::default(), charge);
        update = update.expression_attribute_names("#day", DAY);
        update = update.expression_attribute_values(":today", number(day(job.submit_time)));
        let mut most = |condition: &str, stand_in: &str, most: Option<AttributeValue>| {
            if let Some(most) = most {
                conditions.push(format!("{condition} {stand_in}"));
                update = update.clone().expression_attribute_values(stand_in, most);
            }
        };
        most(&format!("{UNFINISHED_JOBS} <"), ":at_once", quota.jobs_at_once.map(number));
        most(&format!("{JOBS_OF_DAY} <"), ":per_day", quota.jobs_per_day.map(number));
        let room = quota.stored_bytes.map(|limit| i128::from(limit) - i128::from(charge.stored_bytes));
        most(&format!("{STORED_BYTES} <="), ":room", room.map(number));
        let update = update
            .update_expression(format!("{ADD_CHARGE}, {JOBS_OF_DAY} :one"))
            .expression_attribute_values(":one", number(1))
            .condition_expression(conditions.join(" AND "))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// As part of a transaction that changes or removes a job: counts the difference, if there is one.
    pub(super) fn recount(
        &self,
        user: UserId,
        former: Option<Charge>,
        present: Charge,
    ) -> Result<Option<TransactWriteItem>, Fault> {
        let former = former.unwrap_or_default();
        if former == present {
            return Ok(None);
        }
        let update = self.add(user, former, present).update_expression(ADD_CHARGE).build()?;
        Ok(Some(TransactWriteItem::builder().update(update).build()))
    }

    fn add(
        &self,
        user: UserId,
        former: Charge,
        present: Charge,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        let of = |charge: Charge| {
            [i128::from(charge.pending), i128::from(charge.unfinished), i128::from(charge.stored_bytes)]
        };
        let (former, present) = (of(former), of(present));
        let [pending, unfinished, stored] = std::array::from_fn(|place| present[place] - former[place]);
        UpdateWrite::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(key(user))))
            .expression_attribute_names("#usage", USAGE)
            .expression_attribute_values(":usage", text(1))
            .expression_attribute_values(":pending", number(pending))
            .expression_attribute_values(":unfinished", number(unfinished))
            .expression_attribute_values(":stored", number(stored))
    }

    /// Begins a new day in a user's row.
    pub(super) async fn begin_day(&self, user: UserId, today: i64) -> Result<(), Fault> {
        let update = Update::of([(DAY, Some(number(today))), (JOBS_OF_DAY, Some(number(0)))]);
        let update = update.with(":today", number(today));
        self.table.change(key(user), &update, "#0 < :today").await?;
        Ok(())
    }

    /// What a user has.
    pub(super) async fn used(&self, user: UserId, now: Timestamp) -> Result<Usage, Fault> {
        let today = day(now);
        for _ in 0..2 {
            if let Some(row) = self.table.get(key(user)).await?.filter(|row| row.contains_key(COUNTED)) {
                return Ok(usage_of(&row, today));
            }
            self.count_up(user, today).await?;
        }
        Err("the user's row is not there although it was just written".into())
    }

    /// Counts the jobs that a user had before there was a row of usage: none as a rule. Several may do so at once, as
    /// each job is counted together with the note in its own row that it is.
    pub(super) async fn count_up(&self, user: UserId, today: i64) -> Result<(), Fault> {
        let (mut position, mut of_today) = (None, 0_u64);
        loop {
            let page = self.list(user, position, PAGE).await?;
            for job in &page.items {
                of_today += u64::from(day(job.submit_time) == today);
                self.count_job(job).await?;
            }
            match page.next.as_ref().and_then(super::Position::of_cursor) {
                Some(next) => position = Some(next),
                None => break,
            }
        }
        self.note_counted(user, today, of_today).await
    }

    /// What is not there yet begins here; another that counted up at the same time has noted the same.
    async fn note_counted(&self, user: UserId, today: i64, of_today: u64) -> Result<(), Fault> {
        let begin = |name: &str, with: &str| format!("{name} = if_not_exists({name}, {with})");
        let zeros = [PENDING_JOBS, UNFINISHED_JOBS, STORED_BYTES].map(|name| begin(name, ":zero"));
        let day = [begin("#day", ":today"), begin(JOBS_OF_DAY, ":jobs")];
        let change =
            format!("SET #usage = :usage, {COUNTED} = :usage, {}, {}", day.join(", "), zeros.join(", "));
        let names = [("#usage", USAGE), ("#day", DAY)];
        let update = Update {
            change,
            names: names.map(|(stand_in, name)| (stand_in.to_owned(), name.to_owned())).into(),
            values: HashMap::new(),
        };
        let update = update
            .with(":usage", text(1))
            .with(":today", number(today))
            .with(":jobs", number(of_today))
            .with(":zero", number(0));
        self.table.change(key(user), &update, &format!("attribute_not_exists({COUNTED})")).await?;
        Ok(())
    }

    /// Counts a job whose row does not say that it is counted. One that changes meanwhile is counted by that change.
    async fn count_job(&self, job: &Job) -> Result<(), Fault> {
        let Some(row) = self.table.get(job.job_id).await? else { return Ok(()) };
        if row::revision(&row).is_none() || row.contains_key(CHARGE) {
            return Ok(());
        }
        let charge = row::job(&row, &self.layout)?.charge();
        let writes = || {
            let note = UpdateWrite::builder()
                .table_name(&self.table.name)
                .set_key(Some(self.table.key(job.job_id)))
                .update_expression(format!("SET {CHARGE} = :charge"))
                .condition_expression(format!("attribute_not_exists({CHARGE}) AND {REVISION} = :revision"))
                .expression_attribute_values(":charge", charge_attribute(charge))
                .expression_attribute_values(":revision", number(row::revision(&row).unwrap_or_default()));
            let note = TransactWriteItem::builder().update(note.build()?).build();
            Ok(std::iter::once(note).chain(self.recount(job.user_id, None, charge)?).collect())
        };
        write_together(&self.table.client, writes).await?;
        Ok(())
    }

    /// How many jobs stand before that one when users take turns: of its owner no more than are submitted before it, of
    /// each other user as many as have their turn until then.
    pub(super) async fn count_ahead(&self, job: &Job) -> Result<Ahead, Fault> {
        let row = self.table.get(key(job.user_id)).await?.unwrap_or_default();
        let pending: u64 = Attributes(&row).number(PENDING_JOBS).unwrap_or_default();
        let own = if pending > 1 { self.count_before(job).await?.min(pending - 1) } else { 0 };
        let query = self
            .table
            .look_up("waiting", USAGE, text(1))
            .key_condition_expression(format!("#hash = :hash AND {PENDING_JOBS} > :none"))
            .expression_attribute_values(":none", number(0))
            .scan_index_forward(false);
        let (mine, mut others) = (key(job.user_id), 0);
        for entry in first_entries(query, WAITING_AT_MOST).await? {
            let entry = Attributes(&entry);
            if entry.text(row::JOB_ID)? != mine {
                others += entry.number::<u64>(PENDING_JOBS)?.min(own + 1);
            }
        }
        Ok(Ahead { own, others })
    }
}

/// What [`DynamoJobStore::add`] gives values for.
const ADD_CHARGE: &str =
    "SET #usage = :usage ADD pending_jobs :pending, unfinished_jobs :unfinished, stored_bytes :stored";
