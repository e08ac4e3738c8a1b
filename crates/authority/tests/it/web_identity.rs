//! AssumeRoleWithWebIdentity: whose tokens are taken, for which roles, and where the keys to verify them come
//! from. The accounts are issuers themselves, so every token here is a real one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keystead_authority::issuer::published;
use keystead_authority::oidc::pin;
use keystead_core::AccountId;
use keystead_gate::outgoing::{NoAnswer, Outgoing, SignedAnswer, SignedCall};
use keystead_store::both;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::guards::{events, rename};
use crate::requests::Request;
use crate::sessions::{allowing, session_in};
use crate::world::{HOST, Key, Sent, World, open_gate_at};

const REFUSED: &str = "Not authorized to perform sts:AssumeRoleWithWebIdentity";

/// A request of the right form, whose token is none.
pub(crate) fn request(account: AccountId, name: &str) -> Request {
    let role = format!("arn:aws:iam::{account}:role/{name}");
    let params = vec![
        ("RoleArn", role),
        ("RoleSessionName", "x".repeat(8)),
        ("WebIdentityToken", "no token".to_owned()),
    ];
    Request::Query { action: "AssumeRoleWithWebIdentity", params }
}

/// Two accounts: the first is an issuer, the second has a role for whom it vouches.
struct Scene {
    world: World,
    theirs: Key,
    /// The issuer, without `https://`.
    url: String,
    role: String,
}

impl Scene {
    fn new(world: World) -> Self {
        let made = world.call(&world.root, "EnableOutboundWebIdentityFederation", &[]).expect_done();
        let issuer = made.text("IssuerIdentifier");
        let theirs = world.second_account("second");
        let provider = [("Url", &*issuer), ("ClientIDList.member.1", "second-account")];
        world.call(&theirs, "CreateOpenIDConnectProvider", &provider).expect_done();
        let url = issuer.trim_start_matches("https://").to_owned();
        let condition = json!({"StringEquals": {format!("{url}:aud"): "second-account"}});
        let mut scene = Self { world, theirs, url, role: String::new() };
        scene.role = scene.role_trusting("guest", &condition);
        scene
    }

    /// A role of the second account for whoever the provider vouches for, under a condition.
    fn role_trusting(&self, name: &str, condition: &Value) -> String {
        let provider = format!("arn:aws:iam::{}:oidc-provider/{}", self.theirs.account, self.url);
        let actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"];
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": actions,
                "Condition": condition,
            }],
        });
        let role = self.world.role_trusting(&self.theirs, name, &trust.to_string()).to_string();
        self.world.grant_role(&self.theirs, name, &allowing(&["iam:ListUsers"]));
        role
    }

    /// A token of the first account's issuer, about its root user.
    fn token(&self, audience: &str) -> String {
        let lasts = ("DurationSeconds", "3600");
        let params = [("Audience.member.1", audience), ("SigningAlgorithm", "ES384"), lasts];
        self.world
            .call(&self.world.root, "GetWebIdentityToken", &params)
            .expect_done()
            .text("WebIdentityToken")
    }

    fn sent(&self, role: &str, token: &str, more: &[(&str, &str)]) -> Sent {
        let params = [("RoleArn", role), ("RoleSessionName", "visit"), ("WebIdentityToken", token)];
        let signed =
            self.world.sign_call(&self.world.root, "AssumeRoleWithWebIdentity", &[&params, more].concat());
        signed.without_header("authorization").without_header("x-amz-date")
    }

    fn exchange(&self, role: &str, token: &str, more: &[(&str, &str)]) -> Answer {
        self.world.send(&self.sent(role, token, more))
    }
}

/// A network that knows some documents, and counts who asks.
#[derive(Default)]
struct Network {
    documents: Mutex<HashMap<String, String>>,
    asked: Mutex<Vec<String>>,
}

impl Outgoing for Network {
    fn send(&self, _: &SignedCall<'_>) -> Result<SignedAnswer, NoAnswer> {
        Err(NoAnswer("there is nobody".to_owned()))
    }

    fn pause(&self, _: Duration) {}

    fn get(&self, url: &str) -> Result<Vec<u8>, NoAnswer> {
        self.asked.lock().unwrap().push(url.to_owned());
        let found = self.documents.lock().unwrap().get(url).cloned();
        found.map(String::into_bytes).ok_or_else(|| NoAnswer("it is down".to_owned()))
    }
}

impl Network {
    fn publish(&self, url: &str, document: &str) {
        self.documents.lock().unwrap().insert(url.to_owned(), document.to_owned());
    }

    fn asked(&self) -> usize {
        std::mem::take(&mut *self.asked.lock().unwrap()).len()
    }
}

