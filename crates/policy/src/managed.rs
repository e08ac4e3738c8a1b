//! The managed policies that every account has, under the names and default versions AWS gives them, and
//! the roles of Keystead itself.
//!
//! The documents in `managed/` are AWS's, except `ReadOnlyAccess`: AWS's grants reading in some four
//! hundred services that are not here, and this one grants it in those that are. Those in
//! `managed/keystead/` are roles after RightScale's: none contains another, and a member is given as many
//! as they need. What shows a secret is named `Reveal`, so that no grant of `Get*` or `List*` reaches it.

use keystead_core::Timestamp;

/// A managed policy as it is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name; its ARN is `arn:aws:iam::aws:policy` with path and name.
    pub name: &'static str,
    /// Its path.
    pub path: &'static str,
    /// Its unique id: AWS's where that is publicly known.
    id: &'static str,
    /// The version that AWS makes its default.
    pub version: &'static str,
    /// When it was first there.
    pub created_at: Timestamp,
    /// When the default version was made.
    pub updated_at: Timestamp,
    /// What it is for, as GetPolicy says it.
    pub description: &'static str,
    /// The document.
    pub document: &'static str,
}

impl ManagedPolicy {
    /// `arn:aws:iam::aws:policy/AdministratorAccess`
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }

    /// Whether it is one of the tasks that a session of the root user is made for.
    pub fn is_root_task(&self) -> bool {
        self.path == ROOT_TASK_PATH
    }

    /// `ANPAIWMBCKSKIEE64ZLYK`
    pub fn id(&self) -> &'static str {
        self.id
    }
}

/// Below this path are those of AssumeRoot's tasks. They deny everything else to the root user and hang on
/// nobody.
const ROOT_TASK_PATH: &str = "/root-task/";

