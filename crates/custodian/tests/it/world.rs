//! An installation with a scripted cloud, and tenants that sign their requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keystead_authority::account::{self, NewAccount};
use keystead_aws::sigv4::Signer;
use keystead_core::{Clock, Timestamp};
use keystead_gate::{Gate, RawRequest, Settings};
use keystead_store::testing::TestStore;
use serde_json::{Value, json};

use crate::cloud::Cloud;

const HOST: &str = "keystead.test:7360";
pub(crate) const PASSWORD: &str = "correct horse battery staple 1A!";

/// The root key of a tenant.
#[derive(Clone)]
pub(crate) struct Tenant {
    id: String,
    secret: String,
}

/// An installation.
pub(crate) struct World {
    pub(crate) store: TestStore,
    pub(crate) gate: Arc<Gate>,
    pub(crate) cloud: Arc<Cloud>,
    sequence: AtomicU64,
}

impl World {
    pub(crate) fn new(store: TestStore) -> Self {
        let settings = Settings { public_hosts: vec![HOST.to_owned()], ..Settings::default() };
        let handlers = [
            keystead_custodian::operations::OPERATIONS,
            keystead_authority::operations::keystead::OPERATIONS,
        ];
        let (clock, rng) = (store.clock.clone(), store.rng.clone());
        let gate = Gate::open((*store).clone(), clock, rng, settings, handlers.concat()).unwrap();
        let cloud = Arc::<Cloud>::default();
        gate.connect(Arc::<Cloud>::clone(&cloud));
        Self { store, gate, cloud, sequence: AtomicU64::default() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    /// A tenant whose root user has a password.
    pub(crate) fn tenant(&self, name: &str) -> Tenant {
        let root_email = format!("{name}@example.com");
        let new = NewAccount { id: None, name: name.to_owned(), root_email, root_key: true };
        let created = account::create(&self.store, new, self.now(), &*self.store.rng).unwrap();
        let key = created.root_key.unwrap();
        Tenant { id: key.id.to_string(), secret: key.secret.expose().clone() }
    }

    /// Asks for something; status and answer.
    pub(crate) fn ask(
        &self,
        tenant: &Tenant,
        method: &'static str,
        path: &str,
        input: Option<&Value>,
    ) -> (u16, Value) {
        let invocation = self.sequence.fetch_add(1, Ordering::Relaxed).to_string();
        let body = input.map(Value::to_string).unwrap_or_default();
        let headers =
            [("host", HOST), ("amz-sdk-invocation-id", &invocation), ("content-type", "application/json")];
        let signer = Signer {
            access_key_id: &tenant.id,
            secret: &tenant.secret,
            session_token: None,
            region: "us-east-1",
            service: "keystead",
        };
        let added = signer.sign(method, path, "", &headers, body.as_bytes(), self.now());
        let given = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
        let added = added.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let headers: Vec<_> = given.chain(added).collect();
        let reply = self.gate.admit_json(&RawRequest {
            method,
            path,
            query: "",
            headers: &headers,
            body: body.as_bytes(),
            source: "192.0.2.7",
            request_id: keystead_core::rng::uuid(&*self.store.rng),
            secure: false,
            now: self.now(),
        });
        let reply = reply.finish();
        (reply.status, serde_json::from_slice(&reply.body).unwrap())
    }

    /// Connects the account of a key.
    pub(crate) fn connect(&self, tenant: &Tenant, name: &str, key: &str) -> (u16, Value) {
        self.ask(tenant, "POST", "/api/v1/cloud-accounts", Some(&with_key(json!({ "name": name }), key)))
    }

    /// Gives a connected account another key.
    pub(crate) fn update(&self, tenant: &Tenant, name: &str, key: &str) -> (u16, Value) {
        let path = format!("/api/v1/cloud-accounts/{name}/credentials");
        self.ask(tenant, "PUT", &path, Some(&with_key(json!({}), key)))
    }
}

fn with_key(mut input: Value, key: &str) -> Value {
    input["access_key_id"] = key.into();
    input["secret_access_key"] = format!("secret-of-{key}").into();
    input
}

/// What was done.
#[track_caller]
pub(crate) fn done((status, answer): (u16, Value)) -> Value {
    assert_eq!(status, 200, "{answer}");
    answer
}
