"""The field's terms, and how each language says them: one word for one thing, in views, mails and refusals alike.

A term that means something else in one text is excused there, by a translator's comment in the `.po` file that begins
with `glossary:` and gives the reason.
"""

import re
from dataclasses import dataclass

NOTE = "glossary:"


@dataclass(frozen=True)
class Term:
    """A term: wherever a text has it, the translation has one of the words."""

    pattern: str  # of the English term, a whole word of any case
    words: tuple[str, ...]

    def missed(self, text: str, translation: str) -> bool:
        """Tell whether the text has the term, and its translation has none of the words."""
        if any(word in translation for word in self.words):
            return False
        return bool(re.search(rf"\b(?:{self.pattern})\b", text, re.IGNORECASE))

    def complaint(self, translation: str) -> str:
        """Say what the translation lacks."""
        return f"“{self.pattern}” is {' or '.join(self.words)}, not so in {translation!r}"


_CHINESE = (
    Term("credit limits?", ("授信额度",)),
    Term("limits?", ("额度",)),
    Term("exposure", ("信用占用",)),
    Term("credit profiles?", ("信用档案",)),
    Term("credit polic(?:y|ies)", ("信用政策",)),
    Term("polic(?:y|ies)", ("政策",)),
    Term("checkpoints?", ("控制点",)),
    Term("credit decisions?", ("信用决定",)),
    Term("on hold|(?<!that )held", ("冻结",)),
    Term("releas(?:e|es|ed|ing)", ("放行",)),
    Term("reject(?:ed|s|ing)?", ("驳回",)),
    Term("refus(?:e|es|ed|al)", ("拒绝",)),
    Term("joint limits?", ("共享额度",)),
    Term("statements?", ("财务报表", "利润表", "现金流量表")),
    Term("credit records?|adverse records?", ("信用记录", "负面记录")),
    Term("scorecards?", ("评分卡",)),
    Term("(?<![′″] )scores?", ("评分",)),
    Term("grades?", ("等级",)),
    Term("notch(?:es)?", ("级",)),
    Term("knock-outs?", ("一票否决",)),
    Term("assessments?", ("评估",)),
    Term("guarantees?", ("担保", "保函", "信保")),
    Term("alerts?", ("预警",)),
    Term("simulations?", ("模拟",)),
    Term("overdue", ("逾期",)),
    Term("days of grace|grace days", ("宽限",)),
    Term("probability of default", ("违约概率",)),
    Term("loss given default", ("违约损失率",)),
    Term("expected loss", ("预期损失",)),
    Term("provisions?", ("坏账准备",)),
    Term("receivables", ("应收账款",)),
    Term("payment index", ("付款指数",)),
    Term("deput(?:y|ies)", ("代理人",)),
    Term("under (?:credit )?control", ("管控",)),
    Term("segments?", ("客群",)),
    Term("credit applications?", ("授信申请",)),
    Term("webhooks?", ("Webhook",)),
)

GLOSSARIES = {"zh_CN": _CHINESE}
