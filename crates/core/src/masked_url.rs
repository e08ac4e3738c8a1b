//! Addresses as they may be shown: where something is stays readable, and what opens it does not.

const MASK: &str = "****";
/// A part of a path that is at least this long and looks drawn by chance is taken for a secret.
const RANDOM_MIN: usize = 32;
/// A fragment that is no longer names a place in a page, such as `L10-L20`.
const FRAGMENT_MAX: usize = 20;

/// The address without its password, the values of its query, and what looks like a secret in its path. Whatever is no
/// address stays as it is.
pub fn masked_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
        return url.to_owned();
    };
    let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, after)| (rest, Some(after)));
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, after)| (rest, Some(after)));
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let user = if host.len() < authority.len() { "****@" } else { "" };
    let path =
        path.map(|path| format!("/{}", path.split('/').map(masked_part).collect::<Vec<_>>().join("/")));
    let query = query
        .map(|query| format!("?{}", query.split('&').map(masked_parameter).collect::<Vec<_>>().join("&")));
    let fragment = fragment.map(|text| format!("#{}", if is_place(text) { text } else { MASK }));
    let [path, query, fragment] = [path, query, fragment].map(Option::unwrap_or_default);
    format!("{scheme}://{user}{host}{path}{query}{fragment}")
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
}

/// The name of a parameter, or nothing where it has no value.
fn masked_parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) => format!("{name}={MASK}"),
        None if parameter.is_empty() => String::new(),
        None => MASK.to_owned(),
    }
}

/// Names are words, digests have no capitals; a long run of all kinds of letters is neither.
fn masked_part(part: &str) -> &str {
    let mut runs = part.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '+');
    let is_random = |run: &str| {
        run.len() >= RANDOM_MIN
            && run.bytes().any(|b| b.is_ascii_uppercase())
            && run.bytes().any(|b| b.is_ascii_lowercase())
            && run.bytes().any(|b| b.is_ascii_digit())
    };
    if runs.any(is_random) { MASK } else { part }
}

fn is_place(fragment: &str) -> bool {
    fragment.len() <= FRAGMENT_MAX
        && fragment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_something_is_hidden_and_where_it_is_stays() {
        for (url, masked) in [
            ("https://paste.example/1", "https://paste.example/1"),
            (
                "https://github.example/o/r/blob/0123456789abcdef0123456789abcdef01234567/a.env#L10-L12",
                "https://github.example/o/r/blob/0123456789abcdef0123456789abcdef01234567/a.env#L10-L12",
            ),
            ("https://paste.example/raw?id=7&token=abc", "https://paste.example/raw?id=****&token=****"),
            ("https://paste.example?abc", "https://paste.example?****"),
            ("https://ann:secret@git.example:8443/a", "https://****@git.example:8443/a"),
            ("https://a.example/b#access_token=abc", "https://a.example/b#****"),
            ("https://a.example/wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY/b", "https://a.example/****/b"),
            ("repository 0123 file?a=b", "repository 0123 file?a=b"),
            ("a page (see https://b.example/?c=d)", "a page (see https://b.example/?c=d)"),
            ("", ""),
        ] {
            assert_eq!(masked_url(url), masked);
        }
    }
}
