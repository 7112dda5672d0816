"""What the environment says about this home: where things lie and how messages leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import WrongUsage

DATABASE_FILE = "zhenggai.db"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Paths may be relative to where it was started; sizes are bytes."""

    home: Path
    database_url: str
    notifier: str = "console://"
    public_url: str = ""
    zone: str = "Asia/Shanghai"
    organisation: str | None = None
    largest_file: int = 100 * MEGABYTE
    token: str = field(default="", repr=False)
    workflow_package: str = "workflows"
    notifier_package: str = "notifiers"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read `ZHENGGAI_*`; an empty value counts as not set. Touches neither disk nor clock.

        Raises WrongUsage `setting_wrong` with the name of a value that cannot be meant.
        """

        def said(name: str, default: str = "") -> str:
            return environment.get(f"ZHENGGAI_{name}", "").strip() or default

        home = Path(said("HOME", "./var"))
        return cls(
            home=home,
            database_url=_database(said("DATABASE_URL", f"sqlite:///{(home / DATABASE_FILE).as_posix()}")),
            notifier=said("NOTIFIER", "console://"),
            public_url=_public(said("PUBLIC_URL")),
            zone=said("ZONE", "Asia/Shanghai"),
            organisation=said("ORG") or None,
            largest_file=_megabytes(said("LARGEST_FILE_MB", "100")),
            token=said("TOKEN"),
            workflow_package=said("WORKFLOW_PACKAGE", "workflows"),
            notifier_package=said("NOTIFIER_PACKAGE", "notifiers"),
        )

    @property
    def blobs(self) -> Path:
        """The folder of the evidence files."""
        return self.home / "blobs"

    @property
    def signing_key(self) -> Path:
        """The file of the key that signs what leaves for other programs."""
        return self.home / "signing.key"

    @property
    def site_workflows(self) -> Path:
        """The folder of definition files that this home adds or replaces."""
        return self.home / "workflows"


def _database(url: str) -> str:
    # The value may hold a password, so the error names the setting and not what it says.
    if not url.startswith(("sqlite://", "postgresql://", "postgresql+psycopg://")):
        raise WrongUsage("setting_wrong", name="ZHENGGAI_DATABASE_URL")
    return url


def _public(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise WrongUsage("setting_wrong", name="ZHENGGAI_PUBLIC_URL")
    return url.rstrip("/")


def _megabytes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise WrongUsage("setting_wrong", name="ZHENGGAI_LARGEST_FILE_MB")
    return int(text) * MEGABYTE
