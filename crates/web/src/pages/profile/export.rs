//! All of one's data in one file.

use axum::{extract::State, response::Response};

use crate::{
    app::App,
    downloads::send_made,
    error::WebError,
    router::{Access, Routes},
    sign_in::caller::SignedIn,
};

pub(super) fn routes() -> Routes {
    Routes::of(Access::Page).get("/profile/export", export)
}

async fn export(State(app): State<App>, SignedIn(user): SignedIn) -> Result<Response, WebError> {
    let bytes = app.desk.export(&user).await?;
    let day = app.desk.ports.clock.now().strftime("%Y-%m-%d").to_string();
    Ok(send_made(&format!("gas-export-{day}.zip"), "application/zip", bytes))
}
