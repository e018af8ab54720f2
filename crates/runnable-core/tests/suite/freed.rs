//! A call that has ended or was dropped leaves nothing behind.

use std::{sync::Arc, time::Duration};

use runnable_core::prelude::*;
use tokio::time::{sleep, timeout};

use crate::{depths::nested, recorder::Recorder};

fn limit(limit: usize) -> RunConfig {
    RunConfig::new().max_concurrency(limit)
}

#[tokio::test(start_paused = true)]
async fn a_call_frees_everything_that_it_allocated() {
    for how in 0..9 {
        for limited in [false, true] {
            for watched in [false, true] {
                let token = Arc::new(());
                let weak = Arc::downgrade(&token);
                {
                    let held = token;
                    let leaf = async_lambda(move |n: u64, _| {
                        let held = held.clone();
                        async move {
                            sleep(Duration::from_secs(n)).await;
                            drop(held);
                            Ok(n)
                        }
                    });
                    let step = nested(20, leaf);
                    let mut config = RunConfig::new();
                    if limited {
                        config = config.max_concurrency(1);
                    }
                    if watched {
                        config = config.listener(Recorder::default());
                    }
                    let inner = step.clone();
                    let f = async_lambda(move |n: u64, cx: RunContext| {
                        let inner = inner.clone();
                        async move {
                            let mut lost = inner.stream(n).config(&cx);
                            let _ = futures::poll!(lost.next());
                            let mut kept = inner.invoke(n).config(&cx);
                            let _ = futures::poll!(&mut kept);
                            inner.invoke(n).config(&cx).await
                        }
                    });
                    match how {
                        0 => drop(f.invoke(1u64).config(config).await),
                        1 => drop(f.stream(1u64).config(config).concat().await),
                        2 => drop(f.batch([1u64, 2]).config(config).await),
                        3 => {
                            let mut call = f.invoke(1u64).config(config);
                            let _ = futures::poll!(&mut call);
                            drop(call);
                        }
                        4 => {
                            let mut call = f.batch_as_completed([1u64, 2, 3]).config(config);
                            call.next().await;
                            drop(call);
                        }
                        8 => {
                            let mut call = f.batch_iter([1u64, 2, 3]).config(config);
                            call.next().await;
                            drop(call);
                        }
                        5 => drop(
                            timeout(
                                Duration::from_millis(10),
                                f.stream(1u64).config(config).concat(),
                            )
                            .await,
                        ),
                        6 => drop(
                            f.with_config(limit(1))
                                .batch([1u64])
                                .config(config.timeout(Duration::from_millis(100)))
                                .await,
                        ),
                        _ => {
                            let mut call = f.stream(1u64).config(config);
                            let _ = futures::poll!(call.next());
                            drop(call);
                        }
                    }
                }
                assert!(weak.upgrade().is_none(), "how {how} limited {limited} watched {watched}");
            }
        }
    }
}
