//! An account as an issuer: EnableOutboundWebIdentityFederation, DisableOutboundWebIdentityFederation,
//! GetOutboundWebIdentityFederationInfo, GetWebIdentityToken, and what is published for others to verify by.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use keystead_authority::issuer::published;
use keystead_store::both;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::dump;
use crate::guards::rename;
use crate::world::{HOST, Key, World};

const ENABLE: &str = "EnableOutboundWebIdentityFederation";
const DISABLE: &str = "DisableOutboundWebIdentityFederation";
const INFO: &str = "GetOutboundWebIdentityFederationInfo";
const TOKEN: &str = "GetWebIdentityToken";
const ES384: [(&str, &str); 2] =
    [("Audience.member.1", "https://api.example"), ("SigningAlgorithm", "ES384")];

impl World {
    /// A document that the issuer at that address publishes.
    fn published(&self, issuer: &str, document: &str) -> Option<Value> {
        let origin = format!("https://{HOST}");
        let id =
            issuer.strip_prefix(&format!("{origin}/oidc/")).expect("the address is of this installation");
        let found = published(&self.store, &origin, id, document).expect("the store answers");
        found.map(|text| serde_json::from_str(&text).expect("it is JSON"))
    }

    /// What a token says, verified as anybody else would.
    fn verified(&self, issuer: &str, token: &str) -> Value {
        let set: JwkSet =
            serde_json::from_value(self.published(issuer, ".well-known/jwks.json").unwrap()).unwrap();
        let header = decode_header(token).unwrap();
        let key = set.find(&header.kid.expect("a token names its key")).expect("the key is published");
        let mut validation = Validation::new(header.alg);
        (validation.validate_exp, validation.validate_aud) = (false, false);
        decode(token, &DecodingKey::from_jwk(key).unwrap(), &validation)
            .expect("the signature is right")
            .claims
    }

    fn token(&self, key: &Key, more: &[(&str, &str)]) -> Answer {
        self.call(key, TOKEN, &[&ES384, more].concat())
    }
}

