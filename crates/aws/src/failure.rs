//! Failures of AWS, before it is said what was being done.

use std::error::Error;

/// What went wrong.
pub(crate) type Fault = Box<dyn Error + Send + Sync>;
