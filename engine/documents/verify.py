"""Check the bundle of one case that this file lies in: python3 verify.py [--seal LINE]. Needs Python 3 alone."""

import json
import sys
from hashlib import sha256
from pathlib import Path

HERE, GIVEN, ALL, seal, seq = Path(__file__).resolve().parent, sys.argv[1:], [b""][1:], "never sealed", 0
seen, stood, title, papers, scans, inside = {0: "0" * 64}, [None], None, {}, {None}, False


def digest(data: str | bytes) -> str:
    return sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def check(good: object, what: str) -> None:
    good or sys.exit(f"BROKEN: {what}")


sys.excepthook = lambda *_: check(0, (f"event {len(seen)}", "files")[len(ALL) in seen] + ": unreadable")
CASE, SEAL = (json.loads((HERE / name).read_text("utf-8")) for name in ("case.json", "seal.json"))
for at, event in enumerate(map(json.loads, ALL := (HERE / "events.jsonl").read_bytes().split(b"\n")[:-1]), 1):
    check(digest(event["header"]) == event["hash"], f"event {at}: header changed")
    head, facts = json.loads(event["header"]), {"texts": {}} | json.loads(event["payload"] or "{}")
    check((head["seq"], head["previous"]) == (at, seen[at - 1]), f"event {at}: missing or moved")
    is_covered = event["payload"] is None and head["type"] == "evidence_attached"  # no other is withheld
    check(is_covered or digest(event["payload"] or "") == head["payload"], f"event {at}: payload changed")
    check(head["case"] == CASE["case"] and (at > 1 or facts["key"] == CASE["key"]), "case.json: another case")
    for name, (salt, text) in event["texts"].items():
        check(digest(f"{salt}\n{text}") == facts["texts"].get(name), f"event {at}: text {name} changed")
    if head["type"] in ("case_opened", "texts_edited") and "title" in facts["texts"]:
        title = event["texts"].get("title", [None])[-1]
    stood += [facts.get({"moved": "to", "definition_changed": "state"}.get(head["type"], ""), stood[-1])]
    if head["type"] in ("evidence_attached", "evidence_purged"):
        papers[facts.get("evidence", -at)] = facts.get("digest")  # None: withheld, purged or off-line
    inside = inside or (event["texts"] != {} and head["type"] in ("requested", "voted"))
    scans, seen[at] = scans | {facts.get("paper")}, event["hash"]
check([*seen.items()][-1] == (CASE["events"], CASE["head"]), f"event {len(seen)}: missing")
check((CASE["title"], CASE["state"]) == (title, stood[-1]), "case.json: another title or state")

if SEAL:  # the event that was the last one when sealed leads to the root that stands in the seal
    seq, seal = SEAL["seq"], f"#{SEAL['number']} {SEAL['digest'][:16]}"
    node = digest(f"\0{CASE['case']} {seq} {seen.get(seq)} {CASE['key']}")
    for side, other in SEAL["path"]:
        node = digest(b"\1" + bytes.fromhex(other + node if side == "left" else node + other))
    check(node in SEAL["text"] and digest(SEAL["text"]) == SEAL["digest"], f"differs from seal {seal}")
check(not GIVEN or all(word in GIVEN[-1] for word in seal.split()), f"seal {seal}: not the given one")

kept = {(path.name, digest(path.read_bytes())) for path in (*HERE.glob("blobs/*"), *HERE.glob("history.txt"))}
scans -= {None, *papers.values()}  # signed on paper: not for a public that sees no word of a request
named = {*papers.values()} - {None} | (scans if inside or scans & {name for name, _ in kept} else set())
wrong = sorted((kept ^ {(name, name) for name in named}) - {("history.txt", CASE["page"])})
check(not wrong, f"file missing, changed or added: {wrong}")
print(f"OK: {CASE['key']}, {len(named)} files, {sum(n < 0 for n in papers) + len(scans - named)} withheld")
print(f"sealed to event {seq} of {at} as {stood[seq]}, {seal}, compared: {bool(GIVEN)}, UNSEALED: {at - seq}")
