//! An installation as a test sees it: an open gate on a store of either engine, an account with a root key,
//! and a client that signs as SDKs do. Every reply is looked at as it passes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use keystead_authority::account::{self, NewAccount};
use keystead_authority::operations;
use keystead_aws::model;
use keystead_aws::query::Params;
use keystead_aws::sigv4::Signer;
use keystead_core::{AccountId, Clock, Timestamp};
use keystead_gate::{Audience, Gate, Handler, RawRequest, Settings};
use keystead_store::testing::TestStore;
use serde_json::Value;

use crate::answer::Answer;
use crate::{declared, dump, phone};

pub(crate) const HOST: &str = "keystead.test:7360";
pub(crate) const REGION: &str = "eu-north-1";
pub(crate) const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// An access key with its secret, as its owner keeps it.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) account: AccountId,
    pub(crate) id: String,
    pub(crate) secret: String,
    /// What goes with the key of a session.
    pub(crate) token: Option<String>,
}

impl Key {
    pub(crate) fn signer<'k>(&'k self, service: &'k str) -> Signer<'k> {
        let session_token = self.token.as_deref();
        Signer { access_key_id: &self.id, secret: &self.secret, session_token, region: REGION, service }
    }
}

/// A request as it is on its way; tests bend it before it is sent.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Sent {
    /// The value of a header, to be bent.
    pub(crate) fn header_mut(&mut self, name: &str) -> &mut String {
        self.headers.iter_mut().find(|(n, _)| n == name).map(|(_, value)| value).expect("the header is there")
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn is_rest(&self) -> bool {
        self.path.starts_with("/api/")
    }

    /// The operation it names, where it can be read.
    fn operation(&self) -> Option<String> {
        let params = Params::parse(if self.method == "POST" { &self.body } else { &self.query }).ok()?;
        params.action().ok().map(str::to_owned)
    }
}

/// An installation.
pub(crate) struct World {
    pub(crate) store: TestStore,
    pub(crate) gate: Arc<Gate>,
    pub(crate) account: AccountId,
    pub(crate) root: Key,
    sequence: AtomicU64,
    /// Every secret that was ever shown.
    shown: Mutex<Vec<String>>,
}

/// The operations of the authority that a principal asks for. Those for whoever brings a token, and for whoever brings
/// what a browser made, are asked otherwise: see [`crate::invitations`] and [`crate::passkeys`].
pub(crate) fn handlers() -> Vec<&'static dyn Handler> {
    let by_browser =
        |name: &str| operations::console::OPERATIONS.iter().any(|handler| handler.name() == name);
    let mut handlers = all_handlers();
    handlers.retain(|handler| handler.audience() == Audience::Principals && !by_browser(handler.name()));
    handlers
}

/// All operations of the authority.
fn all_handlers() -> Vec<&'static dyn Handler> {
    let tables = [
        operations::console::OPERATIONS,
        operations::iam::OPERATIONS,
        operations::sts::OPERATIONS,
        operations::keystead::OPERATIONS,
        operations::without_organizations::OPERATIONS,
    ];
    tables.concat()
}

pub(crate) fn open_gate(store: &TestStore) -> Arc<Gate> {
    open_gate_at(store, &format!("https://{HOST}"))
}

/// The same, where others reach the installation by another address.
pub(crate) fn open_gate_at(store: &TestStore, origin: &str) -> Arc<Gate> {
    let settings =
        Settings { public_hosts: vec![HOST.to_owned()], origin: origin.to_owned(), ..Settings::default() };
    let (clock, rng) = (store.clock.clone(), store.rng.clone());
    Gate::open((**store).clone(), clock, rng, settings, all_handlers()).expect("the gate opens")
}

impl World {
    /// An installation with one account, made while the gate is open.
    pub(crate) fn new(store: TestStore) -> Self {
        let gate = open_gate(&store);
        let root = new_account(&store, "first");
        let (sequence, shown) = (AtomicU64::new(0), Mutex::new(vec![root.secret.clone()]));
        Self { store, gate, account: root.account, root, sequence, shown }
    }

    /// The same with a new gate, which knows only what is stored.
    pub(crate) fn with_new_gate(self) -> Self {
        Self { gate: open_gate(&self.store), ..self }
    }

    /// The same after a restart.
    pub(crate) fn reopened(self) -> Self {
        let Self { store, gate, account, root, sequence, shown } = self;
        // The gate holds the store open.
        drop(gate);
        let store = store.reopen();
        let gate = open_gate(&store);
        Self { store, gate, account, root, sequence, shown }
    }

