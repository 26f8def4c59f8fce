"""A client of the binary protocol, written from docs/reference/protocol.md alone: the numbers of ops, codes and
items are read from its tables, the offsets are those of its pages."""

import datetime
import os
import pathlib
import re
import socket
import struct

PAGE = (pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")) / "docs" / "reference" / "protocol.md").read_text()
HEADER, RECORD = 64, 128
HELLO, WELCOME, BATCH, RESULTS, ERROR, PING, PONG = range(1, 8)
MAGIC = bytes.fromhex("48525731")
DATE_NONE, TIME_NONE = -2147483648, -9223372036854775808
FLAGS = {"linked": 1, "has_final": 2, "final": 4, "amount": 8, "exposure": 16, "weighted": 32, "due": 64,
         "expires": 128}
TARGETS = {"limit": 1, "reservation": 2, "exposure_id": 3, "unlock": 4}
MEASURES, MODES = ["nominal", "exposure", "weighted"], ["hard", "soft", "off"]
STATUSES = ["pending", "active", "frozen", "closed"]
LIFTS = ["limit_exceeded", "limit_frozen", "not_yet_valid", "expired", "due_required", "due_too_late"]


def numbered(heading, cell=r"\| (\d+) \| `([\w.]+)` (?=\|)"):
    """The cells "| N | `word` |" of the first table behind a heading, as {word: N}."""
    part = PAGE.split(heading, 1)[1]
    table = re.search(r"(?:^\|.*\n)+", part[part.index("|---"):], re.M).group()
    return {word: int(number) for number, word in re.findall(cell, table, re.M)}


OPS = numbered("| op | | op |")
CODES = {number: word for word, number in numbered("| code | | code |").items()}
ITEMS = numbered("| item | member |", r"^\| (\d+) \| `(\w+)`")


def crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)  # 0x1EDC6F41 reflected
        table.append(byte)
    return table


TABLE = crc_table()


