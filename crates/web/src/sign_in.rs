//! Who is calling: cookies for people, tokens for programs, and how people come by a cookie.

pub(crate) mod caller;
pub(crate) mod cookie;
pub(crate) mod email_link;
pub(crate) mod mailbox;
pub(crate) mod openid;
