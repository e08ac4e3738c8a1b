//! GenerateServiceLastAccessedDetails: asks for a report on which services a user, a role, the members of a group
//! or those a policy is attached to were last seen at. It is ready at once.

use std::time::Duration;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{
    GenerateServiceLastAccessedDetailsRequest, GenerateServiceLastAccessedDetailsResponse,
};
use keystead_core::{Arn, rng};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;
use keystead_store::access_reports::AccessReport;

use crate::last_access::Subject;

/// GenerateServiceLastAccessedDetails. Source: IAM API reference, GenerateServiceLastAccessedDetails.
pub struct GenerateServiceLastAccessedDetails;

/// For how long a report can be fetched.
const KEPT: Duration = Duration::from_hours(7 * 24);

impl Operation for GenerateServiceLastAccessedDetails {
    type Input = GenerateServiceLastAccessedDetailsRequest;
    type Prepared = AccessReport;
    type Output = GenerateServiceLastAccessedDetailsResponse;
    const NAME: &'static str = "GenerateServiceLastAccessedDetails";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::written(&*input.arn))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<AccessReport> {
        Subject::find(cx, &input.arn)?;
        Ok(AccessReport {
            id: rng::uuid(cx.rng()),
            subject_arn: input.arn,
            granularity: input.granularity.unwrap_or_else(|| "SERVICE_LEVEL".to_owned()),
            created_at: cx.now,
        })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        report: &AccessReport,
    ) -> Result<GenerateServiceLastAccessedDetailsResponse> {
        tx.access_reports().delete_older(cx.account(), cx.now.minus(KEPT))?;
        tx.access_reports().put(cx.account(), report)?;
        Ok(GenerateServiceLastAccessedDetailsResponse { job_id: Some(report.id.clone()) })
    }
}
