//! Having results follow a change of plan.

use std::time::Duration;

use crate::{
    id::UserId,
    message::Message,
    ports::{BackendError, Ports},
};

/// Lets `write` write a user's new plan, and has every result go where it wants them; gives what was written, and none if
/// nothing was.
///
/// The message is sent before and after. The one before waits for `patience`, long enough to find the plan written, so a
/// crash between the steps loses nothing; it does no harm where it is idle.
pub(crate) async fn announced<T, E: From<BackendError>>(
    ports: &Ports,
    user: UserId,
    patience: Duration,
    write: impl Future<Output = Result<Option<T>, E>>,
) -> Result<Option<T>, E> {
    let message = Message::PlanChanged { user_id: user };
    let send = |delay| ports.queue.send(message.queue(), &message, Some(user), delay);
    send(patience).await?;
    let Some(written) = write.await? else { return Ok(None) };
    send(Duration::ZERO).await?;
    Ok(Some(written))
}
