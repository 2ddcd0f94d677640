//! The one SQLite file: connections, turns at writing, times and errors.

use std::{path::Path, time::Duration};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::{
    FromRow, Sqlite, SqliteConnection, SqlitePool, Transaction,
    query::{Query, QueryAs},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
        SqliteSynchronous,
    },
};
use tokio::sync::{Mutex, MutexGuard};

/// A statement that gives no rows.
pub(crate) type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;
/// A statement that removes a row and gives it.
pub(crate) type Taking<'q, R> = QueryAs<'q, Sqlite, R, SqliteArguments>;

const READERS: u32 = 4;
/// How long a connection waits for another process that is writing.
const PATIENCE: Duration = Duration::from_secs(20);

/// The database of a data directory.
///
/// SQLite has one writer at a time. Within this process a fair lock gives turns; `PATIENCE` is for other
/// processes only, because SQLite's own waiting is unfair.
pub(crate) struct Database {
    readers: SqlitePool,
    /// On the disk when a commit returns.
    durable: SqlitePool,
    /// With the operating system when a commit returns: survives the end of this process, and on loss of power
    /// an older state comes back. Good enough for what is then simply done again.
    quick: SqlitePool,
    turn: Mutex<()>,
}

/// A turn at writing, in a transaction that is undone unless it is committed.
pub(crate) struct Writing<'a> {
    // Dropped in this order: the transaction ends before the next one's turn.
    transaction: Transaction<'static, Sqlite>,
    _turn: MutexGuard<'a, ()>,
}

impl Writing<'_> {
    /// What statements run on.
    pub(crate) fn on(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Makes one more change and has all of them hold. Gives whether that one found a row to change.
    pub(crate) async fn end_with(mut self, statement: Statement<'_>) -> Result<bool, sqlx::Error> {
        let done = statement.execute(self.on()).await?;
        self.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Makes the changes hold.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await
    }
}

impl Database {
    /// Opens or creates the file and brings its tables up to date. Two processes must not do this at once.
    pub(crate) async fn open(file: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            // What is deleted is overwritten, so that nobody who reads the file finds it.
            .pragma("secure_delete", "ON")
            .pragma("journal_size_limit", "67108864");
        let single = || SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let durable = single().connect_with(options.clone()).await?;
        sqlx::migrate!().run(&durable).await?;
        let quick = single().connect_lazy_with(options.clone().synchronous(SqliteSynchronous::Normal));
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.create_if_missing(false).pragma("query_only", "1"));
        Ok(Self { readers, durable, quick, turn: Mutex::new(()) })
    }

    /// What reading statements run on.
    pub(crate) fn read(&self) -> &SqlitePool {
        &self.readers
    }

    /// Begins a change that is on the disk when its commit returns.
    pub(crate) async fn write(&self) -> Result<Writing<'_>, sqlx::Error> {
        self.begin(&self.durable).await
    }

    /// Begins a change that loss of power may undo.
    pub(crate) async fn write_quick(&self) -> Result<Writing<'_>, sqlx::Error> {
        self.begin(&self.quick).await
    }

    /// Makes a change of one statement; it is on the disk when this returns.
    pub(crate) async fn change(&self, statement: Statement<'_>) -> Result<(), sqlx::Error> {
        self.write().await?.end_with(statement).await.map(drop)
    }

    /// Makes a change of one statement that loss of power may undo.
    pub(crate) async fn change_quick(&self, statement: Statement<'_>) -> Result<(), sqlx::Error> {
        self.write_quick().await?.end_with(statement).await.map(drop)
    }

    /// Removes and gives a row by one statement, so that of two callers one gets nothing; on the disk when this returns.
    pub(crate) async fn take<R>(&self, statement: Taking<'_, R>) -> Result<Option<R>, sqlx::Error>
    where
        R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let mut writing = self.write().await?;
        let taken = statement.fetch_optional(writing.on()).await?;
        writing.commit().await?;
        Ok(taken)
    }

    /// Brings all changes into the file and empties the log, in which what was deleted could still be read; unless another
    /// program reads an older state just then. Nobody waits for a turn meanwhile.
    pub(crate) async fn empty_log(&self) -> Result<(), sqlx::Error> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.readers).await.map(drop)
    }

    async fn begin(&self, pool: &SqlitePool) -> Result<Writing<'_>, sqlx::Error> {
        let turn = self.turn.lock().await;
        let transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Writing { transaction, _turn: turn })
    }

    /// Ends all connections.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.quick.close().await;
        self.durable.close().await;
    }
}

/// Rows that lie in a table as JSON, but for those that cannot be read: they are told in the log, by that key of theirs.
pub(crate) fn readable<T: DeserializeOwned>(rows: &[String], key: &str) -> Vec<T> {
    let read = rows.iter().filter_map(|json| {
        let unreadable = |error: &serde_json::Error| {
            let row: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
            tracing::error!(key, id = %row[key], %error, "a row cannot be read");
        };
        serde_json::from_str(json).inspect_err(unreadable).ok()
    });
    read.collect()
}

/// A time as the tables hold it.
pub(crate) fn nanoseconds(time: Timestamp) -> i64 {
    // Times beyond the year 2262 are all the same to us.
    i64::try_from(time.as_nanosecond()).unwrap_or(if time.as_nanosecond() < 0 { i64::MIN } else { i64::MAX })
}

/// A time as the tables hold it, some while later.
pub(crate) fn nanoseconds_after(time: Timestamp, while_: Duration) -> i64 {
    nanoseconds(time).saturating_add(i64::try_from(while_.as_nanos()).unwrap_or(i64::MAX))
}

/// A time that the tables held.
pub(crate) fn timestamp(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::MAX)
}
