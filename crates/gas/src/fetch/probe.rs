//! What is to come, before the first byte of it is fetched.

use futures::{StreamExt as _, stream};
use reqwest::header;

use super::{
    cache::Cache,
    error::FetchError,
    recipe::{Download, Recipe},
    request::Http,
    space,
};

/// Requests at once.
const AT_ONCE: usize = 4;
/// Bytes of a reference for each packed byte of its files, with what the build writes aside: an estimate, ample for genomes.
const REFERENCE_TO_DOWNLOADS: u64 = 4;

/// Refuses what will not fit on the disk, as far as the servers say how large it is.
pub(super) async fn check_space(http: &Http, recipe: &Recipe, cache: &Cache) -> Result<(), FetchError> {
    let sizes = recipe.downloads.iter().map(|download| size(http, download));
    let sizes: Vec<Option<u64>> = stream::iter(sizes).buffered(AT_ONCE).collect().await;
    let (mut missing, mut all) = (0, 0);
    for (download, size) in recipe.downloads.iter().zip(sizes) {
        let size = size.unwrap_or(0);
        all += size;
        missing += size.saturating_sub(there(cache, download));
    }
    space::require(cache.folder(), missing + all.saturating_mul(REFERENCE_TO_DOWNLOADS))
}

/// What the recipe or the server says; a server that says nothing is no reason to stop.
async fn size(http: &Http, download: &Download) -> Option<u64> {
    if download.from.size.is_some() {
        return download.from.size;
    }
    let headers = http.client.head(&download.from.url).send().await.ok()?.headers().clone();
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Bytes that are fetched already.
fn there(cache: &Cache, download: &Download) -> u64 {
    let length = |path: std::path::PathBuf| path.metadata().map_or(0, |metadata| metadata.len());
    length(cache.path(&download.file)).max(length(cache.part(&download.file)))
}
