use gas_service::{message::QueueName, ports::Depth};
use serde_json::{Value, json};

use super::{Common, shown, with_administration};
use crate::terminal;

/// Show how full the queues are.
#[derive(clap::Args)]
pub(crate) struct Queues {
    #[command(flatten)]
    common: Common,
}

impl Queues {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let work = async |administration: &gas_service::administration::Administration| {
            Ok(administration.queues().await?)
        };
        let queues = with_administration(&self.common.flags, work)?;
        if self.common.json {
            return shown::json(&queues.iter().map(depth).collect::<Vec<_>>());
        }
        terminal::line("queue         ready  in flight  delayed  dead  oldest")?;
        for (queue, depth) in queues {
            terminal::line(&format!(
                "{:12} {:6} {:10} {:8} {:5} {:5} s",
                queue.as_str(),
                depth.ready,
                depth.in_flight,
                depth.delayed,
                depth.dead,
                depth.oldest_ready_seconds
            ))?;
        }
        Ok(())
    }
}

fn depth((queue, depth): &(QueueName, Depth)) -> Value {
    json!({
        "queue": queue.as_str(), "ready": depth.ready, "in_flight": depth.in_flight, "delayed": depth.delayed,
        "dead": depth.dead, "oldest_ready_seconds": depth.oldest_ready_seconds,
    })
}
