//! From PENDING to the end.

use std::{fs, io::Cursor, time::Duration};

use gas_service::{
    job::{Bucket, JobStatus, ResultPlace},
    message::{Message, QueueName},
    plan::Plan,
    workers::Role,
};

use super::stage::{GOOD, INPUT, Stage, eventually, settings};

#[tokio::test]
async fn a_job_goes_all_the_way_and_each_event_is_told_once() {
    let stage = Stage::new(GOOD).await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    let completed = stage.until_status(job, JobStatus::Completed).await;
    assert_eq!(completed.annotated_by.as_deref(), Some("gas test"));
    assert_eq!(completed.progress.records, 3);
    stage.until_place(job, ResultPlace::Archived).await;
    assert!(
        stage.ports.objects.open(&completed.result.unwrap().file, 0).await.is_err(),
        "the hot copy is gone"
    );
    stage.set_plan(&ada, Plan::PremiumUser).await;
    stage.until_place(job, ResultPlace::Hot).await;
    assert_eq!(stage.result(job).await, format!("##annotated\n{INPUT}"));
    stage.until_queues_are_empty().await;
    let told = ["a.vcf is annotated", "The result of a.vcf was archived", "The result of a.vcf is back"];
    assert_eq!(stage.mails(job).await, told);
    assert!(stage.files("cold").is_empty() && stage.files("work").is_empty());
    workers.stop().await;
}

#[tokio::test]
async fn w1_a_worker_killed_in_the_middle_of_a_job_loses_nothing_and_the_job_completes_once() {
    // The first system deleted the message as soon as the process had been started.
    let stage =
        Stage::new(&format!("echo x >> $stage/runs; [ $(wc -l < $stage/runs) = 1 ] && sleep 60\n{GOOD}"))
            .await;
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    let workers = stage.work();
    // The file comes first, and then its line, by which the next child knows that it is the second.
    eventually("the child runs", || async {
        let runs = fs::read_to_string(stage.path("runs")).unwrap_or_default();
        if runs.ends_with('\n') { Ok(()) } else { Err(runs) }
    })
    .await;
    workers.kill().await;
    assert_eq!(stage.job(job).await.job_status, JobStatus::Running, "as a crash leaves it");
    let workers = stage.work();
    let completed = stage.until_status(job, JobStatus::Completed).await;
    assert_eq!(completed.attempt, 2);
    stage.until_place(job, ResultPlace::Archived).await;
    stage.until_queues_are_empty().await;
    assert_eq!(fs::read_to_string(stage.path("runs")).unwrap().lines().count(), 2);
    assert_eq!(stage.mails(job).await.iter().filter(|subject| subject.contains("annotated")).count(), 1);
    workers.stop().await;
}

#[tokio::test]
async fn w2_a_failing_input_is_failed_at_once_with_cause_and_remedy_and_its_owner_is_told() {
    // The first system had no FAILED: such a job was RUNNING for ever.
    let stage = Stage::new(
        r#"echo kept > "$log"; echo '{"failure":{"code":"column_count","line":4,"column":2,"cause":"too <few> columns","remedy":"use tabs"}}'; exit 1"#,
    )
    .await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "bad.vcf").await;
    let failed = stage.until(job, "FAILED and told", |job| job.end_mailed).await;
    assert_eq!(failed.job_status, JobStatus::Failed);
    assert_eq!(failed.attempt, 1, "what is the input's fault is not tried again");
    let failure = failed.failure.unwrap();
    assert_eq!((failure.code.as_str(), failure.line, failure.column), ("column_count", Some(4), Some(2)));
    assert!(failed.log.is_some(), "the log is kept");
    assert_eq!(stage.mails(job).await, ["bad.vcf could not be annotated"]);
    stage.until_queues_are_empty().await;
    workers.stop().await;
}

#[tokio::test]
async fn an_input_that_changed_after_it_was_submitted_is_not_annotated() {
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let mut jobs = Vec::new();
    for other in [INPUT.to_lowercase(), format!("{INPUT}MT\t74\n"), String::new()] {
        let job = stage.submit(&ada, "a.vcf").await;
        let input = stage.job(job).await.input.unwrap();
        let bytes = Box::pin(Cursor::new(other));
        stage.ports.objects.put(Bucket::Inputs, &input.key, bytes, None).await.unwrap();
        jobs.push(job);
    }
    let workers = stage.work();
    for job in jobs {
        let failed = stage.until_status(job, JobStatus::Failed).await;
        assert_eq!(failed.attempt, 1, "it will not change back");
        assert_eq!(failed.failure.unwrap().code, "input_changed");
    }
    workers.stop().await;
}

