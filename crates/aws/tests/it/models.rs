//! The generated shapes: reading, every constraint in AWS's words, writing.

use std::fs;
use std::path::Path;

use keystead_aws::error::Fault;
use keystead_aws::model::{FromQuery, IAM, STS, ToXml, iam, sts};
use keystead_aws::query::Params;
use keystead_aws::xml::Writer;
use keystead_core::{SecretString, Timestamp};

fn read<T: FromQuery>(body: &str) -> Result<T, Fault> {
    T::from_query(&Params::parse(body)?)
}

fn refusal<T: FromQuery>(body: &str) -> String {
    match read::<T>(body) {
        Err(Fault::ValidationError(text)) => text,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("{body} was not refused"),
    }
}

fn written(output: &impl ToXml) -> String {
    let mut writer = Writer::new();
    output.to_xml(&mut writer);
    String::from_utf8(writer.into_bytes()).unwrap()
}

#[test]
fn members_lists_and_structures_are_read() {
    let input = read::<iam::CreateUserRequest>(
        "Action=CreateUser&UserName=Bob&Path=/division/&Tags.member.2.Key=b&Tags.member.2.Value=\
         &Tags.member.1.Key=a&Tags.member.1.Value=1",
    );
    let tag = |key: &str, value: &str| iam::Tag { key: key.to_owned(), value: value.to_owned() };
    let expected = iam::CreateUserRequest {
        user_name: "Bob".to_owned(),
        path: Some("/division/".to_owned()),
        permissions_boundary: None,
        tags: vec![tag("a", "1"), tag("b", "")],
    };
    assert_eq!(input, Ok(expected));
}

#[test]
fn secrets_flags_and_numbers_are_read() {
    let input =
        read::<iam::CreateLoginProfileRequest>("UserName=Bob&Password=hunter2&PasswordResetRequired=true")
            .unwrap();
    assert_eq!(input.password, Some(SecretString::new("hunter2".to_owned())));
    assert_eq!(input.password_reset_required, Some(true));
    assert!(!format!("{input:?}").contains("hunter2"));
    assert_eq!(read::<iam::ListUsersRequest>("MaxItems=7").unwrap().max_items, Some(7));
}

/// The texts were recorded from the service.
#[test]
fn iam_keeps_values_back() {
    assert_eq!(
        refusal::<iam::UpdateAccountPasswordPolicyRequest>(
            "MinimumPasswordLength=129&PasswordReusePrevention=25&MaxPasswordAge=1096"
        ),
        "3 validation errors detected: Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have \
         value less than or equal to 128; Value at 'passwordReusePrevention' failed to satisfy constraint: Member must \
         have value less than or equal to 24; Value at 'maxPasswordAge' failed to satisfy constraint: Member must have \
         value less than or equal to 1095"
    );
    let key = "k".repeat(129);
    assert_eq!(
        refusal::<iam::TagUserRequest>(&format!("UserName=a&Tags.member.1.Key={key}&Tags.member.1.Value=v")),
        "1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length \
         less than or equal to 128"
    );
    assert_eq!(
        refusal::<iam::UntagUserRequest>(&format!("UserName=a&TagKeys.member.1={key}&TagKeys.member.2=")),
        "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: \
         [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member \
         must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]"
    );
    assert_eq!(
        refusal::<iam::UpdateAccessKeyRequest>("AccessKeyId=AKIAIOSFODNN7EXAMPLE&Status=On"),
        "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set"
    );
    assert_eq!(
        refusal::<iam::CreateUserRequest>(""),
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn what_is_no_number_or_truth_value_at_all_is_malformed() {
    let malformed = |body: &str| read::<iam::UpdateAccountPasswordPolicyRequest>(body).err();
    for (value, text) in [("", Some("missing value for decimal type")), ("x", None), ("2147483648", None)] {
        let fault = malformed(&format!("MaxPasswordAge={value}&MinimumPasswordLength=1"));
        assert_eq!(fault, Some(Fault::MalformedInput(text)), "{value}");
    }
    for (value, text) in
        [("", "missing value for boolean type"), ("TRUE", "boolean must follow xsd1.1 definition")]
    {
        let fault = malformed(&format!("HardExpiry={value}"));
        assert_eq!(fault, Some(Fault::MalformedInput(Some(text))), "{value}");
    }
    let read = read::<iam::UpdateAccountPasswordPolicyRequest>("HardExpiry=1&MaxPasswordAge=%2B09").unwrap();
    assert_eq!((read.hard_expiry, read.max_password_age), (Some(true), Some(9)));
    assert_eq!(Fault::MalformedInput(None).wire().message, None);
}

#[test]
fn sts_quotes_values_but_no_secrets() {
    assert_eq!(
        refusal::<sts::AssumeRoleRequest>(
            "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=Session1:2"
        ),
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [\\w+=,.@-]*"
    );
    let text = refusal::<sts::AssumeRoleWithWebIdentityRequest>(
        "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=name&WebIdentityToken=abc",
    );
    assert!(text.contains("Value '***' at 'webIdentityToken'"), "{text}");
}

#[test]
fn outputs_are_written_as_aws_writes_them() {
    let user = iam::User {
        path: "/".to_owned(),
        user_name: "Bob".to_owned(),
        create_date: Timestamp::from_micros(1_412_951_871_999_999),
        ..iam::User::default()
    };
    let users = iam::ListUsersResponse { users: vec![user], ..iam::ListUsersResponse::default() };
    assert_eq!(
        written(&users),
        "<Users><member><Path>/</Path><UserName>Bob</UserName><UserId></UserId><Arn></Arn>\
         <CreateDate>2014-10-10T14:37:51Z</CreateDate></member></Users><IsTruncated>false</IsTruncated>"
    );
    assert_eq!(
        written(&iam::ListUsersResponse::default()),
        "<Users></Users><IsTruncated>false</IsTruncated>"
    );
    assert!(
        written(&iam::ServerCertificate::default())
            .ends_with("<CertificateBody></CertificateBody><Tags></Tags>")
    );
    let summary = [("Users".to_owned(), 7)].into_iter().collect();
    assert_eq!(
        written(&iam::GetAccountSummaryResponse { summary_map: summary }),
        "<SummaryMap><entry><key>Users</key><value>7</value></entry></SummaryMap>"
    );
    let report =
        iam::GetCredentialReportResponse { content: Some(b"user,arn".to_vec()), ..Default::default() };
    assert_eq!(written(&report), "<Content>dXNlcixhcm4=</Content>");
}

#[test]
fn a_secret_reaches_the_wire_but_not_a_log() {
    let key =
        iam::AccessKey { secret_access_key: SecretString::new("wJalr".to_owned()), ..Default::default() };
    assert!(written(&key).contains("<SecretAccessKey>wJalr</SecretAccessKey>"));
    assert!(!format!("{key:?}").contains("wJalr"));
}

#[test]
fn the_services_know_their_operations() {
    assert_eq!((IAM.operations.len(), STS.operations.len()), (180, 11));
    assert!(IAM.has("CreateUser") && !IAM.has("AssumeRole") && STS.has("AssumeRole"));
    assert!(IAM.operations.is_sorted() && STS.operations.is_sorted());
    for (service, file) in [(&IAM, "iam-2010-05-08.json"), (&STS, "sts-2011-06-15.json")] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("model").join(file);
        let model: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert!(model["operations"].as_object().unwrap().keys().eq(service.operations.iter()));
    }
}
