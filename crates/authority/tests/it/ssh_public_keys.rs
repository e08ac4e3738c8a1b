//! UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, DeleteSSHPublicKey.

use keystead_store::both;
use keystead_store::testing::TestStore;

use crate::answer::Answer;
use crate::holdings::ssh_key;
use crate::world::World;

const RSA: &str = include_str!("../ssh_keys/rsa.pub");
const RSA_PEM: &str = include_str!("../ssh_keys/rsa.pem");
const RSA_PKCS1: &str = include_str!("../ssh_keys/rsa-pkcs1.pem");
const ED25519: &str = include_str!("../ssh_keys/ed25519.pub");
const ED25519_PEM: &str = include_str!("../ssh_keys/ed25519.pem");
/// What `ssh-keygen -l -E md5` prints of them.
const RSA_FINGERPRINT: &str = "0c:25:df:10:fb:63:f8:45:78:83:03:ca:42:0f:c2:b9";
const ED25519_FINGERPRINT: &str = "40:11:15:99:77:88:e5:c5:d3:d5:c6:2e:0d:fe:6c:03";

impl World {
    fn upload_ssh(&self, user: &str, body: &str) -> Answer {
        self.call(&self.root, "UploadSSHPublicKey", &[("UserName", user), ("SSHPublicKeyBody", body)])
    }
}

/// The key of a line without what comes after it.
fn bare(line: &str) -> String {
    line.split(' ').take(2).collect::<Vec<_>>().join(" ").trim().to_owned()
}

both! {
    fn a_key_is_uploaded_shown_in_both_encodings_switched_and_deleted(store: TestStore) {
        let world = World::new(store);
        for (number, (body, ssh, pem, fingerprint)) in [
            (RSA, RSA.to_owned(), RSA_PEM, RSA_FINGERPRINT),
            (RSA_PEM, bare(RSA), RSA_PEM, RSA_FINGERPRINT),
            (ED25519, ED25519.to_owned(), ED25519_PEM, ED25519_FINGERPRINT),
            (ED25519_PEM, bare(ED25519), ED25519_PEM, ED25519_FINGERPRINT),
        ]
        .into_iter()
        .enumerate()
        {
            let name = format!("user-{number}");
            world.call(&world.root, "CreateUser", &[("UserName", &name)]).expect_done();
            let user = ("UserName", &*name);
            let made = world.upload_ssh(&name, body).expect_done();
            let id = made.text("SSHPublicKey/SSHPublicKeyId");
            assert!(id.starts_with("APKA") && id.len() == 21, "{id}");
            assert_eq!(made.text("SSHPublicKey/SSHPublicKeyBody"), body);
            let key = ("SSHPublicKeyId", &*id);
            for status in ["Inactive", "Active"] {
                let update = [user, key, ("Status", status)];
                world.call(&world.root, "UpdateSSHPublicKey", &update).expect_done();
                for (encoding, expected) in [("SSH", &*ssh), ("PEM", pem)] {
                    let get = [user, key, ("Encoding", encoding)];
                    let shown = world.call(&world.root, "GetSSHPublicKey", &get).expect_done();
                    assert_eq!(shown.text("SSHPublicKey/SSHPublicKeyBody"), expected);
                    assert_eq!(shown.text("SSHPublicKey/Fingerprint"), fingerprint);
                    assert_eq!(shown.text("SSHPublicKey/Status"), status);
                    assert_eq!(shown.text("SSHPublicKey/UserName"), name);
                    assert_eq!(shown.text("SSHPublicKey/UploadDate"), "2026-01-01T00:00:00Z");
                }
            }
            let update = [user, key, ("Status", "Expired")];
            let refusal = "A key cannot be set to Expired; use Active or Inactive.";
            let refused = world.call(&world.root, "UpdateSSHPublicKey", &update);
            refused.expect_refused(400, "InvalidInput", refusal);
            world.call(&world.root, "DeleteSSHPublicKey", &[user, key]).expect_done();
            let refusal = format!("The Public Key with id {id} cannot be found.");
            let again = [user, key, ("Encoding", "SSH"), ("Status", "Active")];
            for action in ["DeleteSSHPublicKey", "GetSSHPublicKey", "UpdateSSHPublicKey"] {
                world.call(&world.root, action, &again).expect_refused(404, "NoSuchEntity", &refusal);
            }
        }
    }

    fn a_user_has_a_key_once_however_it_is_written(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        world.user("bob");
        world.upload_ssh("alice", RSA).expect_done();
        let refusal = "The user has the key in SSHPublicKeyBody already. Upload another one.";
        for again in [RSA, &bare(RSA), RSA_PEM, RSA_PKCS1] {
            world.upload_ssh("alice", again).expect_refused(400, "DuplicateSSHPublicKey", refusal);
        }
        world.upload_ssh("bob", RSA_PKCS1).expect_done();
        let refusal = "The user with name carol cannot be found.";
        world.upload_ssh("carol", "x").expect_refused(404, "NoSuchEntity", refusal);
    }

    fn keys_are_listed_under_their_user_whatever_it_is_called(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        world.user("bob");
        let upload = |mark| world.upload_ssh("alice", &ssh_key(mark)).expect_done();
        let mut ids = ["one", "two", "three"].map(|mark| upload(mark).text("SSHPublicKey/SSHPublicKeyId"));
        ids.sort();
        let rename = [("UserName", "alice"), ("NewUserName", "Anna")];
        world.call(&world.root, "UpdateUser", &rename).expect_done();
        let first = world.call(&alice, "ListSSHPublicKeys", &[("MaxItems", "2")]).expect_done();
        assert_eq!(first.list("SSHPublicKeys", "SSHPublicKeyId"), ids[..2]);
        assert_eq!(first.list("SSHPublicKeys", "UserName"), ["Anna", "Anna"]);
        let rest = [("UserName", "anna"), ("Marker", &*first.text("Marker"))];
        let rest = world.call(&world.root, "ListSSHPublicKeys", &rest).expect_done();
        assert_eq!(rest.list("SSHPublicKeys", "SSHPublicKeyId"), ids[2..]);
        assert_eq!((rest.list("SSHPublicKeys", "Status"), rest.text("IsTruncated")), (vec!["Active".to_owned()], "false".to_owned()));
        // Another user does not have them.
        let params = [("UserName", "bob"), ("SSHPublicKeyId", &*ids[0]), ("Encoding", "SSH"), ("Status", "Inactive")];
        for action in ["GetSSHPublicKey", "UpdateSSHPublicKey", "DeleteSSHPublicKey"] {
            world.call(&world.root, action, &params).expect_code(404, "NoSuchEntity");
        }
        let none = world.call(&world.root, "ListSSHPublicKeys", &[]).expect_done();
        assert!(none.list("SSHPublicKeys", "SSHPublicKeyId").is_empty(), "root has none");
    }

    fn a_user_with_keys_cannot_be_deleted(store: TestStore) {
        let world = World::new(store);
        let user = ("UserName", "alice");
        world.call(&world.root, "CreateUser", &[user]).expect_done();
        let made = world.upload_ssh("alice", RSA).expect_done();
        let refusal = "Cannot delete entity, must delete SSH public keys first.";
        world.call(&world.root, "DeleteUser", &[user]).expect_refused(409, "DeleteConflict", refusal);
        let id = made.text("SSHPublicKey/SSHPublicKeyId");
        world.call(&world.root, "DeleteSSHPublicKey", &[user, ("SSHPublicKeyId", &id)]).expect_done();
        world.call(&world.root, "DeleteUser", &[user]).expect_done();
    }
}

