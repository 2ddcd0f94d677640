//! Mail by SMTP, against a server of a few lines that says what it should, or nothing.

use std::{sync::Arc, time::Duration};

use gas_embedded::{Embedded, OpenError, SmtpSettings};
use gas_service::{
    ports::{Mail, Ports, SystemClock},
    reference::InstalledReferences,
    settings::SiteSettings,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::fixture::{settings, site};

fn mail() -> Mail {
    Mail {
        to: "ada@example.org".parse().unwrap(),
        subject: "Your job has ended".to_owned(),
        text: "plain".to_owned(),
        html: "<p>html</p>".to_owned(),
    }
}

async fn open(url: &str, site: &SiteSettings) -> Result<Ports, OpenError> {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.smtp = Some(SmtpSettings { url: url.into(), timeout: Duration::from_millis(500) });
    let references = Arc::new(InstalledReferences::default());
    Ok(Embedded::open(data.path(), &settings, site, Arc::new(SystemClock), references).await?.ports)
}

/// Takes one mail, and gives back all that the client said.
async fn take_mail(connection: TcpStream) -> Vec<String> {
    let mut connection = BufReader::new(connection);
    let mut said = Vec::new();
    let mut in_mail = false;
    connection.write_all(b"220 ready\r\n").await.unwrap();
    loop {
        let mut line = String::new();
        if connection.read_line(&mut line).await.unwrap() == 0 {
            return said;
        }
        let line = line.trim_end().to_owned();
        let answer = match line.as_str() {
            "." => "250 taken",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        in_mail = (in_mail || line == "DATA") && line != ".";
        let end = line == ".";
        said.push(line);
        if !in_mail || said.last().is_some_and(|line| line == "DATA") {
            connection.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        }
        if end {
            return said;
        }
    }
}

#[tokio::test]
async fn mail_goes_to_the_server_when_there_is_one_and_to_no_outbox() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let ports = open(&url, &site()).await.unwrap();
    assert!(ports.outbox.is_none());
    let server = tokio::spawn(async move { take_mail(listener.accept().await.unwrap().0).await });
    ports.mailer.send(&mail()).await.unwrap();
    let said = server.await.unwrap();
    for line in ["MAIL FROM:<gas@example.org>", "RCPT TO:<ada@example.org>", "Subject: Your job has ended"] {
        assert!(said.iter().any(|found| found.starts_with(line)), "{line}\n{said:#?}");
    }
}

/// Mail that was not taken is not lost silently: the sender hears of it and can try again.
#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let ports = open(&url, &site()).await.unwrap();
    assert!(ports.mailer.send(&mail()).await.is_err());
}

#[tokio::test]
async fn what_cannot_work_is_said_at_once_and_without_the_password() {
    let Err(error) = open("carrier-pigeon://ada:hunter2@example.org", &site()).await else {
        panic!("opened all the same");
    };
    assert!(!format!("{error:?} {error}").contains("hunter2"));
    let nobody = SiteSettings { mail_from: "nobody".to_owned(), ..site() };
    assert!(matches!(open("smtp://localhost", &nobody).await, Err(OpenError::MailFrom { .. })));
}
