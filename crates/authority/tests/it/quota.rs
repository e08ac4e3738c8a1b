//! No quota is ever exceeded, whatever happens at the same time.

use std::thread;

use keystead_core::Quota;
use keystead_store::testing::TestStore;
use keystead_store::{Touched, both};

use crate::answer::Answer;
use crate::holdings::ssh_key;
use crate::identities::OF_EC2;
use crate::issued::issue;
use crate::phone::{Phone, step};
use crate::providers::metadata;
use crate::world::World;

/// Something of which there may be so many.
struct Limited {
    quota: Quota,
    limit: u64,
    /// Makes one; `mark` is another each time.
    create: fn(&World, mark: &str) -> Answer,
    /// What [`Limited::delete`] is told of the one that was made.
    name: fn(&World, mark: &str, made: &Answer) -> String,
    delete: fn(&World, name: &str) -> Answer,
    /// The names of all there are.
    list: fn(&World) -> Vec<String>,
}

const USER: (&str, &str) = ("UserName", "alice");

const USERS: Limited = Limited {
    quota: Quota::Users,
    limit: 7,
    create: |world, mark| world.call(&world.root, "CreateUser", &[("UserName", mark)]),
    name: |_, _, made| made.text("User/UserName"),
    delete: |world, name| world.call(&world.root, "DeleteUser", &[("UserName", name)]),
    list: |world| world.call(&world.root, "ListUsers", &[]).expect_done().list("Users", "UserName"),
};

const ACCESS_KEYS: Limited = Limited {
    quota: Quota::AccessKeysPerUser,
    limit: 2,
    create: |world, _| world.call(&world.root, "CreateAccessKey", &[USER]),
    name: |_, _, made| made.text("AccessKey/AccessKeyId"),
    delete: |world, id| world.call(&world.root, "DeleteAccessKey", &[USER, ("AccessKeyId", id)]),
    list: |world| {
        let listed = world.call(&world.root, "ListAccessKeys", &[USER]).expect_done();
        listed.list("AccessKeyMetadata", "AccessKeyId")
    },
};

const SIGNING_CERTIFICATES: Limited = Limited {
    quota: Quota::SigningCertificatesPerUser,
    limit: 2,
    create: |world, _| {
        let body = issue().certificate;
        world.call(&world.root, "UploadSigningCertificate", &[USER, ("CertificateBody", &body)])
    },
    name: |_, _, made| made.text("Certificate/CertificateId"),
    delete: |world, id| world.call(&world.root, "DeleteSigningCertificate", &[USER, ("CertificateId", id)]),
    list: |world| {
        let listed = world.call(&world.root, "ListSigningCertificates", &[USER]).expect_done();
        listed.list("Certificates", "CertificateId")
    },
};

const SERVER_CERTIFICATES: Limited = Limited {
    quota: Quota::ServerCertificates,
    limit: 3,
    create: |world, mark| {
        let issued = issue();
        let params = [
            ("ServerCertificateName", mark),
            ("CertificateBody", &*issued.certificate),
            ("PrivateKey", &*issued.private_key),
        ];
        world.call(&world.root, "UploadServerCertificate", &params)
    },
    name: |_, _, made| made.text("ServerCertificateMetadata/ServerCertificateName"),
    delete: |world, name| {
        world.call(&world.root, "DeleteServerCertificate", &[("ServerCertificateName", name)])
    },
    list: |world| {
        let listed = world.call(&world.root, "ListServerCertificates", &[]).expect_done();
        listed.list("ServerCertificateMetadataList", "ServerCertificateName")
    },
};

const SSH_KEYS: Limited = Limited {
    quota: Quota::SshPublicKeysPerUser,
    limit: 5,
    create: |world, mark| {
        let body = ssh_key(mark);
        world.call(&world.root, "UploadSSHPublicKey", &[USER, ("SSHPublicKeyBody", &body)])
    },
    name: |_, _, made| made.text("SSHPublicKey/SSHPublicKeyId"),
    delete: |world, id| world.call(&world.root, "DeleteSSHPublicKey", &[USER, ("SSHPublicKeyId", id)]),
    list: |world| {
        let listed = world.call(&world.root, "ListSSHPublicKeys", &[USER]).expect_done();
        listed.list("SSHPublicKeys", "SSHPublicKeyId")
    },
};

const SERVICE_CREDENTIALS: Limited = Limited {
    quota: Quota::ServiceSpecificCredentialsPerUser,
    limit: 2,
    create: |world, _| {
        let service = ("ServiceName", "codecommit.amazonaws.com");
        world.call(&world.root, "CreateServiceSpecificCredential", &[USER, service])
    },
    name: |_, _, made| made.text("ServiceSpecificCredential/ServiceSpecificCredentialId"),
    delete: |world, id| {
        let id = ("ServiceSpecificCredentialId", id);
        world.call(&world.root, "DeleteServiceSpecificCredential", &[USER, id])
    },
    list: |world| {
        let listed = world.call(&world.root, "ListServiceSpecificCredentials", &[USER]).expect_done();
        listed.list("ServiceSpecificCredentials", "ServiceSpecificCredentialId")
    },
};

