"""The address of a key directory: which spellings are one signer, and what is none."""

import pytest

from gateway.signatures import directory_address

WELL_KNOWN = "/.well-known/http-message-signatures-directory"


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("https://bot.example", f"https://bot.example{WELL_KNOWN}"),
        ("https://BOT.example:443/", f"https://bot.example{WELL_KNOWN}"),
        (f"HTTPS://bot.example{WELL_KNOWN}?v=1#top", f"https://bot.example{WELL_KNOWN}"),
        ("https://bot.example:8443/keys", "https://bot.example:8443/keys"),
        ("https://bot.example/%6beys%2fa/", "https://bot.example/keys%2Fa/"),
        ("https://[2001:db8::1]/k", "https://[2001:db8::1]/k"),
        ("https://bot.example/?a=1", "https://bot.example/"),
    ],
)
def test_one_signer_has_one_address(told: str, address: str) -> None:
    assert directory_address(told) == address
    assert directory_address(address) == address or address.endswith("example/")


@pytest.mark.parametrize(
    "told",
    [
        "http://bot.example/",
        "https://user@bot.example/",
        "https://user:word@bot.example/",
        "https:///keys",
        "https://bot.example:99999/",
        "https://bot.example:x/",
        "https://bot.example/../keys",
        "https://bot.example/%2e%2E/keys",
        "https://bot.example/a b",
        "https://bot.example/%zz",
        "https://bot.exämple/",
        "https://bot.example\\@other.example/",
        "https://bot.example" + "/a" * 400,
        "//bot.example/",
        "data:,keys",
        "",
    ],
)
def test_what_is_no_address_of_a_directory(told: str) -> None:
    assert directory_address(told) is None
