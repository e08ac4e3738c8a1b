//! ListServerCertificates: the certificates of the account by name, page by page, without their texts.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListServerCertificatesRequest, ListServerCertificatesResponse};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::server_certificate;

/// ListServerCertificates. Source: IAM API reference, ListServerCertificates.
pub struct ListServerCertificates;

/// Below which path, and which page.
pub struct Wanted {
    path_prefix: String,
    page: PageRequest,
}

impl Operation for ListServerCertificates {
    type Input = ListServerCertificatesRequest;
    type Prepared = Wanted;
    type Output = ListServerCertificatesResponse;
    const NAME: &'static str = "ListServerCertificates";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::server_certificate(cx.account(), input.path_prefix.as_deref().unwrap_or("/"), ""))
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            path_prefix: input.path_prefix.unwrap_or_else(|| "/".to_owned()),
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListServerCertificatesResponse> {
        let Wanted { path_prefix, page } = wanted;
        let found = tx.server_certificates().list(cx.account(), path_prefix, page.after(), page.limit())?;
        let page = page.cut(found, |certificate| fold_name(&certificate.name));
        Ok(ListServerCertificatesResponse {
            server_certificate_metadata_list: page.items.iter().map(server_certificate::shown).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
