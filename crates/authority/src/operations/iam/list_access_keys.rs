//! ListAccessKeys: a user's keys, or the caller's own, without their secrets.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{AccessKeyMetadata, ListAccessKeysRequest, ListAccessKeysResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::OwnedPage;
use crate::shape;

/// ListAccessKeys. Source: IAM API reference, ListAccessKeys.
pub struct ListAccessKeys;

impl Operation for ListAccessKeys {
    type Input = ListAccessKeysRequest;
    type Prepared = OwnedPage;
    type Output = ListAccessKeysResponse;
    const NAME: &'static str = "ListAccessKeys";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<OwnedPage> {
        OwnedPage::read(cx, input.user_name.as_deref(), input.marker.as_deref(), input.max_items)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &OwnedPage) -> Result<ListAccessKeysResponse> {
        let keys = tx.access_keys().list_by_owner(cx.account(), &wanted.owner.id.to_string())?;
        let page = wanted.page.cut_whole(keys, |key| key.id.to_string());
        let metadata = page.items.iter().map(|key| AccessKeyMetadata {
            user_name: shape::user_name(&wanted.owner),
            access_key_id: Some(key.id.to_string()),
            status: Some(key.status.as_str().to_owned()),
            create_date: Some(key.created_at),
        });
        Ok(ListAccessKeysResponse {
            access_key_metadata: metadata.collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