#[tokio::test]
async fn w3_a_poisonous_input_is_tried_three_times_and_its_message_becomes_a_dead_letter() {
    // The first system tried without end and without a pause, or lost the job.
    let stage = Stage::new("kill -SEGV $$").await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "poison.vcf").await;
    let other = stage.user("eve@gas.test").await;
    let failed = stage.until_status(job, JobStatus::Failed).await;
    assert_eq!(failed.attempt, 3);
    let failure = failed.failure.unwrap();
    assert_eq!(failure.code, "annotator_crashed");
    assert!(failure.cause.contains("signal 11"), "{}", failure.cause);
    eventually("the message is dead", || async {
        let dead = stage.ports.queue.dead_letters(QueueName::JobRequests, 10).await.unwrap();
        let poison = Some(Message::Annotate { job_id: job });
        if dead.iter().any(|letter| letter.message == poison) { Ok(()) } else { Err(format!("{dead:?}")) }
    })
    .await;
    assert_eq!(stage.desk().jobs(&other, None, 10).await.unwrap().items.len(), 0);
    stage.until(job, "told", |job| job.end_mailed).await;
    assert!(stage.files("work").is_empty() && stage.files("objects/results").is_empty());
    workers.stop().await;
}

#[tokio::test]
async fn garbage_and_silence_of_the_child_are_crashes() {
    for child in [
        "head -c 300000 /dev/zero; exit 0",
        "exit 0",
        "exit 101",
        "kill -9 $$",
        "echo '{\"done\":{\"annotated_by\":\"x\",\"records\":1}}'",
    ] {
        let stage = Stage::new(child).await;
        let workers = stage.work();
        let ada = stage.user("ada@gas.test").await;
        let job = stage.submit(&ada, "a.vcf").await;
        let failed = stage.until_status(job, JobStatus::Failed).await;
        assert_eq!(failed.failure.unwrap().code, "annotator_crashed", "{child}");
        workers.stop().await;
    }
}

#[tokio::test]
async fn w5_no_more_children_run_at_once_than_are_allowed() {
    // The first system started a process per message, until memory ran out.
    let child = format!(
        "touch $stage/on-$$; ls $stage | grep -c ^on- >> $stage/counts; sleep 0.1; rm $stage/on-$$\n{GOOD}"
    );
    let stage = Stage::new(&child).await;
    let ada = stage.user("ada@gas.test").await;
    let mut jobs = Vec::new();
    for n in 0..8 {
        jobs.push(stage.submit(&ada, &format!("{n}.vcf")).await);
    }
    let workers = stage.work();
    for job in jobs {
        stage.until_status(job, JobStatus::Completed).await;
    }
    let counts = fs::read_to_string(stage.path("counts")).unwrap();
    let most = counts.lines().map(|line| line.parse::<u32>().unwrap()).max();
    assert_eq!(most, Some(2), "two at once, and really two");
    workers.stop().await;
}

#[tokio::test]
async fn w6_a_job_longer_than_visibility_and_lease_runs_once() {
    // In the first system the message came back after 30 s, and the job ran twice.
    let stage = Stage::new(&format!("echo x >> $stage/runs; sleep 2.5\n{GOOD}")).await;
    let (one, two) = (stage.work(), stage.work());
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "slow.vcf").await;
    let completed = stage.until_status(job, JobStatus::Completed).await;
    assert_eq!(completed.attempt, 1);
    assert_eq!(fs::read_to_string(stage.path("runs")).unwrap(), "x\n");
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn w12_a_job_that_hangs_is_stopped_and_its_owner_reads_why() {
    // The first system had no limit of time.
    let mut settings = settings();
    settings.annotator.max_wall_time = Duration::from_millis(300);
    let stage = Stage::with("sleep 60 & echo $! > $stage/pid; wait", settings).await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "hangs.vcf").await;
    let failed = stage.until_status(job, JobStatus::Failed).await;
    assert_eq!(failed.failure.unwrap().code, "took_too_long");
    assert_gone(&stage).await;
    workers.stop().await;
}

