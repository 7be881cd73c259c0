"""What the office's figures are called, and how each is defined. English here, Chinese in the catalogue."""

from agentdesk.words.catalogue import N_

COLUMNS: dict[str, str] = {
    "week": N_("Week"),
    "team": N_("Team"),
    "agent": N_("Agent"),
    "name": N_("Name"),
    "calls": N_("Scored calls"),
    "mean_score": N_("Mean score"),
    "vetoes": N_("Vetoes"),
    "reviewed": N_("Reviewed"),
    "rule": N_("Rule"),
    "title": N_("Title"),
    "judged": N_("Judged"),
    "failed": N_("Deducted"),
    "hit_rate": N_("Hit rate"),
    "agreement": N_("Agreement"),
    "kappa": N_("κ"),
    "precision": N_("Precision"),
    "recall": N_("Recall"),
    "flagged": N_("Poor agreement"),
    "people": N_("Marked blind"),
    "people_kappa": N_("κ of people"),
    "of": N_("Agent or team"),
    "points": N_("KPI points"),
    "before": N_("Period before"),
}
"""Columns of tables that leave the house, by the codes programs read."""

STANDINGS = N_(
    "Scored calls: calls the machine scored in this time. Mean score: the mean of their scores, the final one where the"
    " call was reviewed. Vetoes: calls with a veto. Reviewed: calls whose review is finished."
)

DEFINITIONS: dict[str, str] = {
    "weeks": STANDINGS,
    "teams": STANDINGS,
    "agents": STANDINGS,
    "rules": N_(
        "Hit rate: deducted ÷ calls in which the rule was judged. Agreement and Cohen's κ compare whether the machine"
        " and the person deduct, over the rows a person judged in finished reviews; rows left as the machine had them"
        " do not count, nor rows on which the machine was not sure or that both hold not to apply. Precision:"
        " deductions of the machine that people confirmed ÷ those they judged. Recall: deductions of people that the"
        " machine had found ÷ all deductions of people. κ of people: the same for every two people who marked a call"
        " blind."
    ),
    "kpi": N_(
        "Every figure has full points at its target and none at its floor, in between in proportion; points are added"
        " up by weight, the weight of figures without a case is shared out among the others."
    ),
    "kpi-score": N_("Mean score of the calls scored in the period, the final one where the call was reviewed."),
    "kpi-veto_free": N_("Scored calls without a veto ÷ scored calls."),
    "kpi-review_score": N_("Mean final score of the calls whose review is finished."),
    "kpi-answer_rate": N_("Calls taken ÷ calls offered to the agent; offers the caller ended do not count."),
    "kpi-answered": N_("Calls taken."),
    "kpi-talk": N_(
        "Mean seconds from connection to the end of the talk, of every talk, incoming and outgoing; one that was given"
        " away counts until then, one that his telephone had lost and that he took up again is one."
    ),
}
