//! Names of branches, against Git's own opinion of them.

use std::path::Path;

use mirror::{BranchName, RepoPath};
use proptest::prelude::*;

use super::support::command;

fn git_accepts(name: &str) -> bool {
    command(Path::new("/")).args(["check-ref-format", "--branch", name]).output().unwrap().status.success()
}

#[test]
fn a_branch_never_is_an_option_or_another_branch() {
    for good in ["main", "feature/x", "a.b", "é", "a@b", "+a", "refs/heads/x"] {
        assert!(BranchName::parse(good).is_ok(), "{good}");
    }
    let long = "x".repeat(245);
    for bad in ["", "-x", "--force", "HEAD", "@", "@{-1}", "a b", "a\n", "a:b", "a..b", ".a", "a/.b", "a.lock", &long] {
        assert!(BranchName::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn no_path_leads_upwards_or_out() {
    for bad in ["/etc/passwd", "../x", "a/../b", "a//b", "a\0b", "a/"] {
        assert!(RepoPath::parse(bad).is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_parsed_as_a_branch_git_accepts_too(name in "[-a./@{}~ :^*?\\[\\\\é]{0,5}(\\.lock)?") {
        if BranchName::parse(&name).is_ok() {
            prop_assert!(git_accepts(&name), "{name:?}");
        } else if git_accepts(&name) {
            // The branch that is checked out, or an expression for one.
            prop_assert!(name == "@" || name.contains("@{"), "{name:?}");
        }
    }
}
