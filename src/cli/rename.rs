//! `hivesync rename`: a rename in a repository on this machine, computed and printed. Nothing is changed.

use std::{
    env,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::AtomicBool,
    time::Duration,
};

use clap::{Args, ValueEnum};
use code::{
    attributes::{FILE_LIMIT, Walk},
    blob::{BlobId, Entry},
};
use mirror::{
    Kind,
    local::{TrackedFile, tracked_files},
};
use refactor::{Budget, Hierarchy, Memory, Nature, Options, Proposal, Scope, Target, Verdict};

use super::Failed;
use crate::engine::sources::nature;

/// It is given up then.
const TIME_LIMIT: Duration = Duration::from_mins(5);
/// For binders that go down into nested code.
const STACK: usize = 256 << 20;

/// Compute a rename in a repository on this machine, and print it as a patch; nothing is changed.
///
/// The patch goes to standard output, verdict and review list to standard error. Ends with 0 when the rename is safe,
/// with 1 when somebody has to look at it, and with 2 when it was refused or could not be computed.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Rename {
    /// A Git repository, or a folder in one. Its tracked files are read as they are on disk.
    #[arg(value_name = "REPO")]
    repo: PathBuf,
    /// Where the symbol is written, as in `src/app.py:12:5`: from the repository's root; line and column count from 1.
    #[arg(value_name = "PATH:LINE:COL", value_parser = place)]
    place: Target,
    /// What it is to be called.
    #[arg(value_name = "NEW")]
    new_name: String,
    /// How far edits may go; a use beyond it is a conflict.
    #[arg(long, value_enum, default_value_t = HowFar::Project)]
    scope: HowFar,
    /// Which members move together: a method with its whole family, or only the one.
    #[arg(long, value_enum, default_value_t = Members::Family)]
    hierarchy: Members,
    /// Also the word in comments.
    #[arg(long)]
    comments: bool,
    /// Also the word in strings that no code resolves to a name.
    #[arg(long)]
    strings: bool,
    /// Also the word in documentation and other texts.
    #[arg(long)]
    docs: bool,
    /// Also the file that is named after the symbol.
    #[arg(long = "rename-file")]
    with_file: bool,
    /// Print the whole proposal as JSON instead.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum HowFar {
    File,
    Package,
    Project,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Members {
    Family,
    Only,
}

fn place(text: &str) -> Result<Target, String> {
    let malformed = || "is not PATH:LINE:COL, as in src/app.py:12:5".to_owned();
    let mut parts = text.rsplitn(3, ':');
    let number = |part: Option<&str>| part.and_then(|part| part.parse().ok()).filter(|number| *number > 0);
    let (column, line) = (number(parts.next()), number(parts.next()));
    match (parts.next().filter(|path| !path.is_empty()), line, column) {
        (Some(path), Some(line), Some(column)) => Ok(Target::Position { path: path.to_owned(), line, column }),
        _ => Err(malformed()),
    }
}

impl Rename {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        // The main thread's stack is what the shell allows.
        let work =
            std::thread::Builder::new().stack_size(STACK).spawn(move || self.work().map_err(|it| it.to_string()));
        let done = work?.join().map_err(|_panic| "the rename could not be computed")?;
        Ok(ExitCode::from(done?))
    }

    fn work(self) -> Result<u8, Failed> {
        let sources = sources(&self.repo)?;
        let wanted = refactor::Rename {
            target: self.place,
            new_name: self.new_name,
            scope: match self.scope {
                HowFar::File => Scope::File,
                HowFar::Package => Scope::Package,
                HowFar::Project => Scope::Project,
            },
            options: Options {
                hierarchy: match self.hierarchy {
                    Members::Family => Hierarchy::Family,
                    Members::Only => Hierarchy::Only,
                },
                comments: self.comments,
                strings: self.strings,
                docs: self.docs,
                rename_file: self.with_file,
            },
        };
        let never = AtomicBool::new(false);
        let proposal = refactor::rename(&sources, &wanted, &Budget::new(TIME_LIMIT, &never))?;
        if self.json {
            let mut stdout = io::stdout().lock();
            serde_json::to_writer_pretty(&mut stdout, &proposal)?;
            writeln!(stdout)?;
        } else {
            show_patch(&proposal.patch)?;
            tell(&proposal)?;
        }
        Ok(match proposal.verdict {
            Verdict::Safe => 0,
            Verdict::NeedsReview => 1,
            Verdict::Refused => 2,
        })
    }
}

