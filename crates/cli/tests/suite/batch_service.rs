//! A service on this machine with OpenAI's Batch API, which stops at a moment that a test chooses.

use std::{
    io::{BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

use crate::{
    batch_state::{BatchState, Reply},
    http_request::RequestHead,
};

/// A moment in the life of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// The body of the upload has not arrived. If the program is killed, it never does.
    UploadBegins,
    FileIsStored,
    CreationArrives,
    BatchIsCreated,
    StatusIsRequested,
    StatusWasSent,
    HalfOfTheResultsWasSent,
    ResultsWereSent,
    LiveCallArrives,
    LiveCallWasAnswered,
}

/// The service. It answers until the test ends.
pub(crate) struct BatchService {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    batches: BatchState,
    /// The moment at which the service stops, and how often it passes the moment before.
    stop: Option<(Moment, usize)>,
    has_stopped: bool,
    /// The number of programs so far, and the last of them that has ended.
    programs: usize,
    ended: usize,
    /// The number of requests that are being answered.
    open: usize,
}

impl BatchService {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let address = listener.local_addr().expect("the port is known");
        let shared = Arc::<Shared>::default();
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                thread::spawn(move || shared.serve(&stream));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Lets the service stop at a moment, after it has passed this moment `before` times.
    pub(crate) fn stop_at(&self, moment: Moment, before: usize) {
        let mut state = self.shared.state();
        (state.stop, state.has_stopped) = (Some((moment, before)), false);
    }

    /// Waits until the service has stopped, or until the program has closed its output because it
    /// has ended. Returns whether the service has stopped.
    pub(crate) fn has_stopped(&self, mut output: impl Read + Send + 'static) -> bool {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.state();
        state.programs += 1;
        let program = state.programs;
        drop(state);
        thread::spawn(move || {
            let _ = output.read_to_end(&mut Vec::new());
            shared.state().ended = program;
            shared.changed.notify_all();
        });
        let is_open = |state: &mut State| !state.has_stopped && state.ended != program;
        let state = self.shared.changed.wait_while(self.shared.state(), is_open).unwrap();
        state.has_stopped
    }

    /// Lets the service go on until it is told again to stop.
    pub(crate) fn go_on(&self) {
        self.shared.state().stop = None;
        self.shared.changed.notify_all();
    }

    /// Waits until all requests that have arrived are answered.
    pub(crate) fn finish(&self) {
        let is_open = |state: &mut State| state.open > 0;
        drop(self.shared.changed.wait_while(self.shared.state(), is_open).unwrap());
    }

    /// Reads what the service has done.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&BatchState) -> T) -> T {
        read(&self.shared.state().batches)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Passes a moment. Returns whether the service has stopped there.
    fn pass(&self, moment: Moment) -> bool {
        let mut state = self.state();
        match &mut state.stop {
            Some((stop, 0)) if *stop == moment => {
                state.has_stopped = true;
                self.changed.notify_all();
            }
            Some((stop, before)) if *stop == moment => {
                *before -= 1;
                return false;
            }
            _ => return false,
        }
        drop(self.changed.wait_while(state, |state| state.stop.is_some()).unwrap());
        true
    }

    /// Answers the requests of a connection until the program closes it.
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(head) = RequestHead::read(&mut reader) {
            self.state().open += 1;
            let is_answered = self.answer(&head, &mut reader, stream);
            self.state().open -= 1;
            self.changed.notify_all();
            if is_answered.is_none() {
                return;
            }
        }
    }

    /// Answers a request. Returns `None` if the program was killed.
    fn answer(
        &self,
        head: &RequestHead,
        reader: &mut BufReader<&TcpStream>,
        mut stream: &TcpStream,
    ) -> Option<()> {
        let kind = Kind::of(head);
        if kind == Kind::Upload && self.pass(Moment::UploadBegins) {
            return None;
        }
        let body = head.body(reader)?;
        match kind {
            Kind::Creation => self.pass(Moment::CreationArrives),
            Kind::Status => self.pass(Moment::StatusIsRequested),
            Kind::Live => self.pass(Moment::LiveCallArrives),
            _ => false,
        };
        let Reply { status, body } = self.state().batches.reply(&head.method, &head.path, &body);
        match kind {
            Kind::Upload => self.pass(Moment::FileIsStored),
            Kind::Creation => self.pass(Moment::BatchIsCreated),
            _ => false,
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\n\r\n");
        let (first, second) = body.as_bytes().split_at(length / 2);
        stream.write_all(&[head.as_bytes(), first].concat()).ok()?;
        if kind == Kind::Results {
            self.pass(Moment::HalfOfTheResultsWasSent);
        }
        stream.write_all(second).ok()?;
        match kind {
            Kind::Status => self.pass(Moment::StatusWasSent),
            Kind::Results => self.pass(Moment::ResultsWereSent),
            Kind::Live => self.pass(Moment::LiveCallWasAnswered),
            _ => false,
        };
        Some(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Upload,
    Creation,
    Status,
    Results,
    Live,
    Other,
}

impl Kind {
    fn of(head: &RequestHead) -> Self {
        match (&*head.method, &*head.path) {
            ("POST", "/v1/files") => Self::Upload,
            ("POST", "/v1/batches") => Self::Creation,
            ("POST", _) => Self::Live,
            (_, path) if path.starts_with("/v1/batches/") => Self::Status,
            (_, path) if path.ends_with("/content") => Self::Results,
            _ => Self::Other,
        }
    }
}
