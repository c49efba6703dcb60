//! The form of proposals and symbols, for the description: the engine writes them, storage keeps them, and they are
//! answered as they were written.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// A rename, computed and accounted for. Nothing has been changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalView {
    /// The commit that it was computed for.
    base_commit: String,
    /// The manifest of that commit.
    manifest: ManifestNameView,
    verdict: VerdictView,
    /// What is renamed.
    symbol: SymbolView,
    /// Its new name, as the language writes it.
    new_name: String,
    /// Of `REFUSED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refusal: Option<RefusalView>,
    /// The files that change, by path.
    files: Vec<FileChangeView>,
    /// What would break.
    conflicts: Vec<ConflictView>,
    /// Tokens that may or may not be the symbol.
    needs_review: Vec<ReviewView>,
    /// The same word where it is no name; at most 1,000 of them, `counts` says how many there are.
    mentions: Vec<MentionView>,
    /// Files that hold the name but could not be understood.
    unparsed: Vec<UnparsedFileView>,
    counts: CountsView,
    /// All edits as a diff that `git apply` takes.
    patch: String,
    /// Of the files that only `needs_review` names, by path: the blobs that its edits were made for.
    review_blobs: BTreeMap<String, String>,
}

/// What a person may rely on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VerdictView {
    /// The edits are all there are, and each is right.
    Safe,
    /// Something could not be decided, or would break: `needs_review`, `conflicts` and `unparsed` say what.
    NeedsReview,
    /// There is no rename; `refusal` says why.
    Refused,
}

/// Which manifest.
#[derive(Debug, Serialize, ToSchema)]
pub struct ManifestNameView {
    version: i32,
    manifest_digest: String,
}

/// A symbol.
#[derive(Debug, Serialize, ToSchema)]
pub struct SymbolView {
    /// As it is written.
    name: String,
    /// What it is: `class`, `function`, `method` …
    #[schema(example = "function")]
    kind: String,
    /// The path of names that leads to it.
    qualified_name: String,
    /// The family of languages: `python`, `script` (JavaScript and TypeScript), `rust` …
    #[schema(example = "python")]
    language: String,
    /// Where it is defined, the first place first.
    definitions: Vec<LocationView>,
    /// Whether code outside of the repository can name it.
    public: bool,
    /// Why it cannot be renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refusal: Option<RefusalView>,
}

/// Why there is no rename.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalView {
    /// For programs.
    code: String,
    /// What is wrong and what to do.
    message: String,
}

/// A place in a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationView {
    /// From the repository's root.
    path: String,
    /// From 1.
    #[schema(minimum = 1)]
    line: u32,
    /// From 1, in code points.
    #[schema(minimum = 1)]
    column: u32,
}

/// What changes in a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileChangeView {
    /// Where it is.
    path: String,
    /// Where it goes, if it moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    new_path: Option<String>,
    /// The content that the edits were made for.
    blob_id: String,
    /// From the first to the last; none overlaps another.
    edits: Vec<EditView>,
}

/// New letters for old ones.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditView {
    /// Unique in the proposal.
    id: String,
    /// The first byte of the file.
    start: u64,
    /// The byte after the last.
    end: u64,
    /// From 1.
    #[schema(minimum = 1)]
    line: u32,
    /// From 1, in code points.
    #[schema(minimum = 1)]
    column: u32,
    /// The column after the last.
    #[schema(minimum = 1)]
    end_column: u32,
    /// From 1, in UTF-16 code units, as editors count.
    #[schema(minimum = 1)]
    utf16_column: u32,
    /// The column after the last, likewise.
    #[schema(minimum = 1)]
    utf16_end_column: u32,
    /// What stands there.
    before: String,
    /// What will.
    after: String,
    /// What the token does (`definition`, `reference`, `write`, `import`, `keyword`, `member`, `text`), or in what the word
    /// stands that was asked for (`comment`, `documentation`, `string`, `text`).
    #[schema(example = "reference")]
    reason: String,
    /// How sure it is that it is the symbol.
    #[schema(minimum = 0, maximum = 1)]
    confidence: f64,
}

/// A token that a person has to look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewView {
    #[serde(flatten)]
    location: LocationView,
    /// The line it stands in, cut to a length that can be shown.
    text: String,
    /// What would be written, were it the symbol. Its `id` may be given to apply it like any other.
    edit: EditView,
    /// For programs.
    code: String,
    /// Why it could not be decided.
    reason: String,
    /// How likely it is the symbol.
    #[schema(minimum = 0, maximum = 1)]
    confidence: f64,
}

/// The word where it is no name.
#[derive(Debug, Serialize, ToSchema)]
pub struct MentionView {
    #[serde(flatten)]
    location: LocationView,
    /// The line it stands in, cut to a length that can be shown.
    text: String,
    /// In what: `comment`, `documentation`, `string`, `text`.
    #[schema(example = "comment")]
    kind: String,
}

/// Something that the rename would break.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictView {
    /// For programs.
    code: String,
    /// What would happen.
    message: String,
    /// The file before the rename, where it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    path: Option<String>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    line: Option<u32>,
    /// From 1, in code points.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    column: Option<u32>,
}

/// A file that holds the name but was not understood.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnparsedFileView {
    path: String,
    /// Why.
    reason: String,
    /// Where the trouble begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    line: Option<u32>,
}

/// Every place of the old name is in exactly one of these.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsView {
    /// It is the symbol.
    edits: u64,
    /// It is something else.
    others: u64,
    /// Nobody can say.
    review: u64,
    /// It is no name.
    mentions: u64,
}
