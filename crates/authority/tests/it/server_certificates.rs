//! UploadServerCertificate, GetServerCertificate, ListServerCertificates, UpdateServerCertificate,
//! DeleteServerCertificate and the tags of server certificates.

use keystead_store::both;
use keystead_store::server_certificates::private_key_place;
use keystead_store::testing::TestStore;
use rcgen::{KeyPair, date_time_ymd};

use crate::answer::Answer;
use crate::dump;
use crate::issued::{Issued, issue, issue_chain, issue_for, issue_with, to_pem};
use crate::world::World;

const METADATA: &str = "ServerCertificate/ServerCertificateMetadata";

impl World {
    fn upload_server(&self, name: &str, issued: &Issued, more: &[(&str, &str)]) -> Answer {
        let given = [
            ("ServerCertificateName", name),
            ("CertificateBody", &issued.certificate),
            ("PrivateKey", &issued.private_key),
        ];
        self.call(&self.root, "UploadServerCertificate", &[&given[..], more].concat())
    }

    fn on_server(&self, action: &str, name: &str, more: &[(&str, &str)]) -> Answer {
        self.call(&self.root, action, &[&[("ServerCertificateName", name)], more].concat())
    }
}

both! {
    fn a_certificate_is_uploaded_shown_and_deleted(store: TestStore) {
        let world = World::new(store);
        let (issued, [middle, root]) = issue_chain();
        world.keep_secret(issued.private_line());
        let chain = format!("{}{}", middle.certificate, root.certificate);
        let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        let more = [&[("Path", "/web/"), ("CertificateChain", &*chain)], &tags[..]].concat();
        let made = world.upload_server("Front", &issued, &more).expect_done();
        assert_eq!(made.list("Tags", "Key"), ["team"]);
        let id = made.text("ServerCertificateMetadata/ServerCertificateId");
        assert!(id.starts_with("ASCA") && id.len() == 21, "{id}");
        let shown = world.on_server("GetServerCertificate", "front", &[]).expect_done();
        let arn = format!("arn:aws:iam::{}:server-certificate/web/Front", world.account);
        for (answer, at) in [(&made, "ServerCertificateMetadata"), (&shown, METADATA)] {
            for (member, value) in [
                ("Path", "/web/"),
                ("ServerCertificateName", "Front"),
                ("ServerCertificateId", &id),
                ("Arn", &arn),
                ("UploadDate", "2026-01-01T00:00:00Z"),
                ("Expiration", "4096-01-01T00:00:00Z"),
            ] {
                assert_eq!(answer.text(&format!("{at}/{member}")), value);
            }
        }
        assert_eq!(shown.text("ServerCertificate/CertificateBody"), issued.certificate);
        assert_eq!(shown.text("ServerCertificate/CertificateChain"), chain);
        assert_eq!(shown.list("ServerCertificate/Tags", "Value"), ["red"]);
        world.on_server("DeleteServerCertificate", "FRONT", &[]).expect_done();
        let refusal = "The Server Certificate with name Front cannot be found.";
        for action in ["GetServerCertificate", "DeleteServerCertificate", "UpdateServerCertificate", "ListServerCertificateTags"] {
            world.on_server(action, "Front", &[]).expect_refused(404, "NoSuchEntity", refusal);
        }
        world.on_server("TagServerCertificate", "Front", &tags).expect_refused(404, "NoSuchEntity", refusal);
        let untag = [("TagKeys.member.1", "team")];
        world.on_server("UntagServerCertificate", "Front", &untag).expect_refused(404, "NoSuchEntity", refusal);
        assert_eq!(dump::count(&world.store, "tags"), 0);
        world.upload_server("Front", &issue(), &[]).expect_done();
        let shown = world.on_server("GetServerCertificate", "Front", &[]).expect_done();
        assert!(shown.list("ServerCertificate/Tags", "Key").is_empty(), "an empty list is there all the same");
        assert_eq!(shown.find("ServerCertificate/CertificateChain"), None);
    }

    fn the_private_key_is_sealed_in_its_place_and_nowhere_else(store: TestStore) {
        let world = World::new(store);
        let issued = issue();
        let made = world.upload_server("front", &issued, &[]).expect_done();
        let id = made.text("ServerCertificateMetadata/ServerCertificateId");
        world.gate.flush_audit(true).unwrap();
        let everything = dump::everything(&world.store);
        assert!(everything.contains(issued.certificate.lines().nth(1).unwrap()));
        assert!(!everything.contains(issued.private_line()));
        let hidden = "\"PrivateKey\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"";
        assert!(everything.contains(hidden));
        let digits = dump::table(&world.store, "server_certificates");
        let sealed = digits.trim().split('|').find_map(|column| {
            let bytes = hex::decode(column.trim_start_matches("\\x")).ok()?;
            world.store.sealer().open(&private_key_place(world.account, &id), &bytes).ok()
        });
        assert_eq!(sealed.expect("one column opens").expose(), issued.private_key.as_bytes());
    }

    fn names_are_unique_without_regard_to_case_and_a_renamed_certificate_keeps_everything(store: TestStore) {
        let world = World::new(store);
        let issued = issue();
        let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        let made = world.upload_server("Front", &issued, &tags).expect_done();
        world.upload_server("back", &issue(), &[]).expect_done();
        for name in ["Front", "FRONT"] {
            let refusal = format!("The Server Certificate with name {name} already exists.");
            let again = world.upload_server(name, &issue(), &[]);
            again.expect_refused(409, "EntityAlreadyExists", &refusal);
        }
        let taken = [("NewServerCertificateName", "Back")];
        let refusal = "The Server Certificate with name Back already exists.";
        let rename = world.on_server("UpdateServerCertificate", "front", &taken);
        rename.expect_refused(409, "EntityAlreadyExists", refusal);
        let case = [("NewServerCertificateName", "front")];
        world.on_server("UpdateServerCertificate", "Front", &case).expect_done();
        let moved = [("NewServerCertificateName", "Edge"), ("NewPath", "/cloudfront/x/")];
        world.on_server("UpdateServerCertificate", "front", &moved).expect_done();
        let shown = world.on_server("GetServerCertificate", "edge", &[]).expect_done();
        let id = shown.text(&format!("{METADATA}/ServerCertificateId"));
        assert_eq!(id, made.text("ServerCertificateMetadata/ServerCertificateId"));
        let arn = format!("arn:aws:iam::{}:server-certificate/cloudfront/x/Edge", world.account);
        assert_eq!(shown.text(&format!("{METADATA}/Arn")), arn);
        assert_eq!(shown.text("ServerCertificate/CertificateBody"), issued.certificate);
        assert_eq!(shown.list("ServerCertificate/Tags", "Key"), ["team"]);
        let refusal = "The Server Certificate with name Front cannot be found.";
        world.on_server("GetServerCertificate", "Front", &[]).expect_refused(404, "NoSuchEntity", refusal);
        // The same name in another account is another certificate.
        let other = world.second_account("second");
        let issued = issue();
        let given = [
            ("ServerCertificateName", "edge"),
            ("CertificateBody", &issued.certificate),
            ("PrivateKey", &issued.private_key),
        ];
        world.call(&other, "UploadServerCertificate", &given).expect_done();
    }

    fn certificates_are_listed_page_by_page_and_below_a_path(store: TestStore) {
        let world = World::new(store);
        for (name, path) in [("b", "/x/"), ("C", "/"), ("a", "/x/y/"), ("D", "/xz/")] {
            world.upload_server(name, &issue(), &[("Path", path)]).expect_done();
        }
        let names = |params: &[(&str, &str)]| {
            let listed = world.call(&world.root, "ListServerCertificates", params).expect_done();
            let names = listed.list("ServerCertificateMetadataList", "ServerCertificateName").join(" ");
            (names, listed.find("Marker"))
        };
        for (prefix, expected) in [("/", "a b C D"), ("/x", "a b D"), ("/x/", "a b"), ("/q/", "")] {
            assert_eq!(names(&[("PathPrefix", prefix)]), (expected.to_owned(), None));
        }
        let (first, marker) = names(&[("MaxItems", "3")]);
        assert_eq!(first, "a b C");
        assert_eq!(names(&[("Marker", &marker.unwrap())]), ("D".to_owned(), None));
    }

    fn tags_are_put_replaced_listed_and_taken_off(store: TestStore) {
        let world = World::new(store);
        world.upload_server("front", &issue(), &[]).expect_done();
        let tag = |key, value| [("Tags.member.1.Key", key), ("Tags.member.1.Value", value)];
        for (key, value) in [("Team", "red"), ("stage", ""), ("TEAM", "blue")] {
            world.on_server("TagServerCertificate", "Front", &tag(key, value)).expect_done();
        }
        let first = world.on_server("ListServerCertificateTags", "front", &[("MaxItems", "1")]).expect_done();
        assert_eq!(first.list("Tags", "Key"), ["stage"]);
        let marker = first.text("Marker");
        let rest = world.on_server("ListServerCertificateTags", "front", &[("Marker", &marker)]).expect_done();
        assert_eq!((rest.list("Tags", "Key"), rest.list("Tags", "Value")), (vec!["TEAM".to_owned()], vec!["blue".to_owned()]));
        let keys = [("TagKeys.member.1", "team"), ("TagKeys.member.2", "never")];
        world.on_server("UntagServerCertificate", "front", &keys).expect_done();
        let left = world.on_server("ListServerCertificateTags", "front", &[]).expect_done();
        assert_eq!(left.list("Tags", "Key"), ["stage"]);
        world.on_server("TagServerCertificate", "front", &tag("aws:x", "")).expect_code(400, "InvalidInput");
        let twice = [tag("a", ""), [("Tags.member.2.Key", "A"), ("Tags.member.2.Value", "")]].concat();
        let refusal = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        world.upload_server("back", &issue(), &twice).expect_refused(400, "InvalidInput", refusal);
    }
}

