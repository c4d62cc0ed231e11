"""The clock of another machine, for processes of a test: ahead by so many seconds as `TESTS_AHEAD` says.

Python loads this by itself where the folder is on its path; the steady clock is left as it is, as on another machine.
"""

import os
import time

_ahead = int(os.environ["TESTS_AHEAD"])
_seconds, _nanoseconds = time.time, time.time_ns
time.time = lambda: _seconds() + _ahead
time.time_ns = lambda: _nanoseconds() + _ahead * 1_000_000_000
