//! ListInstanceProfiles: the instance profiles of the account by name, page by page, without tags.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListInstanceProfilesRequest, ListInstanceProfilesResponse};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::instance_profile;
use crate::page::PageRequest;

/// ListInstanceProfiles. Source: IAM API reference, ListInstanceProfiles.
pub struct ListInstanceProfiles;

/// Below which path, and which page.
pub struct Wanted {
    path_prefix: String,
    page: PageRequest,
}

impl Operation for ListInstanceProfiles {
    type Input = ListInstanceProfilesRequest;
    type Prepared = Wanted;
    type Output = ListInstanceProfilesResponse;
    const NAME: &'static str = "ListInstanceProfiles";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::instance_profile(cx.account(), input.path_prefix.as_deref().unwrap_or("/"), ""))
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            path_prefix: input.path_prefix.unwrap_or_else(|| "/".to_owned()),
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListInstanceProfilesResponse> {
        let Wanted { path_prefix, page } = wanted;
        let found = tx.instance_profiles().list(cx.account(), path_prefix, page.after(), page.limit())?;
        let page = page.cut(found, |profile| fold_name(&profile.name));
        let shown = page.items.iter().map(|profile| instance_profile::shown(tx, cx, profile));
        Ok(ListInstanceProfilesResponse {
            instance_profiles: shown.collect::<Result<_>>()?,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
