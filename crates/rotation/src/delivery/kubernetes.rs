//! Kubernetes: a Secret, and a rolling restart of the workloads that read it, once for each key.
//!
//! The restart is an annotation with the key's id on the pods' template: the same annotation again changes nothing, so
//! nobody is restarted twice. It is over when the controller has seen it and every replica is new and ready.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keystead_core::{KeyId, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::http::{self, Answer, at};
use super::settings::Site;
use super::{Applied, Fields, Held, Target, Value, failed};
use crate::machine::Failure;

/// What the pods' template is annotated with.
const ANNOTATION: &str = "keystead.dev/access-key-id";

/// Which Secret. The target's secret is a token of a service account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the API server answers.
    pub url: String,
    /// The namespace.
    pub namespace: String,
    /// The name of the Secret.
    pub secret: String,
    /// Those who read it, to be restarted: `deployment/NAME`, `statefulset/NAME` or `daemonset/NAME`. None where it is
    /// mounted as a volume and read anew.
    #[serde(default)]
    pub workloads: Vec<String>,
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), String> {
        match self.workloads.iter().find(|name| Workload::parse(name).is_none()) {
            None => Ok(()),
            Some(name) => Err(format!(
                "`workloads` are deployment/NAME, statefulset/NAME or daemonset/NAME; {name} is not"
            )),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Controller {
    Deployment,
    StatefulSet,
    DaemonSet,
}

struct Workload<'a> {
    controller: Controller,
    name: &'a str,
}

impl<'a> Workload<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (kind, name) = text.split_once('/')?;
        let controller = match kind {
            "deployment" => Controller::Deployment,
            "statefulset" => Controller::StatefulSet,
            "daemonset" => Controller::DaemonSet,
            _ => return None,
        };
        (!name.is_empty() && !name.contains('/')).then_some(Self { controller, name })
    }

    fn plural(&self) -> &'static str {
        match self.controller {
            Controller::Deployment => "deployments",
            Controller::StatefulSet => "statefulsets",
            Controller::DaemonSet => "daemonsets",
        }
    }

    /// Whether the controller has seen the newest template and every replica is of it and ready.
    fn is_healthy(&self, object: &Json) -> bool {
        let status = |name: &str| at(object, &["status", name]).as_u64().unwrap_or(0);
        let (wanted, updated, ready) = match self.controller {
            Controller::DaemonSet => {
                (status("desiredNumberScheduled"), status("updatedNumberScheduled"), status("numberReady"))
            }
            Controller::Deployment | Controller::StatefulSet => {
                let wanted = at(object, &["spec", "replicas"]).as_u64().unwrap_or(1);
                // While there are more pods than wanted, one of them is an old one.
                let total = status("replicas");
                (wanted.max(total), status("updatedReplicas"), status("readyReplicas"))
            }
        };
        let generation = at(object, &["metadata", "generation"]).as_u64().unwrap_or(0);
        status("observedGeneration") >= generation && updated >= wanted && ready >= wanted
    }
}

pub(super) struct Kubernetes<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) settings: &'a Settings,
}

impl Kubernetes<'_> {
    fn call(&self, method: &'static str, path: &str, body: Option<&Json>) -> Result<Answer, Failure> {
        let url = format!("{}{path}", self.settings.url.trim_end_matches('/'));
        let token = format!("Bearer {}", self.site.secret()?.expose());
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let headers = [("authorization", &*token), ("content-type", kind), ("accept", "application/json")];
        let body = body.map(ToString::to_string).unwrap_or_default();
        http::call(self.site.gate, method, &url, &headers, &body)
    }

    fn secrets(&self) -> String {
        format!("/api/v1/namespaces/{}/secrets", keystead_aws::percent_encode(&self.settings.namespace))
    }

    fn secret(&self) -> String {
        format!("{}/{}", self.secrets(), keystead_aws::percent_encode(&self.settings.secret))
    }

    fn workload(&self, workload: &Workload<'_>) -> String {
        let (namespace, name) = (
            keystead_aws::percent_encode(&self.settings.namespace),
            keystead_aws::percent_encode(workload.name),
        );
        format!("/apis/apps/v1/namespaces/{namespace}/{}/{name}", workload.plural())
    }

    /// Whether a workload runs with the key; its restart is begun where it was not.
    fn roll_out(&self, workload: &Workload<'_>, key: KeyId) -> Result<bool, Failure> {
        let (path, key) = (self.workload(workload), key.to_string());
        let answer = self.call("GET", &path, None)?;
        match answer.status {
            200 => {}
            404 => return Err(failed(format!("there is no {} {}", workload.plural(), workload.name))),
            _ => return Err(answer.refusal(&format!("get {} {}", workload.plural(), workload.name))),
        }
        let object = answer.json();
        let noted = at(&object, &["spec", "template", "metadata", "annotations", ANNOTATION]);
        if *noted == *key {
            return Ok(workload.is_healthy(&object));
        }
        let patch = json!({ "spec": { "template": { "metadata": { "annotations": { ANNOTATION: key } } } } });
        let answer = self.call("PATCH", &path, Some(&patch))?;
        if answer.status == 200 {
            Ok(false)
        } else {
            Err(answer.refusal(&format!("patch {} {}", workload.plural(), workload.name)))
        }
    }
}

