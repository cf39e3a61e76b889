use workflows_runtime::nonblocking;

use lettre::{FileTransport, Message, SendmailTransport, SmtpTransport, Transport};

#[nonblocking(known_blocking)]
pub async fn mails(smtp: &SmtpTransport, message: &Message, file: &FileTransport, sendmail: SendmailTransport) {
    smtp.send(message).unwrap(); //~ BLOCKS
    smtp.test_connection().unwrap(); //~ BLOCKS
    file.send(message).unwrap(); //~ BLOCKS
    sendmail.send(message).unwrap(); //~ BLOCKS
    SmtpTransport::builder_dangerous("host").build().send(message).unwrap(); //~ BLOCKS
}
