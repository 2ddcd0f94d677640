use askama::Template;
use axum::extract::State;

use super::{
    Page,
    annotate::DropZone,
    frame::{Frame, Section},
    moment, show,
};
use crate::{
    app::App,
    router::{Access, Routes},
    sign_in::caller::Caller,
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Public).get("/", home)
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    /// For those who are signed in.
    drop_zone: Option<DropZone>,
    retention: Option<String>,
}

async fn home(State(app): State<App>, Caller(user): Caller) -> Page {
    let drop_zone = match &user {
        Some(user) => Some(DropZone::of(&app, user).await?),
        None => None,
    };
    let frame = Frame::new("", Section::Home, user);
    let retention = app.desk.settings.plans.free.retention.map(moment::in_words);
    show(&Home { frame, drop_zone, retention })
}