const VIRTUAL_MFA_DEVICES: Limited = Limited {
    quota: Quota::MfaDevices,
    limit: 5,
    create: |world, mark| {
        world.call(&world.root, "CreateVirtualMFADevice", &[("VirtualMFADeviceName", mark)])
    },
    name: |world, mark, _| serial_number(world, mark),
    delete: |world, serial| world.call(&world.root, "DeleteVirtualMFADevice", &[("SerialNumber", serial)]),
    list: |world| {
        let listed = world.call(&world.root, "ListVirtualMFADevices", &[]).expect_done();
        listed.list("VirtualMFADevices", "SerialNumber")
    },
};

fn serial_number(world: &World, device: &str) -> String {
    format!("arn:aws:iam::{}:mfa/{device}", world.account)
}

/// Devices that are enabled; the others are deleted again.
const MFA_DEVICES: Limited = Limited {
    quota: Quota::MfaDevicesPerUser,
    limit: 3,
    create: |world, mark| {
        let phone = Phone::new(world, &world.root, mark);
        let answer = phone.enable(world, &world.root, USER.1, step(world) - 1);
        if answer.reply.status != 200 {
            (VIRTUAL_MFA_DEVICES.delete)(world, &phone.serial_number).expect_done();
        }
        answer
    },
    name: |world, mark, _| serial_number(world, mark),
    delete: |world, serial| {
        let device = [USER, ("SerialNumber", serial)];
        world.call(&world.root, "DeactivateMFADevice", &device).expect_done();
        (VIRTUAL_MFA_DEVICES.delete)(world, serial)
    },
    list: |world| {
        world.call(&world.root, "ListMFADevices", &[USER]).expect_done().list("MFADevices", "SerialNumber")
    },
};

const GROUPS: Limited = Limited {
    quota: Quota::Groups,
    limit: 4,
    create: |world, mark| world.call(&world.root, "CreateGroup", &[("GroupName", mark)]),
    name: |_, _, made| made.text("Group/GroupName"),
    delete: |world, name| world.call(&world.root, "DeleteGroup", &[("GroupName", name)]),
    list: |world| world.call(&world.root, "ListGroups", &[]).expect_done().list("Groups", "GroupName"),
};

/// Groups that a user is in; the others are deleted again.
const MEMBERSHIPS: Limited = Limited {
    quota: Quota::GroupsPerUser,
    limit: 3,
    create: |world, mark| {
        world.call(&world.root, "CreateGroup", &[("GroupName", mark)]).expect_done();
        let answer = world.call(&world.root, "AddUserToGroup", &[("GroupName", mark), USER]);
        if answer.reply.status != 200 {
            (GROUPS.delete)(world, mark).expect_done();
        }
        answer
    },
    name: |_, mark, _| mark.to_owned(),
    delete: |world, name| {
        world.call(&world.root, "RemoveUserFromGroup", &[("GroupName", name), USER]).expect_done();
        (GROUPS.delete)(world, name)
    },
    list: |world| {
        world.call(&world.root, "ListGroupsForUser", &[USER]).expect_done().list("Groups", "GroupName")
    },
};

const ROLES: Limited = Limited {
    quota: Quota::Roles,
    limit: 4,
    create: |world, mark| {
        let trust = ("AssumeRolePolicyDocument", OF_EC2);
        world.call(&world.root, "CreateRole", &[("RoleName", mark), trust])
    },
    name: |_, _, made| made.text("Role/RoleName"),
    delete: |world, name| world.call(&world.root, "DeleteRole", &[("RoleName", name)]),
    list: |world| world.call(&world.root, "ListRoles", &[]).expect_done().list("Roles", "RoleName"),
};

const INSTANCE_PROFILES: Limited = Limited {
    quota: Quota::InstanceProfiles,
    limit: 4,
    create: |world, mark| world.call(&world.root, "CreateInstanceProfile", &[("InstanceProfileName", mark)]),
    name: |_, _, made| made.text("InstanceProfile/InstanceProfileName"),
    delete: |world, name| world.call(&world.root, "DeleteInstanceProfile", &[("InstanceProfileName", name)]),
    list: |world| {
        let listed = world.call(&world.root, "ListInstanceProfiles", &[]).expect_done();
        listed.list("InstanceProfiles", "InstanceProfileName")
    },
};