#[test]
fn keys_that_cannot_be_used_are_refused_with_the_reason() {
    let world = World::new(TestStore::sqlite());
    world.user("alice");
    let state = world.state();
    let invalid = |why: &str| format!("SSHPublicKeyBody {why}. Send an ssh-rsa key or an ssh-ed25519 key.");
    let unreadable = invalid("cannot be read");
    let of_another_type = invalid("holds a key of another type");
    let short = invalid("holds an RSA key of 1024 bits, and 2048 are the least");
    let table = [
        (include_str!("../ssh_keys/rsa-1024.pub").to_owned(), "InvalidPublicKey", &short),
        (include_str!("../ssh_keys/ecdsa.pub").to_owned(), "InvalidPublicKey", &of_another_type),
        (include_str!("../ssh_keys/ecdsa.pem").to_owned(), "InvalidPublicKey", &of_another_type),
        (RSA[..200].to_owned(), "InvalidPublicKey", &unreadable),
        (RSA.replace("ssh-rsa", "ssh-ed25519"), "InvalidPublicKey", &of_another_type),
        (RSA_PEM.replace("MII", "AII"), "InvalidPublicKey", &unreadable),
    ];
    for (body, code, refusal) in table {
        world.upload_ssh("alice", &body).expect_refused(400, code, refusal);
    }
    let refusal = "SSHPublicKeyBody is in no encoding that is known. Send the public key as a line of OpenSSH, or \
                   in PEM.";
    for body in ["x", "ssh-rsa", "AAAA ssh-rsa", &RSA_PEM.replace("PUBLIC KEY", "OPENSSH PRIVATE KEY")] {
        world.upload_ssh("alice", body).expect_refused(400, "UnrecognizedPublicKeyEncoding", refusal);
    }
    assert_eq!(world.state(), state);
}