/// The tracked files, with whose they are by the rules of the manifest.
fn sources(repo: &Path) -> Result<Memory, Failed> {
    let files = tracked_files(repo)?;
    let entries: Vec<Entry> = files.iter().map(entry).collect();
    let mut attributes = Walk::new(&entries);
    let content = |entry: &Entry| {
        let at = files.binary_search_by(|file| file.path.cmp(&entry.path)).ok();
        let file = at.and_then(|at| files.get(at)).filter(|file| file.bytes.len() as u64 <= FILE_LIMIT);
        Ok::<_, std::convert::Infallible>(file.map(|file| file.bytes.clone()))
    };
    let mut described = Vec::with_capacity(files.len());
    for (file, entry) in files.iter().zip(&entries) {
        // A path that is not UTF-8 can be named in no proposal.
        let Ok(path) = String::from_utf8(file.path.clone()) else { continue };
        let said = attributes.of(&entry.path, content)?;
        let nature =
            if file.kind == Kind::Symlink { Nature::Symlink } else { nature(&file.path, &said, Some(&file.bytes)) };
        described.push((path, nature, file.id.to_string()));
    }
    let texts = files.into_iter().filter_map(|file| Some((String::from_utf8(file.path).ok()?, file.bytes)));
    let mut sources = Memory::new(texts);
    for (path, nature, id) in described {
        sources.describe(&path, nature, &id);
    }
    Ok(sources)
}

fn entry(file: &TrackedFile) -> Entry {
    let id = <[u8; 20]>::try_from(file.id.as_bytes()).unwrap_or_default();
    Entry { path: file.path.clone(), mode: file.kind.mode(), id: BlobId(id) }
}

/// Prints a patch, in colours where a person reads it.
fn show_patch(patch: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let coloured = stdout.is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if !coloured {
        return stdout.write_all(patch.as_bytes());
    }
    for line in patch.split_inclusive('\n') {
        let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
        match colour(text) {
            Some(colour) => write!(stdout, "\x1b[{colour}m{text}\x1b[0m{end}")?,
            None => stdout.write_all(line.as_bytes())?,
        }
    }
    Ok(())
}

fn colour(line: &str) -> Option<&'static str> {
    let bold = ["diff ", "--- ", "+++ ", "rename "];
    if bold.iter().any(|start| line.starts_with(start)) {
        Some("1")
    } else if line.starts_with("@@") {
        Some("36")
    } else if line.starts_with('-') {
        Some("31")
    } else if line.starts_with('+') {
        Some("32")
    } else {
        None
    }
}

/// Says what the patch is worth, and what somebody has to look at.
fn tell(proposal: &Proposal) -> io::Result<()> {
    let mut out = io::stderr().lock();
    let counts = &proposal.counts;
    let word = match proposal.verdict {
        Verdict::Safe => "safe",
        Verdict::NeedsReview => "needs review",
        Verdict::Refused => "refused",
    };
    let (symbol, files) = (&proposal.symbol.qualified_name, proposal.files.len());
    writeln!(out, "{word}: {symbol} to {}, {} edits in {files} files", proposal.new_name, counts.edits)?;
    if let Some(refusal) = &proposal.refusal {
        writeln!(out, "  {}", refusal.message)?;
    }
    for conflict in &proposal.conflicts {
        let place = conflict.location.as_ref();
        let place = place.map(|at| format!("{}:{}:{}: ", at.path, at.line, at.column)).unwrap_or_default();
        writeln!(out, "  {place}{}", conflict.message)?;
    }
    for review in &proposal.needs_review {
        let at = &review.location;
        writeln!(out, "  {}:{}:{}: {}: {}", at.path, at.line, at.column, review.reason, review.text)?;
    }
    for file in &proposal.unparsed {
        writeln!(out, "  {}: not understood: {}", file.path, file.reason)?;
    }
    if counts.mentions > 0 {
        writeln!(out, "  the word also stands in {} comments, strings and texts, which stay", counts.mentions)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path_a_line_and_a_column() {
        let wanted = Target::Position { path: "c:/a b.py".into(), line: 12, column: 5 };
        assert_eq!(place("c:/a b.py:12:5"), Ok(wanted));
        for text in ["", "a.py", "a.py:1", ":1:1", "a.py:0:1", "a.py:1:0", "a.py:x:1", "a.py:1:-1"] {
            assert!(place(text).is_err(), "{text}");
        }
    }
}
