"""What those who watch a gateway see of it: traces, metrics."""

from tests.engines import until
from tests.journals import TRACEPARENT

TRACE = TRACEPARENT[3:35]


def test_the_trace_of_a_refusal_is_in_entry_and_log_and_not_in_the_answer(antara):
    refused = antara.ask("/berita/1", "GPTBot/1.3", traceparent=TRACEPARENT)
    until(lambda: antara.said("refused", trace_id=TRACE, id=refused["izin-decision"]), 10, "the line")
    assert antara.decision(refused)["trace"] == TRACEPARENT
    assert TRACE not in f"{refused.fields}{refused.body!r}"