#[test]
fn what_does_not_belong_together_is_refused_with_the_reason() {
    let world = World::new(TestStore::sqlite());
    let state = world.state();
    let issued = issue();
    let unreadable = "PrivateKey cannot be read. Send one key in PEM, RSA of 2048 to 8192 bits, ECDSA on P-256, \
                      P-384 or P-521, or Ed25519.";
    let encrypted = "PrivateKey is encrypted. Send it without a passphrase.";
    let not_parsed = "Unable to parse certificate. Please ensure the certificate is in PEM format.";
    let ended = issue_with(|params| params.not_after = date_time_ymd(2025, 12, 31));
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n\
               -----END RSA PRIVATE KEY-----\n";
    let table = [
        ("x", issued.private_key.as_str(), "MalformedCertificate", not_parsed),
        (&format!("{0}{0}", issued.certificate), &issued.private_key, "MalformedCertificate", not_parsed),
        (&issued.private_key, &issued.private_key, "MalformedCertificate", not_parsed),
        (&issued.certificate, "x", "MalformedCertificate", unreadable),
        (&issued.certificate, &to_pem("PRIVATE KEY", b"none"), "MalformedCertificate", unreadable),
        (&issued.certificate, &to_pem("ENCRYPTED PRIVATE KEY", b"x"), "MalformedCertificate", encrypted),
        (&issued.certificate, old, "MalformedCertificate", encrypted),
        (
            &issued.certificate,
            &issue().private_key,
            "KeyPairMismatch",
            "PrivateKey does not belong to the certificate in CertificateBody. Send the key that it was made for.",
        ),
        (
            &ended.certificate,
            &ended.private_key,
            "MalformedCertificate",
            "The certificate in CertificateBody ended at 2025-12-31T00:00:00Z. Upload one that is valid now.",
        ),
    ];
    for (certificate, private_key, code, refusal) in table {
        let given = Issued { certificate: certificate.to_owned(), private_key: private_key.to_owned() };
        world.upload_server("front", &given, &[]).expect_refused(400, code, refusal);
    }
    assert_eq!(world.state(), state);
}

