"""Every operation on credentials and identities through boto3: each succeeds, and each error it can answer is met.

What can be answered is read off boto3's own model of the service; what is left out of that is named in
`UNREACHABLE`, with the reason.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness.authenticator import code
from harness.certificates import certificate_with_key
from harness.keystead import Key, Keystead
from harness.ssh_keys import ssh_public_key

OPERATIONS = """
    ChangePassword CreateAccessKey CreateAccountAlias CreateLoginProfile CreateServiceSpecificCredential
    CreateUser CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteAccountAlias
    DeleteAccountPasswordPolicy DeleteLoginProfile DeleteSSHPublicKey DeleteServerCertificate
    DeleteServiceSpecificCredential DeleteSigningCertificate DeleteUser DeleteVirtualMFADevice EnableMFADevice
    GenerateCredentialReport GetAccessKeyLastUsed GetAccountPasswordPolicy GetAccountSummary GetCredentialReport
    GetLoginProfile GetMFADevice GetSSHPublicKey GetServerCertificate GetUser ListAccessKeys ListAccountAliases
    ListMFADeviceTags ListMFADevices ListSSHPublicKeys ListServerCertificateTags ListServerCertificates
    ListServiceSpecificCredentials ListSigningCertificates ListUserTags ListUsers ListVirtualMFADevices
    ResetServiceSpecificCredential ResyncMFADevice TagMFADevice TagServerCertificate TagUser UntagMFADevice
    UntagServerCertificate UntagUser UpdateAccessKey UpdateAccountPasswordPolicy UpdateLoginProfile
    UpdateSSHPublicKey UpdateServerCertificate UpdateServiceSpecificCredential UpdateSigningCertificate UpdateUser
    UploadSSHPublicKey UploadServerCertificate UploadSigningCertificate
    AddRoleToInstanceProfile AddUserToGroup CreateGroup CreateInstanceProfile CreateRole CreateServiceLinkedRole
    DeleteGroup DeleteInstanceProfile DeleteRole DeleteRolePermissionsBoundary DeleteServiceLinkedRole GetGroup
    GetInstanceProfile GetRole GetServiceLinkedRoleDeletionStatus ListGroups ListGroupsForUser
    ListInstanceProfileTags ListInstanceProfiles ListInstanceProfilesForRole ListRoleTags ListRoles
    PutRolePermissionsBoundary RemoveRoleFromInstanceProfile RemoveUserFromGroup TagInstanceProfile TagRole
    UntagInstanceProfile UntagRole UpdateAssumeRolePolicy UpdateGroup UpdateRole UpdateRoleDescription
    AddClientIDToOpenIDConnectProvider CreateOpenIDConnectProvider CreateSAMLProvider DeleteOpenIDConnectProvider
    DeleteSAMLProvider DisableOutboundWebIdentityFederation EnableOutboundWebIdentityFederation
    GetAccountProperties GetOpenIDConnectProvider GetOutboundWebIdentityFederationInfo GetSAMLProvider
    ListDelegationRequests ListOpenIDConnectProviderTags ListOpenIDConnectProviders ListSAMLProviderTags
    ListSAMLProviders RemoveClientIDFromOpenIDConnectProvider SetSecurityTokenServicePreferences
    TagOpenIDConnectProvider TagSAMLProvider UntagOpenIDConnectProvider UntagSAMLProvider
    UpdateOpenIDConnectProviderThumbprint UpdateSAMLProvider
    GenerateServiceLastAccessedDetails GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities
    AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreatePolicy CreatePolicyVersion DeleteGroupPolicy
    DeletePolicy DeletePolicyVersion DeleteRolePolicy DeleteUserPermissionsBoundary DeleteUserPolicy
    DetachGroupPolicy DetachRolePolicy DetachUserPolicy GetAccountAuthorizationDetails
    GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy GetGroupPolicy GetPolicy GetPolicyVersion
    GetRolePolicy GetUserPolicy ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies
    ListEntitiesForPolicy ListGroupPolicies ListPolicies ListPoliciesGrantingServiceAccess ListPolicyTags
    ListPolicyVersions ListRolePolicies ListUserPolicies PutGroupPolicy PutRolePolicy PutUserPermissionsBoundary
    PutUserPolicy SetDefaultPolicyVersion SimulateCustomPolicy SimulatePrincipalPolicy TagPolicy UntagPolicy
""".split()

# Operations on what no account here has, with what they are asked and the error that each answers.
REQUEST = {"DelegationRequestId": "delegation-request-1"}
TEMPLATE = "arn:aws:iam::aws:role-template/example/Template"
WITHOUT_ORGANIZATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "AcceptDelegationRequest": ("NoSuchEntity", REQUEST),
    "AcquireRole": ("NoSuchEntity", {"TemplateArn": TEMPLATE}),
    "AssociateDelegationRequest": ("NoSuchEntity", REQUEST),
    "CreateDelegationRequest": (
        "InvalidInput",
        {
            "Description": "work",
            "Permissions": {"PolicyTemplateArn": TEMPLATE},
            "RequestorWorkflowId": "workflow",
            "NotificationChannel": "channel",
            "SessionDuration": 3600,
        },
    ),
    "DisableOrganizationsRootCredentialsManagement": ("OrganizationNotFoundException", {}),
    "DisableOrganizationsRootSessions": ("OrganizationNotFoundException", {}),
    "EnableOrganizationsRootCredentialsManagement": ("OrganizationNotFoundException", {}),
    "EnableOrganizationsRootSessions": ("OrganizationNotFoundException", {}),
    "GenerateOrganizationsAccessReport": ("AccessDenied", {"EntityPath": "o-a1b2c3d4e5/r-f6g7"}),
    "GetDelegationRequest": ("NoSuchEntity", REQUEST),
    "GetHumanReadableSummary": ("NoSuchEntity", {"EntityArn": TEMPLATE}),
    "GetOrganizationsAccessReport": ("NoSuchEntity", {"JobId": "examplea-1234-b567-cde8-90fg123abcd4"}),
    "GetRoleTemplateVersion": ("NoSuchEntity", {"TemplateArn": TEMPLATE}),
    "ListOrganizationsFeatures": ("OrganizationNotFoundException", {}),
    "PutAccountProperties": ("InvalidInput", {"Properties": {"color": "red"}}),
    "RejectDelegationRequest": ("NoSuchEntity", REQUEST),
    "SendDelegationToken": ("NoSuchEntity", REQUEST),
    "UpdateDelegationRequest": ("NoSuchEntity", REQUEST),
}

ANYWHERE = {
    "ServiceFailure": "an error of ours, which no input brings about",
    "ConcurrentModification": "two changes at one instant; the races are run elsewhere",
    "EntityTemporarilyUnmodifiable": "a change is in force when it is answered",
    "NotSupportedService": "AWS answers NoSuchEntity for a service it does not know",
}

# The operations that make something, or that a budget of attempts holds back.
LIMITED = """
    ChangePassword CreateAccessKey CreateServiceSpecificCredential CreateUser CreateVirtualMFADevice EnableMFADevice
    TagMFADevice TagServerCertificate TagUser UploadSSHPublicKey UploadServerCertificate UploadSigningCertificate
    AddRoleToInstanceProfile AddUserToGroup CreateGroup CreateInstanceProfile CreateRole CreateServiceLinkedRole
    TagInstanceProfile TagRole UpdateAssumeRolePolicy
    AddClientIDToOpenIDConnectProvider CreateOpenIDConnectProvider CreateSAMLProvider TagOpenIDConnectProvider
    TagSAMLProvider UpdateSAMLProvider
    AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreatePolicy CreatePolicyVersion PutGroupPolicy
    PutRolePolicy PutUserPolicy TagPolicy
""".split()

# Operations on managed policies whose model has an error for input that the model itself does not let through.
RIGHT_BY_THE_MODEL = """
    AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion
    DetachGroupPolicy DetachRolePolicy DetachUserPolicy GetPolicy GetPolicyVersion ListAttachedGroupPolicies
    ListAttachedRolePolicies ListAttachedUserPolicies ListEntitiesForPolicy ListPolicyTags ListPolicyVersions
    SetDefaultPolicyVersion UntagPolicy
