"""What an account may do."""

from enum import StrEnum


class Role(StrEnum):
    """``reader`` looks at everything; ``admin`` also manages accounts and pulls the emergency brake."""

    READER = "reader"
    ADMIN = "admin"
