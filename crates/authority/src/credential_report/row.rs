//! The columns of the credential report and the form of each value.
//!
//! Source: IAM User Guide, "Generate credential reports for your AWS account"; names, order and the forms of
//! times and truth values as recorded from AWS.

use std::borrow::Cow;
use std::time::Duration;

use keystead_core::{KeyStatus, Timestamp, User};
use keystead_store::last_used::LastUse;

use crate::credentials::Credentials;

/// One value of a line.
pub(super) type Value = Cow<'static, str>;

/// One line of the report.
pub(super) type Row = Vec<Value>;

/// The names of the columns.
pub(super) const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

const NOTHING: Value = Value::Borrowed("N/A");
const UNKNOWN: Value = Value::Borrowed("no_information");
const NOT_SUPPORTED: Value = Value::Borrowed("not_supported");

/// Services whose uses have no region in a report, although their requests are signed for one.
const WITHOUT_REGION: [&str; 1] = ["s3"];

/// The line of the root user, whose password no policy is about.
pub(super) fn of_root(arn: String, created_at: Timestamp, credentials: &Credentials) -> Row {
    let last_used = credentials.password.as_ref().and_then(|password| password.last_used_at);
    let password = [NOT_SUPPORTED, last_used.map_or(UNKNOWN, time), NOT_SUPPORTED, NOT_SUPPORTED];
    line(["<root_account>".into(), arn.into(), time(created_at)], password, credentials)
}

/// The line of a user. `max_age` is the age at which the account's policy lets passwords expire.
pub(super) fn of_user(user: &User, max_age: Option<Duration>, credentials: &Credentials) -> Row {
    let password = match &credentials.password {
        None => [truth(false), NOTHING, NOTHING, NOTHING],
        Some(password) => [
            truth(true),
            password.last_used_at.map_or(UNKNOWN, time),
            time(password.changed_at),
            max_age.map_or(NOTHING, |age| time(password.changed_at.plus(age))),
        ],
    };
    let who = [user.name.clone().into(), user.arn().to_string().into(), time(user.created_at)];
    line(who, password, credentials)
}

fn line(who: [Value; 3], password: [Value; 4], credentials: &Credentials) -> Row {
    let mut row = Row::with_capacity(COLUMNS.len());
    row.extend(who);
    row.extend(password);
    row.push(truth(credentials.mfa_active));
    // The active ones first, as AWS does, and among them the older.
    let mut keys: Vec<_> = credentials.access_keys.iter().collect();
    keys.sort_by_key(|(key, _)| (key.status != KeyStatus::Active, key.created_at, key.id));
    let mut keys = keys.into_iter();
    for _ in 0..2 {
        row.extend(keys.next().map_or(
            [truth(false), NOTHING, NOTHING, NOTHING, NOTHING],
            |(key, last_use)| {
                let [date, region, service] = last_use.as_ref().map_or([NOTHING, NOTHING, NOTHING], used);
                [truth(key.status == KeyStatus::Active), time(key.created_at), date, region, service]
            },
        ));
    }
    let mut certificates: Vec<_> = credentials.certificates.iter().collect();
    certificates.sort_by_key(|certificate| (!certificate.is_active, certificate.uploaded_at));
    let mut certificates = certificates.into_iter();
    for _ in 0..2 {
        row.extend(certificates.next().map_or([truth(false), NOTHING], |certificate| {
            [truth(certificate.is_active), time(certificate.uploaded_at)]
        }));
    }
    row
}

/// When, in which region and for which service a key was last used.
fn used(last_use: &LastUse) -> [Value; 3] {
    let service = last_use.service.clone();
    let region = last_use
        .region
        .clone()
        .filter(|_| !service.as_deref().is_some_and(|service| WITHOUT_REGION.contains(&service)));
    [time(last_use.at), region.map_or(NOTHING, Value::from), service.map_or(NOTHING, Value::from)]
}

fn time(at: Timestamp) -> Value {
    at.to_iso8601().into()
}

fn truth(is_so: bool) -> Value {
    Value::Borrowed(if is_so { "true" } else { "false" })
}

#[cfg(test)]
mod tests {
    use keystead_core::{AccessKey, AccessKeyId};

    use super::*;
    use crate::credentials::{Certificate, Password};

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    fn user() -> User {
        User {
            account: "123456789012".parse().unwrap(),
            id: "AIDACKCEVSQ6C2EXAMPLE".to_owned(),
            name: "alice".to_owned(),
            path: "/x/".to_owned(),
            permissions_boundary: None,
            created_at: at(1),
        }
    }

    fn key(number: u128, status: KeyStatus, last_use: Option<LastUse>) -> (AccessKey, Option<LastUse>) {
        let user = user();
        let id = AccessKeyId::from_packed(1 << 79 | number);
        let key =
            AccessKey { id, account: user.account, owner_id: user.id, status, created_at: at(number as i64) };
        (key, last_use)
    }

    fn last_use(region: &str, service: &str) -> LastUse {
        let (account, access_key_id) = (user().account, AccessKeyId::from_packed(1));
        let (region, service) = (Some(region.to_owned()), Some(service.to_owned()));
        LastUse { account, access_key_id, at: at(60), region, service }
    }

    #[test]
    fn an_owner_of_nothing_has_every_column() {
        let user = of_user(&user(), None, &Credentials::default()).join(",");
        let key = "false,N/A,N/A,N/A,N/A";
        assert_eq!(
            user,
            format!(
                "alice,arn:aws:iam::123456789012:user/x/alice,1970-01-01T00:00:01Z,false,N/A,N/A,N/A,false,\
                 {key},{key},false,N/A,false,N/A"
            )
        );
        let root = of_root("arn".to_owned(), at(1), &Credentials::default());
        let password = ["not_supported", "no_information", "not_supported", "not_supported"];
        assert_eq!(
            (root.len(), &root[..1], &root[3..7]),
            (COLUMNS.len(), &["<root_account>".into()][..], &password.map(Into::into)[..])
        );
    }

    #[test]
    fn the_active_key_and_certificate_come_first() {
        let credentials = Credentials {
            access_keys: vec![
                key(1, KeyStatus::Inactive, Some(last_use("eu-west-3", "iam"))),
                key(2, KeyStatus::Active, Some(last_use("eu-west-3", "s3"))),
            ],
            certificates: vec![
                Certificate { is_active: false, uploaded_at: at(3) },
                Certificate { is_active: true, uploaded_at: at(4) },
            ],
            password: None,
            mfa_active: true,
        };
        let row = of_user(&user(), None, &credentials).join(",");
        assert!(
            row.ends_with(
                "true,true,1970-01-01T00:00:02Z,1970-01-01T00:01:00Z,N/A,s3,\
                 false,1970-01-01T00:00:01Z,1970-01-01T00:01:00Z,eu-west-3,iam,\
                 true,1970-01-01T00:00:04Z,false,1970-01-01T00:00:03Z"
            ),
            "{row}"
        );
    }

    #[test]
    fn a_password_has_an_end_only_where_the_policy_sets_one() {
        let password = Password { changed_at: at(0), last_used_at: None };
        let credentials = Credentials { password: Some(password), ..Credentials::default() };
        let row = |max_age| of_user(&user(), max_age, &credentials)[3..7].join(",");
        assert_eq!(row(None), "true,no_information,1970-01-01T00:00:00Z,N/A");
        let day = Duration::from_hours(24);
        assert_eq!(row(Some(day)), "true,no_information,1970-01-01T00:00:00Z,1970-01-02T00:00:00Z");
    }
}
