"""A small report of our own invention, and later versions of it."""

from __future__ import annotations

from engine.documents.reading import read_report
from engine.documents.report import Report

TEXT = """关于巡察整改进展情况的通报
2025年9月1日至10月10日，区委巡察组对青石桥小学开展了巡察。2026年1月19日，区委巡察组向青石桥小学反馈了巡察意见。经梳理共有二个方面3个问题，其中党的建设方面2个、后勤管理方面1个。
第一方面：党的建设
（一）学习不经常
1.学习次数少。全年只学一次。（整改完成）
责任领导：方小满
整改落实情况：完善了计划1项。一是制定学习计划；二是每月集中学习。
2.党课不落实。没有教案。（正在整改）
责任人：教学副校长何教之、某不识
整改落实情况：规范了教案2份。一是书记讲党课；二是检查教案。
第二方面：后勤管理
（一）账目不清
3.库存没有盘点。账实不符。（整改完成）
整改落实情况：每季度盘点库存。
青石桥小学
2026年2月20日
"""
FEEDBACK = "2026年1月19日，区委巡察组向青石桥小学反馈了巡察意见。"


def report(*changes: tuple[str, str], encoding: str = "utf-8") -> Report:
    """The report with each (old, new) of `changes` made in its text."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read_report(text.encode(encoding), "report.txt")
