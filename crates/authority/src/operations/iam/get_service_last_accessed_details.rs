//! GetServiceLastAccessedDetails: a page of a report on last accesses, by service.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{
    GetServiceLastAccessedDetailsRequest, GetServiceLastAccessedDetailsResponse, ServiceLastAccessed,
};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::last_access::{self, Level};
use crate::page::PageRequest;

/// GetServiceLastAccessedDetails. Source: IAM API reference, GetServiceLastAccessedDetails.
pub struct GetServiceLastAccessedDetails;

/// Which report, and which page of it.
pub struct Wanted {
    job_id: String,
    page: PageRequest,
}

impl Operation for GetServiceLastAccessedDetails {
    type Input = GetServiceLastAccessedDetailsRequest;
    type Prepared = Wanted;
    type Output = GetServiceLastAccessedDetailsResponse;
    const NAME: &'static str = "GetServiceLastAccessedDetails";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { job_id: input.job_id, page })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &Wanted,
    ) -> Result<GetServiceLastAccessedDetailsResponse> {
        let (report, subject) = last_access::report(tx, cx, &wanted.job_id)?;
        let level = if report.granularity == "ACTION_LEVEL" { Level::Action } else { Level::Service };
        let services = last_access::services(tx, cx, &subject, level)?;
        let page = wanted.page.cut_whole(services, |s: &ServiceLastAccessed| s.service_namespace.clone());
        Ok(GetServiceLastAccessedDetailsResponse {
            job_status: "COMPLETED".to_owned(),
            job_type: Some(report.granularity),
            job_creation_date: report.created_at,
            job_completion_date: report.created_at,
            services_last_accessed: page.items,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
            error: None,
        })
    }
}
