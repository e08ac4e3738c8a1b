//! The managed policies that every account has, under the names and default versions AWS gives them.
//!
//! The documents in `managed/` are AWS's, except `ReadOnlyAccess`: AWS's grants reading in some four
//! hundred services that are not here, and this one grants it in those that are.

/// A managed policy as it is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name; its ARN is `arn:aws:iam::aws:policy` with path and name.
    pub name: &'static str,
    /// Its path.
    pub path: &'static str,
    /// The version that AWS makes its default.
    pub version: &'static str,
    /// The document.
    pub document: &'static str,
}

impl ManagedPolicy {
    /// `arn:aws:iam::aws:policy/AdministratorAccess`
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }
}

/// All of them, by name.
pub const MANAGED_POLICIES: &[ManagedPolicy] = &[
    ManagedPolicy {
        name: "AWSCompromisedKeyQuarantineV2",
        path: "/",
        version: "v5",
        document: include_str!("../managed/AWSCompromisedKeyQuarantineV2.json"),
    },
    ManagedPolicy {
        name: "AWSCompromisedKeyQuarantineV3",
        path: "/",
        version: "v3",
        document: include_str!("../managed/AWSCompromisedKeyQuarantineV3.json"),
    },
    ManagedPolicy {
        name: "AWSDenyAll",
        path: "/",
        version: "v2",
        document: include_str!("../managed/AWSDenyAll.json"),
    },
    ManagedPolicy {
        name: "AdministratorAccess",
        path: "/",
        version: "v1",
        document: include_str!("../managed/AdministratorAccess.json"),
    },
    ManagedPolicy {
        name: "IAMFullAccess",
        path: "/",
        version: "v2",
        document: include_str!("../managed/IAMFullAccess.json"),
    },
    ManagedPolicy {
        name: "IAMReadOnlyAccess",
        path: "/",
        version: "v4",
        document: include_str!("../managed/IAMReadOnlyAccess.json"),
    },
    ManagedPolicy {
        name: "IAMSelfManageServiceSpecificCredentials",
        path: "/",
        version: "v1",
        document: include_str!("../managed/IAMSelfManageServiceSpecificCredentials.json"),
    },
    ManagedPolicy {
        name: "IAMUserChangePassword",
        path: "/",
        version: "v5",
        document: include_str!("../managed/IAMUserChangePassword.json"),
    },
    ManagedPolicy {
        name: "IAMUserSSHKeys",
        path: "/",
        version: "v1",
        document: include_str!("../managed/IAMUserSSHKeys.json"),
    },
    ManagedPolicy {
        name: "PowerUserAccess",
        path: "/",
        version: "v12",
        document: include_str!("../managed/PowerUserAccess.json"),
    },
    ManagedPolicy {
        name: "ReadOnlyAccess",
        path: "/",
        version: "v190",
        document: include_str!("../managed/ReadOnlyAccess.json"),
    },
    ManagedPolicy {
        name: "SecurityAudit",
        path: "/",
        version: "v94",
        document: include_str!("../managed/SecurityAudit.json"),
    },
];
