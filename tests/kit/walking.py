"""What random walks write and try, in the core and on the store alike."""

from __future__ import annotations

REASON = "请补充会议记录和签到表后再报"
TEXTS = {"progress": "已完成一半，余下的已排好日期", "goal": "每月一次集中学习，形成记录"}
NEW_MOVES = (
    "extend",
    "pause",
    "resume",
    "redate",
    "make_long_term",
    "review",
    "look_back",
    "reassign",
    "reopen",
)
