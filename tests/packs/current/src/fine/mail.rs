use workflows_runtime::nonblocking;

use lettre::{AsyncSmtpTransport, AsyncTransport, Message, SmtpTransport, Tokio1Executor};

#[nonblocking(known_blocking)]
pub async fn mails(smtp: &AsyncSmtpTransport<Tokio1Executor>, message: Message) -> bool {
    let builder = SmtpTransport::builder_dangerous("localhost").port(25);
    drop(builder.build());
    smtp.send(message).await.is_ok()
}
