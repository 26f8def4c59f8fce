"""A bank with people, made once for each set of them in a suite and copied for each case: a password is slow to
prove, on purpose, and a first session takes several."""

import base64
import hashlib
import hmac
import pathlib
import struct
import time

import headroom_server
from headroom_server import PLAIN, Headroom

SEED = pathlib.Path(PLAIN).resolve().parent / "tests/support/process_seed"  # starts cases beside the server
PASSWORD = "correct horse battery"  # set by an administrator, changed at the first session
OWN = "a horse of my own"
SECONDS_MAX = 300  # a copied session must not be near its idle end


def totp(key, ahead=0):
    """The code of a moment so many steps ahead. Source: RFC 6238, by Python's own hmac."""
    step = struct.pack(">q", int(time.time()) // 30 + ahead)
    mac = hmac.new(base64.b32decode(key), step, hashlib.sha1).digest()
    place = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[place:place + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


class Sessions(dict):
    """The sessions of people, each signed in when first asked for."""

    def __init__(self, bank, *logins):
        super().__init__()
        self.bank, self.logins = bank, set()
        self.also(*logins)

    def also(self, *logins):
        self.logins.update(logins)
        self.bank.expect(logins)

    def __missing__(self, login):
        if login not in self.logins:
            raise KeyError(login)
        self[login] = self.bank.first_session(login)
        return self[login]

    def get(self, login, default=None):
        return self[login] if login in self or login in self.logins else default


class Bank:
    """A server with two legal entities and a branch. Who is named before anything is asked of it, and whose sessions
    are expected then, comes with the copy."""

    templates = {}  # what was made: a data directory, a database or None, passwords, sessions, and when

    def __init__(self, *options):
        self.options = options
        self.people, self.expected = [], set()
        self.begun = None
        self.passwords = {}  # that users gave themselves
        self.signed = {}

    @property
    def address(self):
        """Of its database on PostgreSQL, or None."""
        return self.options[self.options.index("--store") + 1] if "--store" in self.options else None

    @property
    def store(self):
        """Where its database is, now that it is made."""
        server = self.server
        return self.address or str(server.directory / "credit.db")

    @property
    def server(self):
        if self.begun is None:
            self.begin()
        return self.begun

    def remove(self):
        if self.begun is not None:
            self.begun.remove()

    def expect(self, logins):
        if self.begun is None:
            self.expected.update(logins)

    # Made, or copied.

    def begin(self):
        key = (self.address is not None, tuple(self.people), frozenset(self.expected))
        template = Bank.templates.get(key)
        if template is None or time.monotonic() > template[-1] + SECONDS_MAX:
            template = Bank.templates[key] = self.template()
        directory, database, passwords, signed, _ = template
        self.passwords, self.signed = dict(passwords), dict(signed)
        if self.address is not None:
            headroom_server.databases.make(self.address, database)
        self.begun = Headroom(*self.options, copy_of=directory)

    def template(self):
        database = self.address and headroom_server.databases.address()
        bank = Bank()
        bank.begun = Headroom(*(("--store", database) if database else ()), program=PLAIN)
        bank.organise()
        for person in self.people:
            bank.user(*person)
        signed = {login: bank.session(login) for login in sorted(self.expected)}
        bank.begun.stop()
        directory = headroom_server.keep(bank.begun.directory)
        bank.begun.remove()
        return directory, database, bank.passwords, signed, time.monotonic()

    def organise(self):
        self.made("/v1/entities", {"id": "bank", "name": "某银行"})
        self.made("/v1/entities", {"id": "lease", "name": "某租赁"})
        self.made("/v1/organisations", {"id": "head", "name": "总行", "legal_entity": "bank"})
        self.made("/v1/organisations", {"id": "north", "name": "北分行", "parent": "head"})
        self.made("/v1/organisations", {"id": "south", "name": "南分行", "parent": "head"})
        self.made("/v1/organisations", {"id": "leasing", "name": "租赁", "legal_entity": "lease"})

    # Asked.

    def ask(self, method, target, body=None, token=None):
        return self.server.ask(method, target, body, token=token)

    def made(self, target, body, token=None):
        answer = self.ask("POST", target, body, token)
        assert answer.status == 201, (target, answer)
        return answer.json()

    def user(self, user, organisation, *posts):
        if self.begun is None:
            self.people.append((user, organisation, *posts))
            return
        self.made("/v1/users", {"id": user, "login": user, "name": user, "organisation": organisation})
        answer = self.ask("PUT", f"/v1/users/{user}/password", {"password": PASSWORD})
        assert answer.status == 204, answer
        for place, role in posts:
            self.made(f"/v1/users/{user}/posts", {"organisation": place, "role": role})

    def sign_in(self, login, password=None, **more):
        password = password or self.passwords.get(login, PASSWORD)
        return self.ask("POST", "/v1/session", {"login": login, "password": password, **more}, token="")

    def change(self, session, old, password):
        return self.ask("POST", "/v1/session/password", {"old_password": old, "password": password}, token=session)

    def session(self, login):
        """A session that opens what the posts do: an administrator's password is changed first."""
        before = self.passwords.get(login)
        answer = self.sign_in(login)
        if answer.status == 401 and before:
            answer = self.sign_in(login, PASSWORD)  # an administrator has set it anew
        assert answer.status == 201, answer
        session = answer.json()["session"]
        if answer.json()["password_change"]:
            own = before + "." if before else OWN
            answer = self.change(session, PASSWORD, own)
            assert answer.status == 204, answer
            self.passwords[login] = own
        return session

    def first_session(self, login):
        """The one that came with the copy, or a new one."""
        self.server  # noqa: B018
        return self.signed.get(login) or self.session(login)

    def enrol(self, session, password=OWN):
        """The key of a second factor that the person of a session enrols, with the codes for when it is lost. The code
        that confirmed it is used up: the next one that is good is of the step ahead."""
        begun = self.made("/v1/session/second-factor", {"password": password}, session)
        codes = self.made("/v1/session/second-factor/confirm", {"code": totp(begun["key"])}, session)
        return begun["key"], codes["recovery_codes"]
