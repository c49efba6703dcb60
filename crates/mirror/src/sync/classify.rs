//! What Git's words mean. With `LC_ALL=C` they are the same everywhere; lines that the remote wrote are not believed.

use super::{Damaged, HostKeyFault, SyncError, TimeLimit};
use crate::{
    git::{Limits, RunError, redact},
    remote::UrlRefused,
    sync::SyncOptions,
};

/// Words, any of which decides, and the meaning, made of the line that they stand in.
type Row = (&'static [&'static str], fn(&str) -> SyncError);

/// Words of Git, curl and ssh, and what they mean; the first row that matches decides. Order matters: a full disk
/// also makes a pack invalid, a lost connection also ends one early.
const TABLE: &[Row] = &[
    (&["out of memory", "unable to create thread"], |_| SyncError::TooLarge("an object needs too much memory".into())),
    (&["no space left on device", "disk quota exceeded"], |_| SyncError::StorageFull),
    (&["mismatched algorithms", "unknown object format"], |_| SyncError::UnsupportedObjectFormat),
    (&["remote host identification has changed"], |_| SyncError::HostKey(HostKeyFault::Changed)),
    (&["host key verification failed"], |_| SyncError::HostKey(HostKeyFault::Unknown)),
    (
        &[
            "returned error: 301",
            "returned error: 302",
            "returned error: 303",
            "returned error: 307",
            "returned error: 308",
            "from redirection",
        ],
        |_| UrlRefused::Redirected.into(),
    ),
    (
        &[
            "authentication failed",
            "could not read username",
            "could not read password",
            "terminal prompts disabled",
            "permission denied (",
            "returned error: 401",
            "returned error: 403",
            "too many authentication failures",
            // A repository of this machine that belongs to another user.
            "dubious ownership",
        ],
        |_| SyncError::AuthFailed,
    ),
    (
        &[
            "repository not found",
            "returned error: 404",
            "does not appear to be a git repository",
            "repository not exported",
            "' not found",
            "no such repository",
            "project you were looking for could not be found",
            "returned error: 410",
            "is this a git repository?",
        ],
        |_| SyncError::NotFound,
    ),
    (&["fatal: remote error: "], |line| SyncError::Unreachable(redact(line))),
    (&["operation too slow", "operation timed out", "connection timed out"], |_| {
        SyncError::Unreachable("it is too slow".into())
    }),
    (&["connection refused"], |_| SyncError::Unreachable("it refuses connections".into())),
    (&["problem with the ssl ca cert", "error setting certificate verify locations"], |_| SyncError::Git {
        message: "the file of certificate authorities cannot be read".into(),
    }),
    (&["certificate has expired", "expired certificate"], |_| {
        SyncError::Unreachable("its certificate has expired".into())
    }),
    (&["does not match target host", "no alternative certificate subject", "owner does not match hostname"], |_| {
        SyncError::Unreachable("its certificate is for another host".into())
    }),
    (&["certificate"], |_| SyncError::Unreachable("its certificate is not trusted".into())),
    (&["ssl", "gnutls", "tls"], |_| SyncError::Unreachable("no trusted encrypted connection".into())),
    (&["unable to negotiate"], |_| SyncError::Unreachable("it offers no encryption that is safe".into())),
    (&["ssh: not found", "ssh: command not found"], |_| SyncError::Git { message: "there is no ssh command".into() }),
    (
        &[
            "could not resolve",
            "failed to connect",
            "couldn't connect",
            "unable to connect",
            "network is unreachable",
            "no route to host",
            "connection reset",
            "kex_exchange_identification",
            "connection closed",
            "returned error: 429",
            "returned error: 5",
            "rpc failed",
            "hung up unexpectedly",
            "unexpected disconnect",
            "early eof",
            "empty reply from server",
            "transfer closed",
            "remote end hung up",
            "packet write failed",
        ],
        |_| SyncError::Unreachable("the connection failed".into()),
    ),
    (
        &["protocol error", "bad line length", "bad band", "invalid packet", "expected ack/nak", "expected flush"],
        |_| SyncError::Unreachable("its answer makes no sense".into()),
    ),
    (&["fsck error", "pack has bad object", "pack is corrupted", "pack signature mismatch"], |line| {
        SyncError::Corrupt { damaged: Damaged::Remote, detail: redact(line) }
    }),
    (
        &[
            "is corrupt",
            "bad object",
            "missing object",
            "missing necessary objects",
            "did not receive expected object",
            "all necessary objects",
            "data stream error",
            "does not match index",
            "unable to read",
            "unresolved delta",
            "object file",
            "bad tree",
            "bad config",
            "not a git repository",
        ],
        |line| SyncError::Corrupt { damaged: Damaged::Mirror, detail: redact(line) },
    ),
    (&["could not read from remote repository"], |_| SyncError::Unreachable("the connection failed".into())),
];

/// What a process that failed said about why.
pub(crate) fn failure(stderr: &str) -> SyncError {
    let lines = || stderr.split(['\r', '\n']).map(str::trim).filter(|it| !it.is_empty() && !it.starts_with("remote: "));
    for (words, error) in TABLE {
        for line in lines() {
            let lower = without_quotes(line).to_ascii_lowercase();
            if words.iter().any(|it| lower.contains(it)) {
                return error(line);
            }
        }
    }
    let last =
        lines().rfind(|it| it.starts_with("fatal: ") || it.starts_with("error: ")).or_else(|| lines().next_back());
    SyncError::Git { message: redact(last.unwrap_or("it gave no reason")) }
}