""".split()

UNREACHABLE = {
    ("GetServiceLastAccessedDetails", "InvalidInput"): "every input that is right by the model is right",
    ("GetServiceLastAccessedDetailsWithEntities", "InvalidInput"): "the same",
    **{(operation, "InvalidInput"): "every input that is right by the model is right" for operation in RIGHT_BY_THE_MODEL},
    **{
        (operation, "PolicyNotAttachable"): "every policy that is here may be attached"
        for operation in (
            "AttachGroupPolicy",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "PutUserPermissionsBoundary",
        )
    },
    ("SimulateCustomPolicy", "PolicyEvaluation"): "an error of ours, which no input brings about",
    ("SimulatePrincipalPolicy", "PolicyEvaluation"): "an error of ours, which no input brings about",
    ("AddRoleToInstanceProfile", "EntityAlreadyExists"): "AWS says LimitExceeded",
    ("CreateGroup", "NoSuchEntity"): "a group needs nothing that could be missing",
    ("CreateServiceLinkedRole", "NoSuchEntity"): "a service that is not known is wrong input",
    ("PutRolePermissionsBoundary", "PolicyNotAttachable"): "AWS says NoSuchEntity",
    ("UntagInstanceProfile", "InvalidInput"): "every input that is right by the model is right",
    ("UpdateRoleDescription", "UnmodifiableEntity"): "what a role is for may be said of every role",
    ("CreateOpenIDConnectProvider", "OpenIdIdpCommunicationError"): "issuers are asked when a token comes",
    ("GetAccountProperties", "InvalidInput"): "every input that is right by the model is right",
    ("ListDelegationRequests", "InvalidInput"): "every input that is right by the model is right",
    ("ListDelegationRequests", "NoSuchEntity"): "nobody has any",
    ("DeleteServerCertificate", "DeleteConflict"): "nothing here uses server certificates",
    ("GetCredentialReport", "ReportExpired"): "takes four hours; tested with a clock of its own",
    ("GetCredentialReport", "ReportInProgress"): "lasts a moment; tested with a clock of its own",
    ("GetSSHPublicKey", "UnrecognizedPublicKeyEncoding"): "the enumeration of encodings is checked before",
    ("ListMFADeviceTags", "InvalidInput"): "every input that is right by the model is right",
    ("UntagMFADevice", "InvalidInput"): "every input that is right by the model is right",
    ("UntagServerCertificate", "InvalidInput"): "every input that is right by the model is right",
    ("UpdateAccountPasswordPolicy", "MalformedPolicyDocument"): "there is no document",
    ("UpdateAccountPasswordPolicy", "NoSuchEntity"): "a policy that is not there is made",
    ("UploadSigningCertificate", "EntityAlreadyExists"): "AWS says DuplicateCertificate",
}

SMALL_QUOTAS = {
    "PoliciesPerAccount": 3,
    "PoliciesPerUser": 1,
    "PoliciesPerGroup": 1,
    "PoliciesPerRole": 1,
    "UsersPerAccount": 12,
    "ServerCertificatesPerAccount": 2,
    "VirtualMFADevicesPerAccount": 4,
    "MFADevicesPerUser": 1,
    "GroupsPerAccount": 3,
    "GroupsPerUser": 2,
    "RolesPerAccount": 3,
    "InstanceProfilesPerAccount": 2,
    "OpenIdConnectProvidersPerAccount": 2,
    "ClientIdsPerOpenIdConnectProvider": 2,
    "SAMLProvidersPerAccount": 2,
}
ALLOW_ALL = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
PASSWORD = "correct-Horse-7-battery"
FIFTY_TAGS = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
SAME_TAGS = [{"Key": "team", "Value": "a"}, {"Key": "TEAM", "Value": "b"}]


class Recorder:
    """Calls operations of IAM and keeps which succeeded and which error each met."""

    def __init__(self, keystead: Keystead) -> None:
        self._keystead = keystead
        self._iam = self.client = keystead.client("iam")
        self.account_id = keystead.account_id
        self.model = self._iam.meta.service_model
        self.succeeded: set[str] = set()
        self.met: set[tuple[str, str]] = set()

    def ok(self, operation: str, key: Key | None = None, **parameters: Any) -> Any:
        reply = self._call(operation, key, parameters)
        self.succeeded.add(operation)
        return reply

    def refused(self, operation: str, code: str, key: Key | None = None, **parameters: Any) -> str:
        """Expects the error of that code as boto3's own exception, and tells its message."""
        with pytest.raises(ClientError) as error:
            self._call(operation, key, parameters)
        answer = error.value.response["Error"]
        assert answer["Code"] == code, answer
        self.met.add((operation, code))
        return answer.get("Message", "")

    def _call(self, operation: str, key: Key | None, parameters: dict[str, Any]) -> Any:
        iam = self._keystead.client("iam", key) if key else self._iam
        method = next(name for name, api in iam.meta.method_to_api_mapping.items() if api == operation)
        return getattr(iam, method)(**parameters)


@pytest.fixture(scope="module")
def iam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    """An installation of its own with small quotas, beside an account that has taken an alias."""
    keystead = Keystead(tmp_path_factory.mktemp("every-operation"))
    keystead.init()
    made = keystead.account("create", "--root-email", "other@example.com", "--name", "other", "--root-key")
    for quota, value in SMALL_QUOTAS.items():
        keystead.command("admin", "quota", "set", *keystead.location, keystead.account_id, quota, str(value))
    keystead.start()
    keystead.client("iam", Key.of_root(made)).create_account_alias(AccountAlias="taken")
    yield Recorder(keystead)
    keystead.close()


def test_users(iam: Recorder) -> None:
    for name in ("ann", "bea"):
        iam.ok("CreateUser", UserName=name, Tags=[{"Key": "team", "Value": "red"}])
    iam.refused("CreateUser", "EntityAlreadyExists", UserName="ANN")
    iam.refused("CreateUser", "InvalidInput", UserName="cleo", Tags=SAME_TAGS)
    nothing = f"arn:aws:iam::{iam.account_id}:policy/nothing"
    iam.refused("CreateUser", "NoSuchEntity", UserName="cleo", PermissionsBoundary=nothing)
    iam.ok("UpdateUser", UserName="bea", NewUserName="bee", NewPath="/hive/")
    iam.refused("UpdateUser", "EntityAlreadyExists", UserName="bee", NewUserName="Ann")
    user = iam.ok("GetUser", UserName="bee")["User"]
    assert user["Path"] == "/hive/" and user["Tags"] == [{"Key": "team", "Value": "red"}]
    assert [one["UserName"] for one in iam.ok("ListUsers", PathPrefix="/hive")["Users"]] == ["bee"]
    iam.ok("TagUser", UserName="ann", Tags=[{"Key": "Team", "Value": "blue"}])
    assert iam.ok("ListUserTags", UserName="ann")["Tags"] == [{"Key": "Team", "Value": "blue"}]
    iam.ok("UntagUser", UserName="ann", TagKeys=["team"])
    iam.refused("TagUser", "InvalidInput", UserName="ann", Tags=SAME_TAGS)
    iam.ok("TagUser", UserName="ann", Tags=FIFTY_TAGS)
    iam.refused("TagUser", "LimitExceeded", UserName="ann", Tags=[{"Key": "one-more", "Value": ""}])
    for operation in ("DeleteUser", "GetUser", "ListUserTags", "UpdateUser"):
        assert "nobody" in iam.refused(operation, "NoSuchEntity", UserName="nobody")
    iam.refused("TagUser", "NoSuchEntity", UserName="nobody", Tags=[])
    iam.refused("UntagUser", "NoSuchEntity", UserName="nobody", TagKeys=["team"])
    iam.ok("DeleteUser", UserName="bee")
    names = [f"filler-{number}" for number in range(11)]
    for name in names:
        iam.ok("CreateUser", UserName=name)
    assert iam.refused("CreateUser", "LimitExceeded", UserName="one-more") == (
        "Cannot exceed quota for UsersPerAccount: 12"
    )
    for name in names:
        iam.ok("DeleteUser", UserName=name)


