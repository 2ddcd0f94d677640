//! A back end in trouble.

use serde_json::json;

use super::watched::{Watched, through};
use crate::between::{Act, Between, Call};

pub(super) async fn open() -> Watched {
    through(Between::start(trouble).await).await
}

/// Each operation meets each trouble, whoever is first; the numbers have no common divisor, so they meet all callers
/// in turn. The SDK gives up after four tries; the fourth finds no trouble.
fn trouble(call: &mut Call, number: usize) -> Act {
    if call.operation == "Query" {
        // As if the entries were so large that three fill an answer.
        let limit = call.body["Limit"].as_u64().map_or(3, |limit| limit.min(3));
        call.body["Limit"] = json!(limit);
    }
    let passes = call.attempt == 4;
    match call.operation.as_str() {
        _ if !passes && number.is_multiple_of(5) => Act::LoseAnswer,
        _ if !passes && number % 7 == 1 => Act::throttle(),
        "TransactWriteItems" if number % 3 == 1 => Act::conflict(),
        "UpdateItem" if number % 3 == 1 => Act::conflict_of_one(),
        "BatchGetItem" => Act::PassHalf,
        _ => Act::Pass,
    }
}