impl Target for Kubernetes<'_> {
    fn read_back(&self) -> Result<Held, Failure> {
        let answer = self.call("GET", &self.secret(), None)?;
        match answer.status {
            200 => {}
            404 => return Ok(Held::Shown { fields: Fields::new(), rest: Json::Null }),
            _ => return Err(answer.refusal("get secrets")),
        }
        let object = answer.json();
        // What is no text is nobody's key; it is shown as it is, to be told apart.
        let text = |encoded: &Json| {
            let encoded = encoded.as_str().unwrap_or_default();
            let bytes = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            SecretString::new(bytes.unwrap_or_else(|| encoded.to_owned()))
        };
        let ours = self.site.fields.iter();
        let fields: Fields =
            ours.filter_map(|name| Some((name.clone(), text(at(&object, &["data"]).get(name)?)))).collect();
        Ok(Held::Shown { fields, rest: at(&object, &["metadata", "resourceVersion"]).clone() })
    }

    fn write(&self, value: &Value<'_>, seen: &Held) -> Result<(), Failure> {
        let Held::Shown { rest, .. } = seen else { return Err(Failure::Conflict) };
        let encoded = |text: &SecretString| Json::from(STANDARD.encode(text.expose()));
        let data: Map<_, _> = value.fields.iter().map(|(name, text)| (name.clone(), encoded(text))).collect();
        let (action, answer) = if rest.is_null() {
            let metadata = json!({ "name": self.settings.secret });
            let object = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data });
            ("create secrets", self.call("POST", &self.secrets(), Some(&object))?)
        } else {
            let patch = json!({ "metadata": { "resourceVersion": rest }, "data": data });
            ("patch secrets", self.call("PATCH", &self.secret(), Some(&patch))?)
        };
        match answer.status {
            200 | 201 => Ok(()),
            409 => Err(failed("the Secret was changed meanwhile")),
            _ => Err(answer.refusal(action)),
        }
    }

    fn apply(&self, key: KeyId) -> Result<Applied, Failure> {
        let mut is_whole = true;
        for workload in self.settings.workloads.iter().filter_map(|name| Workload::parse(name)) {
            is_whole &= self.roll_out(&workload, key)?;
        }
        Ok(if is_whole { Applied::Whole } else { Applied::UnderWay })
    }

    fn may_write(&self) -> Result<Option<bool>, Failure> {
        let attributes = json!({
            "namespace": self.settings.namespace,
            "verb": "patch",
            "resource": "secrets",
            "name": self.settings.secret,
        });
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": attributes },
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer = self.call("POST", path, Some(&review))?;
        Ok(if answer.status == 201 { at(&answer.json(), &["status", "allowed"]).as_bool() } else { None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollout_is_over_when_every_replica_is_new_and_ready() {
        let deployment = Workload::parse("deployment/web").unwrap();
        let object = |observed: u64, total: u64, updated: u64, ready: u64| {
            json!({
                "metadata": { "generation": 4 },
                "spec": { "replicas": 2 },
                "status": { "observedGeneration": observed, "replicas": total, "updatedReplicas": updated,
                            "readyReplicas": ready },
            })
        };
        for (observed, total, updated, ready, expected) in [
            (4, 2, 2, 2, true),
            (3, 2, 2, 2, false),
            (4, 3, 2, 3, false),
            (4, 2, 2, 1, false),
            (4, 2, 1, 2, false),
        ] {
            assert_eq!(deployment.is_healthy(&object(observed, total, updated, ready)), expected);
        }
        assert!(!deployment.is_healthy(&json!({ "metadata": { "generation": 1 } })), "nothing has run yet");
        for wrong in ["web", "job/web", "deployment/", "deployment/a/b"] {
            assert!(Workload::parse(wrong).is_none(), "{wrong}");
        }
    }
}
