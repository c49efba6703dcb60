//! What holds for every Python program: a rename and its reverse give the same bytes, and each place is classed once.

mod support;

use proptest::{prop_assert, prop_assert_eq, proptest, strategy::Strategy};
use refactor::{Memory, Options, Verdict};
use support::{
    Case,
    properties::{all, applied, rename_at, times, word},
};

/// Statements that use few names in many ways, so that they meet.
fn program() -> impl Strategy<Value = String> {
    let statement = proptest::sample::select(vec![
        "aa = 1",
        "bb = aa",
        "def aa(bb=1, *cc): return bb",
        "def ff(aa):\n    def gg():\n        nonlocal aa\n        aa = 2\n    return [aa for aa in aa]",
        "class Kk:\n    aa = 1\n    def bb(self, aa):\n        self.cc = aa\n        return self.aa, self.cc",
        "class Ll(Kk):\n    def bb(self, aa):\n        return super().bb(aa=aa)",
        "Kk().bb(aa=1)",
        "Kk.aa.cc",
        "for aa in bb: aa.bb",
        "lambda aa, bb=aa: aa",
        "print(f'{aa} {bb!r:>{aa}}', 'aa')  # aa",
        "try: aa\nexcept bb as aa: aa",
        "with aa as (bb, cc): bb",
        "match aa:\n    case Kk(aa=bb) | [bb, *_]: bb",
        "if isinstance(aa, Kk): aa.bb",
        "import mm.aa\nmm.aa.bb",
        "from mm.aa import bb as cc, aa",
        "__all__ = ['aa', 'bb']",
        "getattr(Kk(), 'aa')",
        "global_ = [bb := aa for cc in bb]",
        "def hh():\n    global aa\n    aa = 3",
        "aa: 'Kk' = Kk()",
        "async def aa(): await bb",
        "del aa",
    ]);
    proptest::collection::vec(statement, 1..12).prop_map(|lines| lines.join("\n") + "\n")
}

fn sources(text: &str) -> Memory {
    Memory::new([
        ("m.py", text),
        ("mm/__init__.py", ""),
        ("mm/aa.py", "bb = 1\naa = bb\n"),
        ("n.py", "from m import *\naa\n"),
    ])
}

proptest! {
    #[test]
    fn a_safe_rename_and_its_reverse_give_the_same_bytes(text in program(), pick in 0usize..1_000) {
        let at = word(&text, pick);
        let before = sources(&text);
        let Some(proposal) = rename_at(&before, "m.py", at, "zz") else { return Ok(()) };
        if proposal.verdict != Verdict::Safe {
            return Ok(());
        }
        let after = applied(&before, &proposal);
        let edits = proposal.files.iter().filter(|file| file.path == "m.py").flat_map(|file| &file.edits);
        let moved = edits.filter(|edit| edit.end <= at).map(|edit| edit.before.len() - edit.after.len()).sum::<usize>();
        let back = rename_at(&after, "m.py", at - moved, &proposal.symbol.name);
        prop_assert!(back.is_some(), "{text}");
        if let Some(back) = back {
            prop_assert_eq!(all(&applied(&after, &back)), all(&before));
        }
    }

    #[test]
    fn every_place_of_the_name_is_classed_once(text in program(), pick in 0usize..1_000) {
        let at = word(&text, pick);
        let before = sources(&text);
        let Some(proposal) = rename_at(&before, "m.py", at, "zz") else { return Ok(()) };
        if proposal.verdict == Verdict::Refused {
            return Ok(());
        }
        let there = times(&before, &proposal.symbol.name);
        let counts = proposal.counts;
        prop_assert_eq!(counts.edits + counts.others + counts.review + counts.mentions, there, "{:?}", counts);
    }

    #[test]
    fn broken_programs_are_answered(text in "[a-c():=\\[\\]{}'\"f.,\n @*]{0,60}") {
        let text = format!("aa = 1\n{text}\naa\n");
        let case = Case::new(&text.replacen("aa", "<|>aa", 1), "m.py");
        let _answer = case.try_rename("zz", Options::default());
    }
}
