//! What the service does and does not do at present.

use super::Fixture;
use crate::operation::{Mode, Standing};

/// Nobody has to open the service first.
pub async fn a_fresh_service_is_open(fixture: &impl Fixture) {
    let standing = fixture.ports().operation.standing().await.unwrap();
    assert_eq!(standing, Standing { mode: Mode::Open, note: String::new(), since: None });
}

/// The note as it was typed, and the last word holds.
pub async fn the_last_word_on_the_mode_holds(fixture: &impl Fixture) {
    let ports = fixture.ports();
    for (mode, note) in
        [(Mode::ReadOnly, "Back at \"noon\", it's a move: 🧬\n"), (Mode::Drain, ""), (Mode::Open, "")]
    {
        let standing = Standing { mode, note: note.to_owned(), since: Some(ports.clock.now()) };
        ports.operation.set_standing(&standing).await.unwrap();
        assert_eq!(fixture.ports().operation.standing().await.unwrap(), standing);
    }
}