/// Whether any line, whoever wrote it, has one of the words outside of quotes.
pub(crate) fn says(stderr: &str, words: &[&str]) -> bool {
    stderr.split(['\r', '\n']).any(|line| {
        let lower = without_quotes(line).to_ascii_lowercase();
        words.iter().any(|it| lower.contains(it))
    })
}

/// The line with nothing between its quotes: an address may hold any word of the table. An apostrophe, which has a letter
/// before it, begins no quotation.
fn without_quotes(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\'') {
        kept.push_str(before);
        kept.push('\'');
        rest = after;
        if !before.ends_with(char::is_alphanumeric)
            && let Some((_, after)) = after.split_once('\'')
        {
            kept.push('\'');
            rest = after;
        }
    }
    kept + rest
}

/// Why a process was stopped.
pub(crate) fn stopped(error: RunError, limits: &Limits, options: &SyncOptions) -> SyncError {
    match error {
        RunError::Io(source) => SyncError::local("run the git command")(source),
        RunError::Cancelled => SyncError::Cancelled,
        RunError::NoProgress => SyncError::TimedOut(TimeLimit::NoProgress(limits.no_progress)),
        RunError::Deadline => SyncError::TimedOut(TimeLimit::Deadline(options.hard_deadline)),
        RunError::TooMuchOutput => SyncError::TooLarge("the remote has too many refs".into()),
        RunError::Stopped => {
            SyncError::TooLarge(format!("more than {} bytes", options.max_received_bytes.unwrap_or(u64::MAX)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_git_curl_and_ssh_get_their_meaning() {
        type Check = fn(&SyncError) -> bool;
        let said: [(&str, Check); 15] = [
            ("fatal: could not read Username for 'https://h': terminal prompts disabled", |e| {
                matches!(e, SyncError::AuthFailed)
            }),
            ("git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.", |e| {
                matches!(e, SyncError::AuthFailed)
            }),
            (
                "fatal: detected dubious ownership in repository at '/x/y'\nfatal: Could not read from remote repository.",
                |e| matches!(e, SyncError::AuthFailed),
            ),
            ("remote: Repository not found.\nfatal: repository 'https://h/x/' not found", |e| {
                matches!(e, SyncError::NotFound)
            }),
            ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", |e| {
                matches!(e, SyncError::NotFound)
            }),
            ("fatal: unable to access 'https://h/': Failed to connect to h port 443", |e| {
                matches!(e, SyncError::Unreachable(_))
            }),
            (
                "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\nfatal: Could not read",
                |e| matches!(e, SyncError::HostKey(HostKeyFault::Changed)),
            ),
            (
                "No ED25519 host key is known for h and you have requested strict checking.\nHost key verification failed.",
                |e| matches!(e, SyncError::HostKey(HostKeyFault::Unknown)),
            ),
            (
                "fatal: unable to access 'https://h/ssl-certificate/': server certificate verification failed. CAfile: none",
                |e| matches!(e, SyncError::Unreachable(why) if why == "its certificate is not trusted"),
            ),
            (
                "fatal: unable to access 'https://h/ssl-certificate/': The requested URL returned error: 503",
                |e| matches!(e, SyncError::Unreachable(why) if why == "the connection failed"),
            ),
            ("sh: 1: ssh: not found\nfatal: Could not read from remote repository.", |e| {
                matches!(e, SyncError::Git { .. })
            }),
            ("fatal: unable to access 'https://h/': The requested URL returned error: 301", |e| {
                matches!(e, SyncError::UrlRefused(UrlRefused::Redirected))
            }),
            ("fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output", |e| {
                matches!(e, SyncError::StorageFull)
            }),
            ("error: object abc: gitmodulesUrl: x\nfatal: fsck error in packed object\nfatal: fetch-pack: x", |e| {
                matches!(e, SyncError::Corrupt { damaged: Damaged::Remote, .. })
            }),
            ("error: object file /x/objects/aa/bb is empty\nfatal: loose object aabb is corrupt", |e| {
                matches!(e, SyncError::Corrupt { damaged: Damaged::Mirror, .. })
            }),
        ];
        for (text, check) in said {
            let error = failure(text);
            assert!(check(&error), "{text} became {error:?}");
            assert!(!error.to_string().contains("/x/"), "{error}");
        }
    }

    #[test]
    fn what_stands_in_quotes_is_not_read_and_an_apostrophe_is_no_quote() {
        for (line, read) in [
            ("fatal: 'a/b' not found", "fatal: '' not found"),
            ("couldn't connect to 'h'", "couldn't connect to ''"),
            ("'a", "'a"),
            ("", ""),
            ("'it's' x", "''s' x"),
        ] {
            assert_eq!(without_quotes(line), read, "{line}");
        }
    }

    #[test]
    fn what_the_remote_wrote_decides_nothing() {
        assert!(matches!(failure("remote: Authentication failed\nfatal: odd"), SyncError::Git { .. }));
    }
}
