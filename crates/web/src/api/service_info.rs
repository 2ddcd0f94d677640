use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use gas_service::reference::{InstalledReference, ReferenceSource};

use crate::{app::App, error::WebError};

/// What this service is, as GA4GH's service-info 1.0.0 describes it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceInfo {
    /// The host's name backwards, and `gas`.
    #[schema(example = "org.example.gas")]
    id: String,
    name: &'static str,
    #[serde(rename = "type")]
    kind: ServiceType,
    description: &'static str,
    organization: Organization,
    documentation_url: String,
    /// When this process began to serve.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    version: String,
    /// What jobs can be annotated against; beyond what GA4GH describes.
    references: Vec<ReferenceJson>,
}

/// A reference that jobs can be annotated against.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReferenceJson {
    #[schema(example = "human-mt")]
    name: String,
    #[schema(example = "rCRS")]
    assembly: String,
    /// Whether it is the one for jobs that name none.
    is_default: bool,
    /// How many sequences it has.
    contig_count: usize,
    /// The longest of them, at most 100.
    contigs: Vec<ContigJson>,
    /// The public files that it was built from.
    sources: Vec<SourceJson>,
}

/// A sequence of a reference.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContigJson {
    name: String,
    /// In bases.
    length: u64,
}

/// A public file that went into a reference.
#[derive(Serialize, ToSchema)]
pub(crate) struct SourceJson {
    /// `sequence`, `genes`, or the name of a collection of alleles or intervals.
    id: String,
    file: String,
    version: Option<String>,
    licence: Option<String>,
    citation: Option<String>,
    url: Option<String>,
}

impl ReferenceJson {
    fn of(reference: &InstalledReference, default: &str) -> Self {
        const MOST: usize = 100;
        let mut contigs: Vec<_> = reference.contigs.iter().collect();
        contigs.sort_by_key(|contig| std::cmp::Reverse(contig.length));
        let contigs = contigs.into_iter().take(MOST);
        Self {
            name: reference.name.clone(),
            assembly: reference.assembly.clone(),
            is_default: reference.name == default,
            contig_count: reference.contigs.len(),
            contigs: contigs.map(|one| ContigJson { name: one.name.clone(), length: one.length }).collect(),
            sources: reference.sources.iter().cloned().map(SourceJson::of).collect(),
        }
    }
}

impl SourceJson {
    fn of(source: ReferenceSource) -> Self {
        let ReferenceSource { id, file, version, licence, citation, url } = source;
        Self { id, file, version, licence, citation, url }
    }
}

/// What kind of service.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceType {
    group: &'static str,
    artifact: &'static str,
    version: &'static str,
}

/// Who provides it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Organization {
    name: String,
    url: String,
}

/// What this service is.
#[utoipa::path(get, path = "/service-info", tag = "service", security(()),
    responses((status = 200, description = "As GA4GH's service-info 1.0.0", body = ServiceInfo)))]
pub(crate) async fn show(State(app): State<App>) -> Result<Json<ServiceInfo>, WebError> {
    let references = app.desk.references().await?;
    let default = &app.desk.settings.annotator.reference;
    let address = app.desk.settings.site.address.clone();
    let host = host_of(&address);
    Ok(Json(ServiceInfo {
        id: format!("{}.gas", backwards(host)),
        name: "Genomics Annotation Service",
        kind: ServiceType { group: "org.genomics-annotation-service", artifact: "gas", version: "1.0.0" },
        description: "Annotates the variants of VCF files with their consequences",
        organization: Organization { name: host.to_owned(), url: address.clone() },
        documentation_url: format!("{address}/api/v1/openapi.json"),
        updated_at: app.options.started,
        version: app.options.version.clone(),
        references: references.iter().map(|one| ReferenceJson::of(one, default)).collect(),
    }))
}

fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A host's name as reverse domain name; addresses of numbers stay as they are.
fn backwards(host: &str) -> String {
    if host.starts_with('[') || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return host.to_owned();
    }
    let mut parts: Vec<&str> = host.split('.').collect();
    parts.reverse();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://gas.example.org", "org.example.gas")]
    #[case("http://127.0.0.1:8080", "127.0.0.1")]
    #[case("http://[::1]:8080", "[::1]")]
    #[case("http://localhost:8080/x", "localhost")]
    fn names_of_services(#[case] address: &str, #[case] name: &str) {
        assert_eq!(backwards(host_of(address)), name);
    }
}
