//! ListServerCertificateTags: the tags of a certificate by key.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListServerCertificateTagsRequest, ListServerCertificateTagsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::{server_certificate, tagging};

/// ListServerCertificateTags. Source: IAM API reference, ListServerCertificateTags.
pub struct ListServerCertificateTags;

/// Which certificate, and which page of its tags.
pub struct Wanted {
    name: String,
    page: PageRequest,
}

impl Operation for ListServerCertificateTags {
    type Input = ListServerCertificateTagsRequest;
    type Prepared = Wanted;
    type Output = ListServerCertificateTagsResponse;
    const NAME: &'static str = "ListServerCertificateTags";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        server_certificate::arn(cx, &input.server_certificate_name)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { name: input.server_certificate_name, page })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListServerCertificateTagsResponse> {
        let certificate = server_certificate::get(tx, cx, &wanted.name)?;
        let page = tagging::list(tx, cx, &certificate.id, &wanted.page)?;
        Ok(ListServerCertificateTagsResponse {
            is_truncated: page.marker.is_some(),
            tags: page.items,
            marker: page.marker,
        })
    }
}
