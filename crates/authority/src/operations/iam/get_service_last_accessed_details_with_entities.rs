//! GetServiceLastAccessedDetailsWithEntities: who of those a report is about was last at one service.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{
    EntityDetails, GetServiceLastAccessedDetailsWithEntitiesRequest,
    GetServiceLastAccessedDetailsWithEntitiesResponse,
};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::last_access;
use crate::page::PageRequest;

/// GetServiceLastAccessedDetailsWithEntities. Source: IAM API reference,
/// GetServiceLastAccessedDetailsWithEntities.
pub struct GetServiceLastAccessedDetailsWithEntities;

/// Which report, which service, and which page.
pub struct Wanted {
    job_id: String,
    service: String,
    page: PageRequest,
}

impl Operation for GetServiceLastAccessedDetailsWithEntities {
    type Input = GetServiceLastAccessedDetailsWithEntitiesRequest;
    type Prepared = Wanted;
    type Output = GetServiceLastAccessedDetailsWithEntitiesResponse;
    const NAME: &'static str = "GetServiceLastAccessedDetailsWithEntities";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { job_id: input.job_id, service: input.service_namespace, page })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &Wanted,
    ) -> Result<GetServiceLastAccessedDetailsWithEntitiesResponse> {
        let (report, subject) = last_access::report(tx, cx, &wanted.job_id)?;
        let entities = last_access::entities(tx, cx, &subject, &wanted.service)?;
        let page = wanted.page.cut_whole(entities, |e: &EntityDetails| e.entity_info.arn.clone());
        Ok(GetServiceLastAccessedDetailsWithEntitiesResponse {
            job_status: "COMPLETED".to_owned(),
            job_creation_date: report.created_at,
            job_completion_date: report.created_at,
            entity_details_list: page.items,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
            error: None,
        })
    }
}
