"""Readers whom services of generative AI send back: known by the host of the referring page, and counted, never followed.

Of a `Referer` (RFC 9110 section 10.1.3) nothing is kept but that it named one of these services; every other one is not
looked at. Many services send none, so the counts are a lower bound.
"""

from typing import Final, NamedTuple

from gateway.judgement import Judgement
from gateway.vocabulary import Kind, Verdict


class Service(NamedTuple):
    """A service that readers come from, and the operator that answers for it, as the catalogue names it."""

    name: str
    operator: str


_CHATGPT: Final = Service("ChatGPT", "OpenAI")
_PERPLEXITY: Final = Service("Perplexity", "Perplexity")
_GEMINI: Final = Service("Gemini", "Google")
_COPILOT: Final = Service("Copilot", "Microsoft")
_CLAUDE: Final = Service("Claude", "Anthropic")
_META_AI: Final = Service("Meta AI", "Meta")
_DEEPSEEK: Final = Service("DeepSeek", "DeepSeek")
_GROK: Final = Service("Grok", "xAI")
_KIMI: Final = Service("Kimi", "Moonshot AI")
_POE: Final = Service("Poe", "Quora")
_QWEN: Final = Service("Qwen", "Alibaba")

#: Hosts of pages that readers are sent from; apps are named by their package, as `android-app://…` does. A host that is
#: missing here, or has moved, is only not counted.
HOSTS: Final[dict[str, Service]] = {
    "chatgpt.com": _CHATGPT,
    "chat.openai.com": _CHATGPT,
    "com.openai.chatgpt": _CHATGPT,
    "perplexity.ai": _PERPLEXITY,
    "ai.perplexity.app.android": _PERPLEXITY,
    "gemini.google.com": _GEMINI,
    "bard.google.com": _GEMINI,
    "com.google.android.apps.bard": _GEMINI,
    "notebooklm.google.com": Service("NotebookLM", "Google"),
    "copilot.microsoft.com": _COPILOT,
    "edgeservices.bing.com": _COPILOT,
    "claude.ai": _CLAUDE,
    "com.anthropic.claude": _CLAUDE,
    "meta.ai": _META_AI,
    "chat.deepseek.com": _DEEPSEEK,
    "com.deepseek.chat": _DEEPSEEK,
    "grok.com": _GROK,
    "ai.x.grok": _GROK,
    "chat.mistral.ai": Service("Le Chat", "Mistral AI"),
    "duck.ai": Service("Duck.ai", "DuckDuckGo"),
    "you.com": Service("You.com", "You.com"),
    "poe.com": _POE,
    "phind.com": Service("Phind", "Phind"),
    "iask.ai": Service("iAsk", "iAsk"),
    "kimi.com": _KIMI,
    "kimi.moonshot.cn": _KIMI,
    "chat.qwen.ai": _QWEN,
    "doubao.com": Service("Doubao", "ByteDance"),
    "andisearch.com": Service("Andi", "Andi"),
    "liner.com": Service("Liner", "Liner"),
}
#: The operator of each service by its name.
OPERATORS: Final = {service.name: service.operator for service in HOSTS.values()}


def service_of(referrer: str) -> Service | None:
    """The service whose page, or app, a `Referer` names; None for every other one."""
    scheme, separator, rest = referrer[:300].partition("://")
    if not separator or scheme.lower() not in ("https", "http", "android-app"):
        return None
    host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2].partition(":")[0].lower()
    return HOSTS.get(host.removeprefix("www."))


def sent_back(judgement: Judgement) -> Service | None:
    """The service that sent this reader, if it is one who is let in."""
    referrer = judgement.request.fields.get("referer")
    if referrer is None or judgement.identity.kind is not Kind.PEOPLE:
        return None
    return service_of(referrer) if judgement.decision.verdict is Verdict.ALLOW else None
