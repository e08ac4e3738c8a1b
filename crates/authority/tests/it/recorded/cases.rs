//! Which requests produce which recorded reply.

use super::{Case, Step};

pub(super) const USER: &str = "alice";
pub(super) const POLICY: &str = "a-policy-of-some-length";
pub(super) const CERTIFICATE: &str = "certificate";

/// A request: the action, then `Name=value` between spaces.
fn step(request: &'static str) -> Step {
    let mut words = request.split(' ');
    let action = words.next().expect("an action");
    let param = |word: &'static str| {
        let (name, value) = word.split_once('=').expect("Name=value");
        (name, value.to_owned())
    };
    Step { action, params: words.map(param).collect() }
}

impl Step {
    /// The request with one more parameter.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }
}

/// A case of requests without long values.
fn case(message: &'static str, steps: &[&'static str]) -> Case {
    Case { message, steps: steps.iter().copied().map(step).collect() }
}

const MAKE_USER: &str = "CreateUser UserName=<user-name:1>";

pub(super) fn all() -> Vec<Case> {
    [
        users(),
        tags(),
        boundaries(),
        attached_policies(),
        access_keys(),
        signing_certificates(),
        server_certificates(),
        service_specific_credentials(),
        passwords(),
        mfa_devices(),
        markers_and_reports(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn users() -> Vec<Case> {
    vec![
        case("User with name <user-name:1> already exists.", &[MAKE_USER, MAKE_USER]),
        case("The user with name <user-name:1> cannot be found.", &["DeleteUser UserName=<user-name:1>"]),
        case(
            "The user with name non-existent-user cannot be found.",
            &["GetUser UserName=non-existent-user"],
        ),
        case(
            "The user with name nonexistent-user cannot be found.",
            &["ListUserTags UserName=nonexistent-user"],
        ),
        case("The user with name any-user cannot be found.", &["ListAccessKeys UserName=any-user"]),
        case(
            "The user with name wrong-user-name cannot be found.",
            &["UpdateUser UserName=wrong-user-name NewUserName=other"],
        ),
        case(
            "Cannot delete entity, must detach all policies first.",
            &[
                MAKE_USER,
                "AttachUserPolicy UserName=<user-name:1> PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess",
                "DeleteUser UserName=<user-name:1>",
            ],
        ),
        Case {
            message: "1 validation error detected: Value at 'path' failed to satisfy constraint: Member must have \
                      length less than or equal to 512",
            steps: vec![step(MAKE_USER).with("Path", format!("/{}/", "p".repeat(511)))],
        },
    ]
}

fn tags() -> Vec<Case> {
    let tagged = |key: &str, value: &str| {
        step("TagUser UserName=<user-name:1>")
            .with("Tags.member.1.Key", key)
            .with("Tags.member.1.Value", value)
    };
    // Names of parameters live as long as the program, and there are not many.
    let many = |request: &'static str, numbers: std::ops::RangeInclusive<u32>, names: &[&str]| {
        numbers.fold(step(request), |step, number| {
            names.iter().fold(step, |step, name| {
                step.with(name.replace('#', &number.to_string()).leak(), format!("k{number}"))
            })
        })
    };
    let pair = ["Tags.member.#.Key", "Tags.member.#.Value"];
    let user = || step(MAKE_USER);
    vec![
        Case {
            message: r"1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+",
            steps: vec![user(), tagged("a*", "")],
        },
        Case {
            message: "1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: \
                      Member must have length less than or equal to 128",
            steps: vec![user(), tagged(&"k".repeat(129), "")],
        },
        Case {
            message: "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: \
                      Member must have length less than or equal to 256",
            steps: vec![user(), tagged("k", &"v".repeat(257))],
        },
        Case {
            message: "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have \
                      length less than or equal to 50",
            steps: vec![user(), many("TagUser UserName=<user-name:1>", 1..=51, &pair)],
        },
        Case {
            message: "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must \
                      have length less than or equal to 50",
            steps: vec![user(), many("UntagUser UserName=<user-name:1>", 1..=51, &["TagKeys.member.#"])],
        },
        Case {
            message: r"1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]",
            steps: vec![user(), step("UntagUser UserName=<user-name:1> TagKeys.member.1=")],
        },
        Case {
            message: "The number of tags has reached the maximum limit.",
            steps: vec![
                user(),
                many("TagUser UserName=<user-name:1>", 1..=50, &pair),
                tagged("one more", ""),
            ],
        },
        Case {
            message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            steps: vec![
                user(),
                tagged("k", "1").with("Tags.member.2.Key", "K").with("Tags.member.2.Value", "2"),
            ],
        },
    ]
}

fn boundaries() -> Vec<Case> {
    vec![
        case(
            "ARN arn:<partition>:iam::111111111111:not_a_policy/invalid is not valid.",
            &[
                "CreateUser UserName=u PermissionsBoundary=arn:<partition>:iam::111111111111:not_a_policy/invalid",
            ],
        ),
        case(
            "Scope ARN: arn:<partition>:iam::111111111111:policy/nonexistent-policy does not exist or is not attachable.",
            &[
                "CreateUser UserName=u PermissionsBoundary=arn:<partition>:iam::111111111111:policy/nonexistent-policy",
            ],
        ),
    ]
}

fn attached_policies() -> Vec<Case> {
    let one = |message, request| case(message, &[MAKE_USER, request]);
    vec![
        one("ARN <policy-name:1> is not valid.", "AttachUserPolicy UserName=alice PolicyArn=<policy-name:1>"),
        one(
            "ARN longpolicynamebutnoarn is not valid.",
            "AttachUserPolicy UserName=alice PolicyArn=longpolicynamebutnoarn",
        ),
        one(
            "Policy arn:<partition>:iam::111111111111:policy/<policy-name:1>123 does not exist or is not attachable.",
            "AttachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::111111111111:policy/<policy-name:1>123",
        ),
        one(
            "Policy arn:<partition>:iam::111111111111:policy/NonExistentPolicy does not exist or is not attachable.",
            "AttachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::111111111111:policy/NonExistentPolicy",
        ),
        one(
            "Policy arn:<partition>:iam::111111111111:policy/nonexistent-policy does not exist or is not attachable.",
            "AttachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::111111111111:policy/nonexistent-policy",
        ),
        one(
            "Policy arn:<partition>:iam::111111111111:policy/nonexistent does not exist or is not attachable.",
            "AttachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::111111111111:policy/nonexistent",
        ),
        one(
            "Policy arn:<partition>:iam::111111111111:policy/non-existent-policy was not found.",
            "DetachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::111111111111:policy/non-existent-policy",
        ),
        one(
            "Policy arn:<partition>:iam::111111111111:policy/<policy-name> was not found.",
            "DetachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::111111111111:policy/<policy-name>",
        ),
        one(
            "Policy arn:<partition>:iam::111111111111:policy/<policy-name:1> was not found.",
            "DetachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::111111111111:policy/<policy-name:1>",
        ),
        one(
            "Policy arn:<partition>:iam::111111111111:policy/NotAPolicy was not found.",
            "DetachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::111111111111:policy/NotAPolicy",
        ),
        one(
            "Policy arn:<partition>:iam::aws:policy/service-role/<policy-name:1> was not found.",
            "DetachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::aws:policy/service-role/<policy-name:1>",
        ),
        one(
            "Policy arn:<partition>:iam::aws:policy/Nonexistent was not found.",
            "DetachUserPolicy UserName=alice PolicyArn=arn:<partition>:iam::aws:policy/Nonexistent",
        ),
    ]
}

fn access_keys() -> Vec<Case> {
    const MAKE_KEY: &str = "CreateAccessKey UserName=<user-name:1>";
    vec![
        case("Cannot exceed quota for AccessKeysPerUser: 2", &[MAKE_USER, MAKE_KEY, MAKE_KEY, MAKE_KEY]),
        case(
            "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.",
            &[MAKE_USER, "DeleteAccessKey UserName=<user-name:1> AccessKeyId=AKIAIOSFODNN7EXAMPLE"],
        ),
        case(
            "User: <caller> is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE",
            &["GetAccessKeyLastUsed AccessKeyId=AKIAIOSFODNN7EXAMPLE"],
        ),
        case(
            "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set",
            &["UpdateAccessKey AccessKeyId=AKIAIOSFODNN7EXAMPLE Status=Nonsense"],
        ),
    ]
}

fn signing_certificates() -> Vec<Case> {
    let upload = |number: u32| {
        step("UploadSigningCertificate UserName=<user-name:1>").with("CertificateBody", number.to_string())
    };
    vec![
        Case {
            message: "Cannot exceed quota for CertificatesPerUser: 2",
            steps: vec![step(MAKE_USER), upload(1), upload(2), upload(3)],
        },
        case(
            "Certificate invalid-certificate-body is malformed.",
            &[
                MAKE_USER,
                "UploadSigningCertificate UserName=<user-name:1> CertificateBody=invalid-certificate-body",
            ],
        ),
        case(
            "The Certificate with id NONEXISTENTCERTID12345678901 cannot be found.",
            &[
                MAKE_USER,
                "DeleteSigningCertificate UserName=<user-name:1> CertificateId=NONEXISTENTCERTID12345678901",
            ],
        ),
        case(
            "The Public Key with id APKAXXXXXXXXXXXXXXXXX cannot be found.",
            &[MAKE_USER, "DeleteSSHPublicKey UserName=<user-name:1> SSHPublicKeyId=APKAXXXXXXXXXXXXXXXXX"],
        ),
    ]
}

fn server_certificates() -> Vec<Case> {
    vec![
        case(
            "The Server Certificate with name nonexistent-certificate cannot be found.",
            &["GetServerCertificate ServerCertificateName=nonexistent-certificate"],
        ),
        case(
            "The Server Certificate with name <server-certificate-name:1> cannot be found.",
            &["DeleteServerCertificate ServerCertificateName=<server-certificate-name:1>"],
        ),
    ]
}

fn service_specific_credentials() -> Vec<Case> {
    let create = |message, request| case(message, &[MAKE_USER, request]);
    vec![
        create(
            "No such service o3on3n3onosneo is supported for Service Specific Credentials",
            "CreateServiceSpecificCredential UserName=<user-name:1> ServiceName=o3on3n3onosneo",
        ),
        create(
            "No such service nonexistentservice.amazonaws.com is supported for Service Specific Credentials",
            "CreateServiceSpecificCredential UserName=<user-name:1> ServiceName=nonexistentservice.amazonaws.com",
        ),
        create(
            "No such service lambda.amazonaws.com is supported for Service Specific Credentials",
            "CreateServiceSpecificCredential UserName=<user-name:1> ServiceName=lambda.amazonaws.com",
        ),
        create(
            "No such credential satisfiesregexbutstillinvalid exists",
            "ResetServiceSpecificCredential UserName=<user-name:1> ServiceSpecificCredentialId=satisfiesregexbutstillinvalid",
        ),
        create(
            r"1 validation error detected: Value at 'serviceSpecificCredentialId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+",
            "DeleteServiceSpecificCredential UserName=<user-name:1> ServiceSpecificCredentialId=invalid-because-of-the-dashes",
        ),
        case(
            "Cannot delete entity, must remove referenced objects first.",
            &[
                MAKE_USER,
                "CreateServiceSpecificCredential UserName=<user-name:1> ServiceName=codecommit.amazonaws.com",
                "DeleteUser UserName=<user-name:1>",
            ],
        ),
    ]
}

fn passwords() -> Vec<Case> {
    const MAKE_PROFILE: &str = "CreateLoginProfile UserName=<user-name:1> Password=Correct-Horse-7-Battery";
    const NO_PROFILE: &str = "Login Profile for User <user-name:1> cannot be found.";
    vec![
        case(
            "Login Profile for user <user-name:1> already exists.",
            &[MAKE_USER, MAKE_PROFILE, MAKE_PROFILE],
        ),
        case(NO_PROFILE, &[MAKE_USER, "GetLoginProfile UserName=<user-name:1>"]),
        case(
            NO_PROFILE,
            &[MAKE_USER, "UpdateLoginProfile UserName=<user-name:1> PasswordResetRequired=true"],
        ),
        case(NO_PROFILE, &[MAKE_USER, "DeleteLoginProfile UserName=<user-name:1>"]),
        case(
            "The Password Policy with domain name 111111111111 cannot be found.",
            &["GetAccountPasswordPolicy"],
        ),
        case(
            "The account policy with name PasswordPolicy cannot be found.",
            &["DeleteAccountPasswordPolicy"],
        ),
        case(
            "3 validation errors detected: Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have value less than or equal to 128; Value at 'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or equal to 24; Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095",
            &[
                "UpdateAccountPasswordPolicy MinimumPasswordLength=129 MaxPasswordAge=1096 PasswordReusePrevention=25",
            ],
        ),
    ]
}

fn mfa_devices() -> Vec<Case> {
    vec![
        case(
            "MFA Device with serial number arn:<partition>:iam::111111111111:mfa/nonexistent-mfa does not exist.",
            &["DeleteVirtualMFADevice SerialNumber=arn:<partition>:iam::111111111111:mfa/nonexistent-mfa"],
        ),
        case(
            "MFA Device with serial number arn:<partition>:iam::111111111111:mfa/nonexistent-device does not exist.",
            &[
                MAKE_USER,
                "EnableMFADevice UserName=<user-name:1> SerialNumber=arn:<partition>:iam::111111111111:mfa/nonexistent-device AuthenticationCode1=123456 AuthenticationCode2=654321",
            ],
        ),
        case(
            "MFA device already exists.",
            &[
                "CreateVirtualMFADevice VirtualMFADeviceName=d",
                "CreateVirtualMFADevice VirtualMFADeviceName=d",
            ],
        ),
        case(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
            &["CreateVirtualMFADevice VirtualMFADeviceName=d Path=invalid"],
        ),
    ]
}

fn markers_and_reports() -> Vec<Case> {
    vec![case("Invalid Marker.", &["ListUsers Marker=none-of-ours"]), case("", &["GetCredentialReport"])]
}
