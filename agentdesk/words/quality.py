"""The words of the quality office for codes that `qa` uses. English here, Chinese in the catalogue."""

from agentdesk.words.catalogue import N_

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
    "why-angry": N_("Angry customer"),
    "why-doubt": N_("Machine unsure"),
    "why-wording": N_("Wording to hear"),
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
    "did-reassigned": N_("Review reassigned"),
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
    "plan_unknown": N_(
        "“Only” names agents by number, queues by short name, teams as they are called: one of these is not known."
    ),
    "plan_number": N_(
        "A number is missing or out of its range: shares 0–100, scores 0–100, κ −1 to 1, counts to 1000."
    ),
    "unchanged": N_("Nothing was changed."),
    "no_former": N_("There is no former version."),
    # answers to appeals
    "appeal-changed": N_("Verdicts were changed"),
    "appeal-upheld": N_("The score stands"),
    # recordings that cannot be played
    "silent-closing": N_("The recording is not in the store yet"),
    "silent-failed": N_("The recording is lost"),
    "silent-deleting": N_("The recording is being deleted"),
    "silent-deleted": N_("The recording was deleted"),
    "transcript_deleted": N_("The text was deleted with the recording."),
    # events that checks are about
    "event-hold": N_("hold"),
    "event-transfer": N_("transfer"),
    # refusals
    "not_lead": N_("Supervisors and leads of the quality office change this."),
    "blind_first": N_("This call is marked blind first."),
    "own_form": N_("Somebody else than the two who marked this call settles it."),
    "own_call": N_("This was your own call. Somebody else judges it."),
    "pack_broken": N_("This version does not fit the live versions of the other packs."),
    "derived_broken": N_("A pack that is based on this one could not be read any more."),
    "reason_missing": N_("Give a reason first."),
    "undecided_rows": N_("Some rows still need your decision."),
    "other_reviewer": N_("Somebody else is reviewing this call."),
    "review_taken": N_("This review was taken from you. Somebody else goes on with it; nothing was saved."),
    "round_closed": N_("This round is not open for marking any more; nothing was saved."),
    "others_rows": N_("A colleague has judged rows of this appeal. Judge them yourself before you answer."),
    "own_review": N_("Somebody else than the first reviewer decides an appeal."),
    "wrong_state": N_("That is no longer possible: the review has moved on."),
    "too_late": N_("The time to appeal is over."),
    "unknown_version": N_("The rules of this score are not in the history. Score the call again."),
}