both! {
    fn a_token_of_a_trusted_issuer_is_exchanged_for_a_session_of_a_role(store: TestStore) {
        let scene = Scene::new(World::new(store));
        let token = scene.token("second-account");
        let made = scene.exchange(&scene.role, &token, &[("DurationSeconds", "900")]).expect_done();
        let root = format!("arn:aws:iam::{}:root", scene.world.account);
        assert_eq!(made.text("SubjectFromWebIdentityToken"), root);
        assert_eq!(made.text("Audience"), "second-account");
        assert_eq!(made.text("Provider"), format!("https://{}", scene.url));
        assert_eq!(made.find("PackedPolicySize"), None);
        let arn = format!("arn:aws:sts::{}:assumed-role/guest/visit", scene.theirs.account);
        assert_eq!(made.text("AssumedRoleUser/Arn"), arn);
        assert!(made.text("AssumedRoleUser/AssumedRoleId").ends_with(":visit"));
        let session = session_in(&made);
        let who = scene.world.call(&session, "GetCallerIdentity", &[]).expect_done();
        assert_eq!((who.text("Arn"), who.text("Account")), (arn, scene.theirs.account.to_string()));
        scene.world.call(&session, "ListUsers", &[]).expect_done();
        scene.world.call(&session, "CreateUser", &[("UserName", "u")]).expect_code(403, "AccessDenied");
        // What the issuer said stays with the session.
        let condition = json!({"StringEquals": {format!("{}:sub", scene.url): root}});
        let document = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "iam:GetAccountSummary", "Resource": "*", "Condition": condition}],
        });
        scene.world.grant_role(&scene.theirs, "guest", &document.to_string());
        scene.world.call(&session, "GetAccountSummary", &[]).expect_done();
        scene.world.store.clock.advance(Duration::from_secs(901));
        scene.world.call(&session, "GetCallerIdentity", &[]).expect_code(403, "ExpiredToken");
        // A session policy leaves of the role what it says.
        let nothing = ("Policy", &*allowing(&["iam:GetUser"]));
        let limited = scene.exchange(&scene.role, &scene.token("second-account"), &[nothing]).expect_done();
        limited.text("PackedPolicySize");
        scene.world.call(&session_in(&limited), "GetAccountSummary", &[]).expect_code(403, "AccessDenied");
    }

    fn nobody_is_let_in_whom_the_role_does_not_trust(store: TestStore) {
        let scene = Scene::new(World::new(store));
        let (token, state) = (scene.token("second-account"), scene.world.state());
        let elsewhere = scene.token("nobody");
        let refusals = [
            (scene.role.clone(), elsewhere, 400, "InvalidIdentityToken", "Incorrect token audience".to_owned()),
            (scene.role.replace("guest", "ghost"), token.clone(), 403, "AccessDenied", REFUSED.to_owned()),
            (
                format!("arn:aws:iam::{}:role/guest", scene.world.account),
                token.clone(),
                400,
                "InvalidIdentityToken",
                format!("No OpenIDConnect provider found in your account for https://{}", scene.url),
            ),
        ];
        for (role, token, status, code, message) in refusals {
            scene.exchange(&role, &token, &[]).expect_refused(status, code, &message);
        }
        let somebody_else = json!({"StringEquals": {format!("{}:sub", scene.url): "somebody else"}});
        let other = scene.role_trusting("other", &somebody_else);
        scene.exchange(&other, &token, &[]).expect_refused(403, "AccessDenied", REFUSED);
        let long = [("DurationSeconds", "43200")];
        scene.exchange(&scene.role, &token, &long).expect_code(400, "ValidationError");
        scene.exchange(&scene.role, &token, &[("ProviderId", "www.amazon.com")]).expect_code(400, "ValidationError");
        scene.exchange("arn:aws:iam::1:role", &token, &[]).expect_code(403, "MissingAuthenticationToken");
        let (head, rest) = token.split_at(token.len() - 8);
        scene.exchange(&scene.role, &format!("{head}AAAA{}", &rest[4..]), &[]).expect_code(400, "InvalidIdentityToken");
        scene.world.store.clock.advance(Duration::from_mins(62));
        scene.exchange(&scene.role, &token, &[]).expect_code(400, "ExpiredTokenException");
        let arn = format!("arn:aws:iam::{}:oidc-provider/{}", scene.theirs.account, scene.url);
        let gone = [("OpenIDConnectProviderArn", &*arn)];
        let token = scene.token("second-account");
        scene.world.call(&scene.theirs, "DeleteOpenIDConnectProvider", &gone).expect_done();
        scene.exchange(&scene.role, &token, &[]).expect_code(400, "InvalidIdentityToken");
        assert_ne!(scene.world.state(), state, "the role and the provider changed, nothing else could");
    }

    fn operations_of_other_proofs_are_not_supported(store: TestStore) {
        let world = World::new(store);
        for action in ["AssumeRoleWithSAML", "GetDelegatedAccessToken"] {
            let refusal = format!("The action {action} of version 2011-06-15 is not supported by this service yet.");
            world.call(&world.root, action, &[]).expect_refused(400, "InvalidAction", &refusal);
            let unsigned = world.sign_call(&world.root, action, &[]).without_header("authorization");
            world.send(&unsigned).expect_refused(400, "InvalidAction", &refusal);
        }
    }

    fn an_exchange_is_audited_or_does_not_happen(store: TestStore) {
        let mut scene = Scene::new(World::new(store));
        let sent = scene.sent(&scene.role, &scene.token("second-account"), &[]);
        rename(&scene.world.store, "audit_events", "audit_events_away");
        let answer = scene.world.send(&sent);
        assert!(answer.reply.status >= 500 && !answer.body().contains("ASIA"), "{}", answer.body());
        rename(&scene.world.store, "audit_events_away", "audit_events");
        scene.world.send(&sent).expect_done();
        scene.world.account = scene.theirs.account;
        let events = events(&scene.world);
        let event = events.iter().find(|event| event["eventName"] == "AssumeRoleWithWebIdentity");
        let event = event.expect("the account of the role has it in its audit");
        assert_eq!(event["requestParameters"]["RoleSessionName"], "visit");
        assert_eq!(event["requestParameters"]["WebIdentityToken"], "HIDDEN_DUE_TO_SECURITY_REASONS");
    }

    fn keys_are_fetched_seldom_and_pinned_ones_never(store: TestStore) {
        let mut scene = Scene::new(World::new(store));
        let (token, id) = (scene.token("second-account"), scene.url.rsplit('/').next().unwrap().to_owned());
        let issuer = format!("https://{}", scene.url);
        // From here on it is the issuer of another installation, which is reached by the network only.
        scene.world.gate = open_gate_at(&scene.world.store, "https://elsewhere.test");
        let (world, theirs) = (&scene.world, &scene.theirs);
        let network = Arc::new(Network::default());
        world.gate.connect(network.clone());
        let exchange = || scene.exchange(&scene.role, &token, &[]);
        exchange().expect_code(400, "IDPCommunicationError");
        assert_eq!(network.asked(), 1);
        let origin = format!("https://{HOST}");
        let document = |name: &str| published(&world.store, &origin, &id, name).unwrap().unwrap();
        let (about, at) = (document(".well-known/openid-configuration"), format!("{issuer}/.well-known/jwks.json"));
        network.publish(&format!("{issuer}/.well-known/openid-configuration"), &about);
        network.publish(&at, "{\"keys\":[]}");
        // A failure stands for a minute.
        exchange().expect_code(400, "IDPCommunicationError");
        assert_eq!(network.asked(), 0);
        let minute = || world.store.clock.advance(Duration::from_secs(61));
        minute();
        exchange().expect_code(400, "IDPCommunicationError");
        assert_eq!(network.asked(), 2);
        let keys = document(".well-known/jwks.json");
        network.publish(&at, &keys.replace("\"kid\":\"", "\"kid\":\"former-"));
        minute();
        exchange().expect_code(400, "InvalidIdentityToken");
        network.asked();
        network.publish(&at, &keys);
        // An unknown key has them fetched anew, at most once a minute.
        exchange().expect_code(400, "InvalidIdentityToken");
        assert_eq!(network.asked(), 0);
        minute();
        exchange().expect_done();
        assert_eq!(network.asked(), 2);
        for _ in 0..3 {
            minute();
            exchange().expect_done();
        }
        assert_eq!(network.asked(), 0, "what is known is kept for ten minutes");
        let (now, rng) = (world.now(), &*world.store.rng);
        let wrong = pin(&world.store, theirs.account, &issuer, Some("{}"), now, rng);
        assert_eq!(wrong.unwrap_err().wire().code, "ValidationError");
        let unknown = pin(&world.store, world.account, &issuer, Some(&keys), now, rng);
        assert_eq!(unknown.unwrap_err().wire().code, "NoSuchEntity");
        pin(&world.store, theirs.account, &issuer, Some(&keys), now, rng).unwrap();
        network.documents.lock().unwrap().clear();
        world.store.clock.advance(Duration::from_mins(11));
        exchange().expect_done();
        assert_eq!(network.asked(), 0, "pinned keys are not fetched");
        pin(&world.store, theirs.account, &issuer, None, now, rng).unwrap();
        exchange().expect_code(400, "IDPCommunicationError");
    }
}