def checksum(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


# Frames.


def frame(kind, body=b"", count=0, records=None, tag=0, version=1):
    records = len(body) // RECORD if records is None else records
    head = struct.pack("<4sIBBHIIIQqQiII", MAGIC, HEADER + len(body), kind, version, 0, count, records, 0, tag,
                       0, 0, 0, 0, checksum(body))
    return head + struct.pack("<I", checksum(head)) + body


def hello(token, lowest=1, highest=1):
    token = token.encode() if isinstance(token, str) else token
    return frame(HELLO, struct.pack("<BBH28x96s", lowest, highest, len(token), token))


def days(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def microseconds(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def amount_of(text):
    whole, _, fraction = str(text).partition(".")
    return int(whole + fraction), len(fraction)


def item_bytes(member, value):
    """The bytes of an item's value."""
    if member in ("parents", "unlocks"):
        return b"".join(name.encode().ljust(32, b"\0") for name in value)
    if member in ("holder", "kind", "actor", "reason", "case"):
        return value.encode()
    if member == "rate":
        whole, decimals = amount_of(value)
        return struct.pack("<Q", whole * 10 ** (10 - decimals))
    if member in ("date", "from", "until", "due_until"):
        return struct.pack("<i", days(value))
    if member == "tolerance_bps":
        return struct.pack("<I", value)
    if member == "lifts":
        return bytes([sum(1 << LIFTS.index(word) for word in set(value))])
    return bytes([{"measure": MEASURES, "mode": MODES, "status": STATUSES}[member].index(value)
                  if member != "revolving" else int(value)])


def items(command):
    out = b""
    for member, number in ITEMS.items():
        if member in command:
            data = item_bytes(member, command[member])
            out += struct.pack("<BxH", number, len(data)) + data + bytes(-len(data) % 4)
    return out + bytes(-len(out) % RECORD)


def record(command):
    """A command in the words of JSON as its records."""
    flags, amounts, decimals = 0, [0, 0, 0], [0, 0, 0]
    command = dict(command)
    if "cap" in command:
        command["amount"] = command["cap"]
    for place, name in enumerate(("amount", "exposure", "weighted")):
        if name in command:
            flags |= FLAGS[name]
            amounts[place], decimals[place] = amount_of(command[name])
    flags |= FLAGS["linked"] if command.get("linked") else 0
    if "final" in command:
        flags |= FLAGS["has_final"] | (FLAGS["final"] if command["final"] else 0)
    for name in ("due", "expires"):
        flags |= FLAGS[name] if name in command else 0
    kind = next((kind for name, kind in TARGETS.items() if name in command), 0)
    target = next((command[name] for name in TARGETS if name in command), "")
    more = items(command)
    return struct.pack("<BBHB3B3sxi3Qq16x32s32s", OPS[command["op"]], len(more) // RECORD, flags, kind, *decimals,
                       command.get("currency", "").encode(), days(command["due"]) if "due" in command else 0,
                       *amounts, microseconds(command["expires"]) if "expires" in command else 0,
                       command.get("id", "").encode(), target.encode()) + more


def batch(commands, tag=1):
    return frame(BATCH, b"".join(record(command) for command in commands), len(commands), tag=tag)


# Answers, in the words of JSON.


def text_of(data):
    return data.rstrip(b"\0").decode()


def amount_text(minor, digits):
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    whole = str(minor).rjust(digits + 1, "0")
    return sign + (f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole)


def big(data):
    return int.from_bytes(data, "little", signed=True)


def date_text(number):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=number)).isoformat()


def refusal(data):
    digits, reason = data[2], CODES[data[1]]
    found = {"limit": text_of(data[64:96]), "reason": reason}
    if reason == "limit_exceeded":
        found["available"] = amount_text(big(data[16:32]), digits)
        found["required"] = amount_text(big(data[32:48]), digits)
    assert not any(data[3:4] + data[7:16] + data[48:64] + data[96:128])
    return found


def names(data):
    assert 1 <= data[1] <= 3 and not any(data[2:32])
    return [text_of(data[32 * place:32 * place + 32]) for place in range(1, 1 + data[1])]


def limit(data, figures, parents):
    digits, flags = data[9], data[8]
    tolerance, begin, end, due_until = struct.unpack_from("<iiii", data, 12)
    raise_from, raise_until, cap, raised = struct.unpack_from("<iiqq", figures, 8)
    found = {"id": text_of(data[32:64]), "holder": text_of(data[64:96]), "kind": text_of(data[96:128]),
             "currency": text_of(data[4:7]), "parents": parents, "measure": MEASURES[data[1]],
             "mode": MODES[data[2]], "revolving": bool(flags & 1), "cap": amount_text(cap, digits),
             "tolerance_bps": tolerance, "status": STATUSES[data[3]]}
    if flags & 4:
        found["raise"] = {"amount": amount_text(raised, digits), "from": date_text(raise_from),
                          "until": date_text(raise_until)}
    for name, number in (("from", begin), ("until", end), ("due_until", due_until)):
        if number != DATE_NONE:
            found[name] = date_text(number)
    numbers = [big(figures[at:at + 16]) for at in range(32, 128, 16)]
    for name, number in zip(("frozen", "used", "reserved", "outstanding", "committed", "available"), numbers):
        found[name] = amount_text(number, digits)
    found["effective_cap"] = amount_text(numbers[5] + numbers[4] + numbers[0], digits)
    found["over"] = bool(flags & 2)
    return found


def holding(data):
    made, remaining = struct.unpack_from("<3q", data, 16), struct.unpack_from("<3q", data, 40)
    found = {"id": text_of(data[64:96]), "limit": text_of(data[96:128]), "currency": text_of(data[4:7])}
    for prefix, numbers in (("", made), ("remaining_", remaining)):
        for name, number in zip(("amount", "exposure", "weighted"), numbers):
            found[prefix + name] = amount_text(number, data[2])
    return ("reservation" if data[1] & 1 else "exposure"), found


def unlock(data):
    amount, remaining = struct.unpack_from("<qq", data, 16)
    return {"id": text_of(data[64:96]), "limit": text_of(data[96:128]), "amount": amount_text(amount, data[2]),
            "remaining": amount_text(remaining, data[2]), "until": date_text(struct.unpack_from("<i", data, 8)[0]),
            "lifts": [word for place, word in enumerate(LIFTS) if data[1] >> place & 1]}


def view(found, details):
    parents = [name for data in details if data[0] == 7 for name in names(data)]
    for place, data in enumerate(details):
        if data[0] == 3:
            assert details[place + 1][0] == 6 and len(parents) == data[10]
            found["limit"] = limit(data, details[place + 1], parents)
        elif data[0] == 4:
            name, what = holding(data)
            found[name] = what
        elif data[0] == 5:
            found["unlock"] = unlock(data)


def results(count, body, details_count):
    """The results of a RESULTS frame as JSON has them, without the ids."""
    section = len(body) - details_count * RECORD
    assert not any(body[8 * count:section])
    answers = []
    for place in range(count):
        code, details, refusals, over, first = struct.unpack_from("<BBBBI", body, 8 * place)
        found = {"result": CODES[code]}
        records = [body[section + (first + i) * RECORD:section + (first + i + 1) * RECORD] for i in range(details)]
        reasons = [refusal(data) for data in records if data[0] == 1]
        above = [name for data in records if data[0] == 2 for name in names(data)]
        assert (len(reasons), len(above)) == (refusals, over)
        if code == 2:
            found["refusals"] = reasons
        if above:
            found["over"] = above
        view(found, records)
        answers.append(found)
    return answers


class Frame:
    """A frame that came; everything that protocol.md calls zero is looked at."""

    def __init__(self, head, body):
        (magic, size, self.kind, version, zero, self.count, self.records, zero_2, self.tag, self.time, self.event,
         self.date, zero_3, body_sum, head_sum) = struct.unpack("<4sIBBHIIIQqQiIII", head)
        assert magic == MAGIC and version == 1 and size == HEADER + len(body), head
        assert not (zero or zero_2 or zero_3), head
        assert head_sum == checksum(head[:60]) and body_sum == checksum(body)
        self.body = body

    def error(self):
        """(code, ends, again, text) of an ERROR."""
        assert self.kind == ERROR, self.kind
        code, ends, again = struct.unpack_from("<HBB", self.body)
        assert not any(self.body[4:16])
        return code, bool(ends), bool(again), text_of(self.body[16:])

    def results(self):
        assert self.kind == RESULTS, (self.kind, self.kind == ERROR and self.error())
        return results(self.count, self.body, self.records)


class Connection:
    def __init__(self, server, token=None, sign_in=True, wrap=None):
        """`server` has `binary` (host, port) and `admin`, a token."""
        self.socket = socket.create_connection(server.binary, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wrap is not None:
            self.socket = wrap(self.socket)
        self.tag = 0
        if sign_in:
            self.send(hello(server.admin if token is None else token))
            self.welcome = self.receive()
            assert self.welcome.kind == WELCOME, self.welcome.error()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def take(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise EOFError(f"the connection has ended after {len(data)} of {size} bytes")
            data += part
        return data

    def receive(self):
        head = self.take(HEADER)
        return Frame(head, self.take(struct.unpack_from("<I", head, 4)[0] - HEADER))

    def ended(self):
        """True when the server has ended the connection and sent nothing more."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def rest(self):
        """What comes until the server ends the connection."""
        data = b""
        try:
            while part := self.socket.recv(65536):
                data += part
        except ConnectionResetError:
            pass
        return data

    def post(self, commands):
        """One batch; the answers as POST /v1/commands gives them."""
        self.tag += 1
        self.send(batch(commands, self.tag))
        answer = self.receive()
        assert answer.tag == self.tag, (answer.tag, self.tag)
        return [({"id": command["id"]} if "id" in command else {}) | found
                for command, found in zip(commands, answer.results(), strict=True)]
