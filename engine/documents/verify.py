"""Check the bundle of one case that this file lies in: python3 verify.py [--seal LINE]. Needs Python 3 alone."""

import json
import re
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def digest(data: str | bytes) -> str:
    return sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def check(good: bool, what: str) -> None:
    if not good:
        print(f"BROKEN: {what}")
        sys.exit(1)


def main() -> None:
    case = json.loads((HERE / "case.json").read_text("utf-8"))
    events = [json.loads(row) for row in (HERE / "events.jsonl").read_text("utf-8").splitlines()]
    previous, named, titles = "0" * 64, set(), [None]
    for at, event in enumerate(events, start=1):
        check(digest(event["header"]) == event["hash"], f"event {at}: header changed")
        head = json.loads(event["header"])
        place = (head["seq"], head["case"], head["previous"])
        check(place == (at, case["case"], previous), f"event {at}: missing, moved or unlinked")
        payload = event["payload"]
        check(payload is None or digest(payload) == head["payload"], f"event {at}: payload changed")
        facts = json.loads(payload or "{}")
        check(at > 1 or facts["key"] == case["key"], "case.json: another case")
        for name, (salt, text) in event["texts"].items():
            committed = facts.get("texts", {}).get(name)
            check(digest(f"{salt}\n{text}") == committed, f"event {at}: text {name} changed")
            titles += [text] if name == "title" else []
        named |= {facts[name] for name in ("digest", "paper") if facts.get(name)}
        previous = event["hash"]
    check((len(events), previous) == (case["events"], case["head"]), f"event {len(events) + 1}: missing")
    check(case["title"] == titles[-1], "case.json: another title")
    files = {path.name for path in (HERE / "blobs").glob("*")}
    check(files | set(case["withheld"]) >= named, f"file missing: {sorted(named - files)[:1]}")
    for name in sorted(files):
        check(digest((HERE / "blobs" / name).read_bytes()) == name, f"file changed: {name}")
    print(f"OK: case {case['key']}, {len(events)} events, {len(files)} files; {sealed(case, events)}")


def sealed(case: dict[str, Any], events: list[dict[str, Any]]) -> str:
    line = sys.argv[2] if sys.argv[1:2] == ["--seal"] else ""
    seal = json.loads((HERE / "seal.json").read_text("utf-8"))
    check(bool(seal) or not line, "seal.json: the case was not sealed")
    if not seal:
        return "never sealed"
    number, seq, head = seal["number"], seal["seq"], seal["head"]
    check(
        0 < seq <= len(events) and events[seq - 1]["hash"] == head,
        f"event {seq}: differs from seal #{number}",
    )
    node = sha256(f"\0{case['case']} {seq} {head} {case['key']}".encode()).digest()
    for side, beside in seal["path"]:
        pair = bytes.fromhex(beside) + node if side == "left" else node + bytes.fromhex(beside)
        node = sha256(b"\1" + pair).digest()
    check(digest(seal["text"]) == seal["digest"], f"seal #{number}: changed")
    check(seal["text"].split("\n")[2::4][:2] == [str(number), node.hex()], f"seal #{number}: another root")
    given = re.search(r"#(\d+)\D", line), max(re.findall("[0-9a-f]{16,64}", line), default="-", key=len)
    is_same = given[0] is not None and int(given[0][1]) == number and seal["digest"].startswith(given[1])
    check(not line or is_same, f"seal #{number}: differs from the one given")
    return f"sealed up to event {seq} in #{number} {seal['digest'][:16]}" + (
        "" if line else " (not compared)"
    )


main()
