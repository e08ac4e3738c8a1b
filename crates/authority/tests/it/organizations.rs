//! What is asked about organizations, delegation and templates, of which no account here has any.

use keystead_authority::operations::without_organizations::OPERATIONS;
use keystead_store::both;
use serde_json::Value;

use crate::guards::events;
use crate::requests::Request;
use crate::world::World;

const REQUEST: &str = "delegation-request-1";
const TEMPLATE: &str = "arn:aws:iam::aws:role-template/example/Template";

/// An operation, what is asked, and what is answered: status and code.
type Case = (&'static str, &'static [(&'static str, &'static str)], u16, &'static str);

const ANSWERS: [Case; 20] = [
    ("AcceptDelegationRequest", &[("DelegationRequestId", REQUEST)], 404, "NoSuchEntity"),
    ("AcquireRole", &[("TemplateArn", TEMPLATE)], 404, "NoSuchEntity"),
    ("AssociateDelegationRequest", &[("DelegationRequestId", REQUEST)], 404, "NoSuchEntity"),
    (
        "CreateDelegationRequest",
        &[
            ("Description", "work"),
            ("Permissions.PolicyTemplateArn", TEMPLATE),
            ("RequestorWorkflowId", "workflow"),
            ("NotificationChannel", "channel"),
            ("SessionDuration", "3600"),
        ],
        400,
        "InvalidInput",
    ),
    ("DisableOrganizationsRootCredentialsManagement", &[], 400, "OrganizationNotFoundException"),
    ("DisableOrganizationsRootSessions", &[], 400, "OrganizationNotFoundException"),
    ("EnableOrganizationsRootCredentialsManagement", &[], 400, "OrganizationNotFoundException"),
    ("EnableOrganizationsRootSessions", &[], 400, "OrganizationNotFoundException"),
    ("GenerateOrganizationsAccessReport", &[("EntityPath", "o-a1b2c3d4e5/r-f6g7")], 403, "AccessDenied"),
    ("GetAccountProperties", &[], 200, ""),
    ("GetDelegationRequest", &[("DelegationRequestId", REQUEST)], 404, "NoSuchEntity"),
    ("GetHumanReadableSummary", &[("EntityArn", TEMPLATE)], 404, "NoSuchEntity"),
    (
        "GetOrganizationsAccessReport",
        &[("JobId", "examplea-1234-b567-cde8-90fg123abcd4")],
        404,
        "NoSuchEntity",
    ),
    ("GetRoleTemplateVersion", &[("TemplateArn", TEMPLATE)], 404, "NoSuchEntity"),
    ("ListDelegationRequests", &[], 200, ""),
    ("ListOrganizationsFeatures", &[], 400, "OrganizationNotFoundException"),
    (
        "PutAccountProperties",
        &[("Properties.entry.1.key", "color"), ("Properties.entry.1.value", "red")],
        400,
        "InvalidInput",
    ),
    ("RejectDelegationRequest", &[("DelegationRequestId", REQUEST)], 404, "NoSuchEntity"),
    ("SendDelegationToken", &[("DelegationRequestId", REQUEST)], 404, "NoSuchEntity"),
    ("UpdateDelegationRequest", &[("DelegationRequestId", REQUEST)], 404, "NoSuchEntity"),
];

/// A request of the right form, where the operation is one of these.
pub(crate) fn request(operation: &'static str) -> Option<Request> {
    let (_, params, _, _) = ANSWERS.iter().find(|(name, ..)| *name == operation)?;
    let params = params.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Some(Request::Query { action: operation, params })
}

both! {
    fn an_account_without_organizations_is_told_so(store: TestStore) {
        let world = World::new(store);
        let state = world.state();
        for (operation, params, status, code) in ANSWERS {
            world.call(&world.root, operation, params).expect_code(status, code);
        }
        assert_eq!(world.state(), state);
        let listed = world.call(&world.root, "ListDelegationRequests", &[]).expect_done();
        assert!(listed.texts("DelegationRequests").is_empty());
        assert_eq!(listed.text("isTruncated"), "false");
        world.gate.flush_audit(true).expect("the events are written");
        let events = events(&world);
        for (operation, _, _, code) in ANSWERS {
            let told = |event: &&Value| event["eventName"] == operation;
            let event = events.iter().find(told).unwrap_or_else(|| panic!("{operation} is not in the audit"));
            assert_eq!(event["errorCode"].as_str().unwrap_or_default(), code, "{operation}");
        }
    }
}

#[test]
fn every_operation_that_is_always_refused_has_its_answer() {
    let names: Vec<&str> = OPERATIONS.iter().map(|handler| handler.name()).collect();
    let answers: Vec<&str> =
        ANSWERS.iter().filter(|(_, _, status, _)| *status != 200).map(|(name, ..)| *name).collect();
    assert_eq!(names, answers);
}
