//! Mail that goes no further than this machine. A back end without an outbox has nothing to show here.

use super::{Fixture, samples::address, samples::seconds};
use crate::ports::Mail;

fn mail(subject: &str) -> Mail {
    Mail {
        to: address(),
        subject: subject.to_owned(),
        text: "Your job has ended.\n\nhttp://localhost:8080/annotations/1?a=b\n".to_owned(),
        html: "<p>Your job has ended: <a href=\"http://localhost:8080/annotations/1?a=b\">open</a></p>\n"
            .to_owned(),
    }
}

/// As many as asked for.
pub async fn mail_can_be_read_newest_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let Some(outbox) = ports.outbox else { return };
    assert!(outbox.newest(10).await.unwrap().is_empty());
    let mails = ["first", "second", "third"].map(mail);
    for mail in &mails {
        fixture.pass(seconds(1)).await;
        ports.mailer.send(mail).await.unwrap();
    }
    let newest = outbox.newest(2).await.unwrap();
    let read: Vec<_> = newest.iter().map(|kept| kept.mail.clone()).collect();
    assert_eq!(read, [mails[2].clone(), mails[1].clone()]);
    assert!(newest[0].sent > newest[1].sent);
    assert_eq!(outbox.newest(10).await.unwrap().len(), 3);
}

/// File names end up in subjects, and people call files all sorts of things. A subject is one line: what
/// would begin another header is taken out.
pub async fn mail_keeps_every_character(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let Some(outbox) = ports.outbox else { return };
    let text =
        format!("= at the start, ümläut, 🧬, \"quotes\" & <tags>\n.\n{}\n", "long ".repeat(400).trim_end());
    let sent =
        Mail { html: format!("<p>{text}</p>\n"), text, ..mail("🧬 köln's \"sample\" <1>.vcf COMPLETED") };
    ports.mailer.send(&sent).await.unwrap();
    assert_eq!(outbox.newest(1).await.unwrap()[0].mail, sent);
    fixture.pass(seconds(1)).await;
    ports.mailer.send(&mail("a\r\nBcc: eve@example.org\r\n")).await.unwrap();
    assert_eq!(outbox.newest(1).await.unwrap()[0].mail.subject, "aBcc: eve@example.org");
}

/// An id is not a path.
pub async fn mail_is_found_by_its_id_only(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let Some(outbox) = ports.outbox else { return };
    let sent = mail("first");
    ports.mailer.send(&sent).await.unwrap();
    let id = outbox.newest(1).await.unwrap()[0].id.clone();
    assert_eq!(outbox.find(&id).await.unwrap().unwrap().mail, sent);
    for other in ["", ".", "..", "nothing", &format!("../outbox/{id}"), &format!("./{id}"), "/etc/passwd"] {
        assert!(outbox.find(other).await.unwrap().is_none(), "{other}");
    }
}