def test_access_keys(iam: Recorder) -> None:
    made = [iam.ok("CreateAccessKey", UserName="ann")["AccessKey"] for _ in range(2)]
    first = {"UserName": "ann", "AccessKeyId": made[0]["AccessKeyId"]}
    iam.refused("CreateAccessKey", "LimitExceeded", UserName="ann")
    iam.ok("UpdateAccessKey", **first, Status="Inactive")
    iam.refused("UpdateAccessKey", "InvalidInput", **first, Status="Expired")
    keys = iam.ok("ListAccessKeys", UserName="ann")["AccessKeyMetadata"]
    assert {key["Status"] for key in keys} == {"Active", "Inactive"}
    used = iam.ok("GetAccessKeyLastUsed", AccessKeyId=first["AccessKeyId"])["AccessKeyLastUsed"]
    assert used == {"Region": "N/A", "ServiceName": "N/A"}
    assert "must delete access keys first" in iam.refused("DeleteUser", "DeleteConflict", UserName="ann")
    for key in made:
        iam.ok("DeleteAccessKey", UserName="ann", AccessKeyId=key["AccessKeyId"])
    iam.refused("DeleteAccessKey", "NoSuchEntity", **first)
    iam.refused("UpdateAccessKey", "NoSuchEntity", **first, Status="Active")
    for operation in ("CreateAccessKey", "ListAccessKeys"):
        iam.refused(operation, "NoSuchEntity", UserName="nobody")


def test_signing_certificates(iam: Recorder) -> None:
    bodies = [certificate_with_key(f"signer-{number}")[0] for number in range(3)]
    made = [iam.ok("UploadSigningCertificate", UserName="ann", CertificateBody=bodies[0])["Certificate"]]
    assert made[0]["CertificateBody"] == bodies[0]
    iam.refused("UploadSigningCertificate", "DuplicateCertificate", UserName="ann", CertificateBody=bodies[0])
    text = iam.refused("UploadSigningCertificate", "MalformedCertificate", UserName="ann", CertificateBody="no")
    assert text == "Certificate no is malformed."
    expired, _ = certificate_with_key("expired", days=-1)
    iam.refused("UploadSigningCertificate", "InvalidCertificate", UserName="ann", CertificateBody=expired)
    made.append(iam.ok("UploadSigningCertificate", UserName="ann", CertificateBody=bodies[1])["Certificate"])
    iam.refused("UploadSigningCertificate", "LimitExceeded", UserName="ann", CertificateBody=bodies[2])
    first = {"UserName": "ann", "CertificateId": made[0]["CertificateId"]}
    iam.ok("UpdateSigningCertificate", **first, Status="Inactive")
    iam.refused("UpdateSigningCertificate", "InvalidInput", **first, Status="Expired")
    assert len(iam.ok("ListSigningCertificates", UserName="ann")["Certificates"]) == 2
    for certificate in made:
        iam.ok("DeleteSigningCertificate", UserName="ann", CertificateId=certificate["CertificateId"])
    iam.refused("DeleteSigningCertificate", "NoSuchEntity", **first)
    iam.refused("UpdateSigningCertificate", "NoSuchEntity", **first, Status="Active")
    iam.refused("UploadSigningCertificate", "NoSuchEntity", UserName="nobody", CertificateBody=bodies[2])
    iam.refused("ListSigningCertificates", "NoSuchEntity", UserName="nobody")


def test_server_certificates(iam: Recorder) -> None:
    (body, key), (other, other_key) = certificate_with_key("one.test"), certificate_with_key("two.test")
    pair = {"CertificateBody": body, "PrivateKey": key}
    name = {"ServerCertificateName": "one"}
    iam.ok("UploadServerCertificate", **name, **pair, Path="/web/")
    iam.refused("UploadServerCertificate", "EntityAlreadyExists", ServerCertificateName="ONE", **pair)
    second = {"ServerCertificateName": "two"}
    iam.refused("UploadServerCertificate", "KeyPairMismatch", **second, CertificateBody=body, PrivateKey=other_key)
    iam.refused("UploadServerCertificate", "MalformedCertificate", **second, CertificateBody="no", PrivateKey=key)
    iam.refused("UploadServerCertificate", "InvalidInput", **second, **pair, Tags=SAME_TAGS)
    iam.ok("UploadServerCertificate", **second, CertificateBody=other, PrivateKey=other_key)
    iam.refused("UploadServerCertificate", "LimitExceeded", ServerCertificateName="three", **pair)
    iam.refused("UpdateServerCertificate", "EntityAlreadyExists", **name, NewServerCertificateName="two")
    iam.ok("UpdateServerCertificate", **name, NewServerCertificateName="uno", NewPath="/uno/")
    moved = {"ServerCertificateName": "uno"}
    shown = iam.ok("GetServerCertificate", **moved)["ServerCertificate"]
    assert shown["CertificateBody"] == body and shown["Tags"] == []
    listed = iam.ok("ListServerCertificates", PathPrefix="/uno/")["ServerCertificateMetadataList"]
    assert [one["ServerCertificateName"] for one in listed] == ["uno"]
    iam.ok("TagServerCertificate", **moved, Tags=[{"Key": "team", "Value": "red"}])
    assert len(iam.ok("ListServerCertificateTags", **moved)["Tags"]) == 1
    iam.ok("UntagServerCertificate", **moved, TagKeys=["Team"])
    iam.refused("TagServerCertificate", "InvalidInput", **moved, Tags=SAME_TAGS)
    iam.ok("TagServerCertificate", **moved, Tags=FIFTY_TAGS)
    iam.refused("TagServerCertificate", "LimitExceeded", **moved, Tags=[{"Key": "one-more", "Value": ""}])
    for gone in (moved, second):
        iam.ok("DeleteServerCertificate", **gone)
    for operation in ("DeleteServerCertificate", "GetServerCertificate", "UpdateServerCertificate", "ListServerCertificateTags"):
        iam.refused(operation, "NoSuchEntity", **moved)
    iam.refused("TagServerCertificate", "NoSuchEntity", **moved, Tags=[])
    iam.refused("UntagServerCertificate", "NoSuchEntity", **moved, TagKeys=["team"])


def test_ssh_public_keys(iam: Recorder) -> None:
    bodies = [ssh_public_key() for _ in range(6)]
    upload = [iam.ok("UploadSSHPublicKey", UserName="ann", SSHPublicKeyBody=body) for body in bodies[:1]]
    key = {"UserName": "ann", "SSHPublicKeyId": upload[0]["SSHPublicKey"]["SSHPublicKeyId"]}
    iam.refused("UploadSSHPublicKey", "DuplicateSSHPublicKey", UserName="ann", SSHPublicKeyBody=bodies[0])
    iam.refused("UploadSSHPublicKey", "InvalidPublicKey", UserName="ann", SSHPublicKeyBody="ssh-rsa AAAA no")
    iam.refused("UploadSSHPublicKey", "UnrecognizedPublicKeyEncoding", UserName="ann", SSHPublicKeyBody="no")
    for body in bodies[1:5]:
        iam.ok("UploadSSHPublicKey", UserName="ann", SSHPublicKeyBody=body)
    iam.refused("UploadSSHPublicKey", "LimitExceeded", UserName="ann", SSHPublicKeyBody=bodies[5])
    iam.ok("UpdateSSHPublicKey", **key, Status="Inactive")
    iam.refused("UpdateSSHPublicKey", "InvalidInput", **key, Status="Expired")
    assert iam.ok("GetSSHPublicKey", **key, Encoding="SSH")["SSHPublicKey"]["Status"] == "Inactive"
    keys = iam.ok("ListSSHPublicKeys", UserName="ann")["SSHPublicKeys"]
    assert len(keys) == 5
    for one in keys:
        iam.ok("DeleteSSHPublicKey", UserName="ann", SSHPublicKeyId=one["SSHPublicKeyId"])
    iam.refused("DeleteSSHPublicKey", "NoSuchEntity", **key)
    iam.refused("GetSSHPublicKey", "NoSuchEntity", **key, Encoding="SSH")
    iam.refused("UpdateSSHPublicKey", "NoSuchEntity", **key, Status="Active")
    iam.refused("ListSSHPublicKeys", "NoSuchEntity", UserName="nobody")
    iam.refused("UploadSSHPublicKey", "NoSuchEntity", UserName="nobody", SSHPublicKeyBody=bodies[0])