#[test]
fn a_chain_starts_with_the_signer_and_goes_on_in_order() {
    let world = World::new(TestStore::sqlite());
    let (issued, [middle, root]) = issue_chain();
    let (middle, root) = (middle.certificate.as_str(), root.certificate.as_str());
    let leaf = issued.certificate.as_str();
    let (_, [namesake, _]) = issue_chain();
    for (chain, index) in [
        ([root, middle].concat(), 0),
        (namesake.certificate, 0),
        ([leaf, middle, root].concat(), 0),
        ([middle, &issue().certificate].concat(), 1),
        ([middle, root, middle].concat(), 2),
        ("x".to_owned(), 0),
        (issued.private_key.clone(), 0),
    ] {
        let refusal = format!(
            "Unable to validate certificate chain. The certificate chain must start with the immediate signing \
             certificate, followed by any intermediaries in order. The index within the chain of the invalid \
             certificate is: {index}"
        );
        let refused = world.upload_server("front", &issued, &[("CertificateChain", &chain)]);
        refused.expect_refused(400, "MalformedCertificate", &refusal);
    }
    for (name, chain) in [("without-root", middle.to_owned()), ("whole", [middle, "\n", root].concat())] {
        world.upload_server(name, &issued, &[("CertificateChain", &chain)]).expect_done();
    }
    let ed25519 = issue_for(&KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap());
    world.upload_server("ed25519", &ed25519, &[]).expect_done();
}
