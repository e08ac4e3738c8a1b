//! UploadSigningCertificate, ListSigningCertificates, UpdateSigningCertificate, DeleteSigningCertificate.

use std::thread;

use keystead_store::both;
use keystead_store::testing::TestStore;
use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, date_time_ymd};

use crate::answer::Answer;
use crate::issued::{issue, issue_for, issue_with, to_pem};
use crate::world::{Key, World};

impl World {
    fn upload(&self, key: &Key, user: Option<&str>, body: &str) -> Answer {
        let mut params = vec![("CertificateBody", body)];
        params.extend(user.map(|name| ("UserName", name)));
        self.call(key, "UploadSigningCertificate", &params)
    }

    fn uploaded(&self, key: &Key, user: Option<&str>) -> String {
        self.upload(key, user, &issue().certificate).expect_done().text("Certificate/CertificateId")
    }
}

both! {
    fn a_certificate_is_uploaded_listed_switched_and_deleted(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let user = ("UserName", "alice");
        let body = format!("\r\n{}\r\n\r\n", issue().certificate.replace('\n', "\r\n"));
        let made = world.upload(&world.root, Some("alice"), &body).expect_done();
        let id = made.text("Certificate/CertificateId");
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b)));
        assert_eq!(made.text("Certificate/UserName"), "alice");
        assert_eq!(made.text("Certificate/Status"), "Active");
        assert_eq!(made.text("Certificate/UploadDate"), "2026-01-01T00:00:00Z");
        assert_eq!(made.text("Certificate/CertificateBody"), body, "byte for byte as it was uploaded");
        let certificate = ("CertificateId", &*id);
        for status in ["Inactive", "Inactive", "Active"] {
            let update = [user, certificate, ("Status", status)];
            world.call(&world.root, "UpdateSigningCertificate", &update).expect_done();
            let listed = world.call(&world.root, "ListSigningCertificates", &[user]).expect_done();
            assert_eq!(listed.list("Certificates", "Status"), [status]);
            assert_eq!(listed.list("Certificates", "CertificateBody"), [&*body]);
            assert_eq!(listed.text("IsTruncated"), "false");
        }
        let expired = [user, certificate, ("Status", "Expired")];
        let refusal = "A certificate cannot be set to Expired; use Active or Inactive.";
        let refused = world.call(&world.root, "UpdateSigningCertificate", &expired);
        refused.expect_refused(400, "InvalidInput", refusal);
        world.call(&world.root, "DeleteSigningCertificate", &[user, certificate]).expect_done();
        let refusal = format!("The Certificate with id {id} cannot be found.");
        let update = [user, certificate, ("Status", "Active")];
        for (action, params) in [("DeleteSigningCertificate", &update[..2]), ("UpdateSigningCertificate", &update)]
        {
            world.call(&world.root, action, params).expect_refused(404, "NoSuchEntity", &refusal);
        }
        let listed = world.call(&world.root, "ListSigningCertificates", &[user]).expect_done();
        assert!(listed.list("Certificates", "CertificateId").is_empty());
    }

    fn a_third_certificate_is_refused_inactive_ones_counted(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let user = ("UserName", "alice");
        let mut ids = [world.uploaded(&world.root, Some("alice")), world.uploaded(&world.root, Some("alice"))];
        let first = ("CertificateId", &*ids[0].clone());
        let refusal = "Cannot exceed quota for CertificatesPerUser: 2";
        let third = || world.upload(&world.root, Some("alice"), &issue().certificate);
        third().expect_refused(409, "LimitExceeded", refusal);
        let update = [user, first, ("Status", "Inactive")];
        world.call(&world.root, "UpdateSigningCertificate", &update).expect_done();
        third().expect_refused(409, "LimitExceeded", refusal);
        ids.sort();
        let page = world.call(&world.root, "ListSigningCertificates", &[user, ("MaxItems", "1")]).expect_done();
        assert_eq!(page.list("Certificates", "CertificateId"), ids[..1]);
        let marker = page.text("Marker");
        let rest = world.call(&world.root, "ListSigningCertificates", &[user, ("Marker", &marker)]).expect_done();
        assert_eq!(rest.list("Certificates", "CertificateId"), ids[1..]);
        world.call(&world.root, "DeleteSigningCertificate", &[user, first]).expect_done();
        third().expect_done();
    }

    fn without_a_user_name_the_callers_own_certificates_are_meant(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let of_root = [world.uploaded(&world.root, None), world.uploaded(&world.root, None)];
        let refusal = "Cannot exceed quota for CertificatesPerUser: 2";
        let third = world.upload(&world.root, None, &issue().certificate);
        third.expect_refused(409, "LimitExceeded", refusal);
        let own = world.uploaded(&alice, None);
        let listed = world.call(&alice, "ListSigningCertificates", &[]).expect_done();
        assert_eq!(listed.list("Certificates", "CertificateId"), [&*own]);
        assert_eq!(listed.list("Certificates", "UserName"), ["alice"]);
        let listed = world.call(&world.root, "ListSigningCertificates", &[]).expect_done();
        assert_eq!(listed.list("Certificates", "CertificateId").len(), 2);
        // An administrator is not root, and root has to name whom it means.
        let id = ("CertificateId", &*of_root[0]);
        world.call(&alice, "DeleteSigningCertificate", &[id]).expect_code(404, "NoSuchEntity");
        let id = ("CertificateId", &*own);
        world.call(&world.root, "DeleteSigningCertificate", &[id]).expect_code(404, "NoSuchEntity");
        let update = [("CertificateId", &*of_root[0]), ("Status", "Inactive")];
        world.call(&world.root, "UpdateSigningCertificate", &update).expect_done();
        world.call(&world.root, "DeleteSigningCertificate", &update[..1]).expect_done();
        world.call(&alice, "DeleteSigningCertificate", &[id]).expect_done();
    }

    fn the_same_certificate_is_taken_once_in_an_account(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        world.user("bob");
        let issued = issue();
        world.upload(&world.root, Some("alice"), &issued.certificate).expect_done();
        let rewritten = issued.certificate.replace('\n', "\r\n");
        let refusal = "The certificate in CertificateBody is in use by a user of this account already. Upload \
                       another one, or delete it there first.";
        for (user, body) in [(Some("alice"), &rewritten), (Some("bob"), &issued.certificate), (None, &rewritten)] {
            let again = world.upload(&world.root, user, body);
            again.expect_refused(409, "DuplicateCertificate", refusal);
        }
        let other = world.second_account("second");
        world.upload(&other, None, &issued.certificate).expect_done();
    }

    fn a_certificate_is_found_under_its_own_user_only(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        world.user("bob");
        let of_bob = world.uploaded(&world.root, Some("bob"));
        let of_root = world.uploaded(&world.root, None);
        let state = world.state();
        for id in [&of_bob, &of_root, "A".repeat(32).as_str()] {
            let params = [("UserName", "alice"), ("CertificateId", id), ("Status", "Inactive")];
            let refusal = format!("The Certificate with id {id} cannot be found.");
            let update = world.call(&world.root, "UpdateSigningCertificate", &params);
            update.expect_refused(404, "NoSuchEntity", &refusal);
            let delete = world.call(&world.root, "DeleteSigningCertificate", &params[..2]);
            delete.expect_refused(404, "NoSuchEntity", &refusal);
        }
        // The user is looked for before the certificate, and before its text is read.
        let params = [("UserName", "carol"), ("CertificateId", &of_bob), ("Status", "Inactive")];
        let refusal = "The user with name carol cannot be found.";
        for (action, params) in [("UpdateSigningCertificate", &params[..]), ("ListSigningCertificates", &params[..1])] {
            world.call(&world.root, action, params).expect_refused(404, "NoSuchEntity", refusal);
        }
        world.upload(&world.root, Some("carol"), "x").expect_refused(404, "NoSuchEntity", refusal);
        assert_eq!(world.state(), state);
    }

    fn a_renamed_user_keeps_its_certificate_and_cannot_be_deleted_with_it(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateUser", &[("UserName", "alice")]).expect_done();
        let id = world.uploaded(&world.root, Some("alice"));
        let rename = [("UserName", "alice"), ("NewUserName", "bob")];
        world.call(&world.root, "UpdateUser", &rename).expect_done();
        let user = ("UserName", "bob");
        let listed = world.call(&world.root, "ListSigningCertificates", &[user]).expect_done();
        assert_eq!(listed.list("Certificates", "CertificateId"), [&*id]);
        assert_eq!(listed.list("Certificates", "UserName"), ["bob"]);
        let refusal = "Cannot delete entity, must delete signing certificates first.";
        world.call(&world.root, "DeleteUser", &[user]).expect_refused(409, "DeleteConflict", refusal);
        world.call(&world.root, "DeleteSigningCertificate", &[user, ("CertificateId", &id)]).expect_done();
        world.call(&world.root, "DeleteUser", &[user]).expect_done();
    }

    fn what_a_certificate_says_is_kept_beside_it(store: TestStore) {
        let world = World::new(store);
        let issued = issue_with(|params| {
            params.serial_number = Some(vec![0x0b, 0xad].into());
            params.not_after = date_time_ymd(2027, 3, 4);
        });
        world.upload(&world.root, None, &issued.certificate).expect_done();
        let (account, owner) = (world.account, world.account.to_string());
        let kept = world.store.read(|tx| tx.signing_certificates().list_by_owner(account, &owner)).unwrap();
        assert_eq!(kept[0].serial, "0b:ad");
        assert_eq!(kept[0].expires_at.to_iso8601(), "2027-03-04T00:00:00Z");
        assert!(kept[0].subject.contains("CN=Certificate "), "{}", kept[0].subject);
        assert_eq!(kept[0].fingerprint.len(), 32);
    }

    fn of_many_users_at_once_one_gets_the_certificate(store: TestStore) {
        let world = World::new(store);
        let users: Vec<String> = (0..8).map(|number| format!("user-{number}")).collect();
        for user in &users {
            world.call(&world.root, "CreateUser", &[("UserName", user)]).expect_done();
        }
        let (body, world) = (&issue().certificate, &world);
        let refused = thread::scope(|scope| {
            let one = |user| move || world.upload(&world.root, Some(user), body);
            let tries: Vec<_> = users.iter().map(|user| scope.spawn(one(user))).collect();
            let answers = tries.into_iter().map(|one| one.join().unwrap());
            answers.filter(|answer| answer.reply.status != 200).collect::<Vec<_>>()
        });
        assert_eq!(refused.len(), users.len() - 1);
        for answer in refused {
            answer.expect_code(409, "DuplicateCertificate");
        }
    }
}

