"""A small issuer of OpenID Connect for the tests: discovery, keys, codes; it signs whatever it is told to."""

import base64
import hashlib
import http.server
import json
import pathlib
import re
import subprocess
import tempfile
import threading
import time
import urllib.parse


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """A key pair made by openssl; `kind` is RSA or EC."""

    def __init__(self, kind, kid, bits=2048):
        self.kind, self.kid = kind, kid
        self.path = pathlib.Path(tempfile.mkstemp(suffix=".pem")[1])
        options = ["RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"] if kind == "RSA" else [
            "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        subprocess.run(["openssl", "genpkey", "-algorithm", *options, "-out", self.path], check=True,
                       capture_output=True)

    def remove(self):
        self.path.unlink()

    def run(self, *arguments, data=None):
        return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout

    def jwk(self, **more):
        if self.kind == "RSA":
            text = self.run("rsa", "-in", self.path, "-noout", "-modulus").decode()
            members = {"kty": "RSA", "n": b64(bytes.fromhex(text.strip().partition("=")[2])), "e": "AQAB"}
        else:
            point = self.run("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-64:]
            members = {"kty": "EC", "crv": "P-256", "x": b64(point[:32]), "y": b64(point[32:])}
        return {**members, "kid": self.kid, "use": "sig", **more}

    def sign(self, text):
        signature = self.run("dgst", "-sha256", "-sign", self.path, data=text)
        if self.kind == "RSA":
            return signature
        # SEQUENCE of two INTEGERs, to 32 bytes each.
        place, numbers = 2, b""
        for _ in range(2):
            size = signature[place + 1]
            numbers += signature[place + 2:place + 2 + size].lstrip(b"\0").rjust(32, b"\0")
            place += 2 + size
        return numbers


class Issuer:
    """Listens on this machine. `token` makes the ID token of the next exchange; tests put their own in its place."""

    def __init__(self, client="headroom", secret="the client's secret"):
        self.client, self.secret = client, secret
        self.keys = [Key("RSA", "r1"), Key("EC", "e1")]
        self.jwks = [key.jwk() for key in self.keys]
        self.codes, self.asked, self.token, self.broken = {}, [], self.good, None
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

            def reply(self, status, body):
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self):
                issuer.asked.append(self.path)
                self.reply(200, issuer.page(self.path))

            def do_POST(self):
                issuer.asked.append(self.path)
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                self.reply(*issuer.exchange(form))

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        for key in self.keys:
            key.remove()

    def config(self, **more):
        return {"issuer": self.url, "client_id": self.client, "client_secret": self.secret,
                "redirect_uri": "http://127.0.0.1/", **more}

    def page(self, path):
        if self.broken and path in self.broken:
            return self.broken[path]
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.url, "authorization_endpoint": self.url + "/authorize",
                    "token_endpoint": self.url + "/token", "jwks_uri": self.url + "/keys"}
        return {"keys": self.jwks}

    def authorize(self, location, subject):
        """What the browser does: the person signs in here, and comes back with a code."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
        assert location.startswith(self.url + "/authorize?"), location
        assert query["response_type"] == "code" and query["code_challenge_method"] == "S256", query
        assert query["client_id"] == self.client and query["scope"] == "openid", query
        assert re.fullmatch(r"[\w-]{43}", query["code_challenge"]) and len(query["nonce"]) >= 43, query
        code = f"code {len(self.codes)}+/&="
        self.codes[code] = (query, subject)
        return code

    def exchange(self, form):
        query, subject = self.codes.pop(form.get("code"), (None, None))
        if query is None or form.get("client_secret") != self.secret or form["client_id"] != self.client:
            return 400, {"error": "invalid_grant"}
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if form["grant_type"] != "authorization_code" or challenge != query["code_challenge"] \
                or form["redirect_uri"] != query["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(query, subject)}

    def claims(self, query, subject, **more):
        now = int(time.time())
        claims = {"iss": self.url, "sub": subject, "aud": self.client, "exp": now + 300, "iat": now,
                  "nonce": query["nonce"], **more}
        return {name: value for name, value in claims.items() if value is not None}

    def signed(self, claims, key, header=None):
        head = {"alg": "RS256" if key.kind == "RSA" else "ES256", "kid": key.kid, "typ": "JWT", **(header or {})}
        head = {name: value for name, value in head.items() if value is not None}
        text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{text}.{b64(key.sign(text.encode()))}"

    def good(self, query, subject):
        return self.signed(self.claims(query, subject), self.keys[0])
