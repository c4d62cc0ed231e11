"""The gateway with a journal that is not sealed, for what the seal costs: `python -m bench.unsealed serve …`."""

import sys
from typing import Any

from gateway import app
from gateway.audit.journal import Journal
from gateway.cli import main


class Unsealed(Journal):
    """A journal without checkpoints."""

    @classmethod
    def opened(cls, folder, **how: Any):
        return super().opened(folder, sealed=False, **how)


app.Journal = Unsealed

if __name__ == "__main__":
    sys.exit(main())
