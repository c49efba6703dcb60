"""Pyright as a second opinion: where it would rename a symbol."""

import json
import pathlib
import subprocess
import threading
import urllib.parse

VERSION = "1.1.400"
MOST_SECONDS = 120


class Pyright:
    """A language server over one folder."""

    def __init__(self, work, folder, roots):
        self.folder, self.number = pathlib.Path(folder).resolve(), 0
        self.opened = set()
        program = work / "node_modules" / "pyright" / "langserver.index.js"
        if not program.exists():
            command = ["npm", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "install", f"pyright@{VERSION}"]
            subprocess.run(command, cwd=work, check=True)
        settings = {"include": ["."], "extraPaths": [str(self.folder / root) for root in roots], "useLibraryCodeForTypes": True}
        (self.folder / "pyrightconfig.json").write_text(json.dumps(settings))
        command = ["node", "--max-old-space-size=3000", str(program), "--stdio"]
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        uri = self.folder.as_uri()
        folders = [{"uri": uri, "name": "package"}]
        capabilities = {"workspace": {"workspaceFolders": True}}
        self.request("initialize", {"processId": None, "rootUri": uri, "workspaceFolders": folders, "capabilities": capabilities})
        self.send({"method": "initialized", "params": {}})
        # Without this it waits for its settings for ever.
        self.send({"method": "workspace/didChangeConfiguration", "params": {"settings": {}}})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def receive(self):
        length = 0
        while (line := self.server.stdout.readline().strip()):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise EOFError("pyright gave no answer in time")
        return json.loads(self.server.stdout.read(length))

    def request(self, method, params):
        """Its answer; the server's own questions are answered with nothing meanwhile."""
        self.number += 1
        giving_up = threading.Timer(MOST_SECONDS, self.server.kill)
        giving_up.start()
        try:
            return self.answer(method, params)
        finally:
            giving_up.cancel()

    def answer(self, method, params):
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.number and "method" not in message:
                return message.get("result")
            if "id" in message and "method" in message:
                asked = message["params"].get("items", []) if message["method"] == "workspace/configuration" else None
                self.send({"id": message["id"], "result": None if asked is None else [None] * len(asked)})

    def rename(self, path, line, column, new_name):
        """The places that it would change: path, line and column in UTF-16 units, each from 1."""
        uri = (self.folder / path).as_uri()
        text = (self.folder / path).read_text()
        if uri not in self.opened:
            document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
            self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
            self.opened.add(uri)
        written = text.splitlines()[line - 1][: column - 1]
        position = {"line": line - 1, "character": len(written.encode("utf-16-le")) // 2}
        answer = self.request("textDocument/rename", {"textDocument": {"uri": uri}, "position": position, "newName": new_name})
        changes = dict((answer or {}).get("changes") or {})
        for change in (answer or {}).get("documentChanges") or []:
            if "edits" in change:
                changes.setdefault(change["textDocument"]["uri"], []).extend(change["edits"])
        found = set()
        for uri, edits in changes.items():
            path = pathlib.Path(urllib.parse.unquote(urllib.parse.urlparse(uri).path)).relative_to(self.folder)
            found |= {(str(path), it["range"]["start"]["line"] + 1, it["range"]["start"]["character"] + 1) for it in edits}
        return found

    def close(self):
        self.server.kill()
        self.server.wait()
