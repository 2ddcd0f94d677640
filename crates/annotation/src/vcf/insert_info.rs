//! Putting one key into INFO without touching anything else.

use crate::vcf::line::Line;

/// Appends `line` to `out` with `key=value` as the last entry of INFO.
///
/// An entry of the same key from an earlier run is left out; an INFO that says "nothing" (`.`) gives
/// way. Every other byte stays as it is, empty entries included, so that taking the entry out again
/// gives the line back.
pub(crate) fn insert_info(line: &Line<'_>, key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(line.before_info());
    append_others(line.info(), key, out);
    out.extend_from_slice(key);
    out.push(b'=');
    out.extend_from_slice(value);
    out.extend_from_slice(line.after_info());
}

/// The same for several entries; of a key with an empty value nothing is left.
pub(crate) fn insert_all(line: &Line<'_>, entries: &[(&[u8], &[u8])], out: &mut Vec<u8>) {
    insert_each(line, || entries.iter().copied(), out);
}

/// The same for entries that are not in one place.
pub(crate) fn insert_each<'e, E: Iterator<Item = (&'e [u8], &'e [u8])>>(
    line: &Line<'_>,
    entries: impl Fn() -> E,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(line.before_info());
    let begin = out.len();
    let is_ours = |entry: &[u8]| entries().any(|(key, _)| is_of(entry, key));
    if line.info() != b"." {
        for entry in line.info().split(|byte| *byte == b';').filter(|entry| !is_ours(entry)) {
            out.extend_from_slice(entry);
            out.push(b';');
        }
    }
    for (key, value) in entries().filter(|(_, value)| !value.is_empty()) {
        out.extend_from_slice(key);
        out.push(b'=');
        out.extend_from_slice(value);
        out.push(b';');
    }
    if out.len() > begin {
        out.pop();
    }
    if out.len() == begin {
        out.push(b'.');
    }
    out.extend_from_slice(line.after_info());
}

/// Whether INFO has an entry of this key.
pub(crate) fn has_entry(info: &[u8], key: &[u8]) -> bool {
    memchr::memmem::find(info, key).is_some()
        && info.split(|byte| *byte == b';').any(|entry| is_of(entry, key))
}

/// Appends the entries that stay, each with a `;` behind it.
fn append_others(info: &[u8], key: &[u8], out: &mut Vec<u8>) {
    if info == b"." {
        return;
    }
    if !has_entry(info, key) {
        out.extend_from_slice(info);
        out.push(b';');
        return;
    }
    for entry in info.split(|byte| *byte == b';').filter(|entry| !is_of(entry, key)) {
        out.extend_from_slice(entry);
        out.push(b';');
    }
}

fn is_of(entry: &[u8], key: &[u8]) -> bool {
    entry.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest[0] == b'=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::both("AC=1", "x", "y", "AC=1;CSQ=x;ANN=y")]
    #[case::one("CSQ=old;AC=1;ANN=old", "", "y", "AC=1;ANN=y")]
    #[case::none_left("CSQ=old", "", "", ".")]
    #[case::nothing(".", "", "", ".")]
    #[case::others_stay("AC=1;DB", "", "", "AC=1;DB")]
    fn several(#[case] info: &str, #[case] csq: &str, #[case] ann: &str, #[case] expected: &str) {
        let text = format!("MT\t73\t.\tA\tG\t.\t.\t{info}\tGT\t0/1");
        let line = Line::split(text.as_bytes()).unwrap();
        let mut out = Vec::new();
        insert_all(&line, &[(b"CSQ", csq.as_bytes()), (b"ANN", ann.as_bytes())], &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("MT\t73\t.\tA\tG\t.\t.\t{expected}\tGT\t0/1"));
    }

    #[rstest]
    #[case::plain("AC=1;AN=2", "AC=1;AN=2;CSQ=x")]
    #[case::nothing(".", "CSQ=x")]
    #[case::empty("", ";CSQ=x")]
    #[case::flag("DB", "DB;CSQ=x")]
    #[case::old_one_last("AC=1;CSQ=old|a,old|b", "AC=1;CSQ=x")]
    #[case::old_one_first("CSQ=old;AC=1", "AC=1;CSQ=x")]
    #[case::old_one_alone("CSQ=old", "CSQ=x")]
    #[case::old_flag("CSQ;AC=1", "AC=1;CSQ=x")]
    #[case::like_it("BCSQ=y;CSQ2=z;X=CSQ=1", "BCSQ=y;CSQ2=z;X=CSQ=1;CSQ=x")]
    #[case::trailing_semicolon("AC=1;", "AC=1;;CSQ=x")]
    #[case::old_one_between("AC=1;;CSQ=old;DB", "AC=1;;DB;CSQ=x")]
    #[case::spaces_and_odd_bytes("NOTE=a b\u{e9}", "NOTE=a b\u{e9};CSQ=x")]
    fn entries(#[case] info: &str, #[case] expected: &str) {
        for rest in ["", "\tGT\t0/1:.\t./."] {
            let text = format!("MT\t73\t.\tA\tG\t.\t.\t{info}{rest}");
            let line = Line::split(text.as_bytes()).unwrap();
            let mut out = Vec::new();
            insert_info(&line, b"CSQ", b"x", &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("MT\t73\t.\tA\tG\t.\t.\t{expected}{rest}"));
        }
    }
}