    /// The instant of the next request.
    pub(crate) fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    /// Another account of the installation; its root key.
    pub(crate) fn second_account(&self, name: &str) -> Key {
        let root = new_account(&self.store, name);
        self.shown.lock().unwrap().push(root.secret.clone());
        root
    }

    /// Makes a user without any permission, and a key of it.
    pub(crate) fn user(&self, name: &str) -> Key {
        self.user_of(&self.root, name)
    }

    /// The same in the account of `root`.
    pub(crate) fn user_of(&self, root: &Key, name: &str) -> Key {
        self.call(root, "CreateUser", &[("UserName", name)]).expect_done();
        self.key_of(root, name)
    }

    /// Makes a user who may do everything, and a key of it.
    pub(crate) fn administrator(&self, name: &str) -> Key {
        let key = self.user(name);
        let policy = [("UserName", name), ("PolicyArn", ADMINISTRATOR)];
        self.call(&self.root, "AttachUserPolicy", &policy).expect_done();
        key
    }

    /// Makes a key of a user.
    pub(crate) fn key_of(&self, root: &Key, user: &str) -> Key {
        key_in(root.account, &self.call(root, "CreateAccessKey", &[("UserName", user)]).expect_done())
    }

    /// Calls an operation of IAM or STS.
    pub(crate) fn call(&self, key: &Key, action: &str, params: &[(&str, &str)]) -> Answer {
        self.send(&self.sign_call(key, action, params))
    }

    /// Calls an operation of the REST API; `input` is the body, where there is one.
    pub(crate) fn rest(&self, key: &Key, method: &'static str, path: &str, input: Option<&Value>) -> Answer {
        self.send(&self.sign_rest(key, method, path, input))
    }

    /// A signed request for an operation of IAM or STS.
    pub(crate) fn sign_call(&self, key: &Key, action: &str, params: &[(&str, &str)]) -> Sent {
        let service = if model::STS.has(action) { &model::STS } else { &model::IAM };
        let mut form = vec![("Action", action), ("Version", service.version)];
        form.extend(params);
        self.sign(key, service.name, "POST", "/", &encode_form(&form))
    }

    /// A signed request for an operation of the REST API.
    pub(crate) fn sign_rest(
        &self,
        key: &Key,
        method: &'static str,
        path: &str,
        input: Option<&Value>,
    ) -> Sent {
        self.sign(key, "keystead", method, path, &input.map(Value::to_string).unwrap_or_default())
    }

    /// A signed request that is like no other: an SDK signs an id of the invocation with it.
    pub(crate) fn sign(
        &self,
        key: &Key,
        service: &str,
        method: &'static str,
        path: &str,
        body: &str,
    ) -> Sent {
        let invocation = self.sequence.fetch_add(1, Ordering::Relaxed).to_string();
        let headers = [("host", HOST), ("amz-sdk-invocation-id", &invocation)];
        self.sign_headers(key, service, method, path, &headers, body)
    }

    /// A signed request with the headers given.
    pub(crate) fn sign_headers(
        &self,
        key: &Key,
        service: &str,
        method: &'static str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Sent {
        let content_type = if service == "keystead" { "application/json" } else { FORM };
        let mut headers = headers.to_vec();
        headers.push(("content-type", content_type));
        let added = key.signer(service).sign(method, path, "", &headers, body.as_bytes(), self.now());
        let given = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Sent {
            method,
            path: path.to_owned(),
            query: String::new(),
            headers: given.chain(added).collect(),
            body: body.to_owned(),
        }
    }

    /// A presigned GET of a Query operation.
    pub(crate) fn presign(&self, key: &Key, service: &str, query: &str, expires_s: u32) -> Sent {
        let query = key.signer(service).presign("GET", "/", query, &[("host", HOST)], expires_s, self.now());
        let headers = vec![("host".to_owned(), HOST.to_owned())];
        Sent { method: "GET", path: "/".to_owned(), query, headers, body: String::new() }
    }

    /// Sends a request and looks at the reply: its form, its error, and that any secret in it is new.
    pub(crate) fn send(&self, sent: &Sent) -> Answer {
        let headers: Vec<(&str, &[u8])> =
            sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let raw = RawRequest {
            method: sent.method,
            path: &sent.path,
            query: &sent.query,
            headers: &headers,
            body: sent.body.as_bytes(),
            source: "192.0.2.7",
            request_id: keystead_core::rng::uuid(&*self.store.rng),
            secure: false,
            now: self.now(),
        };
        let admission = if sent.is_rest() { self.gate.admit_json(&raw) } else { self.gate.admit_query(&raw) };
        let answer = Answer::of(admission.finish());
        let declared = match &*answer.code {
            "" => true,
            code if sent.is_rest() => declared::rest_may_answer(code),
            code => declared::may_answer(sent.operation().as_deref(), code),
        };
        assert!(declared, "{:?} may not answer {}: {}", sent.operation(), answer.code, answer.message);
        self.check_secrets(sent, &answer);
        answer
    }

