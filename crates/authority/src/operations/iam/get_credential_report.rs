//! GetCredentialReport: the report on all credentials of the account, as it was last generated.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::GetCredentialReportResponse;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::credential_report::{CredentialReport, State};

/// GetCredentialReport. Source: IAM API reference, GetCredentialReport.
pub struct GetCredentialReport;

impl Operation for GetCredentialReport {
    type Input = ();
    type Prepared = GetCredentialReportResponse;
    type Output = GetCredentialReportResponse;
    const NAME: &'static str = "GetCredentialReport";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(_: &Context, (): &()) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(cx: &Context, (): ()) -> Result<GetCredentialReportResponse> {
        let report = match CredentialReport::of(cx).state()? {
            State::Fresh(report) => report,
            State::UnderWay => return Err(Fault::ReportInProgress),
            State::Expired => return Err(Fault::ReportExpired),
            State::Missing => return Err(Fault::ReportNotPresent),
        };
        Ok(GetCredentialReportResponse {
            generated_time: Some(report.made_at),
            content: Some(report.read()?),
            report_format: Some("text/csv".to_owned()),
        })
    }

    fn commit(
        _: &mut Tx<'_>,
        _: &Context,
        answer: &GetCredentialReportResponse,
    ) -> Result<GetCredentialReportResponse> {
        Ok(answer.clone())
    }
}
