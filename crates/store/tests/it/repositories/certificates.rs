//! Signing certificates, server certificates, SSH public keys and credentials for services.

use std::slice::from_ref;

use keystead_core::{
    AccountId, KeyStatus, ServerCertificate, ServiceCredential, SigningCertificate, SshPublicKey,
};
use keystead_store::both;
use keystead_store::counts::Counted;
use keystead_store::server_certificates::private_key_place;

use crate::samples::{account_id, at, broken, insert_accounts, read, user};

fn signing(account: AccountId, id: &str, owner_id: &str) -> SigningCertificate {
    SigningCertificate {
        account,
        id: id.to_owned(),
        owner_id: owner_id.to_owned(),
        body: "PEM\r\n".to_owned(),
        fingerprint: id.as_bytes().to_vec(),
        subject: "CN=x".to_owned(),
        serial: "07".to_owned(),
        expires_at: at(9),
        status: KeyStatus::Active,
        uploaded_at: at(3),
    }
}

fn server(account: AccountId, name: &str, path: &str) -> ServerCertificate {
    ServerCertificate {
        account,
        id: format!("ASCA{account}{name}"),
        name: name.to_owned(),
        path: path.to_owned(),
        body: "PEM".to_owned(),
        chain: Some("PEM PEM".to_owned()),
        expires_at: at(9),
        uploaded_at: at(3),
    }
}

