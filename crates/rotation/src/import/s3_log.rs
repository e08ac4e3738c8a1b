//! Server access log lines in the form of the Amazon S3 User Guide, "Amazon S3 server access log format". They name the
//! requester, and the access key only where the request was presigned: in the query of its address.

use keystead_aws::error::RemoteFault;
use keystead_core::Timestamp;
use sha2::{Digest, Sha256};

use super::{Seen, Skipped, label};

/// The fields that are read: time, address, request id, request, status, user agent.
const FIELDS_MIN: usize = 17;

/// The use that a line tells of.
pub fn read(line: &str) -> Result<Seen, Skipped> {
    let fields = fields(line);
    let field = |place: usize| fields.get(place).copied().ok_or(Skipped::Unreadable);
    if fields.len() < FIELDS_MIN {
        return Err(Skipped::Unreadable);
    }
    let at = Timestamp::parse_log(field(2)?).ok_or(Skipped::Unreadable)?;
    let key = credential_of(field(8)?).ok_or(Skipped::NamesNoKey)?;
    let hash = hex::encode(Sha256::digest(line.trim_end()));
    Ok(Seen {
        event_id: format!("s3/{hash}"),
        key: key.parse().map_err(|_| Skipped::NamesNoKey)?,
        at,
        source: label(field(3)?),
        service: Some("s3".to_owned()),
        region: None,
        user_agent: label(field(16)?),
        refused: RemoteFault::of(403, field(10)?) == RemoteFault::NotAccepted,
    })
}

/// Fields are parted by spaces; a time stands in brackets, a text in quotes.
fn fields(line: &str) -> Vec<&str> {
    let mut rest = line.trim();
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (field, after) =
            match rest.strip_prefix('[').zip(Some(']')).or(rest.strip_prefix('"').zip(Some('"'))) {
                Some((inner, end)) => inner.split_once(end).unwrap_or((inner, "")),
                None => rest.split_once(' ').unwrap_or((rest, "")),
            };
        fields.push(field);
        rest = after.trim_start();
    }
    fields
}

/// The key in `X-Amz-Credential=AKIA…%2F…` or `AWSAccessKeyId=AKIA…` of a request line.
fn credential_of(request: &str) -> Option<&str> {
    let query = request.split(' ').nth(1)?.split_once('?')?.1;
    query.split('&').find_map(|pair| match pair.split_once('=')? {
        ("X-Amz-Credential", scope) => scope.split(['%', '/']).next(),
        ("AWSAccessKeyId", key) => Some(key),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(query: &str) -> String {
        format!(
            "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket [15/Jan/2027:08:00:00 +0000] \
             192.0.2.3 arn:aws:iam::123456789012:user/app 3E57427F3EXAMPLE REST.GET.OBJECT photo.jpg \
             \"GET /photo.jpg{query} HTTP/1.1\" 200 - 113 - 7 - \"-\" \"S3Console/0.4 app/web\" - id SigV4 c QueryString \
             bucket.s3.amazonaws.com TLSv1.2 - -\n"
        )
    }

    #[test]
    fn a_presigned_request_names_its_key() {
        let query =
            "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20270115%2Fus-east-1";
        let seen = read(&line(query)).unwrap();
        assert_eq!(seen.key.to_string(), "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(
            (seen.at, seen.source.as_deref()),
            (Timestamp::from_secs(1_800_000_000), Some("192.0.2.3"))
        );
        assert_eq!(seen.user_agent.as_deref(), Some("S3Console/0.4 app/web"));
        assert_eq!(read(&line(query)).unwrap().event_id, seen.event_id, "the same line is the same event");
    }

    #[test]
    fn other_lines_are_skipped_with_their_reason() {
        assert_eq!(read(&line("")), Err(Skipped::NamesNoKey));
        assert_eq!(read(&line("?X-Amz-Credential=")), Err(Skipped::NamesNoKey));
        for unreadable in ["", "[", "\"", "a b c", &"[".repeat(10_000)] {
            assert_eq!(read(unreadable), Err(Skipped::Unreadable));
        }
    }
}
