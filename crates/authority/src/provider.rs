//! Providers of identities as operations are told of them, find them and show them.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{AccountId, Arn, OidcProvider, SamlProvider};
use keystead_gate::Context;
use keystead_store::Tx;

/// How many certificates of a provider's server may be given.
const THUMBPRINTS_MAX: usize = 5;
const THUMBPRINT_DIGITS: usize = 40;

/// A provider by the ARN a request has for it. Nobody but its own account has it.
pub struct Named {
    pub(crate) arn: Arn,
    account: AccountId,
    /// The address of an OpenID Connect provider, or the name of a SAML provider.
    name: String,
}

impl Named {
    /// Reads the ARN of an OpenID Connect provider.
    pub(crate) fn oidc(arn: &str) -> Result<Self> {
        Self::read(arn, ":oidc-provider/", Arn::oidc_provider)
    }

    /// Reads the ARN of a SAML provider.
    pub(crate) fn saml(arn: &str) -> Result<Self> {
        Self::read(arn, ":saml-provider/", Arn::saml_provider)
    }

    fn read(arn: &str, kind: &str, make: fn(AccountId, &str) -> Arn) -> Result<Self> {
        let parts = || {
            let (account, name) = arn.strip_prefix("arn:aws:iam::")?.split_once(kind)?;
            let account = account.parse().ok()?;
            (!name.is_empty()).then(|| Self { arn: make(account, name), account, name: name.to_owned() })
        };
        parts().ok_or_else(|| Fault::InvalidInput(text::arn_not_valid(arn)))
    }

    /// The OpenID Connect provider of this ARN.
    pub(crate) fn find_oidc(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<Option<OidcProvider>> {
        if self.account != cx.account() {
            return Ok(None);
        }
        Ok(tx.oidc_providers().find(self.account, &self.name)?)
    }

    /// The same, where it has to be there.
    pub(crate) fn get_oidc(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<OidcProvider> {
        let missing = || Fault::NoSuchEntity(text::oidc_provider_not_found(self.arn.as_str()));
        self.find_oidc(tx, cx)?.ok_or_else(missing)
    }

    /// The same, locked.
    pub(crate) fn lock_oidc(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<OidcProvider> {
        tx.lock_oidc_provider(cx.account(), &self.name)?;
        self.get_oidc(tx, cx)
    }

    /// The SAML provider of this ARN, which has to be there.
    pub(crate) fn get_saml(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<SamlProvider> {
        let own = self.account == cx.account();
        let found = own.then(|| tx.saml_providers().find(self.account, &self.name)).transpose()?;
        found.flatten().ok_or_else(|| Fault::NoSuchEntity(text::saml_provider_not_found(self.arn.as_str())))
    }

    /// The same, locked.
    pub(crate) fn lock_saml(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<SamlProvider> {
        tx.lock_saml_provider(cx.account(), &self.name)?;
        self.get_saml(tx, cx)
    }
}

/// The issuer at an address: what follows `https://`. Ports are taken, unlike by AWS, since installations of
/// one's own are reached by them.
pub(crate) fn read_url(url: &str) -> Result<&str> {
    let issuer = url.strip_prefix("https://").filter(|issuer| {
        let host = issuer.split('/').next().unwrap_or_default();
        let in_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        let in_path = |c: char| c.is_ascii_graphic() && !"?#@\\\"<>".contains(c);
        host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && host.chars().all(in_host)
            && issuer.chars().all(in_path)
    });
    issuer.ok_or_else(|| Fault::ValidationError(text::OIDC_URL_NOT_VALID.to_owned()))
}

/// Refuses thumbprints that are too many or not of SHA-1.
pub(crate) fn check_thumbprints(thumbprints: &[String]) -> Result<()> {
    if thumbprints.len() > THUMBPRINTS_MAX {
        return Err(Fault::InvalidInput(text::TOO_MANY_THUMBPRINTS.to_owned()));
    }
    let is_hex =
        |text: &String| text.len() == THUMBPRINT_DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit());
    match thumbprints.iter().find(|thumbprint| !is_hex(thumbprint)) {
        None => Ok(()),
        Some(wrong) => Err(Fault::InvalidInput(format!(
            "ThumbprintList holds {wrong}, which is no SHA-1. Give {THUMBPRINT_DIGITS} hexadecimal digits."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_https_address_without_query_or_user() {
        for (url, issuer) in [
            ("https://server.example.com", "server.example.com"),
            ("https://localhost:8443/oidc/1", "localhost:8443/oidc/1"),
            ("https://tenant.example.com/", "tenant.example.com/"),
        ] {
            assert_eq!(read_url(url), Ok(issuer));
        }
        for url in [
            "server.example.com",
            "http://a.example",
            "https://",
            "https:///a",
            "https://a?b",
            "https://a@b/",
            "https://a/b c",
            "https://a\u{e9}",
            "HTTPS://a",
        ] {
            assert!(read_url(url).is_err(), "{url}");
        }
    }
}
