use super::{Desk, DeskError};
use crate::{account::User, export, ports::BoxRead};

impl Desk {
    /// All that the service knows of a user, as a zip. One of a user at a time is made by each process.
    pub async fn export(&self, user: &User) -> Result<BoxRead, DeskError> {
        let turn = self.exports.take_turn(user.user_id).ok_or(DeskError::ExportRunning)?;
        self.audit(user, None, "exported").await?;
        Ok(export::begin(self.clone(), user.clone(), turn))
    }
}