#[test]
fn certificates_with_keys_that_are_strong_enough_are_taken() {
    let world = World::new(TestStore::sqlite());
    let issued = [&PKCS_ED25519, &PKCS_ECDSA_P384_SHA384]
        .map(|algorithm| issue_for(&KeyPair::generate_for(algorithm).unwrap()).certificate);
    world.upload(&world.root, None, include_str!("../certificates/rsa-2048.pem")).expect_done();
    for (user, body) in ["alice", "bob"].into_iter().zip(issued) {
        world.user(user);
        world.upload(&world.root, Some(user), &body).expect_done();
    }
}

#[test]
fn certificates_that_cannot_be_used_are_refused_with_the_reason() {
    let world = World::new(TestStore::sqlite());
    let state = world.state();
    let kinds = "Use RSA of 2048 bits or more, ECDSA on P-256, P-384 or P-521, or Ed25519.";
    let unknown =
        format!("The key of the certificate in CertificateBody is of a type that is not known. {kinds}");
    let ended = issue_with(|params| params.not_after = date_time_ymd(2025, 12, 31)).certificate;
    let to_come = issue_with(|params| params.not_before = date_time_ymd(2026, 1, 2)).certificate;
    let table = [
        (
            ended.as_str(),
            "The certificate in CertificateBody ended at 2025-12-31T00:00:00Z. Upload one that is valid now.",
        ),
        (
            &to_come,
            "The certificate in CertificateBody begins at 2026-01-02T00:00:00Z. Upload one that is valid now.",
        ),
        (
            include_str!("../certificates/rsa-1024.pem"),
            "The RSA key of the certificate in CertificateBody has 1024 bits. Use one of 2048 or more.",
        ),
        (include_str!("../certificates/dsa.pem"), &unknown),
        (include_str!("../certificates/secp256k1.pem"), &unknown),
    ];
    for (body, refusal) in table {
        world.upload(&world.root, None, body).expect_refused(400, "InvalidCertificate", refusal);
    }
    assert_eq!(world.state(), state);
}

