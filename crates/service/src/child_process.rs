//! What all child processes have in common: they work on strangers' files, and nothing of them may stay behind.

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::Child,
};

/// The process group that a child leads. Kills the whole of it when dropped: the child has nothing that is worth a
/// farewell.
pub(crate) struct Group(Option<Pid>);

impl Group {
    /// Of a child that was started in a group of its own.
    pub(crate) fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// Nothing is left to kill, and the number may soon be another's.
    pub(crate) fn has_ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Reads a child's standard error to the end and gives the first part, as text that can be logged: what it quotes may be
/// a stranger's genotypes, and is left out.
pub(crate) async fn read_complaints(mut errors: impl AsyncRead + Unpin) -> String {
    const KEPT: u64 = 8 * 1024;
    let mut kept = Vec::new();
    let _ = (&mut errors).take(KEPT).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut errors, &mut tokio::io::sink()).await;
    unquoted(String::from_utf8_lossy(&kept).trim())
}

/// A text without what stands between quotation marks of any kind.
fn unquoted(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut inside = None;
    for letter in text.chars() {
        match inside {
            Some(mark) if letter == mark => inside = None,
            Some(_) => continue,
            None if matches!(letter, '`' | '"' | '\'') => inside = Some(letter),
            None => {}
        }
        plain.push(letter);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_left_out() {
        assert_eq!(unquoted("REF `ACGT` of \"NA1\" is 'x'; line 3"), "REF `` of \"\" is ''; line 3");
        assert_eq!(unquoted("byte index 3 of `ACG"), "byte index 3 of `");
    }
}
