use workflows_runtime::prelude::*;

#[event]
struct Book {
    chapters: Vec<String>,
}
#[event]
struct Chapter(String);
#[event]
struct Count(usize);
#[event]
struct BookCount(usize);

#[workflow]
struct Library;

#[workflow]
impl Library {
    #[step]
    async fn books(&self, Start(books): Start<Vec<Vec<String>>>) -> Vec<Book> {
        books.into_iter().map(|chapters| Book { chapters }).collect()
    }

    #[step]
    async fn chapters(&self, book: Book) -> Vec<Chapter> {
        book.chapters.into_iter().map(Chapter).collect()
    }

    #[step]
    async fn words(&self, Chapter(text): Chapter) -> Count {
        Count(text.split(' ').count())
    }

    #[step]
    async fn book(&self, counts: Vec<Count>) -> BookCount {
        BookCount(counts.into_iter().map(|Count(n)| n).sum())
    }

    #[step]
    async fn total(&self, books: Vec<BookCount>) -> Stop<usize> {
        Stop(books.into_iter().map(|BookCount(n)| n).sum())
    }
}

fn main() {}
