//! Workers that are cut off at random awaits, again and again. In the end all is as if nothing had happened.

use std::time::Duration;

use gas_service::{
    id::JobId,
    job::{JobStatus, ResultPlace},
    plan::Plan,
};
use rand::RngExt as _;

use super::stage::{GOOD, Stage, eventually};

#[tokio::test]
async fn w17_no_instant_at_which_workers_die_loses_or_doubles_anything() {
    // The first system had windows in which a crash left an archive that nobody knew, or a job stuck for ever.
    const LIVES: usize = 120;
    let stage = Stage::new(GOOD).await;
    let ada = stage.user("ada@gas.test").await;
    let eve = stage.user("eve@gas.test").await;
    let mut jobs: Vec<JobId> = Vec::new();
    for life in 0..LIVES {
        if life % 10 == 0 {
            jobs.push(stage.submit(&ada, &format!("ada{life}.vcf")).await);
            jobs.push(stage.submit(&eve, &format!("eve{life}.vcf")).await);
        }
        match life % 30 {
            9 => stage.set_plan(&ada, Plan::PremiumUser).await,
            22 => stage.set_plan(&ada, Plan::FreeUser).await,
            _ => {}
        }
        let workers = stage.work();
        tokio::time::sleep(Duration::from_millis(rand::rng().random_range(1..150))).await;
        workers.kill().await;
        for job in &jobs {
            stage.assert_result_exists(*job).await;
        }
    }
    stage.set_plan(&ada, Plan::PremiumUser).await;
    let workers = stage.work();
    for (index, job) in jobs.iter().enumerate() {
        let ada_s = index % 2 == 0;
        let place = if ada_s { ResultPlace::Hot } else { ResultPlace::Archived };
        let job = stage.until_place(*job, place).await;
        assert_eq!(job.job_status, JobStatus::Completed, "{job:?}");
    }
    stage.until_queues_are_empty().await;
    eventually("all that is left over is gone", || async {
        let cold = stage.files("cold");
        let results =
            stage.files("objects/results").iter().filter(|path| path.ends_with(".annot.vcf")).count();
        let work = stage.files("work");
        if cold.len() == jobs.len() / 2 && results == jobs.len() / 2 && work.is_empty() {
            Ok(())
        } else {
            Err(format!("{} cold, {results} results of {} jobs, {work:?}", cold.len(), jobs.len()))
        }
    })
    .await;
    for job in &jobs {
        let told = stage.mails(*job).await;
        assert!(told.iter().any(|subject| subject.ends_with("is annotated")), "never no mail: {told:?}");
    }
    workers.stop().await;
}
