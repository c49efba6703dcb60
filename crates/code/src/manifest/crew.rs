//! The threads that work on files: jobs go out in order, results come back in order, and only so many at once.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, mpsc},
    thread,
};

/// Jobs in flight for each thread: enough to keep it busy while the results of a slow job are waited for.
const AHEAD: usize = 8;

/// A worker ended before its time: it panicked, or none could be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost;

/// Runs `work` over `jobs` on `threads` threads and hands the results to `settle` in the order of the jobs.
///
/// `open` makes a thread's own state. At most eight jobs a thread are in flight, so memory is bounded by the
/// size of a job. The first error of `settle` ends the run; so does a panic in `work`, as `Lost`. Jobs under
/// way are finished first, and are not handed on.
pub(super) fn run<J: Send, S, R: Send, E: From<Lost>>(
    threads: NonZeroUsize,
    mut jobs: impl FnMut() -> Result<Option<J>, E>,
    open: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, J) -> R + Sync,
    mut settle: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let (to_do, inbox) = mpsc::channel::<(usize, J)>();
    let (done, results) = mpsc::channel();
    let inbox = Mutex::new(inbox);
    thread::scope(|scope| {
        // Moved in here: however this ends, the inbox closes and the workers go home.
        let to_do = to_do;
        for _ in 0..threads.get() {
            let (inbox, open, work, done) = (&inbox, &open, &work, done.clone());
            scope.spawn(move || serve(inbox, open, work, &done));
        }
        drop(done);
        let (mut sent, mut settled, mut more) = (0, 0, true);
        let mut early = BTreeMap::new();
        while more || settled < sent {
            while more && sent < settled + AHEAD * threads.get() {
                let Some(job) = jobs()? else {
                    more = false;
                    break;
                };
                to_do.send((sent, job)).ok().ok_or(Lost)?;
                sent += 1;
            }
            if settled == sent {
                break;
            }
            let (number, result) = results.recv().ok().ok_or(Lost)?;
            early.insert(number, result);
            while let Some(result) = early.remove(&settled) {
                settle(result.ok_or(Lost)?)?;
                settled += 1;
            }
        }
        Ok(())
    })
}

/// One worker's day. A panic is answered with nothing, which ends the run.
fn serve<J, S, R>(
    inbox: &Mutex<mpsc::Receiver<(usize, J)>>,
    open: impl Fn() -> S,
    work: impl Fn(&mut S, J) -> R,
    done: &mpsc::Sender<(usize, Option<R>)>,
) {
    let mut state = None;
    loop {
        let next = inbox.lock().ok().and_then(|inbox| inbox.recv().ok());
        let Some((number, job)) = next else { return };
        let result = catch_unwind(AssertUnwindSafe(|| work(state.get_or_insert_with(&open), job))).ok();
        if done.send((number, result)).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a worker's panic is what is tested")]
    use std::num::NonZeroUsize;

    use super::{Lost, run};

    fn four() -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(3)
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let (mut jobs, mut seen) = (0..1_000, Vec::new());
        let outcome = run(
            four(),
            || Ok::<_, Lost>(jobs.next()),
            || (),
            |(), job| job,
            |job| {
                seen.push(job);
                Ok(())
            },
        );
        assert_eq!((outcome, seen), (Ok(()), (0..1_000).collect()));
    }

    #[test]
    fn a_panic_in_a_worker_ends_the_run_and_hangs_nobody() {
        let mut jobs = 0..1_000;
        let work = |(): &mut (), job| if job == 500 { panic!("on purpose") } else { job };
        let outcome = run(four(), || Ok(jobs.next()), || (), work, |_| Ok(()));
        assert_eq!(outcome, Err(Lost));
    }
}