both! {
    fn an_account_becomes_an_issuer_and_stays_the_same_one(store: TestStore) {
        let world = World::new(store);
        let disabled = "Outbound identity federation is not enabled for this account.";
        world.call(&world.root, INFO, &[]).expect_refused(404, "FeatureDisabled", disabled);
        world.call(&world.root, DISABLE, &[]).expect_refused(404, "FeatureDisabled", disabled);
        let refused = world.token(&world.root, &[]);
        refused.expect_code(403, "OutboundWebIdentityFederationDisabledException");
        let made = world.call(&world.root, ENABLE, &[]).expect_done();
        let issuer = made.text("IssuerIdentifier");
        assert!(issuer.starts_with(&format!("https://{HOST}/oidc/")), "{issuer}");
        world.call(&world.root, ENABLE, &[]).expect_code(409, "FeatureEnabled");
        let info = world.call(&world.root, INFO, &[]).expect_done();
        assert_eq!(info.text("IssuerIdentifier"), issuer);
        assert_eq!(info.text("JwtVendingEnabled"), "true");
        let configuration = world.published(&issuer, ".well-known/openid-configuration").unwrap();
        assert_eq!(configuration["issuer"], issuer);
        assert_eq!(configuration["jwks_uri"], format!("{issuer}/.well-known/jwks.json"));
        let token = world.token(&world.root, &[]).expect_done().text("WebIdentityToken");
        world.call(&world.root, DISABLE, &[]).expect_done();
        world.token(&world.root, &[]).expect_code(403, "OutboundWebIdentityFederationDisabledException");
        assert_eq!(world.verified(&issuer, &token)["iss"], issuer, "what was given out holds until it ends");
        assert_eq!(world.call(&world.root, ENABLE, &[]).expect_done().text("IssuerIdentifier"), issuer);
        let other = world.second_account("second");
        let second = world.call(&other, ENABLE, &[]).expect_done().text("IssuerIdentifier");
        assert_ne!(second, issuer);
        assert_ne!(world.published(&second, ".well-known/jwks.json"), world.published(&issuer, ".well-known/jwks.json"));
        assert_eq!(world.published(&format!("https://{HOST}/oidc/none"), ".well-known/jwks.json"), None);
        assert_eq!(world.published(&issuer, "jwks.json"), None);
        assert!(!dump::everything(&world.store).contains("PRIVATE"));
    }

    fn no_account_becomes_an_issuer_that_the_audit_does_not_know_of(store: TestStore) {
        let world = World::new(store);
        rename(&world.store, "audit_events", "audit_events_away");
        assert!(world.call(&world.root, ENABLE, &[]).reply.status >= 500);
        rename(&world.store, "audit_events_away", "audit_events");
        world.call(&world.root, INFO, &[]).expect_code(404, "FeatureDisabled");
    }

    fn a_token_says_who_asked_for_it(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let issuer = world.call(&world.root, ENABLE, &[]).expect_done().text("IssuerIdentifier");
        let tag = [("UserName", "alice"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        world.call(&world.root, "TagUser", &tag).expect_done();
        let answer = world.token(&alice, &[]).expect_done();
        let token = answer.text("WebIdentityToken");
        assert_eq!(decode_header(&token).unwrap().alg, Algorithm::ES384);
        let claims = world.verified(&issuer, &token);
        let arn = format!("arn:aws:iam::{}:user/alice", world.account);
        let (now, until) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        assert_eq!(until - now, 300);
        assert_eq!(claims["sub"], arn);
        assert_eq!(claims["aud"], "https://api.example");
        let about = json!({
            "aws_account": world.account.to_string(),
            "principal_id": arn,
            "source_region": "eu-north-1",
            "principal_tags": {"team": "red"},
        });
        assert_eq!(claims["https://sts.amazonaws.com/"], about);
        let more = [
            ("Audience.member.1", "one"),
            ("Audience.member.2", "two"),
            ("SigningAlgorithm", "RS256"),
            ("DurationSeconds", "3600"),
            ("Tags.member.1.Key", "job"),
            ("Tags.member.1.Value", "42"),
        ];
        let second = world.call(&alice, TOKEN, &more).expect_done().text("WebIdentityToken");
        assert_eq!(decode_header(&second).unwrap().alg, Algorithm::RS256);
        let second = world.verified(&issuer, &second);
        assert_eq!(second["aud"], json!(["one", "two"]));
        assert_eq!(second["https://sts.amazonaws.com/"]["request_tags"], json!({"job": "42"}));
        assert_eq!(second["exp"].as_i64().unwrap() - second["iat"].as_i64().unwrap(), 3600);
        assert_ne!(second["jti"], claims["jti"]);
    }

    fn what_a_token_cannot_say_is_refused(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, ENABLE, &[]).expect_done();
        let unknown = [("Audience.member.1", "x"), ("SigningAlgorithm", "HS256")];
        let refusal = "1 validation error detected: Value 'HS256' at 'signingAlgorithm' failed to satisfy \
                       constraint: Member must satisfy enum value set: [RS256, ES384]";
        world.call(&world.root, TOKEN, &unknown).expect_refused(400, "ValidationError", refusal);
        for seconds in ["59", "3601"] {
            world.token(&world.root, &[("DurationSeconds", seconds)]).expect_code(400, "ValidationError");
        }
        let same = [("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")];
        let same = [&same[..], &[("Tags.member.2.Key", "A"), ("Tags.member.2.Value", "2")]].concat();
        world.token(&world.root, &same).expect_code(400, "ValidationError");
        let long: Vec<(String, String)> = (1..=50)
            .flat_map(|n| {
                let key = (format!("Tags.member.{n}.Key"), format!("key-{n}"));
                [key, (format!("Tags.member.{n}.Value"), "v".repeat(256))]
            })
            .collect();
        let long: Vec<(&str, &str)> = long.iter().map(|(name, value)| (&**name, &**value)).collect();
        world.token(&world.root, &long).expect_code(400, "JWTPayloadSizeExceededException");
        // The token is shown once: a repeated request is told so.
        let sent = world.sign_call(&world.root, TOKEN, &ES384);
        world.send(&sent).expect_done();
        world.send(&sent).expect_code(409, "ConcurrentModification");
    }

    fn the_version_of_tokens_is_kept_and_shown(store: TestStore) {
        let world = World::new(store);
        let version = |world: &World| {
            let summary = world.call(&world.root, "GetAccountSummary", &[]).expect_done();
            let rest = summary.body().split("<key>GlobalEndpointTokenVersion</key><value>").nth(1).unwrap().to_owned();
            rest.chars().next().unwrap()
        };
        assert_eq!(version(&world), '1');
        for (word, shown) in [("v2Token", '2'), ("v1Token", '1')] {
            let given = [("GlobalEndpointTokenVersion", word)];
            world.call(&world.root, "SetSecurityTokenServicePreferences", &given).expect_done();
            assert_eq!(version(&world), shown);
        }
    }
}
