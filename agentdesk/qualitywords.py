"""The words of the quality office for codes that `qa` uses. English here, Chinese in the catalogue."""


def N_(text: str) -> str:
    """Marks a text for the catalogue without translating it here."""
    return text


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
    "kpi-talk": N_("Mean seconds from connection to the end of the talk."),
}

QUALITY: dict[str, str] = {
    # states of a review
    "review-open": N_("Under review"),
    "review-finished": N_("With the agent"),
    "review-appealed": N_("Appealed"),
    "review-decided": N_("Appeal decided"),
    "review-acknowledged": N_("Acknowledged"),
    # what brings a call to a person
    "why-veto": N_("Veto"),
    "why-low": N_("Low score"),
    "why-doubt": N_("Machine unsure"),
    "why-sample": N_("Random sample"),
    "why-asked": N_("Chosen"),
    # what happened to a review
    "did-opened": N_("Review begun"),
    "did-judged": N_("Row judged"),
    "did-finished": N_("Review finished"),
    "did-acknowledged": N_("Acknowledged by the agent"),
    "did-appealed": N_("Appeal by the agent"),
    "did-decided": N_("Appeal answered"),
    "did-coached": N_("Note written"),
    "did-note_read": N_("Note read"),
    # blind rounds and what happened to them
    "round-marking": N_("Being marked"),
    "round-differing": N_("To settle"),
    "round-closed": N_("Compared"),
    "did-double_opened": N_("Double blind review begun"),
    "did-calibration_opened": N_("Session opened"),
    "did-blind_begun": N_("Form begun"),
    "did-blind_viewed": N_("Form viewed"),
    "did-blind_finished": N_("Form handed in"),
    "did-blind_differing": N_("Forms differ"),
    "did-blind_agreed": N_("Forms agree"),
    "did-calibration_closed": N_("Session closed"),
    "did-calibration_discussed": N_("Discussed"),
    # plans of samples
    "draw-agent": N_("agent"),
    "draw-queue": N_("queue"),
    "draw-team": N_("team"),
    "draw-all": N_("all calls"),
    "draw-day": N_("day"),
    "draw-week": N_("week"),
    "draw-month": N_("month"),
    "plan_name_twice": N_("Two plans have the same name: give each its own."),
    "plan_size": N_("Give every plan either a count or a share."),
    "plan_only": N_("A plan of all calls names none: leave “only” empty."),
    "plan_number": N_(
        "A number is missing or out of its range: shares 0–100, scores 0–100, κ −1 to 1, counts to 1000."
    ),
    "unchanged": N_("Nothing was changed."),
    "no_former": N_("There is no former version."),
    # answers to appeals
    "appeal-changed": N_("The score was changed"),
    "appeal-upheld": N_("The score stands"),
    # refusals
    "not_lead": N_("Supervisors and leads of the quality office change this."),
    "blind_first": N_("This call is marked blind first."),
    "own_form": N_("Somebody else than the two who marked this call settles it."),
    "reason_missing": N_("Give a reason first."),
    "undecided_rows": N_("Some rows still need your decision."),
    "other_reviewer": N_("Somebody else is reviewing this call."),
    "own_review": N_("Somebody else than the first reviewer decides an appeal."),
    "wrong_state": N_("That is no longer possible: the review has moved on."),
    "too_late": N_("The time to appeal is over."),
    "unknown_version": N_("The rules of this score are not in the history. Score the call again."),
}
