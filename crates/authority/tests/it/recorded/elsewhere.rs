//! The recorded replies of operations that are not here yet, so that no row is forgotten.

use super::Row;

/// Whether a row is one of these.
pub(super) fn is_named(row: &Row) -> bool {
    let of_another_code = matches!(row.code, "MalformedPolicyDocument" | "InvalidParameterValue");
    of_another_code
        || ROWS.iter().any(|(_, messages)| messages.contains(&row.message))
        || BEGINNINGS.iter().any(|(_, beginning)| row.message.starts_with(beginning))
}

/// Rows that are the same for many names, or cut.
const BEGINNINGS: [(&str, &str); 2] = [
    ("service-linked roles", "Custom suffix is not allowed for "),
    (
        "sessions",
        r#"1 validation error detected: Value '{"Version": "2012-10-17", "Statement": [{"Effect": "#,
    ),
];

/// Rows by what they are about.
const ROWS: [(&str, &[&str]); 7] = [
    (
        "groups",
        &[
            "The group with name non-existent-group cannot be found.",
            "Group with name <group-name:1> already exists.",
            "The group with name unknown-group cannot be found.",
            "The group policy with name <policy-name:1> cannot be found.",
            "Group with name <group-name-2> already exists.",
            "The group with name <group-name:1> cannot be found.",
            "The group with name nonexisting cannot be found.",
            "The group with name nonexistent-group cannot be found.",
        ],
    ),
    (
        "instance profiles",
        &[
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
            "Cannot delete entity, must remove roles from instance profile first.",
            "Instance Profile <instance-profile-name:1> cannot be found.",
            "Instance Profile <instance-profile-name:1> already exists.",
            "Instance Profile nonexistent-profile cannot be found.",
            "Role <role-name:1> in Instance Profile <instance-profile-name:1> cannot be found.",
        ],
    ),
    (
        "roles",
        &[
            "Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix.",
            "The role with name nonexistent-role cannot be found.",
            "The role with name <role-name:1> cannot be found.",
            "Role with name <role-name:1> already exists.",
            "The role with name test-nonexistent-role cannot be found.",
            "The role policy with name non-existent-policy cannot be found.",
            "The role policy with name <policy-name:1> cannot be found.",
        ],
    ),
    (
        "policies of the account, and inline ones",
        &[
            "Cannot delete entity, must delete policies first.",
            "Cannot delete policies outside your own account.",
            "Cannot delete policy versions for policies outside your own account.",
            "Cannot update policies outside your own account.",
            r"1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?",
            "A policy called <policy-name:1> already exists. Duplicate names are not allowed.",
            "Duplicate tag keys found.",
            "Cannot delete the default version of a policy.",
            "Policy arn:<partition>:iam::111111111111:policy/<policy-name:1> version v9 does not exist or is not attachable.",
            "Policy arn:<partition>:iam::111111111111:policy/TestNonExistingPolicy version v1 does not exist or is not attachable.",
            "Policy arn:<partition>:iam::111111111111:policy/<policy-name:1> version v4 does not exist or is not attachable.",
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
            "Cannot delete a policy attached to entities.",
        ],
    ),
    (
        "providers of identities by OpenID Connect",
        &[
            "Provider with url https://oidc-dup-04669428.example.com already exists.",
            "Invalid Open ID Connect Provider URL",
            "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
            "Thumbprint list must contain fewer than 5 entries.",
            "3 validation errors detected: Value at 'clientIDList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]; Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]; Value at 'url' failed to satisfy constraint: Member must have length less than or equal to 255",
            "OpenId connect Provider arn:<partition>:iam::111111111111:oidc-provider/<domain> cannot be found.",
            "OpenIDConnect Provider not found for arn arn:<partition>:iam::111111111111:oidc-provider/<domain>",
            "OpenIDConnect Provider not found for arn arn:<partition>:iam::111111111111:oidc-provider/non-existent.example.com",
        ],
    ),
    (
        "providers of identities by SAML",
        &["Manifest not found for arn arn:<partition>:iam::111111111111:saml-provider/NonExistentProvider"],
    ),
    (
        "sessions",
        &[
            // Said to sessions of roles, which there are none of yet.
            "Must specify userName when calling with non-User credentials",
            "1 validation error detected: Value 'sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss' at 'roleSessionName' failed to satisfy constraint: Member must have length less than or equal to 64",
            r"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
            "nothing-valid-in-here is invalid",
            "arn::b:::something/test-role is invalid",
            "arn:a:a::aaaaaaaaaa: is invalid",
            "arn:a::::something/test-role is invalid",
            "arn:a:::something/test-role is invalid",
        ],
    ),
];

#[test]
fn every_name_has_its_row() {
    let named: Vec<&str> = ROWS.iter().flat_map(|(_, messages)| messages.iter().copied()).collect();
    for message in named {
        assert!(super::rows().any(|row| row.message == message), "no row: {message}");
    }
}
