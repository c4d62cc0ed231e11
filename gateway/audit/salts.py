"""Salts for what entries commit to: octets that nobody can guess, others for each entry."""

import os

from gateway.seal.erasable import SALT


def new_salt() -> bytes:
    """`SALT` octets from the system's generator."""
    return os.urandom(SALT)
