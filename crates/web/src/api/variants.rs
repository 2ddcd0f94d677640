use std::{fmt::Display, str::FromStr};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use gas_service::{
    notation::percent_encoded,
    variants::{
        AlleleKind, Annotation, Impact, MAX_LIMIT, MAX_LIMIT_ALL_ANNOTATIONS, TERMS, Variant, VariantCursor,
        VariantFilter, VariantPage, VariantQuery, VariantSort,
    },
};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::{IntoParams, ToSchema};

use crate::{app::App, error::WebError, owned_job::OwnedJob, strict::StrictQuery};

/// Rows when no number is given.
const USUAL_LIMIT: usize = 50;
/// Longest text that is looked for, in bytes.
const MAX_TEXT: usize = 200;

/// Which variants, in which order. All values are texts here, so that each refusal can say what was expected.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VariantParams {
    /// Name of the sequence; with or without `chr`, and `M` as good as `MT`.
    #[param(example = "MT")]
    pub(crate) contig: Option<String>,
    /// Records that reach this position or lie after it; from 1.
    #[param(value_type = Option<u64>)]
    pub(crate) from: Option<String>,
    /// Records that begin at this position or before it.
    #[param(value_type = Option<u64>)]
    pub(crate) to: Option<String>,
    /// Kinds of alleles, separated by commas: `snv`, `mnv`, `insertion`, `deletion`, `indel`, `symbolic`,
    /// `breakend`, `overlapping_deletion`, `unchanged`.
    pub(crate) kind: Option<String>,
    /// Terms of the Sequence Ontology, separated by commas; one of them is enough.
    #[param(example = "missense_variant,stop_gained")]
    pub(crate) consequence: Option<String>,
    /// This impact or a more severe one: `HIGH`, `MODERATE`, `LOW` or `MODIFIER`.
    pub(crate) impact: Option<String>,
    /// Symbol or identifier of a gene. Together with `consequence` and `impact` it asks for one annotation for
    /// which all of them hold.
    #[param(example = "MT-ND1")]
    pub(crate) gene: Option<String>,
    /// Whether the allele is known from elsewhere.
    #[param(value_type = Option<bool>)]
    pub(crate) known: Option<String>,
    /// Text to be found in `contig:position`, ID, REF, ALT or an annotation, in either case.
    pub(crate) q: Option<String>,
    /// `position` (as in the file; when left out) or `impact` (most severe first; the first 10,000 only).
    pub(crate) sort: Option<String>,
    /// `most_severe` (one of each row; when left out) or `all`.
    pub(crate) annotations: Option<String>,
    /// Where to go on: `next_cursor` of the page before, with all else as it was.
    pub(crate) cursor: Option<String>,
    /// How many rows at most, from 1 to 500 (100 with all annotations); 50 when left out.
    #[param(value_type = Option<u32>)]
    pub(crate) limit: Option<String>,
}

impl VariantParams {
    /// What is asked for; the first value that makes no sense is an error that says what would.
    pub(crate) fn query(&self) -> Result<VariantQuery, WebError> {
        let all_annotations = match given(self.annotations.as_ref()) {
            None | Some("most_severe") => false,
            Some("all") => true,
            Some(other) => return Err(refused("annotations", other, "`most_severe` or `all`")),
        };
        let sort = match given(self.sort.as_ref()) {
            None | Some("position") => VariantSort::Position,
            Some("impact") => VariantSort::Impact,
            Some(other) => return Err(refused("sort", other, "`position` or `impact`")),
        };
        let cursor = given(self.cursor.as_ref()).map(|cursor| VariantCursor(cursor.to_owned()));
        Ok(VariantQuery {
            filter: self.filter()?,
            sort,
            cursor,
            limit: self.limit(all_annotations)?,
            all_annotations,
        })
    }

    fn limit(&self, all_annotations: bool) -> Result<usize, WebError> {
        let most = if all_annotations { MAX_LIMIT_ALL_ANNOTATIONS } else { MAX_LIMIT };
        let Some(text) = given(self.limit.as_ref()) else { return Ok(USUAL_LIMIT) };
        let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
        limit.ok_or_else(|| {
            let whole = if all_annotations { ", with all annotations" } else { "" };
            refused("limit", text, &format!("from 1 to {most}{whole}"))
        })
    }

