//! Words in comments. In documentation, a link to an item is a name, and an example is code that nobody has parsed.

use ra_ap_hir::{DocLinkDef, IsInnerDoc, resolve_doc_path_on};
use ra_ap_ide_db::defs::Definition;
use ra_ap_syntax::{
    AstNode, AstToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange,
    ast::{self, CommentPlacement},
};

use super::{
    examples::is_compiled,
    meaning::{Cause, Reading, Sense, Shape},
    reader::{Reader, prose},
};
use crate::language::{Prose, Role};

/// Lines of documentation before a word that are looked at, to see whether it is in an example.
const MOST_LINES: usize = 20_000;

impl Reader<'_, '_> {
    /// A word in a comment.
    pub(super) fn comment(&self, token: &SyntaxToken, word: TextRange) -> Vec<Reading> {
        let placement = ast::Comment::cast(token.clone()).and_then(|comment| comment.kind().doc);
        let Some(placement) = placement else { return prose(word, Prose::Comment) };
        match place(token, word) {
            Place::Example(shape) => {
                vec![Reading::new(word, Role::Text, Sense::Unknown(shape, Cause::Example))]
            }
            Place::Link(path) => match self.linked(token, placement, &path) {
                Some(definition) => vec![Reading::new(word, Role::Text, self.sense(definition))],
                None => prose(word, Prose::Documentation),
            },
            Place::Text => prose(word, Prose::Documentation),
        }
    }

    /// What a link in the documentation of an item leads to.
    fn linked(&self, token: &SyntaxToken, placement: CommentPlacement, path: &str) -> Option<Definition> {
        let is_inner = if placement == CommentPlacement::Inner { IsInnerDoc::Yes } else { IsInnerDoc::No };
        let mut owner = token.parent()?;
        if let (IsInnerDoc::Yes, Some(parent)) = (is_inner, owner.parent())
            && !matches!(owner.kind(), SyntaxKind::SOURCE_FILE)
        {
            owner = if owner.kind() == SyntaxKind::STMT_LIST { parent.parent()? } else { parent };
        }
        self.link_target(&owner, path, is_inner).map(|target| match target {
            DocLinkDef::SelfType(of) => Definition::Trait(of),
            target @ (DocLinkDef::ModuleDef(_) | DocLinkDef::Field(_)) => Definition::from(target),
        })
    }

    fn link_target(&self, owner: &SyntaxNode, path: &str, is_inner: IsInnerDoc) -> Option<DocLinkDef> {
        let db = self.sema.db;
        macro_rules! of {
            ($($kind:ident => $node:ty),* $(,)?) => {
                match owner.kind() {
                    $(SyntaxKind::$kind => {
                        let node = <$node>::cast(owner.clone())?;
                        resolve_doc_path_on(db, self.sema.to_def(&node)?, path, None, is_inner)
                    })*
                    _ => None,
                }
            };
        }
        of! {
            SOURCE_FILE => ast::SourceFile,
            MODULE => ast::Module,
            FN => ast::Fn,
            STRUCT => ast::Struct,
            ENUM => ast::Enum,
            UNION => ast::Union,
            VARIANT => ast::Variant,
            RECORD_FIELD => ast::RecordField,
            TUPLE_FIELD => ast::TupleField,
            TRAIT => ast::Trait,
            TYPE_ALIAS => ast::TypeAlias,
            CONST => ast::Const,
            STATIC => ast::Static,
            IMPL => ast::Impl,
        }
    }
}

/// Where in a documentation a word stands.
enum Place {
    Example(Shape),
    /// In a link; with the path up to the word.
    Link(String),
    Text,
}

