//! Reading a table by key, and finding keys by an index.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::{
    Client,
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, KeysAndAttributes, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};

use super::{
    Fault,
    attributes::{Attributes, Item, text},
};
use crate::patience::Patience;

/// How many rows one call reads by key; DynamoDB takes no more.
const AT_ONCE: usize = 100;

/// A table whose rows have a key of one attribute.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(super) client: Client,
    pub(super) name: String,
    /// The attribute that is the key.
    key: &'static str,
}

impl Table {
    pub(crate) fn new(client: &Client, name: &str, key: &'static str) -> Self {
        Self { client: client.clone(), name: name.to_owned(), key }
    }

    /// What rows say, but for those that cannot be read: they are told in the log.
    pub(super) fn readable<T>(&self, rows: &[Item], read: impl Fn(&Item) -> Result<T, Fault>) -> Vec<T> {
        let read = rows.iter().filter_map(|row| {
            let unreadable = |error: &Fault| {
                let id = Attributes(row).text_if(self.key).unwrap_or_default();
                tracing::error!(table = self.name, id, error = %error, "a row cannot be read");
            };
            read(row).inspect_err(unreadable).ok()
        });
        read.collect()
    }

    /// The key of a row, as calls want it.
    pub(super) fn key(&self, key: impl std::fmt::Display) -> Item {
        HashMap::from([(self.key.to_owned(), text(key))])
    }

    /// The row of that key as it is now.
    pub(super) async fn get(&self, key: impl std::fmt::Display) -> Result<Option<Item>, Fault> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(self.key(key)));
        Ok(get.consistent_read(true).send().await?.item)
    }

    /// Writes a row whose key nobody else has: writing it twice is as good as once.
    pub(super) async fn put(&self, row: Item) -> Result<(), Fault> {
        self.client.put_item().table_name(&self.name).set_item(Some(row)).send().await?;
        Ok(())
    }

    /// Removes a row. Removing nothing is fine.
    pub(super) async fn remove(&self, key: impl std::fmt::Display) -> Result<(), Fault> {
        self.client.delete_item().table_name(&self.name).set_key(Some(self.key(key))).send().await?;
        Ok(())
    }

    /// As part of a transaction: adds a row if there is none of its key, and tells otherwise which there is.
    pub(super) fn put_new(&self, row: Item) -> Result<TransactWriteItem, Fault> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(row))
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", self.key)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// The rows of those keys as they are now, in the order of the keys. Those that are gone are left out. A key may be
    /// named twice, as a row that moves from one list of an index to another is met in both; it is asked for once, for
    /// DynamoDB refuses a call that names one twice.
    pub(super) async fn get_all(&self, keys: &[String]) -> Result<Vec<Item>, Fault> {
        let mut found = HashMap::new();
        let mut seen = HashSet::new();
        let once: Vec<String> = keys.iter().filter(|key| seen.insert(*key)).cloned().collect();
        for some in once.chunks(AT_ONCE) {
            for row in self.get_some(some).await? {
                found.insert(Attributes(&row).text(self.key)?.to_owned(), row);
            }
        }
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }

    /// An answer may lack rows when it would be too large or the table is busy; those are asked for again.
    async fn get_some(&self, keys: &[String]) -> Result<Vec<Item>, Fault> {
        let keys = keys.iter().map(|key| self.key(key)).collect();
        let mut wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build()?;
        let (mut rows, mut patience) = (Vec::new(), Patience::new());
        loop {
            let answer = self.client.batch_get_item().request_items(&self.name, wanted).send().await?;
            let (found, left) = (answer.responses, answer.unprocessed_keys);
            let found = found.and_then(|mut tables| tables.remove(&self.name)).unwrap_or_default();
            let progress = !found.is_empty();
            rows.extend(found);
            match left.and_then(|mut tables| tables.remove(&self.name)) {
                None => return Ok(rows),
                Some(left) => wanted = left,
            }
            if !progress && !patience.wait().await {
                return Err("the table is too busy to give all rows".into());
            }
        }
    }

    /// A look-up in an index of this table: what the index is hashed by equals `hash`.
    pub(super) fn look_up(&self, index: &str, by: &str, hash: AttributeValue) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&self.name).index_name(index);
        query.expression_attribute_names("#hash", by).expression_attribute_values(":hash", hash)
    }

    /// The rows that entries of an index speak of, as they are now.
    pub(super) async fn rows_of(&self, entries: &[Item]) -> Result<Vec<Item>, Fault> {
        let keys = entries.iter().map(|entry| Attributes(entry).text(self.key).map(str::to_owned));
        self.get_all(&keys.collect::<Result<Vec<_>, _>>()?).await
    }
}

/// The first entries of a query, at most `limit`, over as many answers as it takes.
pub(super) async fn first_entries(query: QueryFluentBuilder, limit: u32) -> Result<Vec<Item>, Fault> {
    let mut entries = Vec::new();
    let mut start = None;
    loop {
        let left = i32::try_from(limit).unwrap_or(i32::MAX).saturating_sub(i32::try_from(entries.len())?);
        if left == 0 {
            return Ok(entries);
        }
        let answer = query.clone().limit(left).set_exclusive_start_key(start).send().await?;
        entries.extend(answer.items.unwrap_or_default());
        start = answer.last_evaluated_key;
        if start.is_none() {
            return Ok(entries);
        }
    }
}
