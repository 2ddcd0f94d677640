use gas_service::ports::{AuditEvent, Cursor};

use super::{Common, shown, with_administration};
use crate::terminal;

/// How many one look into the trail gives.
const AT_ONCE: u32 = 100;

/// List what was done by those who look after the service, newest first.
#[derive(clap::Args)]
pub(crate) struct Audit {
    /// How many are listed at most
    #[arg(long, default_value_t = 100)]
    most: usize,
    #[command(flatten)]
    common: Common,
}

impl Audit {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let acts = with_administration(&self.common.flags, async |administration| {
            let (mut acts, mut cursor): (Vec<AuditEvent>, Option<Cursor>) = (Vec::new(), None);
            loop {
                let page = administration.acts(cursor.as_ref(), AT_ONCE).await?;
                acts.extend(page.items);
                cursor = page.next;
                if cursor.is_none() || acts.len() >= self.most {
                    acts.truncate(self.most);
                    return Ok(acts);
                }
            }
        })?;
        if self.common.json {
            return shown::json(&acts);
        }
        for act in &acts {
            terminal::line(&shown::event_line(act))?;
        }
        Ok(())
    }
}
