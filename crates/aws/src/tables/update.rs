//! Changes of some attributes of a row, as the expressions that DynamoDB wants.
//!
//! Attributes that are not named stay, so whatever other tools keep in a row survives.

use std::{collections::HashMap, fmt::Display};

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};

use super::{Fault, Table, attributes::Item};
use crate::patience::Patience;

/// An attribute and what it shall be; none is that it shall not be there.
pub(super) type Wish = (&'static str, Option<AttributeValue>);

/// Expressions with the names and values that they speak of. Attributes go by stand-ins, as DynamoDB reserves many
/// words.
pub(super) struct Update {
    pub(super) change: String,
    pub(super) names: HashMap<String, String>,
    pub(super) values: HashMap<String, AttributeValue>,
}

impl Update {
    /// Makes all wishes true.
    pub(super) fn of(wishes: impl IntoIterator<Item = Wish>) -> Self {
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let (mut names, mut values) = (HashMap::new(), HashMap::new());
        for (place, (name, wish)) in wishes.into_iter().enumerate() {
            names.insert(format!("#{place}"), name.to_owned());
            match wish {
                Some(value) => {
                    values.insert(format!(":{place}"), value);
                    set.push(format!("#{place} = :{place}"));
                }
                None => remove.push(format!("#{place}")),
            }
        }
        let clauses = [("SET ", set), ("REMOVE ", remove)];
        let clauses = clauses.into_iter().filter(|(_, of)| !of.is_empty());
        let change =
            clauses.map(|(verb, of)| format!("{verb}{}", of.join(", "))).collect::<Vec<_>>().join(" ");
        Self { change, names, values }
    }

    /// Adds a value that a condition speaks of.
    #[must_use]
    pub(super) fn with(mut self, stand_in: &str, value: AttributeValue) -> Self {
        self.values.insert(stand_in.to_owned(), value);
        self
    }
}

/// What became of a change of one row.
pub(super) enum Changed {
    /// It was written.
    Written,
    /// The condition did not hold; this is the row that it met, if there was one.
    Refused(Option<Item>),
}

impl Table {
    /// Changes a row on a condition. A transaction that is at the row is waited for.
    pub(super) async fn change(
        &self,
        key: impl Display,
        update: &Update,
        condition: &str,
    ) -> Result<Changed, Fault> {
        let call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(self.key(key)))
            .update_expression(&update.change)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(update.names.clone()))
            .set_expression_attribute_values(Some(update.values.clone()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut patience = Patience::new();
        loop {
            let Err(error) = call.clone().send().await else { return Ok(Changed::Written) };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    return Ok(Changed::Refused(failed.item().cloned()));
                }
                Some(UpdateItemError::TransactionConflictException(_)) if patience.wait().await => {}
                _ => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::attributes::text;

    #[test]
    fn what_is_wished_is_set_and_the_rest_removed() {
        let update = Update::of([("a", Some(text("1"))), ("b", None), ("c", Some(text("3"))), ("d", None)]);
        assert_eq!(update.change, "SET #0 = :0, #2 = :2 REMOVE #1, #3");
        assert_eq!((update.names.len(), update.values.len()), (4, 2));
        assert_eq!(Update::of([("b", None)]).change, "REMOVE #0");
    }
}
