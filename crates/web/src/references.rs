//! Which reference a file fits, asked by the annotate page before the file is sent: only of what its header and the
//! names of its chromosomes say.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use gas_service::{account::Scope, reference::Clues};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::WebError,
    router::{Access, Effect, Routes},
    sign_in::caller::ApiUser,
    strict::StrictJson,
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Api(Scope::Submit)).with_effect(Effect::None).post("/uploads/recognise", recognise)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginning {
    /// Lines of the header, those that name contigs or assemblies.
    header: String,
    /// How many of the first records are on which contig.
    records: BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct Recognised {
    /// The reference that fits best, if any fits.
    best: Option<String>,
    /// What is amiss with each reference, by its name; none when it fits.
    warnings: BTreeMap<String, Option<String>>,
}

async fn recognise(
    State(app): State<App>,
    ApiUser(_): ApiUser,
    StrictJson(beginning): StrictJson<Beginning>,
) -> Result<Json<Recognised>, WebError> {
    let clues = Clues { records: beginning.records, ..Clues::of_text(beginning.header.as_bytes()) };
    let recognised = app.desk.recognise(&clues).await?;
    Ok(Json(Recognised { best: recognised.best, warnings: recognised.warnings.into_iter().collect() }))
}
