//! Which kinds of targets there are, and what is set of each.

use keystead_core::{AccountId, SecretString};
use keystead_gate::Gate;
use serde::{Deserialize, Serialize};

use super::github_actions::{self, GithubActions};
use super::kubernetes::{self, Kubernetes};
use super::openbao::{self, OpenBao};
use super::own_store::{self, OwnStore};
use super::secrets_manager::{self, SecretsManager};
use super::ssm_parameter::{self, Parameters};
use super::webhook::{self, Webhook};
use super::{Target, failed, http};
use crate::machine::Failure;

/// What is set of a target, by its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Settings {
    /// Stored credentials of the account.
    StoredCredential(own_store::Settings),
    /// A secret in AWS Secrets Manager.
    SecretsManager(secrets_manager::Settings),
    /// Parameters in AWS Systems Manager Parameter Store.
    SsmParameter(ssm_parameter::Settings),
    /// A secret in OpenBao or Vault.
    Openbao(openbao::Settings),
    /// A Secret in Kubernetes.
    Kubernetes(kubernetes::Settings),
    /// A secret of GitHub Actions.
    GithubActions(github_actions::Settings),
    /// A signed call.
    Webhook(webhook::Settings),
}

/// Where a target is looked at from.
pub struct Site<'a> {
    /// The way to the store and out.
    pub gate: &'a Gate,
    /// Whose target it is.
    pub account: AccountId,
    /// The rotation on whose behalf, or that it is by hand.
    pub rotation: &'a str,
    /// What it is written with.
    pub secret: Option<SecretString>,
    /// The names of the fields.
    pub fields: Vec<String>,
}

impl Site<'_> {
    pub(super) fn secret(&self) -> Result<&SecretString, Failure> {
        self.secret.as_ref().ok_or_else(|| failed("the secret that the target is written with is missing"))
    }
}

impl Settings {
    /// Why it cannot be used, if it cannot.
    pub fn check(&self, gate: &Gate) -> Result<(), String> {
        match self {
            Self::StoredCredential(_) => Ok(()),
            Self::SecretsManager(settings) => settings.reach().check(gate),
            Self::SsmParameter(settings) => settings.reach().check(gate),
            Self::Openbao(settings) => http::check_url(gate, &settings.url),
            Self::Kubernetes(settings) => {
                http::check_url(gate, &settings.url).and_then(|()| settings.check())
            }
            Self::GithubActions(settings) => {
                http::check_url(gate, &settings.url).and_then(|()| settings.check())
            }
            Self::Webhook(settings) => http::check_url(gate, &settings.url),
        }
    }

    /// What the secret is that it is written with; none where it needs none.
    pub fn secret(&self) -> Option<&'static str> {
        match self {
            Self::StoredCredential(_) => None,
            Self::SecretsManager(_) | Self::SsmParameter(_) => Some("the secret of the access key"),
            Self::Openbao(_) | Self::Kubernetes(_) | Self::GithubActions(_) => Some("a token"),
            Self::Webhook(_) => Some("the secret that calls are signed with"),
        }
    }

    /// The target, ready to be looked at.
    pub fn open<'a>(&'a self, site: &'a Site<'a>) -> Box<dyn Target + 'a> {
        match self {
            Self::StoredCredential(_) => Box::new(OwnStore { site }),
            Self::SecretsManager(settings) => Box::new(SecretsManager { site, settings }),
            Self::SsmParameter(settings) => Box::new(Parameters { site, settings }),
            Self::Openbao(settings) => Box::new(OpenBao { site, settings }),
            Self::Kubernetes(settings) => Box::new(Kubernetes { site, settings }),
            Self::GithubActions(settings) => Box::new(GithubActions { site, settings }),
            Self::Webhook(settings) => Box::new(Webhook { site, settings }),
        }
    }
}
