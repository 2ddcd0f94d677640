//! The token in a form's body. It is taken out there, so that whoever reads the form sees only what it asked for.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderValue, header},
};
use bytes::BytesMut;
use futures::{StreamExt as _, stream};

use super::FIELD;
use crate::{error::WebError, router::BODY_LIMIT, upload_form::content_length};

/// Most bytes of a form of several parts that are read in search of the token, which is its first part.
const MOST_BEFORE: usize = 2048;

/// What was found in a body: the token, and the body without it.
pub(crate) struct Opened {
    pub(crate) token: Option<Bytes>,
    pub(crate) body: Body,
}

/// Takes the token out of a form. The headers then tell the length of what is left.
pub(crate) async fn open(headers: &mut HeaderMap, body: Body) -> Result<Opened, WebError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("").to_owned();
    let length = content_length(headers);
    let (opened, removed) = if kind.starts_with("application/x-www-form-urlencoded") {
        open_urlencoded(body).await?
    } else if let Ok(boundary) = multer::parse_boundary(&kind) {
        open_multipart(body, &boundary).await?
    } else {
        (Opened { token: None, body }, 0)
    };
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length.saturating_sub(removed)));
    }
    Ok(opened)
}

async fn open_urlencoded(body: Body) -> Result<(Opened, u64), WebError> {
    let whole = to_bytes(body, BODY_LIMIT).await.map_err(|_| WebError::BodyTooLarge)?;
    let (token, left) = without_field(&whole);
    let removed = difference(whole.len(), left.len());
    Ok((Opened { token, body: left.into() }, removed))
}

/// The name has no letter that browsers escape.
fn without_field(form: &Bytes) -> (Option<Bytes>, Bytes) {
    let mut token = None;
    let mut left = Vec::with_capacity(form.len());
    for pair in form.split(|byte| *byte == b'&') {
        let value = pair.strip_prefix(FIELD.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
        if let Some(value) = value {
            token = Some(form.slice_ref(value));
            continue;
        }
        if !left.is_empty() {
            left.push(b'&');
        }
        left.extend_from_slice(pair);
    }
    (token, left.into())
}

async fn open_multipart(body: Body, boundary: &str) -> Result<(Opened, u64), WebError> {
    let mut stream = body.into_data_stream();
    let mut read = BytesMut::new();
    let found = loop {
        match first_part(&read, boundary) {
            Part::Unfinished if read.len() < MOST_BEFORE => {}
            Part::Unfinished | Part::Other => break None,
            Part::Token { value, rest } => break Some((value, rest)),
        }
        match stream.next().await {
            Some(Ok(bytes)) => read.extend_from_slice(&bytes),
            Some(Err(_)) => return Err(gas_service::desk::DeskError::BrokenOff.into()),
            None => break None,
        }
    };
    let mut read = read.freeze();
    let (token, removed) = match found {
        None => (None, 0),
        Some((value, rest)) => (Some(read.slice(value)), read.split_to(rest).len()),
    };
    let body = Body::from_stream(stream::once(async { Ok(read) }).chain(stream));
    Ok((Opened { token, body }, difference(removed, 0)))
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// More must be read to tell.
    Unfinished,
    /// The first part is something else.
    Other,
    /// Where its value is, and where the next part's delimiter begins.
    Token { value: std::ops::Range<usize>, rest: usize },
}

/// Looks at the first part of a form, whose delimiter is its very first line.
fn first_part(read: &[u8], boundary: &str) -> Part {
    let opening = format!("--{boundary}\r\n");
    let common = opening.len().min(read.len());
    if read.get(..common) != opening.as_bytes().get(..common) {
        return Part::Other;
    }
    let Some(head_end) = find(read, common, b"\r\n\r\n") else { return Part::Unfinished };
    let head = String::from_utf8_lossy(read.get(common..head_end).unwrap_or_default()).into_owned();
    if !head.contains(&format!("name=\"{FIELD}\"")) || head.contains("filename") {
        return Part::Other;
    }
    let begin = head_end + 4;
    match find(read, begin, format!("\r\n--{boundary}").as_bytes()) {
        Some(end) => Part::Token { value: begin..end, rest: end + 2 },
        None => Part::Unfinished,
    }
}

fn find(text: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    let at = text.get(from..)?.windows(wanted.len()).position(|part| part == wanted)?;
    Some(from + at)
}

fn difference(one: usize, other: usize) -> u64 {
    u64::try_from(one.saturating_sub(other)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("csrf_token=ab&name=x", Some("ab"), "name=x")]
    #[case("name=x&csrf_token=ab&next=%2F", Some("ab"), "name=x&next=%2F")]
    #[case("csrf_token=ab", Some("ab"), "")]
    #[case("csrf_token=", Some(""), "")]
    #[case("xcsrf_token=ab&a", None, "xcsrf_token=ab&a")]
    #[case("", None, "")]
    fn the_field_is_taken_out(#[case] form: &'static str, #[case] token: Option<&str>, #[case] left: &str) {
        let (found, rest) = without_field(&Bytes::from(form));
        assert_eq!(found.as_deref(), token.map(str::as_bytes));
        assert_eq!(rest, left);
    }

    const TOKEN: &str = "--b\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\nab\r\n--b\r\nrest";

    #[tokio::test]
    async fn the_first_part_is_taken_out_however_it_comes() {
        for cut in 0..TOKEN.len() {
            let pieces =
                [&TOKEN[..cut], &TOKEN[cut..]].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, "multipart/form-data; boundary=b".parse().unwrap());
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(TOKEN.len()));
            let opened = open(&mut headers, Body::from_stream(stream::iter(pieces))).await.unwrap();
            assert_eq!(opened.token.as_deref(), Some(&b"ab"[..]), "cut at {cut}");
            let left = to_bytes(opened.body, 100).await.unwrap();
            assert_eq!(left, "--b\r\nrest", "cut at {cut}");
            assert_eq!(content_length(&headers), Some(9));
        }
    }

    #[rstest]
    #[case(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"csrf_token\"\r\n\r\nab\r\n--b--"
    )]
    #[case("--b\r\nContent-Disposition: form-data; name=\"csrf_token\"; filename=\"a\"\r\n\r\nab\r\n--b--")]
    #[case("--c\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\nab\r\n--c--")]
    #[case("--b\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\nab")]
    #[case("")]
    #[tokio::test]
    async fn other_forms_are_left_alone(#[case] form: &'static str) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "multipart/form-data; boundary=b".parse().unwrap());
        let opened = open(&mut headers, Body::from(form)).await.unwrap();
        assert_eq!(opened.token, None);
        assert_eq!(to_bytes(opened.body, 1000).await.unwrap(), form);
    }
}
