//! Follows a recording until Ctrl-C.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use super::{
    followed_page::FollowedPage,
    screen::Screen,
    server,
    tail::{News, Tail},
};
use crate::{
    arguments::{Color, Follow},
    exit::{Failure, Outcome, Output, Result},
    interrupt::until_ctrl_c,
    output,
};

/// The time between two looks at the file.
const PERIOD: Duration = Duration::from_millis(200);

pub(in crate::commands) fn run(arguments: &Follow, color: Color) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("failed to start the Tokio runtime: {error}")))?;
    runtime.block_on(async {
        if arguments.page {
            return serve_page(arguments).await;
        }
        let mut screen = Screen::new(color);
        let tail = Tail::new(&arguments.file, arguments.new);
        until_ctrl_c(follow(arguments, tail, |news| screen.show(&news))).await
    })
}

/// Serves a page. At the end, tells the browsers that no more changes follow.
async fn serve_page(arguments: &Follow) -> Result {
    let (listener, port) = server::listen(arguments.port.unwrap_or(0)).await?;
    let page = Arc::new(FollowedPage::new(&arguments.file));
    let serving = tokio::spawn(server::serve(listener, port, Arc::clone(&page)));
    let show = |news| {
        page.add(news);
        Ok(Output::Open)
    };
    let mut tail = Tail::new(&arguments.file, arguments.new);
    let work = async {
        // Read the recording before the address is printed. Then the first page contains everything
        // so far, and `--new` leaves out exactly this.
        page.add(read(&mut tail, arguments)?);
        output::print(|out| writeln!(out, "http://127.0.0.1:{port}/"))?;
        follow(arguments, tail, show).await
    };
    let result = until_ctrl_c(work).await;
    page.end().await;
    serving.abort();
    result
}

/// Passes what is new in the recording to `show`, for as long as the output is open.
async fn follow(
    arguments: &Follow,
    mut tail: Tail<'_>,
    mut show: impl FnMut(News) -> Result<Output>,
) -> Result {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    if !arguments.file.exists() {
        eprintln!("runnable: waiting for `{}`", arguments.file.display());
    }
    loop {
        ticks.tick().await;
        if show(read(&mut tail, arguments)?)? == Output::Closed {
            return Ok(Outcome::Success);
        }
    }
}

fn read(tail: &mut Tail<'_>, arguments: &Follow) -> Result<News> {
    tail.read().map_err(|error| {
        Failure::new(format!("failed to read `{}`: {error}", arguments.file.display()))
    })
}
