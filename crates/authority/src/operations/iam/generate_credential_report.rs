//! GenerateCredentialReport: has the report on all credentials of the account written, unless there is one of
//! the last four hours.

use keystead_aws::error::Result;
use keystead_aws::model::iam::GenerateCredentialReportResponse;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::credential_report::{CredentialReport, Outcome};

/// GenerateCredentialReport. Source: IAM API reference, GenerateCredentialReport; states and text as recorded.
///
/// AWS counts it among what reads: it leaves the account as it is, and clients repeat it until it is complete.
pub struct GenerateCredentialReport;

const STARTED: &str = "No report exists. Starting a new report generation task";

impl Operation for GenerateCredentialReport {
    type Input = ();
    type Prepared = GenerateCredentialReportResponse;
    type Output = GenerateCredentialReportResponse;
    const NAME: &'static str = "GenerateCredentialReport";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(_: &Context, (): &()) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(cx: &Context, (): ()) -> Result<GenerateCredentialReportResponse> {
        let (state, description) = match CredentialReport::of(cx).generate()? {
            Outcome::Started => ("STARTED", Some(STARTED.to_owned())),
            Outcome::UnderWay => ("INPROGRESS", None),
            Outcome::Complete => ("COMPLETE", None),
        };
        Ok(GenerateCredentialReportResponse { state: Some(state.to_owned()), description })
    }

    fn commit(
        _: &mut Tx<'_>,
        _: &Context,
        answer: &GenerateCredentialReportResponse,
    ) -> Result<GenerateCredentialReportResponse> {
        Ok(answer.clone())
    }
}
