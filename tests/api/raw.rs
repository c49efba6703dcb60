//! The bytes of files as they are: whole, by range, of any size, and never run by a browser.

use reqwest::{Method, header::HeaderMap};

use super::{
    fixtures::planted,
    manifests::hard_project,
    support::{Answer, Client, Repo, TestApp},
};

const BYTES: &str = "application/octet-stream";

/// Asks for a file's bytes with some more headers.
async fn raw(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = client.request(Method::GET, path).header("accept", BYTES);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request).await
}

/// A path as it stands in an address.
fn encoded(path: &[u8]) -> String {
    percent_encoding::percent_encode(path, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[tokio::test]
async fn every_file_of_the_hard_repository_is_given_as_it_is() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    for file in planted().into_iter().filter(|file| file.kind != "submodule") {
        let shown = String::from_utf8_lossy(&file.path).into_owned();
        let answer = raw(&admin, &format!("/projects/{id}/files/{}", encoded(&file.path)), &[]).await.expect(200);
        assert!(answer.body == file.content, "{shown} is {} bytes, and other ones", answer.body.len());
        assert_eq!(answer.header("content-length"), file.content.len().to_string(), "{shown}");
        assert_safe(&answer.headers);
    }
    for (path, status, code) in
        [("module", 422, "INVALID_INPUT"), ("src", 422, "INVALID_INPUT"), ("absent", 404, "FILE_NOT_FOUND")]
    {
        raw(&admin, &format!("/projects/{id}/files/{path}"), &[]).await.refused(status, code);
    }
}

/// A browser saves it and runs nothing of it.
fn assert_safe(headers: &HeaderMap) {
    assert_eq!(headers["content-type"], BYTES);
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(headers["accept-ranges"], "bytes");
}

#[tokio::test]
async fn a_range_of_bytes_is_given_and_one_behind_the_end_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("ten.html", "0123456789"), ("empty", "")]));
    admin.synced(&id, &repo).await;
    let path = format!("/projects/{id}/files/ten.html");
    for (range, content, place) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=3-5", "345", "bytes 3-5/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-4", "6789", "bytes 6-9/10"),
        ("bytes=0-999", "0123456789", "bytes 0-9/10"),
    ] {
        let part = raw(&admin, &path, &[("range", range)]).await.expect(206);
        assert_eq!((part.text().as_str(), part.header("content-range")), (content, place), "{range}");
        assert_eq!(part.header("content-length"), content.len().to_string(), "{range}");
        assert_safe(&part.headers);
    }
    for range in ["bytes=5-3", "bytes=0-1,3-4", "lines=1-2", "bytes=x"] {
        assert_eq!(raw(&admin, &path, &[("range", range)]).await.expect(200).text(), "0123456789", "{range}");
    }
    for (file, range, place) in [
        ("ten.html", "bytes=10-", "bytes */10"),
        ("ten.html", "bytes=-0", "bytes */10"),
        ("empty", "bytes=0-", "bytes */0"),
    ] {
        let refused = raw(&admin, &format!("/projects/{id}/files/{file}"), &[("range", range)]).await;
        assert_eq!(refused.header("content-range"), place, "{range}");
        refused.refused(416, "RANGE_NOT_SATISFIABLE");
    }
    raw(&admin, &format!("{path}?lines=1-1"), &[]).await.refused(422, "INVALID_INPUT");
}

#[tokio::test]
async fn a_range_of_another_state_of_the_file_is_answered_with_all_of_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "first state"), ("b.txt", "else")]));
    admin.synced(&id, &repo).await;
    let path = format!("/projects/{id}/files/a.txt");
    let whole = raw(&admin, &path, &[]).await.expect(200);
    let tag = whole.header("etag");
    assert_ne!(admin.get(&path).await.expect(200).header("etag"), tag, "JSON is another form of the file");
    assert_eq!(whole.header("vary"), "Accept");
    assert!(raw(&admin, &path, &[("if-none-match", tag)]).await.expect(304).body.is_empty());
    let part = async |state: &str| raw(&admin, &path, &[("range", "bytes=0-4"), ("if-range", state)]).await;
    assert_eq!(part(tag).await.expect(206).text(), "first");
    for other in ["\"other\"", &format!("W/{tag}"), "Thu, 29 Feb 2024 12:00:00 GMT"] {
        assert_eq!(part(other).await.expect(200).text(), "first state", "{other}");
    }

    repo.write("b.txt", "changed");
    repo.commit("second");
    admin.synced_again(&id).await;
    part(tag).await.expect(206);
    repo.write("a.txt", "second state");
    repo.commit("third");
    admin.synced_again(&id).await;
    assert_eq!(part(tag).await.expect(200).text(), "second state");
}

#[tokio::test]
async fn a_large_file_is_given_whole_and_in_parts() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::empty();
    // One that is read at once, and one that comes from a process of its own, piece by piece.
    let content =
        |bytes: usize| (0..bytes).map(|at| u8::try_from((at / 7 + at / 1_000) % 251).unwrap()).collect::<Vec<_>>();
    let (middle, large) = (content(3 << 20), content((33 << 20) + 5));
    repo.write("middle.bin", &middle);
    repo.write("large.bin", &large);
    repo.commit("first");
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    for (name, content) in [("middle.bin", &middle), ("large.bin", &large)] {
        let path = format!("/projects/{id}/files/{name}");
        assert!(raw(&admin, &path, &[]).await.expect(200).body == *content, "{name}");
        let end = content.len();
        for (first, last) in [(0, 9), (1_000_000, 2_999_999), (end - 3, end - 1), (5, end - 1)] {
            let part = raw(&admin, &path, &[("range", &format!("bytes={first}-{last}"))]).await.expect(206);
            assert!(part.body == content[first..=last], "{name}: {first}-{last}");
        }
    }
    let cache = app.program().data_dir().join(format!("mirrors/{id}.cache"));
    let left = std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = left.filter(|name| name.contains("tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_listing_of_many_files_is_whole() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::empty();
    for number in 0..2_500 {
        repo.write(format!("d{}/f{number:05}.txt", number % 3), format!("{number}\n"));
    }
    repo.commit("first");
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    let path = format!("/projects/{id}/files?recursive=true");
    let listed = admin.get(&path).await.expect(200);
    let names: Vec<_> = listed["entries"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(names.join("\n"), repo.git(["ls-tree", "-r", "--name-only", "HEAD"]));
    assert_eq!(listed["entries"][2_499]["size"], 5);
    let tag = listed.header("etag").to_owned();
    let again = admin.send(admin.request(Method::GET, &path).header("if-none-match", &tag)).await;
    assert!(again.expect(304).body.is_empty());
    let mut tags = vec![tag];
    for query in ["", "?path=d1", "?path=d2", "?path=d1&recursive=true"] {
        tags.push(admin.get(&format!("/projects/{id}/files{query}")).await.expect(200).header("etag").to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 5, "each depends on its path and on how deep it goes");
}
