//! Providers of identities by OpenID Connect and by SAML: what is taken, shown, changed and refused.

use keystead_core::AccountId;
use keystead_store::both;
use keystead_store::saml_providers::private_key_place;

use crate::answer::Answer;
use crate::dump;
use crate::issued::issue;
use crate::requests::Request;
use crate::web_identity;
use crate::world::{Key, World};

const THUMBPRINT: &str = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";

/// The providers of a subject of the tests over all operations: one of each kind, by the subject's name.
#[derive(Clone)]
pub(crate) struct Providers {
    account: AccountId,
    name: String,
}

impl Providers {
    /// Makes them.
    pub(crate) fn new(world: &World, root: &Key, name: &str) -> Self {
        let oidc = [("Url", &*url(name)), ("ClientIDList.member.1", "one")];
        world.call(root, "CreateOpenIDConnectProvider", &oidc).expect_done();
        let saml = [("Name", name), ("SAMLMetadataDocument", &metadata(""))];
        world.call(root, "CreateSAMLProvider", &saml).expect_done();
        world.call(root, "EnableOutboundWebIdentityFederation", &[]).expect_done();
        Self::unmade(root.account, name)
    }

    /// Those that were never made.
    pub(crate) fn unmade(account: AccountId, name: &str) -> Self {
        Self { account, name: name.to_owned() }
    }

    /// A right request about these, where the operation is about these.
    pub(crate) fn request(&self, operation: &'static str) -> Option<Request> {
        let oidc = ("OpenIDConnectProviderArn", oidc_arn(self.account, &self.name));
        let saml = ("SAMLProviderArn", saml_arn(self.account, &self.name));
        let client = ("ClientID", "two".to_owned());
        let tag = [("Tags.member.1.Key", "team".to_owned()), ("Tags.member.1.Value", "red".to_owned())];
        let untag = ("TagKeys.member.1", "team".to_owned());
        let second = format!("{}-2", self.name);
        let params = match operation {
            "CreateOpenIDConnectProvider" => vec![("Url", url(&second))],
            "GetOpenIDConnectProvider" | "DeleteOpenIDConnectProvider" | "ListOpenIDConnectProviderTags" => {
                vec![oidc]
            }
            "AddClientIDToOpenIDConnectProvider" | "RemoveClientIDFromOpenIDConnectProvider" => {
                vec![oidc, client]
            }
            "UpdateOpenIDConnectProviderThumbprint" => {
                vec![oidc, ("ThumbprintList.member.1", THUMBPRINT.to_owned())]
            }
            "TagOpenIDConnectProvider" => [vec![oidc], tag.into()].concat(),
            "UntagOpenIDConnectProvider" => vec![oidc, untag],
            "CreateSAMLProvider" => vec![("Name", second), ("SAMLMetadataDocument", metadata(""))],
            "GetSAMLProvider" | "DeleteSAMLProvider" | "ListSAMLProviderTags" => vec![saml],
            "UpdateSAMLProvider" => vec![saml, ("AssertionEncryptionMode", "Allowed".to_owned())],
            "TagSAMLProvider" => [vec![saml], tag.into()].concat(),
            "UntagSAMLProvider" => vec![saml, untag],
            "GetWebIdentityToken" => {
                vec![("Audience.member.1", "somebody".to_owned()), ("SigningAlgorithm", "ES384".to_owned())]
            }
            "SetSecurityTokenServicePreferences" => {
                vec![("GlobalEndpointTokenVersion", "v2Token".to_owned())]
            }
            "AssumeRoleWithWebIdentity" => return Some(web_identity::request(self.account, &self.name)),
            "ListOpenIDConnectProviders"
            | "ListSAMLProviders"
            | "EnableOutboundWebIdentityFederation"
            | "DisableOutboundWebIdentityFederation"
            | "GetOutboundWebIdentityFederationInfo" => vec![],
            _ => return None,
        };
        Some(Request::Query { action: operation, params })
    }
}

