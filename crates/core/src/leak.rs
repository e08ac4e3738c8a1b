//! Finds access keys of an installation in any text, without storage: an id by its shape, a secret by its shape and
//! the checksum that binds it to an id and an installation.

use crate::access_key::{SECRET_LENGTH, is_own_secret};
use crate::id::AccessKeyId;

const ID_LENGTH: usize = 20;
/// A longer run of a secret's letters is a file in base 64, not a secret with something before or after it.
const RUN_MAX: usize = 128;

/// A key whose secret stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'t> {
    /// Its id.
    pub id: AccessKeyId,
    /// Where its id begins, in bytes.
    pub id_at: usize,
    /// Its secret.
    pub secret: SecretText<'t>,
    /// Where its secret begins, in bytes.
    pub secret_at: usize,
}

/// A secret where it was found; never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretText<'t>(&'t str);

impl<'t> SecretText<'t> {
    /// The secret itself.
    pub const fn expose(self) -> &'t str {
        self.0
    }
}

impl std::fmt::Debug for SecretText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(hidden)")
    }
}

/// The first `limit` different ids in a text and where each begins first.
pub fn find_ids(text: &str, limit: usize) -> Vec<(AccessKeyId, usize)> {
    let mut ids: Vec<(AccessKeyId, usize)> = Vec::new();
    for (at, run) in runs(text, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        let parsed = Some(run).filter(|run| run.len() == ID_LENGTH).and_then(|run| run.parse().ok());
        let Some(id) = parsed.filter(|id| ids.iter().all(|(known, _)| known != id)) else { continue };
        ids.push((id, at));
        if ids.len() == limit {
            break;
        }
    }
    ids
}

/// Each of these ids whose secret of this installation stands in the text.
pub fn find_secrets<'t>(text: &'t str, installation: &str, ids: &[(AccessKeyId, usize)]) -> Vec<Found<'t>> {
    if ids.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Found<'t>> = Vec::new();
    for (at, run) in runs(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')) {
        if !(SECRET_LENGTH..=RUN_MAX).contains(&run.len()) {
            continue;
        }
        // Something may stand directly before or after it, such as the `n` of an escaped line break.
        for (start, window) in (0..=run.len() - SECRET_LENGTH)
            .filter_map(|start| Some((start, run.get(start..start + SECRET_LENGTH)?)))
        {
            let owner = ids.iter().find(|(id, _)| is_own_secret(installation, *id, window));
            let Some(&(id, id_at)) = owner.filter(|(id, _)| found.iter().all(|f| f.id != *id)) else {
                continue;
            };
            found.push(Found { id, id_at, secret: SecretText(window), secret_at: at + start });
        }
    }
    found
}

/// The longest pieces of a text that consist of such bytes, which are ASCII, and where each begins.
fn runs(text: &str, belongs: impl Fn(u8) -> bool) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        let start = at + rest.iter().position(|byte| belongs(*byte))?;
        let length = bytes.get(start..)?.iter().take_while(|byte| belongs(**byte)).count();
        at = start + length;
        Some((start, text.get(start..at)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_key::NewAccessKey;
    use crate::id::tests::TestRng;

    #[test]
    fn a_key_is_found_however_it_is_written_and_a_decoy_is_not() {
        let account = "123456789012".parse().unwrap();
        let key = NewAccessKey::generate(account, "marker", &TestRng::new(7));
        let decoy = NewAccessKey::generate(account, "elsewhere", &TestRng::new(8));
        let (id, secret) = (key.id.to_string(), key.secret.expose().clone());
        for text in [
            format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
            format!(r#"{{"file":"a\n{id}\n{secret}\n"}}"#),
            format!("https://{id}:{secret}@host/"),
            format!("{}\n{secret} {id} {}", decoy.id, decoy.secret.expose()),
        ] {
            let found = find_secrets(&text, "marker", &find_ids(&text, 10));
            assert_eq!(found.iter().map(|f| f.id).collect::<Vec<_>>(), [key.id], "{text}");
            assert_eq!(&text[found[0].secret_at..][..SECRET_LENGTH], secret);
            assert!(!format!("{found:?}").contains(&secret));
            assert_eq!(find_secrets(&text, "another", &find_ids(&text, 10)), []);
        }
    }
}