both! {
    fn signing_certificates_are_listed_switched_and_deleted_under_their_owner(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let (first, second) = (signing(one, "first", "AIDA1"), signing(one, "second", "AIDA1"));
        let same = SigningCertificate { fingerprint: first.fingerprint.clone(), ..signing(one, "third", "AIDA2") };
        let elsewhere = SigningCertificate { account: two, id: "fourth".to_owned(), ..same.clone() };
        let (rows, list) = ([first.clone(), second.clone(), elsewhere], [first.clone(), second.clone()]);
        store.run(move |tx| rows.iter().try_for_each(|row| tx.signing_certificates().insert(row)));
        read(&store, |tx| {
            assert_eq!(tx.signing_certificates().list_by_owner(one, "AIDA1")?, list);
            assert!(tx.signing_certificates().list_by_owner(two, "AIDA1")?.is_empty());
            Ok(())
        });
        let constraint = broken(&store, move |tx| tx.signing_certificates().insert(&same));
        assert_eq!(constraint, "signing_certificates_fingerprint_unique");
        store.run(move |tx| {
            let off = KeyStatus::Inactive;
            assert!(!tx.signing_certificates().update_status(one, "AIDA2", "first", off)?);
            assert!(!tx.signing_certificates().update_status(two, "AIDA1", "first", off)?);
            assert!(tx.signing_certificates().update_status(one, "AIDA1", "first", off)?);
            assert!(!tx.signing_certificates().delete(one, "AIDA2", "second")?);
            assert!(tx.signing_certificates().delete(one, "AIDA1", "second")?);
            Ok(())
        });
        let left = read(&store, |tx| tx.signing_certificates().list_by_owner(one, "AIDA1"));
        assert_eq!(left, [SigningCertificate { status: KeyStatus::Inactive, ..first }]);
    }

    fn server_certificates_are_found_counted_renamed_and_deleted(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let rows = [server(one, "Front", "/"), server(one, "back", "/x/"), server(two, "front", "/")];
        let [front, back, _] = rows.clone();
        let place = private_key_place(one, &front.id);
        let key = store.sealer().seal(&place, b"key", &*store.rng).unwrap();
        let again = (server(one, "FRONT", "/"), key.clone());
        let counts = store.run(move |tx| {
            rows.iter().map(|row| tx.server_certificates().insert(row, &key)).collect::<Result<Vec<_>, _>>()
        });
        assert_eq!(counts, [1, 2, 1]);
        let constraint = broken(&store, move |tx| tx.server_certificates().insert(&again.0, &again.1));
        assert_eq!(constraint, "server_certificates_name_unique");
        read(&store, |tx| {
            assert_eq!(tx.server_certificates().find_by_name(one, "FRONT")?, Some(front.clone()));
            assert_eq!(tx.server_certificates().find_by_name(one, "none")?, None);
            assert_eq!(tx.server_certificates().list(one, "/", None, 9)?, [back.clone(), front.clone()]);
            assert_eq!(tx.server_certificates().list(one, "/", Some("BACK"), 9)?, from_ref(&front));
            assert_eq!(tx.server_certificates().list(one, "/x", None, 9)?, from_ref(&back));
            Ok(())
        });
        let (front_id, back_id) = (front.id.clone(), back.id.clone());
        let id = back_id.clone();
        let constraint = broken(&store, move |tx| tx.server_certificates().rename(one, &id, "fronT", "/"));
        assert_eq!(constraint, "server_certificates_name_unique");
        store.run(move |tx| {
            tx.lock_server_certificate(one, "Back")?;
            tx.server_certificates().rename(two, &back_id, "other", "/y/")?;
            tx.server_certificates().rename(one, &back_id, "Edge", "/y/")?;
            assert!(!tx.server_certificates().delete(two, &front_id)?);
            assert!(tx.server_certificates().delete(one, &front_id)?);
            Ok(())
        });
        read(&store, |tx| {
            let edge = ServerCertificate { name: "Edge".to_owned(), path: "/y/".to_owned(), ..back };
            assert_eq!(tx.server_certificates().list(one, "/", None, 9)?, [edge]);
            assert_eq!(tx.counts().get(one, Counted::ServerCertificates)?, 1);
            assert_eq!(tx.counts().get(account_id(2), Counted::ServerCertificates)?, 1);
            Ok(())
        });
    }

    fn ssh_public_keys_are_found_under_their_user(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let (alice, bob) = (user(one, "alice", "/"), user(one, "bob", "/"));
        let key = SshPublicKey {
            account: one,
            id: "APKA1".to_owned(),
            user_id: alice.id.clone(),
            body: "ssh-rsa".to_owned(),
            digest: vec![1, 2],
            status: KeyStatus::Active,
            uploaded_at: at(3),
        };
        let of_bob = SshPublicKey { id: "APKA2".to_owned(), user_id: bob.id.clone(), ..key.clone() };
        let same = SshPublicKey { id: "APKA3".to_owned(), ..key.clone() };
        let (kept, alice_id, bob_id) = (key.clone(), alice.id.clone(), bob.id.clone());
        store.run(move |tx| {
            tx.users().insert(&alice, None)?;
            tx.users().insert(&bob, None)?;
            tx.ssh_public_keys().insert(&key)?;
            tx.ssh_public_keys().insert(&of_bob)
        });
        let constraint = broken(&store, move |tx| tx.ssh_public_keys().insert(&same));
        assert_eq!(constraint, "ssh_public_keys_digest_unique");
        read(&store, |tx| {
            assert_eq!(tx.ssh_public_keys().find(one, &alice_id, "APKA1")?, Some(kept.clone()));
            assert_eq!(tx.ssh_public_keys().find(one, &bob_id, "APKA1")?, None);
            assert_eq!(tx.ssh_public_keys().find(two, &alice_id, "APKA1")?, None);
            assert_eq!(tx.ssh_public_keys().list_by_user(one, &alice_id)?, from_ref(&kept));
            Ok(())
        });
        let id = alice_id.clone();
        store.run(move |tx| {
            assert!(!tx.ssh_public_keys().update_status(one, &bob_id, "APKA1", KeyStatus::Inactive)?);
            assert!(tx.ssh_public_keys().update_status(one, &id, "APKA1", KeyStatus::Inactive)?);
            assert!(!tx.ssh_public_keys().delete(two, &bob_id, "APKA2")?);
            assert!(tx.ssh_public_keys().delete(one, &bob_id, "APKA2")?);
            Ok(())
        });
        let left = read(&store, |tx| tx.ssh_public_keys().list_by_user(one, &alice_id));
        assert_eq!(left, [SshPublicKey { status: KeyStatus::Inactive, ..kept }]);
    }

    fn credentials_for_services_are_found_under_their_user_and_in_their_account(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let alice = user(one, "alice", "/");
        let first = ServiceCredential {
            account: one,
            id: "ACCA1".to_owned(),
            user_id: alice.id.clone(),
            service: "git".to_owned(),
            service_user_name: "Alice-at-1".to_owned(),
            status: KeyStatus::Active,
            created_at: at(3),
            expires_at: Some(at(9)),
        };
        let second = ServiceCredential { id: "ACCA2".to_owned(), service: "tables".to_owned(), ..first.clone() };
        let same = ServiceCredential {
            id: "ACCA3".to_owned(),
            service_user_name: "alice-AT-1".to_owned(),
            ..first.clone()
        };
        let (rows, all, id) = ([first.clone(), second.clone()], [first.clone(), second.clone()], alice.id.clone());
        store.run(move |tx| {
            tx.users().insert(&alice, None)?;
            rows.iter().try_for_each(|row| tx.service_credentials().insert(row, b"hash"))
        });
        let constraint = broken(&store, move |tx| tx.service_credentials().insert(&same, b"hash"));
        assert_eq!(constraint, "service_credentials_name_unique");
        read(&store, |tx| {
            assert!(tx.service_credentials().has_name(one, "git", "ALICE-at-1")?);
            assert!(!tx.service_credentials().has_name(one, "mail", "alice-at-1")?);
            assert!(!tx.service_credentials().has_name(two, "git", "alice-at-1")?);
            assert_eq!(tx.service_credentials().find(one, &id, "ACCA2")?, Some(second.clone()));
            assert_eq!(tx.service_credentials().find(one, "AIDA", "ACCA2")?, None);
            assert_eq!(tx.service_credentials().list_by_user(one, &id)?, all);
            assert_eq!(tx.service_credentials().list(one, None, None, 9)?, all);
            assert_eq!(tx.service_credentials().list(one, None, Some("ACCA1"), 9)?, from_ref(&second));
            assert_eq!(tx.service_credentials().list(one, Some("git"), None, 9)?, from_ref(&first));
            assert!(tx.service_credentials().list(two, None, None, 9)?.is_empty());
            Ok(())
        });
        let user_id = id.clone();
        store.run(move |tx| {
            assert!(tx.service_credentials().update_password(one, &user_id, "ACCA1", b"other")?);
            assert!(!tx.service_credentials().update_password(two, &user_id, "ACCA1", b"other")?);
            assert!(tx.service_credentials().update_status(one, &user_id, "ACCA1", KeyStatus::Inactive)?);
            assert!(!tx.service_credentials().update_status(one, "AIDA", "ACCA2", KeyStatus::Inactive)?);
            assert!(!tx.service_credentials().delete(one, "AIDA", "ACCA2")?);
            assert!(tx.service_credentials().delete(one, &user_id, "ACCA2")?);
            Ok(())
        });
        let left = read(&store, |tx| tx.service_credentials().list_by_user(one, &id));
        assert_eq!(left, [ServiceCredential { status: KeyStatus::Inactive, ..first }]);
    }
}