    fn filter(&self) -> Result<VariantFilter, WebError> {
        let (from, to) = (position("from", self.from.as_ref())?, position("to", self.to.as_ref())?);
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(refused("to", to, &format!("{from} (`from`) or more")));
        }
        let known = given(self.known.as_ref());
        let known = known.map(|text| text.parse().map_err(|_| refused("known", text, "`true` or `false`")));
        Ok(VariantFilter {
            contig: short("contig", self.contig.as_ref())?,
            from,
            to,
            kinds: several("kind", self.kind.as_ref(), &AlleleKind::ALL.map(AlleleKind::as_str), |name| {
                AlleleKind::from_name(name)
            })?,
            terms: several("consequence", self.consequence.as_ref(), &TERMS, |name| {
                TERMS.contains(&name).then(|| name.to_owned())
            })?,
            impact: several(
                "impact",
                self.impact.as_ref(),
                &Impact::ALL.map(Impact::as_str),
                Impact::from_name,
            )
            .and_then(|impacts| one("impact", impacts))?,
            gene: short("gene", self.gene.as_ref())?,
            known: known.transpose()?,
            text: short("q", self.q.as_ref())?,
        })
    }
}

/// A value, unless it is empty: forms send empty fields too.
fn given(value: Option<&String>) -> Option<&str> {
    value.map(|value| value.trim()).filter(|value| !value.is_empty())
}

fn refused(name: &str, value: impl Display, expected: &str) -> WebError {
    let value: String = value.to_string().chars().take(50).collect();
    WebError::invalid("invalid_query", format!("`{name}` must be {expected}, not `{value}`"))
}

fn position(name: &str, value: Option<&String>) -> Result<Option<u64>, WebError> {
    let Some(text) = given(value) else { return Ok(None) };
    match u64::from_str(text) {
        Ok(position) if position > 0 => Ok(Some(position)),
        _ => Err(refused(name, text, "a position: a whole number from 1 on")),
    }
}

fn short(name: &str, value: Option<&String>) -> Result<Option<String>, WebError> {
    match given(value) {
        Some(text) if text.len() > MAX_TEXT => {
            Err(refused(name, text, &format!("at most {MAX_TEXT} bytes long")))
        }
        text => Ok(text.map(ToOwned::to_owned)),
    }
}

fn several<T>(
    name: &str,
    value: Option<&String>,
    known: &[&str],
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, WebError> {
    let parts = given(value).unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty());
    let expected = || format!("one of `{}`", known.join("`, `"));
    // Each name once is all there is to ask for.
    if parts.clone().count() > known.len() {
        return Err(refused(name, "so many", &expected()));
    }
    parts.map(|part| read(part).ok_or_else(|| refused(name, part, &expected()))).collect()
}

fn one<T>(name: &str, mut values: Vec<T>) -> Result<Option<T>, WebError> {
    if values.len() > 1 { Err(refused(name, "several", "one value")) } else { Ok(values.pop()) }
}

/// One alternative allele of one record.
#[derive(Serialize, ToSchema)]
pub(crate) struct VariantJson {
    /// As the file has it.
    #[schema(example = "MT")]
    contig: String,
    /// From 1.
    position: u64,
    /// The file's ID column.
    id: Option<String>,
    /// REF; after 256 characters cut, and ending in `…`.
    reference_allele: String,
    reference_length: usize,
    /// This entry of ALT; cut likewise.
    alternative_allele: String,
    alternative_length: usize,
    /// Which entry of ALT, from 1.
    allele_number: usize,
    /// `snv`, `mnv`, `insertion`, `deletion`, `indel`, `symbolic`, `breakend`, `overlapping_deletion` or
    /// `unchanged`.
    #[schema(example = "snv")]
    kind: &'static str,
    quality: Option<f64>,
    /// The file's FILTER column.
    filter: Option<String>,
    /// Those that match the filter first, then the most severe first; only the first unless all were asked for.
    /// Empty where the line was kept as it was.
    annotations: Vec<AnnotationJson>,
    /// How many annotations the allele has.
    annotation_count: usize,
}