    /// A request that nobody signs, of whoever brings a token.
    pub(crate) fn send_unsigned(&self, path: &str, input: &Value) -> Answer {
        self.send(&Sent {
            method: "POST",
            path: path.to_owned(),
            query: String::new(),
            headers: vec![("host".to_owned(), HOST.to_owned())],
            body: input.to_string(),
        })
    }

    /// No reply holds a secret that was shown before; one that is new is remembered.
    fn check_secrets(&self, sent: &Sent, answer: &Answer) {
        let mut shown = self.shown.lock().unwrap();
        if let Some(secret) = shown.iter().find(|secret| answer.body().contains(secret.as_str())) {
            let times = shown.iter().filter(|other| *other == secret).count();
            panic!("{} {} shows a secret again ({times})", sent.method, sent.path);
        }
        shown.extend(secrets_in(answer));
    }

    /// The secrets that were shown so far.
    pub(crate) fn secrets_shown(&self) -> Vec<String> {
        self.shown.lock().unwrap().clone()
    }

    /// A secret that was given in a request, and is never to be shown or stored in plain text.
    pub(crate) fn keep_secret(&self, secret: &str) {
        self.shown.lock().unwrap().push(secret.to_owned());
    }

    /// All that operations of the authority can change.
    pub(crate) fn state(&self) -> String {
        [
            "accounts",
            "users",
            "access_keys",
            "policy_attachments",
            "inline_policies",
            "user_groups",
            "group_members",
            "roles",
            "role_deletions",
            "instance_profiles",
            "policies",
            "policy_versions",
            "session_revocations",
            "access_reports",
            "verifiers",
            "tags",
            "account_counts",
            "signing_certificates",
            "server_certificates",
            "ssh_public_keys",
            "service_credentials",
            "mfa_devices",
            "mfa_attempts",
            "login_profiles",
            "former_passwords",
            "password_policies",
            "oidc_providers",
            "saml_providers",
            "saml_private_keys",
            "issuers",
            "issuer_keys",
            "accounts",
        ]
        .map(|table| dump::table(&self.store, table))
        .concat()
    }
}

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// A form with its values escaped.
pub(crate) fn encode_form(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", keystead_aws::percent_encode(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// The key in a reply of CreateAccessKey.
pub(crate) fn key_in(account: AccountId, answer: &Answer) -> Key {
    let (id, secret) = (answer.text("AccessKey/AccessKeyId"), answer.text("AccessKey/SecretAccessKey"));
    Key { account, id, secret, token: None }
}

/// The secrets in a reply, in every form it is shown: of a new key, of a credential for a service, of a new
/// verifier or of a new MFA device.
fn secrets_in(answer: &Answer) -> Vec<String> {
    if answer.reply.status != 200 {
        return Vec::new();
    }
    if answer.reply.content_type != "text/xml" {
        return answer.json()["token"].as_str().map(str::to_owned).into_iter().collect();
    }
    let seed = "VirtualMFADevice/Base32StringSeed";
    let members = [
        "AccessKey/SecretAccessKey",
        "Credentials/SecretAccessKey",
        "Credentials/SessionToken",
        "ServiceSpecificCredential/ServicePassword",
        "ServiceSpecificCredential/ServiceCredentialSecret",
        "WebIdentityToken",
        seed,
        "VirtualMFADevice/QRCodePNG",
    ];
    let mut secrets: Vec<String> = members.iter().filter_map(|member| answer.find(member)).collect();
    if answer.find(seed).is_some() {
        secrets.extend(String::from_utf8(phone::blob(answer, "Base32StringSeed")));
    }
    secrets
}

fn new_account(store: &TestStore, name: &str) -> Key {
    let root_email = format!("{name}@example.com");
    let new = NewAccount { id: None, name: name.to_owned(), root_email, root_key: true };
    let created = account::create(store, new, store.clock.now(), &*store.rng).expect("an account is made");
    let key = created.root_key.expect("it has a root key");
    let (id, secret) = (key.id.to_string(), key.secret.expose().clone());
    Key { account: created.account.id, id, secret, token: None }
}
