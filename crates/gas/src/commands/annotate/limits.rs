//! Limits that the process sets on itself before it reads a stranger's file.

use anyhow::Context as _;
use rlimit::Resource;

/// What a run may cost.
#[derive(Clone, Copy, Debug, clap::Args)]
#[expect(clippy::struct_field_names, reason = "the names are those of the flags")]
pub(crate) struct LimitFlags {
    /// Most bytes of memory beside the mapped reference
    #[arg(long, hide = true, value_name = "BYTES")]
    max_memory: Option<u64>,
    /// Most seconds of processor time
    #[arg(long, hide = true, value_name = "SECONDS")]
    max_cpu_time: Option<u64>,
    /// Most bytes of each file written
    #[arg(long, hide = true, value_name = "BYTES")]
    max_output: Option<u64>,
}

impl LimitFlags {
    /// Sets the limits for good: they cannot be raised again. Beyond them the system ends the process by SIGXCPU or
    /// SIGXFSZ, and refuses memory.
    pub(crate) fn apply(self) -> anyhow::Result<()> {
        let limits = [
            // Of what is allocated, not of what is addressed: a mapped reference may be larger than any sensible limit.
            (Resource::DATA, self.max_memory),
            (Resource::CPU, self.max_cpu_time),
            (Resource::FSIZE, self.max_output),
        ];
        for (resource, most) in limits {
            if let Some(most) = most {
                // At the hard limit of processor time the signal is SIGKILL, which tells nothing.
                let hard = if resource == Resource::CPU { most.saturating_add(5) } else { most };
                resource.set(most, hard).with_context(|| format!("limiting {}", resource.as_name()))?;
            }
        }
        if limits.iter().any(|(_, most)| most.is_some()) {
            // A core would hold a stranger's genotypes.
            Resource::CORE.set(0, 0).context("switching core files off")?;
        }
        Ok(())
    }
}