fn place(token: &SyntaxToken, word: TextRange) -> Place {
    let text = token.text();
    let start = usize::from(word.start() - token.text_range().start());
    let end = usize::from(word.end() - token.text_range().start());
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    if is_in_example(token, before) {
        let after = after.trim_start();
        let shape = match before.trim_end().ends_with('.') {
            true if after.starts_with(['(', ':']) => Shape::Method,
            true => Shape::Field,
            false => Shape::Any,
        };
        return Place::Example(shape);
    }
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_end = text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| end + at);
    let line = text.get(line_start..line_end).unwrap_or_default();
    link(line, start - line_start, end - line_start).map_or(Place::Text, Place::Link)
}

/// Whether the lines before a word have opened an example that they have not closed.
fn is_in_example(token: &SyntaxToken, before: &str) -> bool {
    let earlier = std::iter::successors(token.prev_token(), SyntaxToken::prev_token)
        .take_while(|it| it.kind().is_trivia())
        .take(MOST_LINES);
    let mut comments: Vec<String> =
        earlier.filter(|it| it.kind() == SyntaxKind::COMMENT).map(|it| it.text().to_owned()).collect();
    comments.reverse();
    comments.push(before.to_owned());
    let mut open: Option<bool> = None;
    for line in comments.iter().flat_map(|comment| comment.lines()) {
        let line = line.trim_start().trim_start_matches(['/', '*', '!']).trim_start();
        let Some(info) = line.strip_prefix("```").or_else(|| line.strip_prefix("~~~")) else { continue };
        open = if open.is_some() { None } else { Some(is_compiled(info.trim())) };
    }
    open == Some(true)
}

/// The path of a link up to the word that stands in it: `a::word` of ``[`a::word::b`]`` or `[text](a::word)`.
fn link(line: &str, start: usize, end: usize) -> Option<String> {
    let before = line.get(..start)?;
    let is_part = |it: char| it.is_alphanumeric() || "_:@".contains(it);
    let path_start = before
        .rfind(|it| !is_part(it))
        .map_or(0, |at| at + before.get(at..).and_then(|it| it.chars().next()).map_or(1, char::len_utf8));
    let outside = before.get(..path_start)?.trim_end_matches('`');
    let path_end = end + line.get(end..)?.find(|it| !is_part(it)).unwrap_or(line.len() - end);
    let rest = line.get(path_end..)?.trim_start_matches("()").trim_start_matches('!').trim_start_matches('`');
    let rest = rest.trim_start_matches("()");
    let is_shortcut = outside.ends_with('[') && rest.starts_with(']') && !rest.starts_with("](");
    let is_target = outside.ends_with("](") && rest.starts_with([')', '#']);
    let is_definition = outside.trim_end().ends_with("]:") && rest.trim().is_empty();
    let is_label = outside.ends_with('[') && rest.starts_with("][");
    if !(is_shortcut || is_target || is_definition) || is_label {
        return None;
    }
    let path = line.get(path_start..end)?;
    Some(path.rsplit_once('@').map_or(path, |(_, path)| path).to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test that cannot go on should stop")]

    use super::link;

    fn of(line: &str) -> Option<String> {
        let start = line.find("word").expect("it is there");
        link(line, start, start + 4)
    }

    #[test]
    fn a_link_is_its_path_up_to_the_word() {
        assert_eq!(of("/// See [`word`].").as_deref(), Some("word"));
        assert_eq!(of("/// See [crate::word::b].").as_deref(), Some("crate::word"));
        assert_eq!(of("/// See [`Self::word()`].").as_deref(), Some("Self::word"));
        assert_eq!(of("/// See [`struct@word`].").as_deref(), Some("word"));
        assert_eq!(of("/// See [the text](super::word) there.").as_deref(), Some("super::word"));
        assert_eq!(of("/// [there]: super::word").as_deref(), Some("super::word"));
    }

    #[test]
    fn a_word_is_no_link() {
        for line in
            ["/// A word.", "/// `word`", "/// [some word here]", "/// [word](https://example.com)", "/// (word)"]
        {
            assert_eq!(of(line), None, "{line}");
        }
    }
}
