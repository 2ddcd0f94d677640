use bytesize::ByteSize;

use super::{Desk, DeskError};
use crate::{
    account::User,
    plan::Plan,
    quota::{Limit, OverQuota, Quota, Usage, until_next_day},
    upload::FileName,
};

impl Desk {
    /// What the user may have at most, by the plan of this moment.
    pub fn quota(&self, user: &User) -> Quota {
        Quota::of(self.settings.plans.of(user.plan))
    }

    /// What the user has now.
    pub async fn usage(&self, user: &User) -> Result<Usage, DeskError> {
        Ok(self.ports.jobs.usage(user.user_id, self.ports.clock.now()).await?)
    }

    /// Refuses early what would be refused in the end: one more job of a file of so many bytes. Gives how many bytes are
    /// left; none is no limit. What counts is what [`JobStore::create`](crate::ports::JobStore::create) says.
    pub(super) async fn check_room(
        &self,
        user: &User,
        name: &FileName,
        bytes: u64,
    ) -> Result<Option<u64>, DeskError> {
        let (quota, usage) = (self.quota(user), self.usage(user).await?);
        match quota.broken_by(&usage, bytes) {
            Some(limit) => Err(self.over_quota(user, name, OverQuota { limit, usage })),
            None => Ok(quota.bytes_left(&usage)),
        }
    }

    /// The error for a file that does not fit into what is left.
    pub(super) async fn storage_full(&self, user: &User, name: &FileName) -> DeskError {
        match self.usage(user).await {
            Ok(usage) => self.over_quota(user, name, OverQuota { limit: Limit::StoredBytes, usage }),
            Err(error) => error,
        }
    }

    /// What was refused, in words: the limit, what is used of it, and what to do.
    pub(super) fn over_quota(&self, user: &User, name: &FileName, over: OverQuota) -> DeskError {
        let (quota, plan) = (self.quota(user), user.plan.title());
        let subscribing_helps = user.plan == Plan::FreeUser && self.premium_allows_more(over.limit);
        let advice = if subscribing_helps { ", or subscribe to premium" } else { "" };
        match over.limit {
            Limit::JobsAtOnce => DeskError::TooManyJobs {
                limit: quota.jobs_at_once.unwrap_or(u64::MAX),
                used: over.usage.jobs_at_once,
                plan,
                advice,
            },
            Limit::JobsPerDay => DeskError::TooManyJobsToday {
                limit: quota.jobs_per_day.unwrap_or(u64::MAX),
                used: over.usage.jobs_today,
                plan,
                begins_in: until_next_day(self.ports.clock.now()),
                advice,
            },
            Limit::StoredBytes => DeskError::StorageFull {
                name: name.to_string(),
                limit: ByteSize(quota.stored_bytes.unwrap_or(u64::MAX)),
                used: ByteSize(over.usage.stored_bytes),
                plan,
                advice,
            },
        }
    }

    fn premium_allows_more(&self, limit: Limit) -> bool {
        let [free, premium] = [&self.settings.plans.free, &self.settings.plans.premium].map(Quota::of);
        let of = |quota: Quota| match limit {
            Limit::JobsAtOnce => quota.jobs_at_once,
            Limit::JobsPerDay => quota.jobs_per_day,
            Limit::StoredBytes => quota.stored_bytes,
        };
        of(premium).unwrap_or(u64::MAX) > of(free).unwrap_or(u64::MAX)
    }
}
