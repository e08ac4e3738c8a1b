//! ListSigningCertificates: the certificates of a user or of the caller.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListSigningCertificatesRequest, ListSigningCertificatesResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::shape;

/// ListSigningCertificates. Source: IAM API reference, ListSigningCertificates.
pub struct ListSigningCertificates;

/// Whose certificates, and which page.
pub struct Wanted {
    owner: Arc<Principal>,
    page: PageRequest,
}

impl Operation for ListSigningCertificates {
    type Input = ListSigningCertificatesRequest;
    type Prepared = Wanted;
    type Output = ListSigningCertificatesResponse;
    const NAME: &'static str = "ListSigningCertificates";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            owner: cx.user_or_caller(input.user_name.as_deref())?,
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListSigningCertificatesResponse> {
        let Wanted { owner, page } = wanted;
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
