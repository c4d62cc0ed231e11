"""How long the signature of a request takes: `python bench/signatures.py`.

Prints microseconds of CPU, the median of five passes: a signature never seen before for each algorithm (its parts too), one
that was verified before, and what a request without one pays.
"""

import sys
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).parent.parent))

from gateway.signatures import Verifier
from gateway.signatures.fields import read_signatures
from gateway.signatures.keys import read_key
from tests.signatures.requests import keys_of, request_of
from tests.signatures.signing import ALGORITHMS, Signer

NOW = 1_764_000_000
URL = "https://www.antara.example/berita/2026/11/24/kapal?page=2"
ADDRESS = "https://signer.example/.well-known/http-message-signatures-directory"
#: As the ChatGPT agent covers them.
COVERED = ("@authority", "@method", "@path", "signature-agent")
MANY = 400


def per_call(call, given) -> float:
    """Microseconds of CPU a call, the median of five passes."""
    passes = []
    for _ in range(5):
        start = process_time()
        for one in given:
            call(one)
        passes.append((process_time() - start) / len(given) * 1e6)
    return median(passes)


def verified_again(verifier, request) -> None:
    verifier.verify(request, NOW)


def reading(request) -> None:
    read_signatures(request.fields["signature-input"], request.fields["signature"])


def main() -> None:
    for algorithm in ALGORITHMS:
        signer = Signer(algorithm)
        requests = []
        for number in range(MANY):
            headers = signer.sign(URL, '"https://signer.example"', COVERED, now=NOW, nonce=f"{number:064}")
            told = [["Host", "www.antara.example"], *map(list, headers.items())]
            requests.append(request_of({"method": "GET", "url": URL, "headers": told}))
        key = read_key(signer.jwk)
        find = keys_of({ADDRESS: {key.thumbprint: key}})

        def new(request, find=find) -> None:
            Verifier(find).verify(request, NOW)

        print(f"{algorithm:<20} never seen          {per_call(new, requests):8.2f} us")
        verifier = Verifier(find)
        assert verifier.verify(requests[0], NOW).cause == "ok"
        again = requests[:1] * 20_000
        print(
            f"{algorithm:<20} verified before     {per_call(partial(verified_again, verifier), again):8.2f} us"
        )
        print(f"{algorithm:<20}  - reading it       {per_call(reading, requests):8.2f} us")
    plain = request_of({"method": "GET", "url": URL, "headers": [["Host", "www.antara.example"]]})
    found = per_call(lambda _: "signature-input" in plain.fields, range(1_000_000))
    print(f"without a signature                      {found:8.2f} us")


if __name__ == "__main__":
    main()
