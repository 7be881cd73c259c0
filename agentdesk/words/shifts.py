"""The words about shifts: what agents do against what is planned, figures with their definitions, and refusals."""

from agentdesk.words.catalogue import N_

SHIFTS: dict[str, str] = {
    "weekday-0": N_("Mon"),
    "weekday-1": N_("Tue"),
    "weekday-2": N_("Wed"),
    "weekday-3": N_("Thu"),
    "weekday-4": N_("Fri"),
    "weekday-5": N_("Sat"),
    "weekday-6": N_("Sun"),
    "standing-off": N_("Off duty"),
    "standing-at-work": N_("As planned"),
    "standing-on-break": N_("On a break, as planned"),
    "standing-due": N_("Should sign in now"),
    "standing-break-due": N_("Works during a planned break"),
    "standing-early-break": N_("On a break that is not planned now"),
    "standing-away": N_("Not ready"),
    "standing-absent": N_("Absent"),
    "standing-outside": N_("Works outside a shift"),
    # why shifts are not as was said
    "undone_before": N_("This has been undone already."),
    "nothing_planned": N_("Nothing is planned in this week."),
    "changed_since": N_("These shifts have been changed since: look again."),
    "shifts_overlap": N_("This would make two shifts of an agent overlap: shorten one of them."),
    "handover_self": N_("Hand over to somebody else."),
    "handover_nothing": N_("There is nothing to hand over."),
    "handover_confirmed": N_("This has been taken over already."),
}

FIGURES: dict[str, tuple[str, str]] = {
    "planned": (N_("Planned"), N_("Time of the shifts, up to now.")),
    "kept": (
        N_("Kept"),
        N_("Of the planned time, that at work (signed in, neither “not ready” nor on a break) where work is planned, "
           "and on a break where a break is. In a shift without planned breaks also breaks, as long as one may last."),
    ),
    "adherence": (N_("Adherence"), N_("Kept ÷ planned.")),
    "late": (
        N_("Late"),
        N_("For each shift, from the time before it at which one must be ready, until at work in it or on a break that "
           "is kept; all of it for who never was."),
    ),
    "left_early": (
        N_("Left early"),
        N_("For each shift to which one came, from the last sign-out in it to its end."),
    ),
    "outside": (N_("Outside shifts"), N_("Time signed in outside the shifts, the time to get ready left out.")),
}  # fmt: skip
"""As in `acd.rota.adherence.DEFINITIONS`: title and definition."""

SENTENCES = (
    # lists of people, shifts and numbers
    N_("the file is empty"),
    N_("its first line names the columns"),
    N_("the file has more than %(a)s lines"),
    N_("divide it"),
    N_("line %(a)s is no CSV"),
    N_("this is a workbook and no CSV"),
    N_("line %(a)s is missing"),
    N_("line %(a)s is no text in UTF-8 or GB18030"),
    N_("save the table as CSV once more"),
    N_("there is no column %(a)s"),
    N_("columns are %(a)s"),
    N_("the column %(a)s is there twice"),
    N_("leave one of them out"),
    N_("the column login is missing"),
    N_("the login says who is meant"),
    # numbers
    N_("%(a)s is no telephone number"),
    N_("check the digits"),
    N_("this number stands further up already"),
    N_("more than %(a)s rows"),
    N_("split the list"),
    N_("split the list between two days"),
    # shifts
    N_("line 1 names no column `%(a)s`"),
    N_("begin the file with: %(a)s"),
    N_("line %(a)s"),
    N_("there is no agent %(a)s"),
    N_("%(a)s is no day such as 2026-03-02"),
    N_("%(a)s is no time such as 09:00"),
    N_("%(a)s is no break such as meal 12:00-12:30"),
    N_("a shift of %(a)s hours is too long"),
    N_("the break at %(a)s is not inside the shift"),
    N_("%(a)s is no time on %(b)s, when the clock is put forward"),
    N_("two breaks overlap"),
    N_("two shifts of agent %(a)s overlap at %(b)s"),
    N_("shorten one of them"),
)
