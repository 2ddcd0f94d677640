//! All variants of a result, to be filtered: the same as the API's, as a page.

use askama::Template;
use axum::extract::State;
use gas_service::{
    job::Job,
    notation::{grouped, percent_encoded},
    variants::{AlleleKind, Impact, TERMS, VariantPage},
};

use super::{
    Page, amount,
    frame::{Frame, Section},
    show,
    variant_row::RowView,
};
use crate::{
    api::variants::VariantParams,
    app::App,
    error::WebError,
    owned_job::OwnedJob,
    router::{Access, Routes},
    strict::StrictQuery,
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Page).get("/annotations/{id}/variants", page)
}

#[derive(Template)]
#[template(path = "variants.html")]
struct VariantsPage {
    frame: Frame,
    id: String,
    name: String,
    fields: Vec<Field>,
    is_filtered: bool,
    /// What the filter asks for that makes no sense.
    fault: Option<String>,
    rows: Vec<RowView>,
    /// Which of how many the rows are, in words.
    account: String,
    note: Option<&'static str>,
    first: Option<String>,
    next: Option<String>,
}

/// A field of the form.
struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
    /// What can be chosen, as value and words; without it anything can be typed.
    choices: Vec<(&'static str, String)>,
    /// Shown in an empty field.
    example: &'static str,
}

async fn page(
    State(app): State<App>,
    owned: OwnedJob,
    StrictQuery(params): StrictQuery<VariantParams>,
) -> Page {
    let job = &owned.job;
    let (read, fault) = match params.query() {
        Ok(query) => (Some(app.desk.variants(job, &query).await?), None),
        Err(WebError::Invalid { message, .. }) => (None, Some(message)),
        Err(other) => return Err(other),
    };
    let name = job.input_file_name.to_string();
    let fields = fields(&params);
    show(&VariantsPage {
        frame: Frame::of(&owned.user, format!("Variants of {name}"), Section::Annotations),
        id: job.job_id.to_string(),
        name,
        is_filtered: fields.iter().any(|field| field.name != "sort" && !field.value.is_empty()),
        fault,
        account: read.as_ref().map(account).unwrap_or_default(),
        note: read.as_ref().and_then(|page| page.note),
        first: params.cursor.as_ref().map(|_| address(job, &fields, None)),
        next: read
            .as_ref()
            .and_then(|page| page.next.as_ref())
            .map(|next| address(job, &fields, Some(&next.0))),
        rows: read.iter().flat_map(|page| &page.rows).map(RowView::of).collect(),
        fields,
    })
}

/// Which rows these are.
fn account(page: &VariantPage) -> String {
    if page.rows.is_empty() {
        let so_far = if page.more { "among those looked at so far; go on to look further" } else { "match" };
        return format!("No variants {so_far}.");
    }
    let (first, last) = (page.rows_before + 1, page.rows_before + page.rows.len() as u64);
    match page.total {
        Some(total) if page.rows_before == 0 && total == last => {
            format!("{}.", amount::counted(total, "variant", "variants"))
        }
        Some(total) => {
            format!("{} to {} of {} variants.", grouped(first), grouped(last), grouped(total))
        }
        None => format!("{} to {}, and there are more.", grouped(first), grouped(last)),
    }
}

/// The address of a page of the same filter.
fn address(job: &Job, fields: &[Field], cursor: Option<&str>) -> String {
    let given = fields.iter().filter(|field| !field.value.is_empty());
    let pairs = given.map(|field| (field.name, field.value.as_str())).chain(cursor.map(|at| ("cursor", at)));
    let pairs: Vec<String> =
        pairs.map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
    format!("/annotations/{}/variants?{}", job.job_id, pairs.join("&"))
}

fn fields(params: &VariantParams) -> Vec<Field> {
    let words = |name: &'static str| (name, name.replace('_', " "));
    let field = |name, label, value: &Option<String>, example| Field {
        name,
        label,
        value: value.clone().unwrap_or_default().trim().to_owned(),
        choices: Vec::new(),
        example,
    };
    let choice =
        |name, label, value: &Option<String>, choices| Field { choices, ..field(name, label, value, "") };
    let impacts = Impact::ALL.iter().map(|impact| match impact.as_str() {
        "MODIFIER" => ("MODIFIER", "modifier (all)".to_owned()),
        "HIGH" => ("HIGH", "high".to_owned()),
        other => (other, format!("{} or higher", other.to_lowercase())),
    });
    let known = vec![("true", "known".to_owned()), ("false", "not known".to_owned())];
    let orders = vec![("impact", "most severe first".to_owned())];
    vec![
        field("q", "Text", &params.q, "rs, HGVS, position"),
        field("gene", "Gene", &params.gene, "symbol or id"),
        choice("impact", "Impact", &params.impact, impacts.collect()),
        choice("consequence", "Consequence", &params.consequence, TERMS.iter().copied().map(words).collect()),
        choice("kind", "Kind", &params.kind, AlleleKind::ALL.map(|kind| words(kind.as_str())).to_vec()),
        choice("known", "Known", &params.known, known),
        field("contig", "Sequence", &params.contig, "chr1"),
        field("from", "From", &params.from, "position"),
        field("to", "To", &params.to, "position"),
        choice("sort", "Order", &params.sort, orders),
    ]
}