def test_service_specific_credentials(iam: Recorder) -> None:
    service = {"UserName": "ann", "ServiceName": "codecommit.amazonaws.com"}
    made = [iam.ok("CreateServiceSpecificCredential", **service)["ServiceSpecificCredential"] for _ in range(2)]
    assert made[0]["ServicePassword"] != made[1]["ServicePassword"]
    iam.refused("CreateServiceSpecificCredential", "LimitExceeded", **service)
    iam.refused("CreateServiceSpecificCredential", "NoSuchEntity", UserName="ann", ServiceName="lambda.amazonaws.com")
    first = {"UserName": "ann", "ServiceSpecificCredentialId": made[0]["ServiceSpecificCredentialId"]}
    iam.ok("UpdateServiceSpecificCredential", **first, Status="Inactive")
    reset = iam.ok("ResetServiceSpecificCredential", **first)["ServiceSpecificCredential"]
    assert reset["ServicePassword"] != made[0]["ServicePassword"]
    listed = iam.ok("ListServiceSpecificCredentials", UserName="ann")["ServiceSpecificCredentials"]
    assert {one["Status"] for one in listed} == {"Active", "Inactive"}
    iam.refused("ListServiceSpecificCredentials", "NoSuchEntity", UserName="nobody")
    for one in made:
        gone = {"UserName": "ann", "ServiceSpecificCredentialId": one["ServiceSpecificCredentialId"]}
        iam.ok("DeleteServiceSpecificCredential", **gone)
    iam.refused("DeleteServiceSpecificCredential", "NoSuchEntity", **first)
    iam.refused("ResetServiceSpecificCredential", "NoSuchEntity", **first)
    iam.refused("UpdateServiceSpecificCredential", "NoSuchEntity", **first, Status="Active")


def test_passwords(iam: Recorder) -> None:
    iam.refused("GetAccountPasswordPolicy", "NoSuchEntity")
    iam.refused("DeleteAccountPasswordPolicy", "NoSuchEntity")
    iam.ok("UpdateAccountPasswordPolicy", MinimumPasswordLength=12, AllowUsersToChangePassword=True)
    policy = iam.ok("GetAccountPasswordPolicy")["PasswordPolicy"]
    assert policy["MinimumPasswordLength"] == 12 and "MaxPasswordAge" not in policy

    user = iam.ok("CreateAccessKey", UserName="ann")["AccessKey"]
    ann = Key(user["AccessKeyId"], user["SecretAccessKey"])
    change = {"OldPassword": PASSWORD, "NewPassword": PASSWORD + "-2"}
    iam.refused("ChangePassword", "NoSuchEntity", key=ann, **change)
    iam.refused("ChangePassword", "InvalidUserType", **change)
    for operation in ("GetLoginProfile", "DeleteLoginProfile"):
        assert "Login Profile for User ann" in iam.refused(operation, "NoSuchEntity", UserName="ann")
    iam.refused("UpdateLoginProfile", "NoSuchEntity", UserName="ann", Password=PASSWORD)
    iam.refused("CreateLoginProfile", "NoSuchEntity", UserName="nobody", Password=PASSWORD)
    iam.refused("CreateLoginProfile", "PasswordPolicyViolation", UserName="ann", Password="short")
    iam.ok("CreateLoginProfile", UserName="ann", Password=PASSWORD, PasswordResetRequired=True)
    iam.refused("CreateLoginProfile", "EntityAlreadyExists", UserName="ann", Password=PASSWORD)
    assert iam.ok("GetLoginProfile", UserName="ann")["LoginProfile"]["PasswordResetRequired"]
    iam.refused("UpdateLoginProfile", "PasswordPolicyViolation", UserName="ann", Password="short")
    iam.ok("UpdateLoginProfile", UserName="ann", PasswordResetRequired=False)

    iam.refused("ChangePassword", "PasswordPolicyViolation", key=ann, OldPassword=PASSWORD, NewPassword="short")
    iam.ok("ChangePassword", key=ann, **change)
    for _ in range(5):
        text = iam.refused("ChangePassword", "AccessDenied", key=ann, **change)
        assert text == "The old password was incorrect."
    iam.refused("ChangePassword", "LimitExceeded", key=ann, **change)
    iam.ok("DeleteAccessKey", UserName="ann", AccessKeyId=ann.id)
    assert "must delete login profile first" in iam.refused("DeleteUser", "DeleteConflict", UserName="ann")
    iam.ok("DeleteLoginProfile", UserName="ann")
    iam.ok("DeleteAccountPasswordPolicy")