#[tokio::test]
async fn w12_cancelling_or_deleting_a_running_job_ends_its_process() {
    // The first system knew no cancelling.
    for delete in [false, true] {
        let stage = Stage::new("sleep 60 & echo $! > $stage/pid; wait").await;
        let workers = stage.work();
        let ada = stage.user("ada@gas.test").await;
        let job = stage.submit(&ada, "a.vcf").await;
        eventually("the child runs", || async {
            fs::read_to_string(stage.path("pid"))
                .map_err(|e| e.to_string())
                .and_then(|text| if text.ends_with('\n') { Ok(()) } else { Err(text) })
        })
        .await;
        if delete {
            stage.desk().delete(&ada, job).await.unwrap();
        } else {
            stage.desk().cancel(&ada, job).await.unwrap();
        }
        assert_gone(&stage).await;
        stage.until_queues_are_empty().await;
        eventually("nothing is left", || async {
            let left = [stage.files("work"), stage.files("objects/results")].concat();
            if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
        })
        .await;
        assert!(stage.mails(job).await.is_empty(), "who cancels needs no mail");
        workers.stop().await;
    }
}

/// The process that the child started has ended: the whole group was killed.
async fn assert_gone(stage: &Stage) {
    let pid = fs::read_to_string(stage.path("pid")).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    eventually("the process has ended", || async {
        match fs::read_to_string(&stat) {
            Ok(text) if !text.contains(") Z ") => Err(text),
            _ => Ok(()),
        }
    })
    .await;
}

#[tokio::test]
async fn w13_progress_shows_while_the_job_runs() {
    // In the first system the owner could only reload the page.
    let stage = Stage::new(&format!(
        "echo '{{\"progress\":{{\"bytes_read\":20,\"records\":7}}}}'; sleep 1.5\n{GOOD}"
    ))
    .await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    let running = stage.until(job, "progress shows", |job| job.progress.records == 7).await;
    assert_eq!(running.job_status, JobStatus::Running);
    assert_eq!(running.progress.percent(), u8::try_from(20 * 100 / INPUT.len()).unwrap());
    workers.stop().await;
}

#[tokio::test]
async fn a_process_that_must_stop_hands_its_job_back_at_once() {
    let stage =
        Stage::new(&format!("echo x >> $stage/runs; [ $(wc -l < $stage/runs) = 1 ] && sleep 60\n{GOOD}"))
            .await;
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    eventually("the child runs", || async { fs::read(stage.path("runs")).map_err(|e| e.to_string()) }).await;
    workers.stop().await;
    assert_eq!(stage.job(job).await.job_status, JobStatus::Pending);
    let depth = stage.ports.queue.depth(QueueName::JobRequests).await.unwrap();
    assert_eq!((depth.ready, depth.in_flight), (1, 0), "another can take it now");
    assert!(stage.files("work").is_empty());
    let workers = stage.work();
    stage.until_status(job, JobStatus::Completed).await;
    workers.stop().await;
}

#[tokio::test]
async fn w28_the_size_is_checked_again_before_the_annotation() {
    // The first system checked it in the browser only.
    let mut settings = settings();
    settings.plans.free.max_upload = Some(bytesize::ByteSize::b(10));
    let stage = Stage::with(GOOD, settings).await;
    let ada = stage.user("ada@gas.test").await;
    stage.ports.accounts.set_plan(ada.user_id, Plan::PremiumUser, stage.ports.clock.now()).await.unwrap();
    let premium = stage.user("ada@gas.test").await;
    let job = stage.submit(&premium, "big.vcf").await;
    stage.ports.accounts.set_plan(ada.user_id, Plan::FreeUser, stage.ports.clock.now()).await.unwrap();
    let workers = stage.work_as(&[Role::Annotator]);
    let failed = stage.until_status(job, JobStatus::Failed).await;
    assert_eq!(failed.failure.unwrap().code, "too_large");
    workers.stop().await;
}

#[tokio::test]
async fn of_several_notifiers_with_copies_of_one_message_one_sends_the_mail() {
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    let annotator = stage.work_as(&[Role::Annotator]);
    stage.until_status(job, JobStatus::Completed).await;
    annotator.stop().await;
    for _ in 0..5 {
        stage.send(Message::JobEnded { job_id: job }).await;
    }
    let notifiers = [(); 3].map(|()| stage.work_as(&[Role::Notifier]));
    eventually("all copies are dealt with", || async {
        let depth = stage.ports.queue.depth(QueueName::JobResults).await.unwrap();
        if depth.ready + depth.in_flight + depth.delayed == 0 { Ok(()) } else { Err(format!("{depth:?}")) }
    })
    .await;
    assert_eq!(stage.mails(job).await, ["a.vcf is annotated"]);
    for notifier in notifiers {
        notifier.stop().await;
    }
}
