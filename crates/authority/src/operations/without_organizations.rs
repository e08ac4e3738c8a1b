//! Operations on what no account here has: an organization around it, partners that ask for delegation, templates
//! of roles. They are read, authorized and audited like any other, and answer as AWS does where there is nothing
//! of it: one row an operation.
//!
//! Those of this kind that rightly succeed, with an empty list, have files of their own among the others.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam;
use keystead_core::Arn;
use keystead_gate::{Context, Handler, Kind, Operation, Query};
use keystead_store::Tx;

macro_rules! refused {
    ($($operation:ident($input:ty) $kind:ident => $fault:expr;)*) => {
        $(
            #[doc = concat!(stringify!($operation), ". Source: IAM API reference, ", stringify!($operation), ".")]
            pub struct $operation;

            impl Operation for $operation {
                type Input = $input;
                type Prepared = ();
                type Output = ();
                const NAME: &'static str = stringify!($operation);
                const KIND: Kind = Kind::$kind;

                fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
                    Ok(Arn::any())
                }

                fn prepare(_: &Context, input: Self::Input) -> Result<()> {
                    let why: fn(Self::Input) -> Fault = $fault;
                    Err(why(input))
                }

                fn commit(_: &mut Tx<'_>, _: &Context, (): &()) -> Result<()> {
                    Ok(())
                }
            }
        )*

        /// These operations, in alphabetical order.
        pub static OPERATIONS: &[&dyn Handler] = &[$(&Query($operation),)*];
    };
}

refused! {
    AcceptDelegationRequest(iam::AcceptDelegationRequestRequest) Write => |i| unknown_request(&i.delegation_request_id);
    AcquireRole(iam::AcquireRoleRequest) Write => |i| unknown_template(&i.template_arn);
    AssociateDelegationRequest(iam::AssociateDelegationRequestRequest) Write => |i| unknown_request(&i.delegation_request_id);
    CreateDelegationRequest(iam::CreateDelegationRequestRequest) Write => |_| no_partner();
    DisableOrganizationsRootCredentialsManagement(iam::DisableOrganizationsRootCredentialsManagementRequest) Write => |_| no_organization();
    DisableOrganizationsRootSessions(iam::DisableOrganizationsRootSessionsRequest) Write => |_| no_organization();
    EnableOrganizationsRootCredentialsManagement(iam::EnableOrganizationsRootCredentialsManagementRequest) Write => |_| no_organization();
    EnableOrganizationsRootSessions(iam::EnableOrganizationsRootSessionsRequest) Write => |_| no_organization();
    GenerateOrganizationsAccessReport(iam::GenerateOrganizationsAccessReportRequest) Read => |_| no_report();
    GetDelegationRequest(iam::GetDelegationRequestRequest) Read => |i| unknown_request(&i.delegation_request_id);
    GetHumanReadableSummary(iam::GetHumanReadableSummaryRequest) Read => |i| unknown_entity(&i.entity_arn);
    GetOrganizationsAccessReport(iam::GetOrganizationsAccessReportRequest) Read => |i| unknown_report(&i.job_id);
    GetRoleTemplateVersion(iam::GetRoleTemplateVersionRequest) Read => |i| unknown_template(&i.template_arn);
    ListOrganizationsFeatures(iam::ListOrganizationsFeaturesRequest) Read => |_| no_organization();
    PutAccountProperties(iam::PutAccountPropertiesRequest) Write => |i| unknown_property(i.properties.keys().next());
    RejectDelegationRequest(iam::RejectDelegationRequestRequest) Write => |i| unknown_request(&i.delegation_request_id);
    SendDelegationToken(iam::SendDelegationTokenRequest) Write => |i| unknown_request(&i.delegation_request_id);
    UpdateDelegationRequest(iam::UpdateDelegationRequestRequest) Write => |i| unknown_request(&i.delegation_request_id);
}

fn no_organization() -> Fault {
    Fault::OrganizationNotFound
}

fn no_report() -> Fault {
    Fault::Refused("This account is in no organization, so there is nothing to report on.".to_owned())
}

fn no_partner() -> Fault {
    Fault::InvalidInput(
        "Permissions names a policy template, and there are none here: partners do not ask for delegation."
            .to_owned(),
    )
}

fn unknown_request(id: &str) -> Fault {
    Fault::NoSuchEntity(format!("The delegation request with id {id} cannot be found."))
}

fn unknown_template(arn: &str) -> Fault {
    Fault::NoSuchEntity(format!("The role template {arn} cannot be found."))
}

fn unknown_entity(arn: &str) -> Fault {
    Fault::NoSuchEntity(format!("There is no summary of {arn}."))
}

fn unknown_report(id: &str) -> Fault {
    Fault::NoSuchEntity(format!("The report with JobId {id} cannot be found."))
}

fn unknown_property(key: Option<&String>) -> Fault {
    let key = key.map_or("nothing", String::as_str);
    Fault::InvalidInput(format!("Properties names {key}, and accounts here have no properties to set."))
}
