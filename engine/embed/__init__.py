"""The engine in a few lines, for programs that embed it: open a home, act as somebody, commit at the end.

`with home.acting("key") as desk` is one unit of work: all of it is kept, or none when anything is raised (law 2).
What is refused raises `Refused` with every reason; nothing is sent before `home.tick()`.
"""

from __future__ import annotations

from engine.core.refusal import Refused
from engine.embed.desk import Desk
from engine.embed.home import EmbeddedHome, open_home
from engine.services.decisions import Meeting
from engine.services.evidence import About

__all__ = ["About", "Desk", "EmbeddedHome", "Meeting", "Refused", "open_home"]
