use std::sync::Arc;

use async_trait::async_trait;
use gas_service::{
    account::{EmailAddress, User},
    id::UserId,
    ports::{AdminChange, BackendError, Cursor, Directory, Page, WhileDoing as _},
};
use jiff::Timestamp;

use crate::{
    accounts::UserRow,
    database::{Database, nanoseconds},
};

/// Above every character that an address may have.
const LAST: char = char::MAX;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The users' table, as those who look after the service read it.
pub(crate) struct SqliteDirectory {
    pub(crate) database: Arc<Database>,
}

#[async_trait]
impl Directory for SqliteDirectory {
    async fn users(
        &self,
        beginning: &str,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<User>, BackendError> {
        self.list(beginning, cursor, limit).await.while_doing(|| "listing users")
    }

    async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<User>, BackendError> {
        let doing = || format!("looking for the user of `{email}`");
        let found: Option<UserRow> = sqlx::query_as("SELECT * FROM user WHERE user_email = ?")
            .bind(email.as_str())
            .fetch_optional(self.database.read())
            .await
            .while_doing(doing)?;
        found.map(UserRow::into_user).transpose().while_doing(doing)
    }

    async fn set_admin(
        &self,
        user: UserId,
        admin: bool,
        now: Timestamp,
    ) -> Result<AdminChange, BackendError> {
        let change = self.write_admin(user, admin, now).await;
        change.while_doing(|| format!("changing whether user `{user}` is an administrator"))
    }
}

impl SqliteDirectory {
    async fn list(&self, beginning: &str, cursor: Option<&Cursor>, limit: u32) -> Result<Page<User>, Fault> {
        // One more than asked for tells whether there is a next page.
        let mut rows: Vec<UserRow> = sqlx::query_as(
            "SELECT * FROM user WHERE user_email >= ? AND user_email < ? AND user_email > ?
             ORDER BY user_email LIMIT ?",
        )
        .bind(beginning)
        .bind(format!("{beginning}{LAST}"))
        .bind(cursor.map_or("", |cursor| cursor.0.as_str()))
        .bind(i64::from(limit) + 1)
        .fetch_all(self.database.read())
        .await?;
        let limit = usize::try_from(limit)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let users = rows.into_iter().map(UserRow::into_user).collect::<Result<Vec<User>, _>>()?;
        let next = users.last().filter(|_| more).map(|last| Cursor(last.user_email.to_string()));
        Ok(Page { items: users, next })
    }

    /// Reading how many there are and writing is one turn, so that of two who go at once one stays.
    async fn write_admin(
        &self,
        user: UserId,
        admin: bool,
        now: Timestamp,
    ) -> Result<AdminChange, sqlx::Error> {
        let mut writing = self.database.write().await?;
        let found: Option<(bool, bool)> = sqlx::query_as(
            "SELECT admin, user_id IN (SELECT user_id FROM deletion) FROM user WHERE user_id = ?",
        )
        .bind(user.to_string())
        .fetch_optional(writing.on())
        .await?;
        match found {
            None => return Ok(AdminChange::NoSuchUser),
            Some((was, _)) if was == admin => return Ok(AdminChange::Holds),
            Some((_, true)) if admin => return Ok(AdminChange::NoSuchUser),
            Some(_) => {}
        }
        let admins: i64 =
            sqlx::query_scalar("SELECT count(*) FROM user WHERE admin = 1").fetch_one(writing.on()).await?;
        if !admin && admins <= 1 {
            return Ok(AdminChange::LastOne);
        }
        sqlx::query("UPDATE user SET admin = ?, updated = ? WHERE user_id = ?")
            .bind(admin)
            .bind(nanoseconds(now))
            .bind(user.to_string())
            .execute(writing.on())
            .await?;
        writing.commit().await?;
        Ok(AdminChange::Holds)
    }
}