fn url(name: &str) -> String {
    format!("https://{name}.example.com/id")
}

pub(crate) fn oidc_arn(account: AccountId, name: &str) -> String {
    format!("arn:aws:iam::{account}:oidc-provider/{name}.example.com/id")
}

fn saml_arn(account: AccountId, name: &str) -> String {
    format!("arn:aws:iam::{account}:saml-provider/{name}")
}

/// Metadata with a certificate, and with the attributes given on its root.
pub(crate) fn metadata(attributes: &str) -> String {
    let certificate = issue().certificate;
    let base64: String = certificate.lines().filter(|line| !line.starts_with("-----")).collect();
    let filling = "A provider of the tests. ".repeat(30);
    format!(
        "<?xml version=\"1.0\"?>\n<!-- {filling}-->\n<md:EntityDescriptor \
         xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
         entityID=\"https://idp.example.com/\" {attributes}><md:IDPSSODescriptor><md:KeyDescriptor \
         use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

impl World {
    fn on_oidc(&self, action: &str, name: &str, more: &[(&str, &str)]) -> Answer {
        let arn = oidc_arn(self.account, name);
        self.call(&self.root, action, &[&[("OpenIDConnectProviderArn", &*arn)], more].concat())
    }

    fn on_saml(&self, action: &str, name: &str, more: &[(&str, &str)]) -> Answer {
        let arn = saml_arn(self.account, name);
        self.call(&self.root, action, &[&[("SAMLProviderArn", &*arn)], more].concat())
    }

    fn new_saml(&self, name: &str, more: &[(&str, &str)]) -> Answer {
        let document = metadata("");
        let given = [("Name", name), ("SAMLMetadataDocument", &*document)];
        self.call(&self.root, "CreateSAMLProvider", &[&given[..], more].concat())
    }
}

both! {
    fn an_oidc_provider_is_made_changed_shown_and_deleted(store: TestStore) {
        let world = World::new(store);
        let bare = world.call(&world.root, "CreateOpenIDConnectProvider", &[("Url", &url("bare"))]).expect_done();
        assert_eq!(bare.text("OpenIDConnectProviderArn"), oidc_arn(world.account, "bare"));
        let shown = world.on_oidc("GetOpenIDConnectProvider", "bare", &[]).expect_done();
        assert_eq!(shown.text("Url"), "bare.example.com/id");
        assert_eq!(shown.text("CreateDate"), "2026-01-01T00:00:00Z");
        for list in ["ClientIDList", "ThumbprintList", "Tags"] {
            assert!(shown.texts(list).is_empty(), "an empty list is there all the same");
        }
        let full = [
            ("Url", &*url("full")),
            ("ClientIDList.member.1", "one"),
            ("ClientIDList.member.2", "one"),
            ("ThumbprintList.member.1", THUMBPRINT),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "red"),
        ];
        let made = world.call(&world.root, "CreateOpenIDConnectProvider", &full).expect_done();
        assert_eq!(made.list("Tags", "Value"), ["red"]);
        let client = |action: &str, id: &str| world.on_oidc(action, "full", &[("ClientID", id)]).expect_done();
        for id in ["two", "two"] {
            client("AddClientIDToOpenIDConnectProvider", id);
        }
        for id in ["one", "none"] {
            client("RemoveClientIDFromOpenIDConnectProvider", id);
        }
        let other = [("ThumbprintList.member.1", "F".repeat(40)), ("ThumbprintList.member.2", "0".repeat(40))];
        let other = other.each_ref().map(|(name, value)| (*name, value.as_str()));
        world.on_oidc("UpdateOpenIDConnectProviderThumbprint", "full", &other).expect_done();
        let shown = world.on_oidc("GetOpenIDConnectProvider", "full", &[]).expect_done();
        assert_eq!(shown.texts("ClientIDList"), ["two"]);
        assert_eq!(shown.texts("ThumbprintList"), ["F".repeat(40), "0".repeat(40)]);
        let listed = world.call(&world.root, "ListOpenIDConnectProviders", &[]).expect_done();
        let arns = ["bare", "full"].map(|name| oidc_arn(world.account, name));
        assert_eq!(listed.list("OpenIDConnectProviderList", "Arn"), arns);
        world.on_oidc("DeleteOpenIDConnectProvider", "full", &[]).expect_done();
        assert_eq!(dump::count(&world.store, "tags"), 0);
        let arn = oidc_arn(world.account, "full");
        let refusal = format!("OpenId connect Provider {arn} cannot be found.");
        world.on_oidc("DeleteOpenIDConnectProvider", "full", &[]).expect_refused(404, "NoSuchEntity", &refusal);
        let refusal = format!("OpenIDConnect Provider not found for arn {arn}");
        let gone = world.on_oidc("AddClientIDToOpenIDConnectProvider", "full", &[("ClientID", "x")]);
        gone.expect_refused(404, "NoSuchEntity", &refusal);
    }

    fn what_cannot_be_an_oidc_provider_is_refused(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateOpenIDConnectProvider", &[("Url", &url("one"))]).expect_done();
        let again = world.call(&world.root, "CreateOpenIDConnectProvider", &[("Url", &url("one"))]);
        let refusal = format!("Provider with url {} already exists.", url("one"));
        again.expect_refused(409, "EntityAlreadyExists", &refusal);
        let short = [("Url", "https://a.example"), ("ThumbprintList.member.1", &*"x".repeat(40))];
        let refused = world.call(&world.root, "CreateOpenIDConnectProvider", &short);
        refused.expect_code(400, "InvalidInput");
        for arn in ["arn:aws:iam::123456789012:oidc-provider/", "arn:aws:iam::1:oidc-provider/a.example", "not-an-arn-but-long-enough"] {
            let given = [("OpenIDConnectProviderArn", arn)];
            let refused = world.call(&world.root, "GetOpenIDConnectProvider", &given);
            refused.expect_refused(400, "InvalidInput", &format!("ARN {arn} is not valid."));
        }
        let many: Vec<(String, String)> =
            (1..=100).map(|n| (format!("ClientIDList.member.{n}"), format!("client-{n}"))).collect();
        let mut given: Vec<(&str, &str)> = many.iter().map(|(name, value)| (&**name, &**value)).collect();
        let address = url("many");
        given.push(("Url", &address));
        world.call(&world.root, "CreateOpenIDConnectProvider", &given).expect_done();
        let one_more = world.on_oidc("AddClientIDToOpenIDConnectProvider", "many", &[("ClientID", "x")]);
        let refusal = "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100";
        one_more.expect_refused(409, "LimitExceeded", refusal);
    }

    fn a_saml_provider_is_made_changed_shown_and_deleted(store: TestStore) {
        let world = World::new(store);
        let key = issue();
        world.keep_secret(key.private_line());
        let more = [("AssertionEncryptionMode", "Required"), ("AddPrivateKey", &*key.private_key)];
        let more = [&more[..], &[("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")]].concat();
        let made = world.new_saml("corp", &more).expect_done();
        assert_eq!(made.text("SAMLProviderArn"), saml_arn(world.account, "corp"));
        let shown = world.on_saml("GetSAMLProvider", "corp", &[]).expect_done();
        assert_eq!(shown.text("AssertionEncryptionMode"), "Required");
        assert_eq!(shown.text("SAMLProviderUUID").len(), 32);
        assert!(shown.text("SAMLMetadataDocument").contains("EntityDescriptor"));
        assert_eq!(shown.text("ValidUntil"), "2126-01-01T00:00:00Z");
        assert_eq!(shown.list("Tags", "Key"), ["team"]);
        let [first] = &shown.list("PrivateKeyList", "KeyId")[..] else { panic!("{}", shown.body()) };
        let remove = [("RemovePrivateKey", first.as_str())];
        world.on_saml("UpdateSAMLProvider", "corp", &remove).expect_code(400, "InvalidInput");
        let second = issue();
        world.keep_secret(second.private_line());
        let document = metadata("validUntil='2027-05-01T10:00:00Z'");
        let change = [("AddPrivateKey", &*second.private_key), ("SAMLMetadataDocument", &*document)];
        world.on_saml("UpdateSAMLProvider", "corp", &change).expect_done();
        let third = [("AddPrivateKey", &*issue().private_key)];
        world.on_saml("UpdateSAMLProvider", "corp", &third).expect_code(409, "LimitExceeded");
        world.on_saml("UpdateSAMLProvider", "corp", &remove).expect_done();
        world.on_saml("UpdateSAMLProvider", "corp", &remove).expect_code(404, "NoSuchEntity");
        let shown = world.on_saml("GetSAMLProvider", "corp", &[]).expect_done();
        assert_eq!(shown.text("ValidUntil"), "2027-05-01T10:00:00Z");
        let [id] = &shown.list("PrivateKeyList", "KeyId")[..] else { panic!("{}", shown.body()) };
        let digits = dump::table(&world.store, "saml_private_keys");
        let sealed = digits.trim().split('|').find_map(|column| {
            let bytes = hex::decode(column.trim_start_matches("\\x")).ok()?;
            world.store.sealer().open(&private_key_place(world.account, id), &bytes).ok()
        });
        assert_eq!(sealed.expect("one column opens").expose(), second.private_key.as_bytes());
        let listed = world.call(&world.root, "ListSAMLProviders", &[]).expect_done();
        assert_eq!(listed.list("SAMLProviderList", "ValidUntil"), ["2027-05-01T10:00:00Z"]);
        let summary = world.call(&world.root, "GetAccountSummary", &[]).expect_done();
        assert!(summary.body().contains("<key>Providers</key><value>1</value>"), "{}", summary.body());
        world.new_saml("corp", &[]).expect_code(409, "EntityAlreadyExists");
        world.on_saml("DeleteSAMLProvider", "corp", &[]).expect_done();
        for table in ["tags", "saml_private_keys", "saml_providers"] {
            assert_eq!(dump::count(&world.store, table), 0);
        }
        let refusal = format!("Manifest not found for arn {}", saml_arn(world.account, "corp"));
        world.on_saml("DeleteSAMLProvider", "corp", &[]).expect_refused(404, "NoSuchEntity", &refusal);
    }

    fn what_is_no_metadata_is_refused(store: TestStore) {
        let world = World::new(store);
        let right = metadata("");
        for (from, to, word) in [
            ("</md:EntityDescriptor>", "", "read"),
            ("md:EntityDescriptor", "md:EntitiesDescriptor", "EntityDescriptor"),
            ("SAML:2.0:metadata", "SAML:1.1:metadata", "EntityDescriptor"),
            ("entityID", "entityId", "entityID"),
            ("IDPSSODescriptor", "SPSSODescriptor", "certificate"),
            ("<ds:X509Certificate>", "<ds:X509Certificate>AAAA", "certificate"),
            ("entityID", "validUntil='2025-01-01T00:00:00Z' entityID", "held until"),
            ("entityID", "validUntil='soon' entityID", "validUntil"),
            ("<?xml version=\"1.0\"?>", "<!DOCTYPE md:EntityDescriptor [<!ENTITY a 'b'>]>", "read"),
        ] {
            let document = right.replace(from, to);
            let given = [("Name", "wrong"), ("SAMLMetadataDocument", &*document)];
            let refused = world.call(&world.root, "CreateSAMLProvider", &given);
            assert!(refused.message.contains(word), "{}", refused.message);
            refused.expect_code(400, "InvalidInput");
        }
        world.new_saml("wrong", &[("AddPrivateKey", "no key")]).expect_code(400, "InvalidInput");
        world.new_saml("wrong", &[("AssertionEncryptionMode", "Required")]).expect_code(400, "InvalidInput");
    }
}
