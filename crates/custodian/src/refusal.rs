//! What is said of credentials of a cloud that are not taken: the four messages of seed 001, each in its case and
//! each followed by what to do.

use keystead_aws::error::Fault;

use crate::provider::CloudFault;

const INVALID: &str = "Your Amazon credentials are invalid: ";

/// The account is connected to another account here; `owner` is named to those who proved a working secret of it,
/// where the endpoint's word is good enough.
pub fn registered(owner: Option<&str>) -> Fault {
    let by = owner.map(|owner| format!(" by {owner}")).unwrap_or_default();
    refused(
        "CloudAccountRegistered",
        409,
        format!(
            "{INVALID}Sorry, this AWS account has already been registered with Keystead{by}, please contact this person \
             to get invited to his account. To have the owner asked by mail, request an invitation: keystead cloud \
             request-invitation"
        ),
    )
}

/// The account is connected to the caller's own account already.
pub fn connected_here(name: &str) -> Fault {
    refused(
        "CloudAccountRegistered",
        409,
        format!(
            "{INVALID}this AWS account is connected to your account already, as {name}. To give it another key, use: \
             keystead cloud update {name}"
        ),
    )
}

/// The caller asked for an invitation less than a day ago.
pub fn requested_already() -> Fault {
    refused(
        "CloudInvitationRequested",
        409,
        "You have asked for an invitation within the last day, and its owner has your letter. Ask again tomorrow."
            .to_owned(),
    )
}

/// The key works and belongs to another account than the one said.
pub fn mismatch() -> Fault {
    refused(
        "CloudAccountMismatch",
        400,
        format!(
            "{INVALID}Your AWS account number does not correspond to the AWS access key ID. This will cause \
             unpredictable behavior when accessing EC2. Log into your AWS account and compare the account number \
             with the one given here: the access key has to be one of that account."
        ),
    )
}

/// What a fault in proving credentials means to who offers them.
pub fn unproved(fault: &CloudFault) -> Fault {
    match fault {
        CloudFault::OptInRequired { service, message } => {
            let message =
                if message.is_empty() { "You are not subscribed to this service..." } else { message };
            refused(
                "CloudOptInRequired",
                400,
                format!(
                    "{INVALID}{service}: \"OptInRequired: {message}\" Amazon has most likely not activated your \
                     subscription yet: wait for its e-mail, then try again."
                ),
            )
        }
        // Nothing that is said here may tell an account number that exists from one that does not.
        CloudFault::NotAccepted { .. } => unverified(""),
        other => unverified(&format!(" What was seen: {other}.")),
    }
}

/// What a fault means to who asks something of a connected account.
pub fn unanswered(fault: &CloudFault) -> Fault {
    refused("CloudRequestFailed", 422, format!("The cloud did not do it: {fault}."))
}

fn unverified(seen: &str) -> Fault {
    refused(
        "CloudAccountUnverified",
        400,
        format!(
            "AWS account number can't be verified with these credentials.{seen} Make sure that 1. AWS is reachable \
             using the access key and its secret, and the key is active and may do something; 2. the account number \
             is the one the key belongs to; 3. every region has a security group: none is needed to connect, and one \
             that is missing is reported once you are connected. What the key has to be allowed: keystead cloud help"
        ),
    )
}

fn refused(code: &'static str, status: u16, message: String) -> Fault {
    Fault::CloudRefused { code, status, message }
}
