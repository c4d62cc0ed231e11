"""Every metric that a gateway shows: its name as Prometheus has it, what it is, and what it says.

Names follow Prometheus: what only grows ends in `_total`, units are base units and stand at the end, ratios are between 0 and
1. A label's values come from closed sets or from what the operator has written, never from what a client sends, so that no
traffic makes more series than a screen can show.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

#: What ends the name of a family that only grows.
TOTAL: Final = "_total"
#: Operators that are told apart, those that came first; the decisions about all others stand under `OTHER`.
MOST_OPERATORS: Final = 100
OTHER: Final = "other"


class Family(NamedTuple):
    """What a family says, and by which labels.

    ``page`` is where the manual tells more. Of several workers the figure is the sum, or that of the ``highest``.
    """

    says: str
    labels: tuple[str, ...] = ()
    page: str = ""
    highest: bool = False


DECISIONS: Final = "izin_decisions_total"
OPERATORS: Final = "izin_operator_decisions_total"
OUTCOMES: Final = "izin_outcomes_total"
SIGNATURES: Final = "izin_signatures_total"
RESIDENT: Final = "izin_resident_bytes"
BUILD: Final = "izin_build_info"
WELCOME_REFUSED: Final = "izin_welcome_refused_total"
WARNED: Final = "izin_warnings"
LICENSE_END: Final = "izin_license_end_timestamp_seconds"
LICENSE_QUOTA: Final = "izin_license_quota_left"

FAMILIES: Final[Mapping[str, Family]] = {
    DECISIONS: Family(
        "decisions; `status` is what Izin itself answers, empty where the origin does",
        ("audience", "kind", "purpose", "verdict", "enforced", "status"),
        "verdicts.md",
    ),
    OPERATORS: Family(
        f"decisions about agents of the catalogue and of the site, by who answers for them; beyond {MOST_OPERATORS}"
        f" operators `{OTHER}`",
        ("operator", "verdict"),
        "agents.md",
    ),
    WELCOME_REFUSED: Family(
        "requests of agents for search, previews, feeds, ads and archives that were refused, by what they come for; not those"
        " that were malformed or came too fast",
        ("purpose",),
        "watching.md#welcome-clients-refused",
    ),
    OUTCOMES: Family("exchanges that have ended, by how", ("end",), "journal.md"),
    SIGNATURES: Family(
        "signed requests, by what was found of their signature", ("finding",), "agents.md#signed-requests"
    ),
    "izin_response_body_bytes_total": Family("octets of bodies sent to clients"),
    "izin_connections": Family("client connections open now"),
    "izin_connections_refused_total": Family(
        "client connections refused, over the bounds", page="proxy.md#time-and-space"
    ),
    "izin_connections_evicted_total": Family(
        "client connections on which nothing was under way, closed to make room for new ones",
        page="proxy.md#time-and-space",
    ),
    "izin_connections_cut_off_total": Family(
        "client connections without the PROXY header that `--proxy-protocol` asks for",
        page="proxy.md#connections-that-a-balancer-announces",
    ),
    "izin_handshakes_failed_total": Family(
        "connections with TLS that never got as far as a request", page="proxy.md#tls"
    ),
    "izin_origin_requests": Family(
        "requests that origins are being asked just now", page="proxy.md#when-the-site-is-busy"
    ),
    "izin_requests_shed_total": Family(
        "requests that made way for others", page="proxy.md#when-the-site-is-busy"
    ),
    "izin_untrusted_proxy_ratio": Family(
        "share of requests that come by a proxy which nobody named, of the last 1,000 (the first 50 after a start); 0 below"
        " one half",
        page="proxy.md#whose-word-counts",
        highest=True,
    ),
    "izin_passed_on_open": Family(
        "requests that a proxy carries and has not reported", page="beside.md#how-requests-ended"
    ),
    "izin_access_log_lines_total": Family(
        "lines read of a proxy's access log", page="beside.md#how-requests-ended"
    ),
    "izin_access_log_passed_over_total": Family(
        "lines of it that tell nothing of Izin's", page="beside.md#how-requests-ended"
    ),
    "izin_prefilter_misfits_total": Family(
        "requests that a proxy passed on without asking, and that the policy refuses",
        page="beside.md#what-izin-was-not-asked",
    ),
    "izin_policy_version": Family(
        "number of the policy version in force, from 1 at the start", page="operations.md#changing-the-policy"
    ),
    "izin_policy_taken_up_timestamp_seconds": Family(
        "when the policy in force was taken up", page="operations.md#changing-the-policy"
    ),
    "izin_policy_reloads_total": Family("policy versions taken up", page="operations.md#changing-the-policy"),
    "izin_policy_reload_failures_total": Family(
        "policy folders that could not be taken up", page="operations.md#changing-the-policy"
    ),
    "izin_policy_failed": Family(
        "1 while the folder holds a policy that was not taken up", page="operations.md#changing-the-policy"
    ),
    LICENSE_END: Family(
        "when a license that runs ends; `followed` is `true` where another takes over without a gap",
        ("license", "followed"),
        "watching.md#a-license-ends",
    ),
    LICENSE_QUOTA: Family(
        "requests that the quota of a license that runs still permits in its period; 0 also where the quota is closed since"
        " entries are missing",
        ("license",),
        "policy.md#quota",
    ),
    "izin_journal_ok": Family("0 while entries cannot be written as promised", page="journal.md"),
    "izin_journal_gaps": Family(
        "workers in which entries could not be accepted as promised a moment ago", page="journal.md"
    ),
    "izin_journal_waiting": Family("entries that wait for the disk", page="journal.md"),
    "izin_journal_decisions_total": Family("decisions entered", page="journal.md"),
    "izin_journal_outcomes_total": Family("outcomes entered", page="journal.md"),
    "izin_journal_queued_total": Family("clients let pass before their entry was written", page="journal.md"),
    "izin_journal_refused_total": Family(
        "clients for AI refused since their entry could not be written", page="journal.md"
    ),
    "izin_journal_dropped_total": Family("entries that will never be written", page="journal.md"),
    "izin_clock_steps_total": Family("how often the machine's clock went back", page="journal.md"),
    "izin_clocks_apart_seconds": Family(
        "by how much the machine's clock differs from that of a joined host or of an authority that stamps, the largest",
        page="watching.md#clocks-differ",
    ),
    "izin_seal_late": Family(
        "1 while entries have waited two minutes for their seal", page="watching.md#entries-are-not-sealed"
    ),
    "izin_anchors_failing": Family(
        "places at which the journal is to be anchored and is not", page="evidence.md"
    ),
    "izin_alerts_delivered_total": Family(
        "messages that have reached somebody", page="watching.md#alerts-that-reach-a-person"
    ),
    "izin_alert_recipients_failing": Family(
        "recipients of alerts that cannot be reached", page="watching.md#alerts-do-not-arrive"
    ),
    WARNED: Family("warnings that `/ready` gives, by their `code`", ("code",), "operations.md#is-it-well"),
    "izin_hosts_not_joined": Family(
        "hosts whose lane is to be sealed with the site and is not",
        page="evidence.md#several-lanes-the-log-of-the-site",
    ),
    "izin_journal_bytes": Family(
        "octets that the journal takes on its disk, looked at hourly",
        page="privacy.md#how-much-room-there-is",
    ),
    "izin_journal_budget_ratio": Family(
        "share of its disk budget that the journal takes, 0 without a budget",
        page="privacy.md#how-much-room-there-is",
    ),
    "izin_followers_behind": Family(
        "entries that the slowest follower has not shipped yet", page="audit.md#shipping-entries-elsewhere"
    ),
    "izin_followers_set_aside": Family(
        "entries that a follower's place refused for good", page="audit.md#shipping-entries-elsewhere"
    ),
    "izin_shared_state_ok": Family(
        "0 while what gateways count together cannot be had", page="shared.md#when-it-is-gone"
    ),
    "izin_shared_state_losses_total": Family("how often it was lost", page="shared.md#when-it-is-gone"),
    "izin_shared_state_lanes": Family(
        "gateways, or processes of a gate, that count together", page="shared.md"
    ),
    "izin_shared_state_alone_total": Family(
        "requests that were counted by this gateway alone", page="shared.md#when-it-is-gone"
    ),
    "izin_shared_state_refused_total": Family(
        "requests of licensees that were refused since nobody could say how much of a quota is used",
        page="shared.md#when-it-is-gone",
    ),
    "izin_shared_state_nonsense_total": Family(
        "answers of the shared state that could not be true", page="shared.md#when-it-is-gone"
    ),
    "izin_shared_state_clock_seconds": Family(
        "by how much the clock of the shared state is ahead of this machine's",
        page="shared.md#when-it-is-back-or-another-one",
    ),
    "izin_shared_state_answer_seconds": Family(
        "how long the shared state took for its last answer", page="shared.md"
    ),
    "izin_lists_wanted": Family(
        "published address lists that serve to check clients", page="agents.md", highest=True
    ),
    "izin_lists_at_hand": Family(
        "published address lists young enough to be used", page="agents.md", highest=True
    ),
    "izin_directories_wanted": Family(
        "key directories of signers that may be asked", page="agents.md#signed-requests", highest=True
    ),
    "izin_directories_at_hand": Family(
        "key directories of signers that have been read", page="agents.md#signed-requests", highest=True
    ),
    "izin_checks_suspended": Family(
        "operators whose check is suspended", page="agents.md#when-a-check-fails-for-many", highest=True
    ),
    "izin_workers": Family(
        "processes that serve clients, where there are several", page="operations.md#several-workers"
    ),
    "izin_worker_restarts_total": Family(
        "how often a worker ended and was started again", page="operations.md#several-workers"
    ),
    "izin_writer_restarts_total": Family(
        "how often the journal's writer ended and was started again", page="operations.md#several-workers"
    ),
    RESIDENT: Family(
        "memory in use, of `worker-1` …, and `writer`", ("process",), "operations.md#several-workers"
    ),
    BUILD: Family("1; `version` is Izin's", ("version",)),
}
