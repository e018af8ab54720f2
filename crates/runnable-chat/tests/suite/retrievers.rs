//! Retrievers and documents.

use futures::executor::block_on;
use runnable_chat::{prelude::*, retriever::Retriever};
use serde_json::json;

fn shelf() -> Retriever {
    retriever("Shelf", |question: String, _| async move {
        match &*question {
            "" => Err(Error::new(ErrorKind::InvalidInput, "no question")),
            _ => Ok(vec![Document::new(format!("About {question}")), Document::new("Filler")]),
        }
    })
}

#[test]
fn a_retriever_returns_documents_and_its_errors_name_it() {
    let titles =
        lambda(|found: Vec<Document>| found.into_iter().map(|page| page.page_content).collect());
    let titles: Vec<String> = block_on(shelf().pipe(titles).invoke("cats")).unwrap();
    assert_eq!(titles, ["About cats", "Filler"]);
    let error = block_on(shelf().invoke("")).unwrap_err();
    assert_eq!(error.to_string(), "no question (in Shelf)");
}

#[test]
fn a_document_has_the_json_form_of_langchain() {
    let document = Document::new("Cats").with_metadata("page", 7).with_id("c1");
    let json = json!({"page_content": "Cats", "metadata": {"page": 7}, "id": "c1"});
    assert_eq!(serde_json::to_value(&document).unwrap(), json);
    assert_eq!(serde_json::from_value::<Document>(json).unwrap(), document);
    let read: Document = serde_json::from_value(json!({"page_content": "", "id": null})).unwrap();
    assert_eq!(read, Document::default());
}
