//! GitHub Actions: secrets of a repository, of one of its environments, or of an organisation.
//!
//! GitHub takes them sealed to its public key and shows them to nobody, so that only being seen in use proves that
//! they arrived. It does tell when each was changed, which tells our own writes from others'.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::PublicKey;
use crypto_box::aead::rand_core::{CryptoRng, Error, RngCore};
use keystead_aws::percent_encode;
use keystead_core::{Rng, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::http::{self, Answer, at};
use super::settings::Site;
use super::{Held, Target, Value, failed};
use crate::machine::Failure;

/// Whose secrets. The target's secret is a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the API answers.
    #[serde(default = "url")]
    pub url: String,
    /// The user or organisation.
    pub owner: String,
    /// The repository; none for secrets of the organisation.
    #[serde(default)]
    pub repository: Option<String>,
    /// The environment of the repository; none for secrets of the repository itself.
    #[serde(default)]
    pub environment: Option<String>,
}

fn url() -> String {
    "https://api.github.com".to_owned()
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.environment.is_some() && self.repository.is_none() {
            return Err("an `environment` is one of a `repository`, which is missing".to_owned());
        }
        Ok(())
    }

    /// Where the secrets are.
    fn path(&self) -> String {
        let owner = percent_encode(&self.owner);
        match (&self.repository, &self.environment) {
            (None, _) => format!("/orgs/{owner}/actions/secrets"),
            (Some(name), None) => format!("/repos/{owner}/{}/actions/secrets", percent_encode(name)),
            (Some(name), Some(environment)) => {
                let (name, environment) = (percent_encode(name), percent_encode(environment));
                format!("/repos/{owner}/{name}/environments/{environment}/secrets")
            }
        }
    }
}

pub(super) struct GithubActions<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) settings: &'a Settings,
}

impl GithubActions<'_> {
    fn call(&self, method: &'static str, name: &str, body: &str) -> Result<Answer, Failure> {
        let (origin, path) = (self.settings.url.trim_end_matches('/'), self.settings.path());
        let token = format!("Bearer {}", self.site.secret()?.expose());
        let headers = [
            ("authorization", &*token),
            ("accept", "application/vnd.github+json"),
            ("content-type", "application/json"),
            ("user-agent", "keystead"),
            ("x-github-api-version", "2022-11-28"),
        ];
        http::call(self.site.gate, method, &format!("{origin}{path}/{name}"), &headers, body)
    }

    /// What GitHub tells of a secret; null where there is none.
    fn find(&self, name: &str) -> Result<Json, Failure> {
        let answer = self.call("GET", &percent_encode(name), "")?;
        match answer.status {
            200 => Ok(answer.json()),
            404 => Ok(Json::Null),
            _ => Err(refusal(&answer, "read the secrets")),
        }
    }

    /// The key that secrets are sealed to, and its id.
    fn public_key(&self) -> Result<(PublicKey, String), Failure> {
        let answer = self.call("GET", "public-key", "")?;
        match answer.status {
            200 => {}
            404 => return Err(failed("GitHub knows no such place, or the token may not see it")),
            _ => return Err(refusal(&answer, "read the public key")),
        }
        let body = answer.json();
        let unreadable = || failed("GitHub's public key cannot be read");
        let bytes =
            STANDARD.decode(at(&body, &["key"]).as_str().unwrap_or_default()).map_err(|_| unreadable())?;
        let key = PublicKey::from_slice(&bytes).map_err(|_| unreadable())?;
        Ok((key, at(&body, &["key_id"]).as_str().unwrap_or_default().to_owned()))
    }

    /// Who in the organisation may read a secret stays as it was.
    fn keep_readers(&self, name: &str, body: &mut Map<String, Json>) -> Result<(), Failure> {
        let held = self.find(name)?;
        let visibility = at(&held, &["visibility"]);
        if *visibility == "selected" {
            let path = format!("{}/repositories?per_page=100", percent_encode(name));
            let answer = self.call("GET", &path, "")?;
            let listed = answer.json();
            let ids = at(&listed, &["repositories"]).as_array();
            let ids = ids.ok_or_else(|| refusal(&answer, "list who reads a secret"))?.iter();
            let ids: Vec<_> = ids.map(|one| at(one, &["id"]).clone()).collect();
            if at(&listed, &["total_count"]).as_u64() != Some(ids.len() as u64) {
                return Err(failed("more than 100 repositories read the secret; they cannot all be kept"));
            }
            body.insert("selected_repository_ids".to_owned(), ids.into());
        }
        let visibility = visibility.as_str().unwrap_or("private");
        body.insert("visibility".to_owned(), visibility.into());
        Ok(())
    }

    fn seal(&self, key: &PublicKey, text: &SecretString) -> Result<String, Failure> {
        let sealed = key.seal(&mut Chance(&**self.site.gate.rng()), text.expose().as_bytes());
        sealed.map(|sealed| STANDARD.encode(sealed)).map_err(|_| failed("the secret cannot be sealed"))
    }
}

/// GitHub answers some of its limits with 403.
fn refusal(answer: &Answer, action: &str) -> Failure {
    let is_limit =
        answer.status == 403 && at(&answer.json(), &["message"]).to_string().contains("rate limit");
    if is_limit { Failure::Throttled } else { answer.refusal(&format!("GitHub: {action}")) }
}

impl Target for GithubActions<'_> {
    fn read_back(&self) -> Result<Held, Failure> {
        let changed = |name: &String| {
            Ok(at(&self.find(name)?, &["updated_at"]).as_str().unwrap_or_default().to_owned())
        };
        Ok(Held::Hidden { changed: self.site.fields.iter().map(changed).collect::<Result<_, _>>()? })
    }

    fn write(&self, value: &Value<'_>, _: &Held) -> Result<(), Failure> {
        let (key, key_id) = self.public_key()?;
        for (name, text) in &value.fields {
            let mut body = Map::from_iter([
                ("encrypted_value".to_owned(), Json::from(self.seal(&key, text)?)),
                ("key_id".to_owned(), Json::from(&*key_id)),
            ]);
            if self.settings.repository.is_none() {
                self.keep_readers(name, &mut body)?;
            }
            let answer = self.call("PUT", &percent_encode(name), &Json::Object(body).to_string())?;
            if !matches!(answer.status, 201 | 204) {
                return Err(refusal(&answer, "write the secrets"));
            }
        }
        Ok(())
    }

    /// Who may not write may not read the public key either.
    fn may_write(&self) -> Result<Option<bool>, Failure> {
        self.public_key().map(|_| None)
    }
}

/// Our chance in the form the sealed box takes it.
struct Chance<'a>(&'a dyn Rng);

impl RngCore for Chance<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        self.0.fill(buffer);
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.0.fill(buffer);
        Ok(())
    }
}

impl CryptoRng for Chance<'_> {}
