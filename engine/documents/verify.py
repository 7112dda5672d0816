"""Check the bundle of one case that this file lies in: python3 verify.py [--seal LINE]. Needs Python 3 alone."""

import json
import sys
from hashlib import sha256
from pathlib import Path

HERE, GIVEN = Path(__file__).resolve().parent, sys.argv[1:]
CASE, SEAL = (json.loads((HERE / name).read_text("utf-8")) for name in ("case.json", "seal.json"))
EVENTS = [json.loads(row) for row in (HERE / "events.jsonl").read_text("utf-8").splitlines()]


def digest(data: str | bytes) -> str:
    return sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def check(good: bool, what: str) -> None:
    if not good:
        sys.exit(f"BROKEN: {what}")


hashes, title, state, named, seal = {0: "0" * 64}, None, None, set(), "never sealed"
for at, event in enumerate(EVENTS, start=1):  # every event is what was hashed, and names the hash before it
    check(digest(event["header"]) == event["hash"], f"event {at}: header changed")
    head, payload = json.loads(event["header"]), event["payload"]
    here = {"seq": at, "case": CASE["case"], "previous": hashes[at - 1]}
    check(head | here == head, f"event {at}: missing or moved")
    check(payload is None or digest(payload) == head["payload"], f"event {at}: payload changed")
    facts = {"texts": {}} | json.loads(payload or "{}")
    check(at > 1 or facts["key"] == CASE["key"], "case.json: another case")
    for name, (salt, text) in event["texts"].items():
        check(digest(f"{salt}\n{text}") == facts["texts"].get(name), f"event {at}: text {name} changed")
        title = text if name == "title" and head["type"] in ("case_opened", "texts_edited") else title
    state = facts.get({"moved": "to", "definition_changed": "state"}.get(head["type"], ""), state)
    named |= {facts[name] for name in ("digest", "paper") if facts.get(name)}
    hashes[at] = event["hash"]
check([*hashes.items()][-1] == (CASE["events"], CASE["head"]), f"event {len(hashes)}: missing")

if SEAL:  # the event that was the last one when sealed leads to the root that stands in the seal
    seq, lines = SEAL["seq"], SEAL["text"].split("\n")
    seal = f"#{lines[2]} {SEAL['digest'][:16]}"
    check(digest(SEAL["text"]) == SEAL["digest"], f"seal {seal}: changed")
    node = digest(f"\0{CASE['case']} {seq} {hashes.get(seq)} {CASE['key']}")
    for side, other in SEAL["path"]:
        node = digest(b"\1" + bytes.fromhex(other + node if side == "left" else node + other))
    check(node == lines[6], f"event {seq}: differs from seal {seal}")

check((CASE["title"], CASE["state"]) == (title, state), "case.json: another title or state")
kept = {(path.name, digest(path.read_bytes())) for path in (*HERE.glob("blobs/*"), *HERE.glob("history.txt"))}
wrong = (kept ^ {(name, name) for name in named - set(CASE["withheld"])}) - {("history.txt", CASE["page"])}
check(not wrong, f"file missing, changed or added: {sorted(wrong)}")
check(not GIVEN or all(word in GIVEN[-1] for word in seal.split()), f"seal {seal}: not the given one")
print(f"OK: {CASE['key']}, {len(EVENTS)} events, {len(kept)} files, seal {seal}, compared: {bool(GIVEN)}")