/// What a variant does to one feature.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnnotationJson {
    /// Terms of the Sequence Ontology.
    #[schema(example = json!(["missense_variant"]))]
    consequences: Vec<String>,
    /// `HIGH`, `MODERATE`, `LOW` or `MODIFIER`.
    #[schema(example = "MODERATE")]
    impact: Option<&'static str>,
    /// The fields that are not empty, under the names that the file's header gives them and in its order.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    #[serde(serialize_with = "in_order")]
    fields: Vec<(String, String)>,
}

/// Some variants.
#[derive(Serialize, ToSchema)]
pub(crate) struct VariantList {
    /// There may be fewer than asked for, or none, although more follow: go on while `next_cursor` is set.
    variants: Vec<VariantJson>,
    /// Names of the fields of annotations, in the file's order.
    fields: Vec<String>,
    /// How many variants come before these.
    variants_before: u64,
    /// How many match in all; none when counting them would have taken too long.
    total: Option<u64>,
    /// Whether more match, or may match.
    more: bool,
    /// Where the next page begins; none at the end, and after the 10,000 that can be had by impact.
    next_cursor: Option<String>,
    /// What else there is to know.
    note: Option<&'static str>,
}

impl VariantJson {
    fn of(variant: Variant) -> Self {
        Self {
            contig: variant.contig,
            position: variant.position,
            id: variant.identifier,
            reference_allele: variant.reference_allele,
            reference_length: variant.reference_length,
            alternative_allele: variant.alternative_allele,
            alternative_length: variant.alternative_length,
            allele_number: variant.allele_number,
            kind: variant.kind.as_str(),
            quality: variant.quality,
            filter: variant.filter,
            annotations: variant.annotations.iter().map(AnnotationJson::of).collect(),
            annotation_count: variant.annotation_count,
        }
    }
}

impl AnnotationJson {
    fn of(annotation: &Annotation) -> Self {
        let fields = annotation.fields().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            consequences: annotation.consequences.clone(),
            impact: annotation.impact.map(Impact::as_str),
            fields: fields.collect(),
        }
    }
}

fn in_order<S: Serializer>(fields: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
}

impl VariantList {
    fn of(page: VariantPage) -> Self {
        Self {
            variants: page.rows.into_iter().map(VariantJson::of).collect(),
            fields: page.fields.names().to_vec(),
            variants_before: page.rows_before,
            total: page.total,
            more: page.more,
            next_cursor: page.next.map(|cursor| cursor.0),
            note: page.note,
        }
    }
}

/// Read the variants of a result.
///
/// One entry per record and alternative allele. Filters are joined by "and".
#[utoipa::path(get, path = "/jobs/{id}/variants", tag = "files",
    params(("id" = uuid::Uuid, Path), VariantParams),
    responses(
        (status = 200, description = "A page of variants", body = VariantList,
            headers(("Link" = Option<String>, description = "The next page, as `rel=\"next\"`"))),
        (status = 404, description = "`no_such_job`"),
        (status = 409, description = "`not_finished`, `no_result`, `archived` or `thawing`"),
        (status = 410, description = "`expired`"),
        (status = 422, description = "`invalid_query`, `invalid_cursor`, `too_large_to_sort`"),
    ))]
pub(crate) async fn list(
    State(app): State<App>,
    owned: OwnedJob,
    StrictQuery(params): StrictQuery<VariantParams>,
) -> Result<(HeaderMap, Json<VariantList>), WebError> {
    let query = params.query()?;
    let page = VariantList::of(app.desk.variants(&owned.job, &query).await?);
    let mut headers = HeaderMap::new();
    if let Some(cursor) = &page.next_cursor {
        let link = next_link(&format!("/api/v1/jobs/{}/variants", owned.job.job_id), &params, cursor);
        if let Ok(link) = HeaderValue::from_str(&link) {
            headers.insert(header::LINK, link);
        }
    }
    Ok((headers, Json(page)))
}