#[test]
fn what_is_not_one_certificate_is_malformed() {
    let world = World::new(TestStore::sqlite());
    let state = world.state();
    let good = issue().certificate;
    let der = pem::parse(&good).unwrap().into_contents();
    let bodies = [
        "invalid-certificate-body".to_owned(),
        format!("{good}{}", issue().certificate),
        format!("Subject: somebody\n{good}"),
        format!("{good}and so on"),
        good.replace("-----BEGIN CERTIFICATE-----\nM", "-----BEGIN CERTIFICATE-----\n!"),
        good[..good.len() / 2].to_owned(),
        to_pem("CERTIFICATE REQUEST", &der),
        to_pem("CERTIFICATE", &[&*der, b"more"].concat()),
        to_pem("CERTIFICATE", &der[..der.len() - 1]),
        to_pem("CERTIFICATE", b""),
    ];
    for body in bodies {
        let refusal = format!("Certificate {body} is malformed.");
        let refused = world.upload(&world.root, None, &body);
        // The line ends of a message are not those of a text to be read back.
        refused.expect_refused(400, "MalformedCertificate", &refusal);
    }
    // A private key that came along is not repeated, because refusals go into the audit.
    let issued = issue();
    world.keep_secret(issued.private_line());
    let both = format!("{}{}", issued.certificate, issued.private_key);
    world.upload(&world.root, None, &both).expect_code(400, "InvalidCertificate");
    world.upload(&world.root, None, &issued.private_key).expect_code(400, "InvalidCertificate");
    assert_eq!(world.state(), state);
}