/// All of them, by name.
pub const MANAGED_POLICIES: &[ManagedPolicy] = &[
    ManagedPolicy {
        name: "AWSCompromisedKeyQuarantine",
        path: "/",
        id: "ANPAZKAPJZG4QUARANTIN",
        version: "v1",
        created_at: Timestamp::from_secs(1_597_169_053),
        updated_at: Timestamp::from_secs(1_597_169_053),
        description: "Denies access to certain actions, applied by the AWS team in the event that an IAM user's credentials have been compromised or exposed publicly. Do NOT remove this policy. Instead, please follow the instructions specified in the email sent to you regarding this event.",
        document: include_str!("../managed/AWSCompromisedKeyQuarantine.json"),
    },
    ManagedPolicy {
        name: "AWSCompromisedKeyQuarantineV2",
        path: "/",
        id: "ANPAZKAPJZG4PFYMROIMI",
        version: "v5",
        created_at: Timestamp::from_secs(1_619_044_259),
        updated_at: Timestamp::from_secs(1_727_887_299),
        description: "Denies access to certain actions, applied by the AWS team in the event that an IAM user's credentials have been compromised or exposed publicly. Do NOT remove this policy. Instead, please follow the instructions specified in the support case created for you regarding this event.",
        document: include_str!("../managed/AWSCompromisedKeyQuarantineV2.json"),
    },
    ManagedPolicy {
        name: "AWSCompromisedKeyQuarantineV3",
        path: "/",
        id: "ANPAZKAPJZG4JAJQG37HX",
        version: "v3",
        created_at: Timestamp::from_secs(1_724_261_809),
        updated_at: Timestamp::from_secs(1_773_678_434),
        description: "Denies access to certain actions, applied by AWS in the event that an IAM user's credentials have been compromised or exposed publicly. The policy aims to limit the potential damage that may be caused by fraud-related activity leading to unauthorized charges, without impacting existing resources. Do NOT remove this policy. Instead, please follow the instructions specified in the support case created for you regarding this event.",
        document: include_str!("../managed/AWSCompromisedKeyQuarantineV3.json"),
    },
    ManagedPolicy {
        name: "AWSDenyAll",
        path: "/",
        id: "ANPAZKAPJZG4P43IUQ5E5",
        version: "v2",
        created_at: Timestamp::from_secs(1_556_750_174),
        updated_at: Timestamp::from_secs(1_702_917_725),
        description: "Deny all access.",
        document: include_str!("../managed/AWSDenyAll.json"),
    },
    ManagedPolicy {
        name: "AdministratorAccess",
        path: "/",
        id: "ANPAIWMBCKSKIEE64ZLYK",
        version: "v1",
        created_at: Timestamp::from_secs(1_423_247_986),
        updated_at: Timestamp::from_secs(1_423_247_986),
        description: "Provides full access to AWS services and resources.",
        document: include_str!("../managed/AdministratorAccess.json"),
    },
    ManagedPolicy {
        name: "IAMAuditRootUserCredentials",
        path: ROOT_TASK_PATH,
        id: "ANPAZKAPJZG4ROOTAUDIT",
        version: "v1",
        created_at: Timestamp::from_secs(1_731_607_200),
        updated_at: Timestamp::from_secs(1_731_607_200),
        description: "What the root user may do in a session to audit its own credentials.",
        document: include_str!("../managed/root-task/IAMAuditRootUserCredentials.json"),
    },
    ManagedPolicy {
        name: "IAMCreateRootUserPassword",
        path: ROOT_TASK_PATH,
        id: "ANPAZKAPJZG4ROOTPASSW",
        version: "v1",
        created_at: Timestamp::from_secs(1_731_607_200),
        updated_at: Timestamp::from_secs(1_731_607_200),
        description: "What the root user may do in a session to get a password again.",
        document: include_str!("../managed/root-task/IAMCreateRootUserPassword.json"),
    },
    ManagedPolicy {
        name: "IAMDeleteRootUserCredentials",
        path: ROOT_TASK_PATH,
        id: "ANPAZKAPJZG4ROOTDELET",
        version: "v2",
        created_at: Timestamp::from_secs(1_731_607_200),
        updated_at: Timestamp::from_secs(1_736_272_800),
        description: "What the root user may do in a session to remove its own credentials.",
        document: include_str!("../managed/root-task/IAMDeleteRootUserCredentials.json"),
    },
    ManagedPolicy {
        name: "IAMFullAccess",
        path: "/",
        id: "ANPAI7XKCFMBPM3QQRRVQ",
        version: "v2",
        created_at: Timestamp::from_secs(1_423_248_038),
        updated_at: Timestamp::from_secs(1_561_146_000),
        description: "Provides full access to IAM via the AWS Management Console.",
        document: include_str!("../managed/IAMFullAccess.json"),
    },
    ManagedPolicy {
        name: "IAMReadOnlyAccess",
        path: "/",
        id: "ANPAJKSO7NDY4T57MWDSQ",
        version: "v4",
        created_at: Timestamp::from_secs(1_423_248_039),
        updated_at: Timestamp::from_secs(1_516_907_487),
        description: "Provides read only access to IAM via the AWS Management Console.",
        document: include_str!("../managed/IAMReadOnlyAccess.json"),
    },
    ManagedPolicy {
        name: "IAMSelfManageServiceSpecificCredentials",
        path: "/",
        id: "ANPAI4VT74EMXK2PMQJM2",
        version: "v1",
        created_at: Timestamp::from_secs(1_482_427_518),
        updated_at: Timestamp::from_secs(1_482_427_518),
        description: "Allows an IAM user to manage their own Service Specific Credentials.",
        document: include_str!("../managed/IAMSelfManageServiceSpecificCredentials.json"),
    },
    ManagedPolicy {
        name: "IAMUserChangePassword",
        path: "/",
        id: "ANPAJ4L4MM2A7QIEB56MS",
        version: "v5",
        created_at: Timestamp::from_secs(1_479_169_516),
        updated_at: Timestamp::from_secs(1_770_919_137),
        description: "Provides the ability for an IAM user to change their own password.",
        document: include_str!("../managed/IAMUserChangePassword.json"),
    },
    ManagedPolicy {
        name: "IAMUserSSHKeys",
        path: "/",
        id: "ANPAJTSHUA4UXGXU7ANUA",
        version: "v1",
        created_at: Timestamp::from_secs(1_436_461_734),
        updated_at: Timestamp::from_secs(1_436_461_734),
        description: "Provides the ability for an IAM user to manage their own SSH keys.",
        document: include_str!("../managed/IAMUserSSHKeys.json"),
    },
    ManagedPolicy {
        name: "PowerUserAccess",
        path: "/",
        id: "ANPAJYRXTHIB4FOVS3ZXS",
        version: "v12",
        created_at: Timestamp::from_secs(1_423_247_987),
        updated_at: Timestamp::from_secs(1_770_919_154),
        description: "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
        document: include_str!("../managed/PowerUserAccess.json"),
    },
    ManagedPolicy {
        name: "ReadOnlyAccess",
        path: "/",
        id: "ANPAILL3HVNFSB6DCOWYQ",
        version: "v190",
        created_at: Timestamp::from_secs(1_423_247_988),
        updated_at: Timestamp::from_secs(1_790_271_428),
        description: "Provides read-only access to AWS services and resources.",
        document: include_str!("../managed/ReadOnlyAccess.json"),
    },
    ManagedPolicy {
        name: "S3UnlockBucketPolicy",
        path: ROOT_TASK_PATH,
        id: "ANPAZKAPJZG4ROOTBUCKE",
        version: "v1",
        created_at: Timestamp::from_secs(1_731_607_200),
        updated_at: Timestamp::from_secs(1_731_607_200),
        description: "What the root user may do in a session to remove a bucket policy that denies everybody.",
        document: include_str!("../managed/root-task/S3UnlockBucketPolicy.json"),
    },
    ManagedPolicy {
        name: "SQSUnlockQueuePolicy",
        path: ROOT_TASK_PATH,
        id: "ANPAZKAPJZG4ROOTQUEUE",
        version: "v1",
        created_at: Timestamp::from_secs(1_731_607_200),
        updated_at: Timestamp::from_secs(1_731_607_200),
        description: "What the root user may do in a session to remove a queue policy that denies everybody.",
        document: include_str!("../managed/root-task/SQSUnlockQueuePolicy.json"),
    },
    ManagedPolicy {
        name: "SecurityAudit",
        path: "/",
        id: "ANPAIX2T3QCXHR2OGGCTO",
        version: "v94",
        created_at: Timestamp::from_secs(1_423_248_061),
        updated_at: Timestamp::from_secs(1_790_800_028),
        description: "The security audit template grants access to read security configuration metadata. It is useful for software that audits the configuration of an AWS account.",
        document: include_str!("../managed/SecurityAudit.json"),
    },
    ManagedPolicy {
        name: "actor",
        path: "/keystead/",
        id: "ANPAKEYSTEADACTOR2222",
        version: "v1",
        created_at: Timestamp::from_secs(1_795_305_600),
        updated_at: Timestamp::from_secs(1_795_305_600),
        description: "Operates: stored credentials and their use as inputs, workloads, discovery, and rotations that are under way.",
        document: include_str!("../managed/keystead/actor.json"),
    },
    ManagedPolicy {
        name: "admin",
        path: "/keystead/",
        id: "ANPAKEYSTEADADMIN2222",
        version: "v1",
        created_at: Timestamp::from_secs(1_795_305_600),
        updated_at: Timestamp::from_secs(1_795_305_600),
        description: "Connects clouds and keeps their credentials, sees the values of stored ones, invites members and gives them these roles.",
        document: include_str!("../managed/keystead/admin.json"),
    },
    ManagedPolicy {
        name: "credential_viewer",
        path: "/keystead/",
        id: "ANPAKEYSTEADCREDVIEW2",
        version: "v1",
        created_at: Timestamp::from_secs(1_795_305_600),
        updated_at: Timestamp::from_secs(1_795_305_600),
        description: "Sees the values of stored credentials.",
        document: include_str!("../managed/keystead/credential_viewer.json"),
    },
    ManagedPolicy {
        name: "designer",
        path: "/keystead/",
        id: "ANPAKEYSTEADDESIGNER2",
        version: "v1",
        created_at: Timestamp::from_secs(1_795_305_600),
        updated_at: Timestamp::from_secs(1_795_305_600),
        description: "Keeps stored credentials and selects them as inputs, without seeing their values.",
        document: include_str!("../managed/keystead/designer.json"),
    },
    ManagedPolicy {
        name: "observer",
        path: "/keystead/",
        id: "ANPAKEYSTEADOBSERVER2",
        version: "v1",
        created_at: Timestamp::from_secs(1_795_305_600),
        updated_at: Timestamp::from_secs(1_795_305_600),
        description: "Sees everything that Keystead keeps but secrets, and changes nothing.",
        document: include_str!("../managed/keystead/observer.json"),
    },
    ManagedPolicy {
        name: "security_manager",
        path: "/keystead/",
        id: "ANPAKEYSTEADSECMANAGR",
        version: "v1",
        created_at: Timestamp::from_secs(1_795_305_600),
        updated_at: Timestamp::from_secs(1_795_305_600),
        description: "Reads the audit and who may do what, says which services may ask about signatures, and how strong passwords are.",
        document: include_str!("../managed/keystead/security_manager.json"),
    },
];
