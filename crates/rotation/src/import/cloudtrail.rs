//! CloudTrail's records: the members that say who used which key, as the CloudTrail User Guide, "CloudTrail record
//! contents", names them. Other members may be there and are not read.

use keystead_aws::error::RemoteFault;
use keystead_core::Timestamp;
use serde_json::Value;

use super::{Seen, Skipped, label};

/// The use that a record tells of.
pub fn read(record: &Value) -> Result<Seen, Skipped> {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let event_id = text("/eventID").and_then(label).ok_or(Skipped::Unreadable)?;
    let at = text("/eventTime").and_then(Timestamp::parse_rfc3339).ok_or(Skipped::Unreadable)?;
    let key = text("/userIdentity/accessKeyId").ok_or(Skipped::NamesNoKey)?;
    let code = text("/errorCode").unwrap_or_default();
    Ok(Seen {
        event_id,
        key: key.parse().map_err(|_| Skipped::NamesNoKey)?,
        at,
        source: text("/sourceIPAddress").and_then(label),
        service: text("/eventSource").and_then(|host| label(host.trim_end_matches(".amazonaws.com"))),
        region: text("/awsRegion").and_then(label),
        user_agent: text("/userAgent").and_then(label),
        // A key that may not do something is in use all the same.
        refused: RemoteFault::of(403, code) == RemoteFault::NotAccepted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_tells_who_used_which_key() {
        let record = |code: &str| {
            json!({
                "eventID": "11111111-2222-4333-8444-555555555555", "eventTime": "2027-01-15T08:00:00Z",
                "eventSource": "s3.amazonaws.com", "awsRegion": "eu-central-1", "eventName": "GetObject",
                "sourceIPAddress": "192.0.2.7", "userAgent": "Boto3/1.40 \u{1b}[31m app/backup", "errorCode": code,
                "userIdentity": { "type": "IAMUser", "accessKeyId": "AKIAIOSFODNN7EXAMPLE" }, "more": [1, 2],
            })
        };
        let seen = read(&record("AccessDenied")).unwrap();
        assert_eq!(seen.at, Timestamp::from_secs(1_800_000_000));
        assert_eq!(seen.user_agent.as_deref(), Some("Boto3/1.40 [31m app/backup"));
        let used = seen.into_use("000000000042".parse().unwrap(), "cloudtrail");
        assert_eq!((used.uses, used.refusals, used.app_id.as_deref()), (1, 0, Some("backup")));
        assert_eq!(used.consumer_key, "cloudtrail|192.0.2.7|s3|eu-central-1|backup");
        assert!(read(&record("InvalidClientTokenId")).unwrap().refused);
    }

    #[test]
    fn what_is_no_record_is_skipped_with_its_reason() {
        for (record, why) in [
            (json!(null), Skipped::Unreadable),
            (json!([]), Skipped::Unreadable),
            (json!({ "eventID": 7 }), Skipped::Unreadable),
            (json!({ "eventID": "a", "eventTime": "yesterday" }), Skipped::Unreadable),
            (json!({ "eventID": "a", "eventTime": "2027-01-15T08:00:00Z" }), Skipped::NamesNoKey),
            (
                json!({ "eventID": "a", "eventTime": "2027-01-15T08:00:00Z", "userIdentity": { "accessKeyId": "x" } }),
                Skipped::NamesNoKey,
            ),
        ] {
            assert_eq!(read(&record), Err(why), "{record}");
        }
    }
}
