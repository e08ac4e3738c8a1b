//! ListSSHPublicKeys: the keys of a user or of the caller, without the keys themselves.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListSSHPublicKeysRequest, ListSSHPublicKeysResponse, SSHPublicKeyMetadata};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::OwnedPage;
use crate::shape;

/// ListSSHPublicKeys. Source: IAM API reference, ListSSHPublicKeys.
pub struct ListSshPublicKeys;

impl Operation for ListSshPublicKeys {
    type Input = ListSSHPublicKeysRequest;
    type Prepared = OwnedPage;
    type Output = ListSSHPublicKeysResponse;
    const NAME: &'static str = "ListSSHPublicKeys";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<OwnedPage> {
        OwnedPage::read(cx, input.user_name.as_deref(), input.marker.as_deref(), input.max_items)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &OwnedPage) -> Result<ListSSHPublicKeysResponse> {
        let keys = tx.ssh_public_keys().list_by_user(cx.account(), &wanted.owner.id.to_string())?;
        let page = wanted.page.cut_whole(keys, |key| key.id.clone());
        let metadata = page.items.iter().map(|key| SSHPublicKeyMetadata {
            user_name: shape::user_name(&wanted.owner).unwrap_or_default(),
            ssh_public_key_id: key.id.clone(),
            status: key.status.as_str().to_owned(),
            upload_date: key.uploaded_at,
        });
        Ok(ListSSHPublicKeysResponse {
            ssh_public_keys: metadata.collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
