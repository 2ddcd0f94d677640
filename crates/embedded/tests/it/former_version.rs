//! Data directories of the version that knew neither quotas nor turns.

use std::{path::Path, time::Duration};

use gas_service::{id::UserId, message::QueueName, ports::Ahead, quota::Usage};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::fixture::{open, open_again};

/// As that version left it: its tables, and in them what a newer one wrote, less what it did not know.
async fn as_it_was(former: &Path, present: &Path) {
    let migrations = tempfile::tempdir().unwrap();
    std::fs::copy("migrations/0001_initial.sql", migrations.path().join("0001_initial.sql")).unwrap();
    let options = SqliteConnectOptions::new().filename(former.join("gas.db")).create_if_missing(true);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::migrate::Migrator::new(migrations.path()).await.unwrap().run(&mut database).await.unwrap();
    let path = present.join("gas.db").display().to_string();
    sqlx::query("ATTACH ? AS present").bind(path).execute(&mut database).await.unwrap();
    for (table, columns) in [
        (
            "job",
            "job_id, user_id, job_status, submit_order, attend_at, results_file_archive_id, discard_archive_id,
             deleted, idempotency_key, revision, job, submit_time, complete_time",
        ),
        ("upload", "upload_id, user_id, expires, upload"),
        ("message", "message_id, queue, body, visible_at, receipt, receive_count"),
    ] {
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM present.{table}");
        sqlx::query(sqlx::AssertSqlSafe(copy)).execute(&mut database).await.unwrap();
    }
    database.close().await.unwrap();
}

#[tokio::test]
async fn what_users_have_is_counted_up_and_whose_messages_wait_is_found_out() {
    let present = open().await;
    let owner = crate::fair_queue::owner(&present.ports, "ada@example.org").await;
    let jobs = crate::fair_queue::jobs(&present.ports, &owner, 3).await;
    let now = present.ports.clock.now();
    present.ports.jobs.replace(&jobs[0].claim(now, Duration::from_mins(1)).unwrap()).await.unwrap();
    present.ports.jobs.replace(&jobs[1].cancel(now).unwrap()).await.unwrap();
    let expected = present.ports.jobs.usage(owner.user_id, now).await.unwrap();
    assert_eq!(expected, Usage { jobs_at_once: 2, jobs_today: 3, stored_bytes: 3 * 5 });

    let former = tempfile::tempdir().unwrap();
    as_it_was(former.path(), present.data.path()).await;
    let ports = open_again(former.path(), &present.clock).await;
    assert_eq!(ports.jobs.usage(owner.user_id, now).await.unwrap(), expected);
    assert_eq!(ports.jobs.ahead(&jobs[2]).await.unwrap(), Ahead { own: 0, others: 0 });
    // One more user comes; the three that waited are one group and take turns with it.
    let other = crate::fair_queue::send(&ports, UserId::generate(), 1).await.remove(0);
    let mut taken = Vec::new();
    for _ in 0..2 {
        let delivery = ports.queue.take_next(QueueName::JobRequests, Duration::from_secs(30), Duration::ZERO);
        taken.push(delivery.await.unwrap().unwrap().message);
    }
    assert_eq!(taken[1], other);
}
