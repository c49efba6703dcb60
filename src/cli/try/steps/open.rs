//! A file at a symbol, checked to the byte, and a sample of files against their digests.

use code::{
    hash::Digest,
    kind::Kind,
    symbols::{Range, Symbol},
};

use super::{
    super::{
        api::{Api, encoded},
        record::{Problem, Step},
        show,
        survey::{Listed, Survey},
        wire::File,
    },
    content,
    search::Target,
};

/// Lines that are shown.
const SHOWN: u32 = 4;
/// Files of the sample, and their largest size in bytes.
const SAMPLE: usize = 8;
const SAMPLE_BYTES: u64 = 1 << 20;

pub(crate) async fn open(
    api: &Api,
    project: &str,
    survey: &Survey,
    target: Option<&Target>,
    step: &mut Step,
) -> Result<(), Problem> {
    match target {
        Some(target) => at(api, project, target, step).await?,
        None => step.say("there is no text to show"),
    }
    sample(api, project, &survey.files, step).await
}

async fn at(api: &Api, project: &str, target: &Target, step: &mut Step) -> Result<(), Problem> {
    let (bytes, _) = content(api, project, target.path.as_bytes()).await?;
    let (first, last) = (target.lines.0, target.lines.1.min(target.lines.0.saturating_add(SHOWN - 1)));
    let what = target.symbol.as_ref().map_or_else(String::new, |symbol| format!("  {}", described(symbol)));
    step.say(format!("{}:{first}{what}", show::cut_path(target.path.as_bytes(), 70)));
    let text = String::from_utf8_lossy(&bytes);
    let skipped = usize::try_from(first).unwrap_or(1).saturating_sub(1);
    let lines = text.split('\n').skip(skipped).zip(first..=last);
    lines.for_each(|(line, number)| step.say(format!("{number:>6} │ {}", show::cut(line.trim_end(), 82))));
    step.saw("path", target.path.as_str());
    step.saw("line", first);
    if let Some(symbol) = &target.symbol {
        step.saw("symbol", symbol.descriptor.as_str());
        let body = range(&bytes, &symbol.range).map(Digest::of);
        let claim = format!("the {} bytes of {} have the manifest's SHA-256", length(&bytes, symbol), symbol.name);
        step.verify(body == Some(symbol.body_sha256), claim, || format!("it is {body:?}"))?;
    }
    // Lines are cut from texts in UTF-8 only.
    if str::from_utf8(&bytes).is_err() || bytes.contains(&0) {
        return Ok(());
    }
    let address = format!("/api/v1/projects/{project}/files/{}", encoded(target.path.as_bytes()));
    let part: File = api.get(&address, &[("lines", &format!("{first}-{last}"))]).await?;
    let count = usize::try_from(last - first + 1).unwrap_or(1);
    let wanted: String = text.split_inclusive('\n').skip(skipped).take(count).collect();
    step.verify(part.content == wanted, format!("lines {first} to {last} alone are the same"), || "they differ".into())
}

fn described(symbol: &Symbol) -> String {
    let kind = serde_json::to_value(symbol.kind).unwrap_or_default();
    format!("{} {}", kind.as_str().unwrap_or_default(), symbol.descriptor)
}

fn length(bytes: &[u8], symbol: &Symbol) -> usize {
    range(bytes, &symbol.range).map_or(0, <[u8]>::len)
}

/// The bytes of a range, as its lines and columns are defined.
fn range<'b>(bytes: &'b [u8], range: &Range) -> Option<&'b [u8]> {
    bytes.get(offset(bytes, range.start_line, range.start_column)?..offset(bytes, range.end_line, range.end_column)?)
}

/// Where a line's column begins; both count from 1, columns in code points.
fn offset(bytes: &[u8], line: u32, column: u32) -> Option<usize> {
    let (line, column) = (usize::try_from(line).ok()?, usize::try_from(column).ok()?);
    let before: usize = bytes.split_inclusive(|byte| *byte == b'\n').take(line.checked_sub(1)?).map(<[u8]>::len).sum();
    let mut starts = bytes.iter().enumerate().skip(before).filter(|(_, byte)| *byte & 0b1100_0000 != 0b1000_0000);
    Some(starts.nth(column.checked_sub(1)?).map_or(bytes.len(), |(at, _)| at))
}

/// Files from all over the tree, read and hashed.
async fn sample(api: &Api, project: &str, files: &[Listed], step: &mut Step) -> Result<(), Problem> {
    let fit: Vec<_> = files.iter().filter(|file| file.kind != Kind::Submodule && file.size <= SAMPLE_BYTES).collect();
    let mut read = 0;
    for file in fit.iter().step_by(fit.len().div_ceil(SAMPLE).max(1)) {
        let (bytes, id) = content(api, project, &file.path).await?;
        let same = Some(Digest::of(&bytes)) == file.sha256 && id == file.id.to_string();
        if !same {
            let claim = format!("{} has the content that the manifest gives", show::cut_path(&file.path, 60));
            return step.verify(false, claim, || format!("blob {id}, {} bytes came", bytes.len()));
        }
        read += 1;
    }
    step.saw("files_hashed", read);
    let claim = format!("{} read whole, with the SHA-256 that the manifest says", show::counted(read, "file", "files"));
    if read > 0 { step.verify(true, claim, String::new) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_by_lines_and_code_points() {
        let bytes = "é = 1\r\nlä(ß);\n".as_bytes();
        let of = |start_line, start_column, end_line, end_column| {
            range(bytes, &Range { start_line, start_column, end_line, end_column })
        };
        assert_eq!(of(1, 1, 1, 2), Some("é".as_bytes()));
        assert_eq!(of(2, 2, 2, 5), Some("ä(ß".as_bytes()));
        assert_eq!(of(1, 5, 3, 1), Some("1\r\nlä(ß);\n".as_bytes()));
    }
}