def test_mfa_devices(iam: Recorder) -> None:
    made = iam.ok("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    serial = {"SerialNumber": made["SerialNumber"]}
    assert made["QRCodePNG"].startswith(b"\x89PNG")
    iam.refused("CreateVirtualMFADevice", "EntityAlreadyExists", VirtualMFADeviceName="phone")
    iam.refused("CreateVirtualMFADevice", "InvalidInput", VirtualMFADeviceName="other", Tags=SAME_TAGS)
    seed, step = made["Base32StringSeed"].decode(), int(time.time()) // 30
    codes = {"AuthenticationCode1": code(seed, step), "AuthenticationCode2": code(seed, step + 1)}
    wrong = {"AuthenticationCode1": codes["AuthenticationCode2"], "AuthenticationCode2": codes["AuthenticationCode1"]}
    ann = {"UserName": "ann", **serial}
    iam.refused("ResyncMFADevice", "NoSuchEntity", **ann, **codes)
    iam.refused("EnableMFADevice", "InvalidAuthenticationCode", **ann, **wrong)
    iam.refused("EnableMFADevice", "NoSuchEntity", UserName="nobody", **serial, **codes)
    iam.ok("EnableMFADevice", **ann, **codes)
    iam.refused("EnableMFADevice", "EntityAlreadyExists", **ann, **codes)
    assert [one["UserName"] for one in iam.ok("ListMFADevices", UserName="ann")["MFADevices"]] == ["ann"]
    assert iam.ok("GetMFADevice", **ann)["UserName"] == "ann"
    assigned = iam.ok("ListVirtualMFADevices", AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert [one["SerialNumber"] for one in assigned] == [made["SerialNumber"]]
    assert "Base32StringSeed" not in assigned[0]
    later = {"AuthenticationCode1": code(seed, step + 2), "AuthenticationCode2": code(seed, step + 3)}
    iam.refused("ResyncMFADevice", "InvalidAuthenticationCode", **ann, **wrong)
    iam.ok("ResyncMFADevice", **ann, **later)

    iam.ok("TagMFADevice", **serial, Tags=[{"Key": "team", "Value": "red"}])
    assert len(iam.ok("ListMFADeviceTags", **serial)["Tags"]) == 1
    iam.ok("UntagMFADevice", **serial, TagKeys=["team"])
    iam.refused("TagMFADevice", "InvalidInput", **serial, Tags=SAME_TAGS)
    iam.ok("TagMFADevice", **serial, Tags=FIFTY_TAGS)
    iam.refused("TagMFADevice", "LimitExceeded", **serial, Tags=[{"Key": "one-more", "Value": ""}])

    others = [iam.ok("CreateVirtualMFADevice", VirtualMFADeviceName=f"other-{n}") for n in range(3)]
    iam.refused("CreateVirtualMFADevice", "LimitExceeded", VirtualMFADeviceName="one-more")
    other = others[0]["VirtualMFADevice"]
    seed, step = other["Base32StringSeed"].decode(), int(time.time()) // 30
    codes = {"AuthenticationCode1": code(seed, step), "AuthenticationCode2": code(seed, step + 1)}
    second = {"UserName": "ann", "SerialNumber": other["SerialNumber"]}
    iam.refused("EnableMFADevice", "LimitExceeded", **second, **codes)
    assert "must delete MFA device first" in iam.refused("DeleteUser", "DeleteConflict", UserName="ann")
    iam.refused("DeleteVirtualMFADevice", "DeleteConflict", **serial)
    iam.ok("DeactivateMFADevice", **ann)
    iam.refused("DeactivateMFADevice", "NoSuchEntity", **ann)
    for device in ({"VirtualMFADevice": made}, *others):
        iam.ok("DeleteVirtualMFADevice", SerialNumber=device["VirtualMFADevice"]["SerialNumber"])
    iam.refused("DeleteVirtualMFADevice", "NoSuchEntity", **serial)
    iam.refused("GetMFADevice", "NoSuchEntity", **serial)
    iam.refused("ListMFADeviceTags", "NoSuchEntity", **serial)
    iam.refused("TagMFADevice", "NoSuchEntity", **serial, Tags=[])
    iam.refused("UntagMFADevice", "NoSuchEntity", **serial, TagKeys=["team"])
    iam.refused("ListMFADevices", "NoSuchEntity", UserName="nobody")


def test_groups(iam: Recorder) -> None:
    made = iam.ok("CreateGroup", GroupName="red", Path="/team/")["Group"]
    assert made["Arn"] == f"arn:aws:iam::{iam.account_id}:group/team/red"
    iam.refused("CreateGroup", "EntityAlreadyExists", GroupName="RED")
    for name in ("green", "blue"):
        iam.ok("CreateGroup", GroupName=name)
    iam.refused("CreateGroup", "LimitExceeded", GroupName="one-more")
    iam.refused("UpdateGroup", "EntityAlreadyExists", GroupName="blue", NewGroupName="red")
    iam.ok("UpdateGroup", GroupName="blue", NewGroupName="violet", NewPath="/team/")
    assert [one["GroupName"] for one in iam.ok("ListGroups", PathPrefix="/team")["Groups"]] == ["red", "violet"]
    for name in ("red", "green"):
        iam.ok("AddUserToGroup", GroupName=name, UserName="ann")
    text = iam.refused("AddUserToGroup", "LimitExceeded", GroupName="violet", UserName="ann")
    assert text == "Cannot exceed quota for GroupsPerUser: 2"
    assert [one["UserName"] for one in iam.ok("GetGroup", GroupName="red")["Users"]] == ["ann"]
    assert [one["GroupName"] for one in iam.ok("ListGroupsForUser", UserName="ann")["Groups"]] == ["green", "red"]
    assert "remove users from group first" in iam.refused("DeleteGroup", "DeleteConflict", GroupName="red")
    assert "remove users from group first" in iam.refused("DeleteUser", "DeleteConflict", UserName="ann")
    for name in ("red", "green"):
        iam.ok("RemoveUserFromGroup", GroupName=name, UserName="ann")
    for name in ("red", "green", "violet"):
        iam.ok("DeleteGroup", GroupName=name)
    for operation in ("AddUserToGroup", "RemoveUserFromGroup"):
        assert "group" in iam.refused(operation, "NoSuchEntity", GroupName="red", UserName="ann")
    for operation in ("DeleteGroup", "GetGroup", "UpdateGroup"):
        iam.refused(operation, "NoSuchEntity", GroupName="red")
    iam.refused("ListGroupsForUser", "NoSuchEntity", UserName="nobody")


def test_roles(iam: Recorder) -> None:
    role = {"RoleName": "builder"}
    trust = {"AssumeRolePolicyDocument": TRUST}
    made = iam.ok("CreateRole", **role, **trust, Description="builds", MaxSessionDuration=7200)["Role"]
    assert made["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert not {"Description", "MaxSessionDuration", "RoleLastUsed"} & set(made)
    iam.refused("CreateRole", "EntityAlreadyExists", RoleName="BUILDER", **trust)
    iam.refused("CreateRole", "InvalidInput", RoleName="other", **trust, Tags=SAME_TAGS)
    iam.refused("CreateRole", "MalformedPolicyDocument", RoleName="other", AssumeRolePolicyDocument="no")
    named = TRUST.replace('"Service": "ec2.amazonaws.com"', f'"AWS": "arn:aws:iam::{iam.account_id}:user/nobody"')
    text = iam.refused("UpdateAssumeRolePolicy", "MalformedPolicyDocument", **role, PolicyDocument=named)
    assert text == f'Invalid principal in policy: "AWS":"arn:aws:iam::{iam.account_id}:user/nobody"'
    iam.ok("UpdateAssumeRolePolicy", **role, PolicyDocument=named.replace("nobody", "ann"))
    long = TRUST.replace('"Effect"', f'"Sid": "{"s" * 2048}", "Effect"')
    text = iam.refused("UpdateAssumeRolePolicy", "LimitExceeded", **role, PolicyDocument=long)
    assert text == "Cannot exceed quota for ACLSizePerRole: 2048"
    iam.ok("UpdateRole", **role, MaxSessionDuration=3600)
    iam.ok("UpdateRoleDescription", **role, Description="tests")
    iam.ok("PutRolePermissionsBoundary", **role, PermissionsBoundary=ADMINISTRATOR)
    shown = iam.ok("GetRole", **role)["Role"]
    assert (shown["MaxSessionDuration"], shown["Description"], shown["RoleLastUsed"]) == (3600, "tests", {})
    assert shown["PermissionsBoundary"]["PermissionsBoundaryArn"] == ADMINISTRATOR
    iam.refused("PutRolePermissionsBoundary", "InvalidInput", **role, PermissionsBoundary="not-an-arn-of-a-policy")
    iam.ok("DeleteRolePermissionsBoundary", **role)
    iam.ok("TagRole", **role, Tags=[{"Key": "team", "Value": "red"}])
    assert iam.ok("ListRoleTags", **role)["Tags"] == [{"Key": "team", "Value": "red"}]
    iam.ok("UntagRole", **role, TagKeys=["TEAM"])
    iam.refused("TagRole", "InvalidInput", **role, Tags=SAME_TAGS)
    iam.ok("TagRole", **role, Tags=FIFTY_TAGS)
    iam.refused("TagRole", "LimitExceeded", **role, Tags=[{"Key": "one-more", "Value": ""}])

    profile = {"InstanceProfileName": "web"}
    assert "Tags" not in iam.ok("CreateInstanceProfile", **profile)["InstanceProfile"]
    iam.refused("CreateInstanceProfile", "EntityAlreadyExists", **profile)
    iam.refused("CreateInstanceProfile", "InvalidInput", InstanceProfileName="other", Tags=SAME_TAGS)
    iam.ok("CreateInstanceProfile", InstanceProfileName="other")
    iam.refused("CreateInstanceProfile", "LimitExceeded", InstanceProfileName="one-more")
    iam.ok("AddRoleToInstanceProfile", **profile, **role)
    iam.refused("AddRoleToInstanceProfile", "LimitExceeded", **profile, **role)
    shown = iam.ok("GetInstanceProfile", **profile)["InstanceProfile"]
    assert [one["RoleName"] for one in shown["Roles"]] == ["builder"] and shown["Tags"] == []
    assert len(iam.ok("ListInstanceProfiles")["InstanceProfiles"]) == 2
    held = iam.ok("ListInstanceProfilesForRole", **role)["InstanceProfiles"]
    assert [one["InstanceProfileName"] for one in held] == ["web"]
    for operation, what in (("DeleteRole", role), ("DeleteInstanceProfile", profile)):
        assert "remove roles from instance profile first" in iam.refused(operation, "DeleteConflict", **what)
    iam.ok("TagInstanceProfile", **profile, Tags=FIFTY_TAGS)
    assert len(iam.ok("ListInstanceProfileTags", **profile)["Tags"]) == 50
    iam.refused("TagInstanceProfile", "LimitExceeded", **profile, Tags=[{"Key": "one-more", "Value": ""}])
    iam.refused("TagInstanceProfile", "InvalidInput", **profile, Tags=SAME_TAGS)
    iam.ok("UntagInstanceProfile", **profile, TagKeys=["k1"])
    iam.ok("RemoveRoleFromInstanceProfile", **profile, **role)
    iam.refused("RemoveRoleFromInstanceProfile", "NoSuchEntity", **profile, **role)
    nothing = {"InstanceProfileName": "nothing"}
    iam.refused("AddRoleToInstanceProfile", "NoSuchEntity", **nothing, **role)
    for operation in ("DeleteInstanceProfile", "GetInstanceProfile", "ListInstanceProfileTags"):
        iam.refused(operation, "NoSuchEntity", **nothing)
    iam.refused("TagInstanceProfile", "NoSuchEntity", **nothing, Tags=[])
    iam.refused("UntagInstanceProfile", "NoSuchEntity", **nothing, TagKeys=["k1"])

    service = {"AWSServiceName": "autoscaling.amazonaws.com"}
    linked = {"RoleName": iam.ok("CreateServiceLinkedRole", **service)["Role"]["RoleName"]}
    assert linked == {"RoleName": "AWSServiceRoleForAutoScaling"}
    iam.refused("CreateServiceLinkedRole", "InvalidInput", **service)
    iam.ok("CreateRole", RoleName="other", **trust)
    iam.refused("CreateRole", "LimitExceeded", RoleName="one-more", **trust)
    iam.refused("CreateServiceLinkedRole", "LimitExceeded", **service, CustomSuffix="more")
    protected = f"Cannot perform the operation on the protected role '{linked['RoleName']}'"
    changes: dict[str, dict[str, Any]] = {
        "AddRoleToInstanceProfile": profile,
        "DeleteRole": {},
        "DeleteRolePermissionsBoundary": {},
        "PutRolePermissionsBoundary": {"PermissionsBoundary": ADMINISTRATOR},
        "RemoveRoleFromInstanceProfile": profile,
        "UpdateAssumeRolePolicy": {"PolicyDocument": TRUST},
        "UpdateRole": {"MaxSessionDuration": 7200},
    }
    for operation, parameters in changes.items():
        text = iam.refused(operation, "UnmodifiableEntity", **linked, **parameters)
        assert text == f"{protected} - this role is only modifiable by AWS"
    task = {"DeletionTaskId": iam.ok("DeleteServiceLinkedRole", **linked)["DeletionTaskId"]}
    assert iam.ok("GetServiceLinkedRoleDeletionStatus", **task)["Status"] == "SUCCEEDED"
    other_task = {"DeletionTaskId": task["DeletionTaskId"] + "0"}
    iam.refused("GetServiceLinkedRoleDeletionStatus", "NoSuchEntity", **other_task)
    iam.refused("GetServiceLinkedRoleDeletionStatus", "InvalidInput", DeletionTaskId="none")
    iam.refused("DeleteServiceLinkedRole", "NoSuchEntity", **linked)

    assert [one["RoleName"] for one in iam.ok("ListRoles")["Roles"]] == ["builder", "other"]
    for name in ("web", "other"):
        iam.ok("DeleteInstanceProfile", InstanceProfileName=name)
    for name in ("builder", "other"):
        iam.ok("DeleteRole", RoleName=name)
    for operation, parameters in changes.items():
        if "InstanceProfile" not in operation:
            iam.refused(operation, "NoSuchEntity", **role, **parameters)
    for operation in ("GetRole", "ListRoleTags", "ListInstanceProfilesForRole"):
        iam.refused(operation, "NoSuchEntity", **role)
    iam.refused("TagRole", "NoSuchEntity", **role, Tags=[])
    iam.refused("UntagRole", "NoSuchEntity", **role, TagKeys=["team"])
    iam.refused("UpdateRoleDescription", "NoSuchEntity", **role, Description="")


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def document(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def test_managed_policies(iam: Recorder) -> None:
    allowing = json.dumps(document("iam:GetUser"))
    tags = [{"Key": "team", "Value": "red"}]
    made = iam.ok("CreatePolicy", PolicyName="one", PolicyDocument=allowing, Description="first", Tags=tags)["Policy"]
    arn = made["Arn"]
    one = {"PolicyArn": arn}
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["Tags"]) == ("v1", 0, tags)
    iam.refused("CreatePolicy", "EntityAlreadyExists", PolicyName="ONE", PolicyDocument=allowing)
    iam.refused("CreatePolicy", "MalformedPolicyDocument", PolicyName="two", PolicyDocument="{}")
    iam.refused("CreatePolicy", "InvalidInput", PolicyName="two", PolicyDocument=allowing, Tags=SAME_TAGS)
    for name in ("two", "three"):
        iam.ok("CreatePolicy", PolicyName=name, PolicyDocument=allowing)
    iam.refused("CreatePolicy", "LimitExceeded", PolicyName="four", PolicyDocument=allowing)
    shown = iam.ok("GetPolicy", **one)["Policy"]
    assert (shown["Description"], shown["Tags"]) == ("first", tags)
    assert iam.ok("GetPolicy", PolicyArn=READ_ONLY)["Policy"]["Tags"] == []
    local = iam.ok("ListPolicies", Scope="Local")["Policies"]
    assert [policy["PolicyName"] for policy in local] == ["one", "three", "two"]

    second = iam.ok("CreatePolicyVersion", **one, PolicyDocument=json.dumps(document("iam:ListUsers")))
    assert second["PolicyVersion"]["VersionId"] == "v2" and not second["PolicyVersion"]["IsDefaultVersion"]
    iam.refused("CreatePolicyVersion", "MalformedPolicyDocument", **one, PolicyDocument="{}")
    iam.ok("SetDefaultPolicyVersion", **one, VersionId="v2")
    version = iam.ok("GetPolicyVersion", **one, VersionId="v2")["PolicyVersion"]
    assert version["Document"] == document("iam:ListUsers") and version["IsDefaultVersion"]
    for _ in range(3):
        iam.ok("CreatePolicyVersion", **one, PolicyDocument=allowing)
    iam.refused("CreatePolicyVersion", "LimitExceeded", **one, PolicyDocument=allowing)
    versions = iam.ok("ListPolicyVersions", **one)["Versions"]
    assert [version["VersionId"] for version in versions] == ["v5", "v4", "v3", "v2", "v1"]
    assert "Document" not in versions[0]
    iam.refused("DeletePolicyVersion", "DeleteConflict", **one, VersionId="v2")
    iam.refused("DeletePolicy", "DeleteConflict", **one)
    for number in (1, 3, 4, 5):
        iam.ok("DeletePolicyVersion", **one, VersionId=f"v{number}")
    for operation in ("DeletePolicyVersion", "GetPolicyVersion", "SetDefaultPolicyVersion"):
        assert "version v9 does not exist" in iam.refused(operation, "NoSuchEntity", **one, VersionId="v9")

    iam.ok("UntagPolicy", **one, TagKeys=["Team"])
    iam.ok("TagPolicy", **one, Tags=FIFTY_TAGS)
    assert len(iam.ok("ListPolicyTags", **one)["Tags"]) == 50
    iam.refused("TagPolicy", "InvalidInput", **one, Tags=SAME_TAGS)
    iam.refused("TagPolicy", "LimitExceeded", **one, Tags=[{"Key": "one-more", "Value": ""}])
    for name in ("two", "three"):
        iam.ok("DeletePolicy", PolicyArn=arn.removesuffix("one") + name)
    gone = {"PolicyArn": arn.removesuffix("one") + "two"}
    for operation in ("DeletePolicy", "GetPolicy", "ListPolicyTags", "ListPolicyVersions", "ListEntitiesForPolicy"):
        iam.refused(operation, "NoSuchEntity", **gone)
    iam.refused("CreatePolicyVersion", "NoSuchEntity", **gone, PolicyDocument=allowing)
    iam.refused("TagPolicy", "NoSuchEntity", **gone, Tags=[])
    iam.refused("UntagPolicy", "NoSuchEntity", **gone, TagKeys=["team"])
    assert iam.refused("DeletePolicy", "AccessDenied", PolicyArn=READ_ONLY) == (
        "Cannot delete policies outside your own account."
    )


def test_policies_of_users_groups_and_roles(iam: Recorder) -> None:
    own = f"arn:aws:iam::{iam.account_id}:policy/one"
    allowing = json.dumps(document("iam:ListUsers"))
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.ok("CreateGroup", GroupName="granted")
    iam.ok("CreateRole", RoleName="granted", AssumeRolePolicyDocument=json.dumps({"Statement": trust}))
    iam.ok("CreateServiceLinkedRole", AWSServiceName="batch.amazonaws.com")
    for kind, name in (("User", "ann"), ("Group", "granted"), ("Role", "granted")):
        named, nobody = {f"{kind}Name": name}, {f"{kind}Name": "nobody"}
        inline = {**named, "PolicyName": "inline"}
        iam.ok(f"Attach{kind}Policy", **named, PolicyArn=own)
        iam.refused(f"Attach{kind}Policy", "LimitExceeded", **named, PolicyArn=ADMINISTRATOR)
        iam.refused(f"Attach{kind}Policy", "NoSuchEntity", **named, PolicyArn=own + "-more")
        attached = iam.ok(f"ListAttached{kind}Policies", **named)["AttachedPolicies"]
        assert attached == [{"PolicyName": "one", "PolicyArn": own}]
        iam.refused("DeletePolicy", "DeleteConflict", PolicyArn=own)
        iam.ok(f"Put{kind}Policy", **inline, PolicyDocument=allowing)
        iam.refused(f"Put{kind}Policy", "MalformedPolicyDocument", **inline, PolicyDocument="{}")
        large = json.dumps(document(*(f"iam:Action{number:05}" for number in range(800))))
        refused = iam.refused(f"Put{kind}Policy", "LimitExceeded", **inline, PolicyDocument=large)
        assert refused.endswith(f"bytes exceeded for {kind.lower()} {name}")
        assert iam.ok(f"List{kind}Policies", **named)["PolicyNames"] == ["inline"]
        assert iam.ok(f"Get{kind}Policy", **inline)["PolicyDocument"] == document("iam:ListUsers")
        for operation in (f"ListAttached{kind}Policies", f"List{kind}Policies"):
            iam.refused(operation, "NoSuchEntity", **nobody)
        iam.refused(f"Put{kind}Policy", "NoSuchEntity", **nobody, PolicyName="p", PolicyDocument=allowing)
    entities = iam.ok("ListEntitiesForPolicy", PolicyArn=own)
    assert [entities[f"Policy{kind}s"][0][f"{kind}Name"] for kind in ("User", "Group", "Role")] == [
        "ann",
        "granted",
        "granted",
    ]
    details = iam.ok("GetAccountAuthorizationDetails")
    assert details["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] == document("iam:ListUsers")
    policies = {policy["PolicyName"]: policy for policy in details["Policies"]}
    assert policies["one"]["AttachmentCount"] == 3 and len(policies["one"]["PolicyVersionList"]) == 1

    linked = {"RoleName": "AWSServiceRoleForBatch"}
    iam.refused("PutRolePolicy", "UnmodifiableEntity", **linked, PolicyName="p", PolicyDocument=allowing)
    iam.refused("DeleteRolePolicy", "UnmodifiableEntity", **linked, PolicyName="p")
    for operation in ("AttachRolePolicy", "DetachRolePolicy"):
        iam.refused(operation, "UnmodifiableEntity", **linked, PolicyArn=own)
    iam.ok("DeleteServiceLinkedRole", **linked)

    iam.ok("PutUserPermissionsBoundary", UserName="ann", PermissionsBoundary=READ_ONLY)
    assert iam.ok("GetPolicy", PolicyArn=READ_ONLY)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    iam.ok("DeleteUserPermissionsBoundary", UserName="ann")
    put = "PutUserPermissionsBoundary"
    iam.refused(put, "NoSuchEntity", UserName="ann", PermissionsBoundary=own + "-more")
    iam.refused(put, "InvalidInput", UserName="ann", PermissionsBoundary="arn:aws:iam::aws:not-a-policy/x")
    iam.refused("DeleteUserPermissionsBoundary", "NoSuchEntity", UserName="nobody")


def test_the_policy_simulator(iam: Recorder) -> None:
    ann = f"arn:aws:iam::{iam.account_id}:user/ann"
    asked = {"ActionNames": ["iam:ListUsers", "iam:CreateUser"]}
    simulated = iam.ok("SimulatePrincipalPolicy", PolicySourceArn=ann, **asked)["EvaluationResults"]
    assert [one["EvalDecision"] for one in simulated] == ["allowed", "implicitDeny"]
    assert {statement["SourcePolicyId"] for statement in simulated[0]["MatchedStatements"]} == {"one", "user_ann_inline"}
    assert simulated[1]["MatchedStatements"] == simulated[1]["MissingContextValues"] == []
    nobody = f"arn:aws:iam::{iam.account_id}:user/nobody"
    iam.refused("SimulatePrincipalPolicy", "NoSuchEntity", PolicySourceArn=nobody, **asked)
    wildcard = {"ActionNames": ["iam:*"]}
    iam.refused("SimulatePrincipalPolicy", "InvalidInput", PolicySourceArn=ann, **wildcard)
    conditional = document("iam:ListUsers")
    conditional["Statement"][0]["Condition"] = {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
    given = {"PolicyInputList": [json.dumps(conditional)]}
    entry = {"ContextKeyName": "aws:MultiFactorAuthAge", "ContextKeyType": "numeric", "ContextKeyValues": ["60"]}
    custom = iam.ok("SimulateCustomPolicy", **given, **asked, ContextEntries=[entry], ResourceArns=["*"])
    assert custom["EvaluationResults"][0]["EvalDecision"] == "allowed"
    iam.refused("SimulateCustomPolicy", "InvalidInput", **given, **wildcard)
    keys = iam.ok("GetContextKeysForCustomPolicy", **given)["ContextKeyNames"]
    assert keys == iam.ok("GetContextKeysForPrincipalPolicy", PolicySourceArn=ann, **given)["ContextKeyNames"]
    assert keys == ["aws:MultiFactorAuthAge"]
    iam.refused("GetContextKeysForCustomPolicy", "InvalidInput", PolicyInputList=["{}"])
    iam.refused("GetContextKeysForPrincipalPolicy", "NoSuchEntity", PolicySourceArn=nobody)
    root = f"arn:aws:iam::{iam.account_id}:root"
    iam.refused("GetContextKeysForPrincipalPolicy", "InvalidInput", PolicySourceArn=root)
    services = {"ServiceNamespaces": ["iam", "s3"]}
    granting = iam.ok("ListPoliciesGrantingServiceAccess", Arn=ann, **services)["PoliciesGrantingServiceAccess"]
    assert [len(one["Policies"]) for one in granting] == [2, 0]
    iam.refused("ListPoliciesGrantingServiceAccess", "NoSuchEntity", Arn=nobody, **services)
    iam.refused("ListPoliciesGrantingServiceAccess", "InvalidInput", Arn=root, **services)

    own = f"arn:aws:iam::{iam.account_id}:policy/one"
    for kind, name in (("User", "ann"), ("Group", "granted"), ("Role", "granted")):
        named = {f"{kind}Name": name}
        inline = {**named, "PolicyName": "inline"}
        iam.ok(f"Detach{kind}Policy", **named, PolicyArn=own)
        iam.refused(f"Detach{kind}Policy", "NoSuchEntity", **named, PolicyArn=own)
        iam.ok(f"Delete{kind}Policy", **inline)
        for operation in (f"Delete{kind}Policy", f"Get{kind}Policy"):
            iam.refused(operation, "NoSuchEntity", **inline)
    iam.ok("DeleteGroup", GroupName="granted")
    iam.ok("DeleteRole", RoleName="granted")
    iam.ok("DeletePolicy", PolicyArn=own)


def test_oidc_providers(iam: Recorder) -> None:
    url = "https://issuer.example.com"
    made = iam.ok("CreateOpenIDConnectProvider", Url=url, ClientIDList=["one"], ThumbprintList=["a" * 40])
    arn = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    assert arn["OpenIDConnectProviderArn"] == f"arn:aws:iam::{iam.account_id}:oidc-provider/issuer.example.com"
    iam.refused("CreateOpenIDConnectProvider", "EntityAlreadyExists", Url=url)
    iam.refused("CreateOpenIDConnectProvider", "InvalidInput", Url="https://a.example", ThumbprintList=["x" * 40])
    iam.ok("CreateOpenIDConnectProvider", Url="https://second.example.com")
    iam.refused("CreateOpenIDConnectProvider", "LimitExceeded", Url="https://third.example.com")
    iam.ok("AddClientIDToOpenIDConnectProvider", **arn, ClientID="two")
    iam.refused("AddClientIDToOpenIDConnectProvider", "LimitExceeded", **arn, ClientID="three")
    iam.ok("RemoveClientIDFromOpenIDConnectProvider", **arn, ClientID="one")
    iam.ok("UpdateOpenIDConnectProviderThumbprint", **arn, ThumbprintList=["b" * 40])
    iam.ok("TagOpenIDConnectProvider", **arn, Tags=FIFTY_TAGS)
    iam.refused("TagOpenIDConnectProvider", "LimitExceeded", **arn, Tags=[{"Key": "one-more", "Value": ""}])
    iam.refused("TagOpenIDConnectProvider", "InvalidInput", **arn, Tags=SAME_TAGS)
    iam.ok("UntagOpenIDConnectProvider", **arn, TagKeys=[tag["Key"] for tag in FIFTY_TAGS])
    assert iam.ok("ListOpenIDConnectProviderTags", **arn)["Tags"] == []
    shown = iam.ok("GetOpenIDConnectProvider", **arn)
    assert (shown["Url"], shown["ClientIDList"]) == ("issuer.example.com", ["two"])
    assert shown["ThumbprintList"] == ["b" * 40]
    assert len(iam.ok("ListOpenIDConnectProviders")["OpenIDConnectProviderList"]) == 2
    iam.ok("DeleteOpenIDConnectProvider", **arn)
    refuse_about(iam, "OpenIDConnectProviderArn", arn, OF_OIDC)


def test_saml_providers(iam: Recorder) -> None:
    document, (_, private_key) = saml_metadata(), certificate_with_key("assertions")
    made = iam.ok("CreateSAMLProvider", Name="corp", SAMLMetadataDocument=document, AddPrivateKey=private_key)
    arn = {"SAMLProviderArn": made["SAMLProviderArn"]}
    iam.refused("CreateSAMLProvider", "EntityAlreadyExists", Name="corp", SAMLMetadataDocument=document)
    iam.refused("CreateSAMLProvider", "InvalidInput", Name="none", SAMLMetadataDocument="x" * 1000)
    iam.ok("CreateSAMLProvider", Name="second", SAMLMetadataDocument=document)
    iam.refused("CreateSAMLProvider", "LimitExceeded", Name="third", SAMLMetadataDocument=document)
    iam.ok("UpdateSAMLProvider", **arn, AddPrivateKey=private_key, AssertionEncryptionMode="Required")
    iam.refused("UpdateSAMLProvider", "LimitExceeded", **arn, AddPrivateKey=private_key)
    shown = iam.ok("GetSAMLProvider", **arn)
    assert shown["SAMLMetadataDocument"] == document and len(shown["PrivateKeyList"]) == 2
    iam.ok("TagSAMLProvider", **arn, Tags=FIFTY_TAGS)
    iam.refused("TagSAMLProvider", "LimitExceeded", **arn, Tags=[{"Key": "one-more", "Value": ""}])
    iam.refused("TagSAMLProvider", "InvalidInput", **arn, Tags=SAME_TAGS)
    iam.ok("UntagSAMLProvider", **arn, TagKeys=[tag["Key"] for tag in FIFTY_TAGS])
    assert iam.ok("ListSAMLProviderTags", **arn)["Tags"] == []
    assert len(iam.ok("ListSAMLProviders")["SAMLProviderList"]) == 2
    iam.ok("DeleteSAMLProvider", **arn)
    refuse_about(iam, "SAMLProviderArn", arn, OF_SAML)


# What each operation on a provider is told besides which.
TAG = {"Tags": [{"Key": "team", "Value": "red"}]}
OF_OIDC: dict[str, dict[str, Any]] = {
    "AddClientIDToOpenIDConnectProvider": {"ClientID": "one"},
    "DeleteOpenIDConnectProvider": {},
    "GetOpenIDConnectProvider": {},
    "ListOpenIDConnectProviderTags": {},
    "RemoveClientIDFromOpenIDConnectProvider": {"ClientID": "one"},
    "TagOpenIDConnectProvider": TAG,
    "UntagOpenIDConnectProvider": {"TagKeys": ["team"]},
    "UpdateOpenIDConnectProviderThumbprint": {"ThumbprintList": []},
}
OF_SAML: dict[str, dict[str, Any]] = {
    "DeleteSAMLProvider": {},
    "GetSAMLProvider": {},
    "ListSAMLProviderTags": {},
    "TagSAMLProvider": TAG,
    "UntagSAMLProvider": {"TagKeys": ["team"]},
    "UpdateSAMLProvider": {},
}


def refuse_about(iam: Recorder, member: str, gone: dict[str, str], operations: dict[str, dict[str, Any]]) -> None:
    for operation, parameters in operations.items():
        iam.refused(operation, "NoSuchEntity", **gone, **parameters)
        iam.refused(operation, "InvalidInput", **{member: "not-an-arn-but-long-enough"}, **parameters)


def saml_metadata() -> str:
    certificate, _ = certificate_with_key("provider")
    base64 = "".join(line for line in certificate.splitlines() if not line.startswith("-----"))
    return (
        f"<!-- {'A provider of the tests. ' * 30}-->"
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/">'
        '<IDPSSODescriptor><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">'
        f"<X509Data><X509Certificate>{base64}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        "</IDPSSODescriptor></EntityDescriptor>"
    )


def test_the_account_as_an_issuer(iam: Recorder) -> None:
    iam.refused("GetOutboundWebIdentityFederationInfo", "FeatureDisabled")
    iam.refused("DisableOutboundWebIdentityFederation", "FeatureDisabled")
    made = iam.ok("EnableOutboundWebIdentityFederation")
    iam.refused("EnableOutboundWebIdentityFederation", "FeatureEnabled")
    shown = iam.ok("GetOutboundWebIdentityFederationInfo")
    assert shown["IssuerIdentifier"] == made["IssuerIdentifier"] and shown["JwtVendingEnabled"]
    iam.ok("DisableOutboundWebIdentityFederation")
    iam.ok("SetSecurityTokenServicePreferences", GlobalEndpointTokenVersion="v2Token")
    assert iam.ok("GetAccountSummary")["SummaryMap"]["GlobalEndpointTokenVersion"] == 2


def test_last_accesses(iam: Recorder) -> None:
    made = iam.ok("CreateAccessKey", UserName="ann")["AccessKey"]
    ann = Key(made["AccessKeyId"], made["SecretAccessKey"])
    iam.refused("ListUsers", "AccessDenied", key=ann)
    arn = f"arn:aws:iam::{iam.account_id}:user/ann"
    everything = {"PolicyName": "all", "PolicyDocument": ALLOW_ALL}
    iam.client.put_user_policy(UserName="ann", **everything)
    job = {"JobId": iam.ok("GenerateServiceLastAccessedDetails", Arn=arn)["JobId"]}
    report = iam.ok("GetServiceLastAccessedDetails", **job)
    assert report["JobStatus"] == "COMPLETED" and report["JobType"] == "SERVICE_LEVEL"
    used = {one["ServiceNamespace"]: one.get("LastAuthenticated") for one in report["ServicesLastAccessed"]}
    assert used["iam"] and not used["sts"]
    (entity,) = iam.ok("GetServiceLastAccessedDetailsWithEntities", **job, ServiceNamespace="iam")["EntityDetailsList"]
    assert entity["EntityInfo"]["Arn"] == arn and entity["LastAuthenticated"] == used["iam"]
    iam.client.delete_user_policy(UserName="ann", PolicyName="all")
    iam.ok("DeleteAccessKey", UserName="ann", AccessKeyId=ann.id)
    iam.refused("GenerateServiceLastAccessedDetails", "NoSuchEntity", Arn=arn + "-2")
    iam.refused("GenerateServiceLastAccessedDetails", "InvalidInput", Arn="arn:aws:sqs:::not-of-iam")
    nothing = {"JobId": "examplea-1234-b567-cde8-90fg123abcd4"}
    iam.refused("GetServiceLastAccessedDetails", "NoSuchEntity", **nothing)
    iam.refused("GetServiceLastAccessedDetailsWithEntities", "NoSuchEntity", **nothing, ServiceNamespace="iam")


def test_without_organizations(iam: Recorder) -> None:
    for operation, (code, parameters) in WITHOUT_ORGANIZATIONS.items():
        assert iam.refused(operation, code, **parameters)
    assert iam.ok("ListDelegationRequests")["DelegationRequests"] == []
    iam.ok("GetAccountProperties")


def test_the_account(iam: Recorder) -> None:
    iam.refused("CreateAccountAlias", "EntityAlreadyExists", AccountAlias="taken")
    iam.ok("CreateAccountAlias", AccountAlias="keys")
    assert iam.ok("ListAccountAliases")["AccountAliases"] == ["keys"]
    iam.refused("DeleteAccountAlias", "NoSuchEntity", AccountAlias="locks")
    iam.ok("DeleteAccountAlias", AccountAlias="keys")
    summary = iam.ok("GetAccountSummary")["SummaryMap"]
    assert len(summary) == 34 and summary["Users"] == 1 and summary["UsersQuota"] == 12

    assert iam.refused("GetCredentialReport", "ReportNotPresent") == ""
    states = [iam.ok("GenerateCredentialReport")["State"]]
    while states[-1] != "COMPLETE":
        assert len(states) < 200
        time.sleep(0.05)
        states.append(iam.ok("GenerateCredentialReport")["State"])
    assert states[0] == "STARTED"
    report = iam.ok("GetCredentialReport")
    rows = list(csv.DictReader(report["Content"].decode().splitlines()))
    assert [row["user"] for row in rows] == ["<root_account>", "ann"]
    assert len(rows[0]) == 22


def test_nothing_was_left_out(iam: Recorder) -> None:
    """Runs last: what the tests above met, against what boto3's model says there is."""
    assert iam.succeeded == set(OPERATIONS)
    missing = {
        (operation, code)
        for operation in OPERATIONS
        for shape in iam.model.operation_model(operation).error_shapes
        if (code := shape.metadata["error"]["code"]) not in ANYWHERE
        and not (code == "LimitExceeded" and operation not in LIMITED)
        and (operation, code) not in iam.met
    }
    assert missing == set(UNREACHABLE), sorted(missing ^ set(UNREACHABLE))
