//! [`FollowedPage`]: the page of a recording that grows.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use runnable::events::LivePage;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::tail::News;
use crate::input;

/// The maximum time for which a browser waits for a change. A browser that receives no answer for
/// longer could regard the server as dead.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The time that the browsers have to ask a last time. It is longer than the pause between two
/// requests of a page.
const GRACE: Duration = Duration::from_millis(600);

/// The page of a recording that grows, which the file and the browsers share.
pub(super) struct FollowedPage {
    /// The name of the file, without its folder.
    name: String,
    page: Mutex<LivePage>,
    changes: watch::Sender<()>,
    /// The time of the last request of a browser.
    asked: Mutex<Option<Instant>>,
}

impl FollowedPage {
    pub(super) fn new(file: &Path) -> Self {
        let name = input::name_of(file);
        let page = Mutex::new(empty_page(&name));
        Self { name, page, changes: watch::Sender::new(()), asked: Mutex::new(None) }
    }

    /// Adds the events of the recording. Another recording begins another page.
    pub(super) fn add(&self, news: News) {
        if news.events.is_empty() && !news.is_other_recording {
            return;
        }
        let mut page = locked(&self.page);
        if news.is_other_recording {
            *page = empty_page(&self.name);
        }
        page.extend(news.events);
        drop(page);
        self.changes.send_replace(());
    }

    pub(super) fn html(&self) -> String {
        *locked(&self.asked) = Some(Instant::now());
        locked(&self.page).to_html()
    }

    /// Waits for a change, and returns what has changed since `next` as JSON.
    pub(super) async fn changes_since(&self, next: &str) -> String {
        *locked(&self.asked) = Some(Instant::now());
        // Subscribe first, so that no change between the two steps is lost.
        let mut changes = self.changes.subscribe();
        if locked(&self.page).is_current(next) {
            // Without a change, the answer says so.
            let _ = timeout(LONGEST_WAIT, changes.changed()).await;
        }
        locked(&self.page).changes_since(next)
    }

    /// Tells the browsers that no more changes follow, and waits until they have asked.
    pub(super) async fn end(&self) {
        locked(&self.page).finish();
        self.changes.send_replace(());
        let asked = *locked(&self.asked);
        if asked.is_some_and(|asked| asked.elapsed() < LONGEST_WAIT + GRACE) {
            sleep(GRACE).await;
        }
    }
}

fn empty_page(name: &str) -> LivePage {
    LivePage::new("changes").fact("file", name)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