const OIDC_PROVIDERS: Limited = Limited {
    quota: Quota::OidcProviders,
    limit: 4,
    create: |world, mark| {
        let url = format!("https://{mark}.example.com");
        world.call(&world.root, "CreateOpenIDConnectProvider", &[("Url", &url)])
    },
    name: |_, _, made| made.text("OpenIDConnectProviderArn"),
    delete: |world, arn| {
        world.call(&world.root, "DeleteOpenIDConnectProvider", &[("OpenIDConnectProviderArn", arn)])
    },
    list: |world| {
        let listed = world.call(&world.root, "ListOpenIDConnectProviders", &[]).expect_done();
        listed.list("OpenIDConnectProviderList", "Arn")
    },
};

const SAML_PROVIDERS: Limited = Limited {
    quota: Quota::SamlProviders,
    limit: 3,
    create: |world, mark| {
        let given = [("Name", mark), ("SAMLMetadataDocument", &*metadata(""))];
        world.call(&world.root, "CreateSAMLProvider", &given)
    },
    name: |_, _, made| made.text("SAMLProviderArn"),
    delete: |world, arn| world.call(&world.root, "DeleteSAMLProvider", &[("SAMLProviderArn", arn)]),
    list: |world| {
        let listed = world.call(&world.root, "ListSAMLProviders", &[]).expect_done();
        listed.list("SAMLProviderList", "Arn")
    },
};

/// In the order in which they are contended for: devices of users are virtual ones too, so the virtual ones come
/// last and are few only then; with memberships and groups it is the same.
const ALL: [&Limited; 14] = [
    &USERS,
    &ACCESS_KEYS,
    &SIGNING_CERTIFICATES,
    &SERVER_CERTIFICATES,
    &SSH_KEYS,
    &SERVICE_CREDENTIALS,
    &OIDC_PROVIDERS,
    &SAML_PROVIDERS,
    &MFA_DEVICES,
    &VIRTUAL_MFA_DEVICES,
    &MEMBERSHIPS,
    &GROUPS,
    &ROLES,
    &INSTANCE_PROFILES,
];

impl Limited {
    /// In each round all callers come at once: who holds one deletes it, the others try to make one.
    fn contend(&self, world: &World, callers: usize, rounds: usize) {
        let before = (self.list)(world);
        let mut held = vec![None; callers];
        for round in 0..rounds {
            thread::scope(|scope| {
                for (number, held) in held.iter_mut().enumerate() {
                    scope.spawn(move || match held.take() {
                        None => *held = self.try_create(world, &format!("u{number}-{round}")),
                        Some(name) => drop((self.delete)(world, &name).expect_done()),
                    });
                }
                scope.spawn(|| assert!((self.list)(world).len() as u64 <= self.limit));
            });
            let holders = held.iter().flatten().count();
            // Nobody is refused what there is room for.
            assert!(round > 0 || holders + before.len() == self.limit as usize, "{holders} got one");
        }
        let mut held: Vec<String> = held.into_iter().flatten().chain(before.clone()).collect();
        // What is counted is what there is: there is room for the rest and no more.
        held.extend((0..self.limit).map_while(|number| self.try_create(world, &format!("rest-{number}"))));
        let mut listed = (self.list)(world);
        listed.sort();
        held.sort();
        assert_eq!(listed, held);
        assert_eq!(listed.len() as u64, self.limit);
        for name in listed.iter().filter(|name| !before.contains(name)) {
            (self.delete)(world, name).expect_done();
        }
    }

    /// Makes one, unless there are enough.
    fn try_create(&self, world: &World, mark: &str) -> Option<String> {
        let answer = (self.create)(world, mark);
        if answer.reply.status == 200 {
            return Some((self.name)(world, mark, &answer));
        }
        let refusal = format!("Cannot exceed quota for {}: {}", self.quota.name(), self.limit);
        answer.expect_refused(409, "LimitExceeded", &refusal);
        None
    }
}

fn no_quota_is_exceeded(store: TestStore, callers: usize, rounds: usize) {
    let world = World::new(store);
    world.call(&world.root, "CreateUser", &[USER]).expect_done();
    let account = world.account;
    for limited in ALL {
        world.store.run(move |tx| {
            tx.quotas().set(account, limited.quota, limited.limit as i64)?;
            tx.touch(Touched::Account(account));
            Ok(())
        });
        limited.contend(&world, callers, rounds);
    }
}

both! {
    fn no_quota_is_exceeded_by_many_at_once(store: TestStore) {
        no_quota_is_exceeded(store, 16, 4);
    }

    #[ignore = "large"]
    fn no_quota_is_exceeded_by_64_callers_in_1000_rounds(store: TestStore) {
        no_quota_is_exceeded(store, 64, 1000);
    }
}
