//! ListSigningCertificates: the certificates of a user or of the caller.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListSigningCertificatesRequest, ListSigningCertificatesResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::OwnedPage;
use crate::shape;

/// ListSigningCertificates. Source: IAM API reference, ListSigningCertificates.
pub struct ListSigningCertificates;

impl Operation for ListSigningCertificates {
    type Input = ListSigningCertificatesRequest;
    type Prepared = OwnedPage;
    type Output = ListSigningCertificatesResponse;
    const NAME: &'static str = "ListSigningCertificates";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<OwnedPage> {
        OwnedPage::read(cx, input.user_name.as_deref(), input.marker.as_deref(), input.max_items)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &OwnedPage) -> Result<ListSigningCertificatesResponse> {
        let OwnedPage { owner, page } = wanted;
        let certificates = tx.signing_certificates().list_by_owner(cx.account(), &owner.id.to_string())?;
        let page = page.cut_whole(certificates, |certificate| certificate.id.clone());
        let shown = page.items.iter().map(|certificate| shape::signing_certificate(owner, certificate));
        Ok(ListSigningCertificatesResponse {
            certificates: shown.collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