/// The same request for the next page.
fn next_link(path: &str, params: &VariantParams, cursor: &str) -> String {
    let values = [
        ("contig", &params.contig),
        ("from", &params.from),
        ("to", &params.to),
        ("kind", &params.kind),
        ("consequence", &params.consequence),
        ("impact", &params.impact),
        ("gene", &params.gene),
        ("known", &params.known),
        ("q", &params.q),
        ("sort", &params.sort),
        ("annotations", &params.annotations),
        ("limit", &params.limit),
    ];
    let values = values.into_iter().filter_map(|(name, value)| Some((name, given(value.as_ref())?)));
    let values = values.map(|(name, value)| format!("&{name}={}", percent_encoded(value)));
    format!("<{path}?cursor={}{}>; rel=\"next\"", percent_encoded(cursor), values.collect::<String>())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn params(query: &str) -> Result<VariantParams, String> {
        let uri = format!("/?{query}").parse().unwrap();
        let read = axum::extract::Query::<VariantParams>::try_from_uri(&uri);
        read.map(|query| query.0).map_err(|why| why.body_text())
    }

    #[test]
    fn everything_asked_for_arrives() {
        let query = "contig=MT&from=1&to=16569&kind=snv,mnv&consequence=missense_variant,%20stop_gained&impact=low\
            &gene=MT-ND1&known=true&q=LHON&sort=impact&annotations=all&cursor=x&limit=100";
        let params = params(query).unwrap();
        let query = params.query().unwrap();
        assert_eq!(
            query.filter,
            VariantFilter {
                contig: Some("MT".into()),
                from: Some(1),
                to: Some(16569),
                kinds: vec![AlleleKind::Snv, AlleleKind::Mnv],
                terms: vec!["missense_variant".into(), "stop_gained".into()],
                impact: Some(Impact::Low),
                gene: Some("MT-ND1".into()),
                known: Some(true),
                text: Some("LHON".into()),
            }
        );
        assert_eq!((query.sort, query.limit, query.all_annotations), (VariantSort::Impact, 100, true));
        assert_eq!(query.cursor, Some(VariantCursor("x".into())));
        let link = next_link("/p", &params, "next.1");
        let again = link.strip_prefix("</p?").and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap();
        let again = super::tests::params(again).unwrap().query().unwrap();
        assert_eq!(again.filter, query.filter);
        assert_eq!(again.cursor, Some(VariantCursor("next.1".into())));
    }

    #[rstest]
    #[case("limit=0", "from 1 to 500")]
    #[case("limit=501", "from 1 to 500")]
    #[case("limit=101&annotations=all", "from 1 to 100")]
    #[case("limit=ten", "from 1 to 500")]
    #[case("limit=-1", "from 1 to 500")]
    #[case("from=0", "whole number")]
    #[case("to=1e3", "whole number")]
    #[case("from=18446744073709551616", "whole number")]
    #[case("from=10&to=9", "10 (`from`) or more")]
    #[case("kind=snp", "`snv`")]
    #[case("consequence=missense", "`missense_variant`")]
    #[case("impact=SEVERE", "`HIGH`")]
    #[case("impact=HIGH,LOW", "one value")]
    #[case("known=perhaps", "`true` or `false`")]
    #[case("sort=gene", "`position` or `impact`")]
    #[case("annotations=none", "`most_severe` or `all`")]
    fn what_makes_no_sense_is_refused_with_what_would(#[case] query: &str, #[case] expected: &str) {
        let error = params(query).unwrap().query().unwrap_err();
        assert_eq!((error.code(), error.status().as_u16()), ("invalid_query", 422));
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn unknown_and_repeated_and_overlong_values_are_refused() {
        assert!(params("genes=MT-ND1").is_err());
        assert!(params("gene=MT-ND1&gene=MT-ND2").is_err());
        assert!(params(&format!("q={}", "x".repeat(201))).unwrap().query().is_err());
        assert!(params(&format!("kind={}", "snv,".repeat(10))).unwrap().query().is_err());
    }

    #[test]
    fn empty_values_count_as_left_out() {
        let query = params("contig=&from=&kind=&known=&q=%20&limit=").unwrap().query().unwrap();
        assert_eq!(query.filter, VariantFilter::default());
        assert_eq!(query.limit, USUAL_LIMIT);
    }
}
