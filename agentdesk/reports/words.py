"""What reports, their tables and figures are called, and how each figure is defined. English here, Chinese in the
catalogue."""

from agentdesk.words.catalogue import N_

TITLES: dict[str, str] = {
    # reports
    "intervals": N_("Intervals"),
    "queues": N_("Queues"),
    "agents": N_("Agents"),
    "menus": N_("Menus"),
    "quality": N_("Quality"),
    "codes": N_("Wrap-up codes"),
    "callers": N_("Callers afterwards"),
    # periods
    "today": N_("Today"),
    "yesterday": N_("Yesterday"),
    "this-week": N_("This week"),
    "last-week": N_("Last week"),
    "this-month": N_("This month"),
    "last-month": N_("Last month"),
    "days": N_("From – to"),
    # steps of a period
    "15": N_("15 minutes"),
    "30": N_("30 minutes"),
    "60": N_("60 minutes"),
    "day": N_("Day"),
    # tables and what their rows are
    "of-interval": N_("Beginning"),
    "of-day": N_("Day"),
    "of-queue": N_("Queue"),
    "of-agent": N_("Agent"),
    "of-team": N_("Team"),
    "of-week": N_("Week"),
    "of-step": N_("Menu step"),
    "of-rule": N_("Rule"),
    "of-topic": N_("Topic"),
    "of-code": N_("Wrap-up code"),
    "table-intervals": N_("By interval"),
    "table-queues": N_("By queue"),
    "table-agents": N_("By agent"),
    "table-teams": N_("By team"),
    "table-days": N_("By day"),
    "table-weeks": N_("By week"),
    "table-steps": N_("By menu step"),
    "table-rules": N_("By rule"),
    "table-topics": N_("By topic"),
    "table-codes": N_("By wrap-up code"),
    # charts
    "chart-stays": N_("Calls in queues and service level"),
    "chart-waits": N_("Waiting"),
    "chart-states": N_("Time in each state, occupancy at the end of the bar"),
    "chart-menu-days": N_("What the menu's calls came to, and self-service rate"),
    "chart-leaving": N_("Where callers hang up in the menu"),
    "chart-scores": N_("Scored calls and mean score"),
    "chart-strikes": N_("Deductions by rule, hit rate at the end of the bar"),
    "chart-codes": N_("How often each wrap-up code was chosen, its share at the end of the bar"),
    "chart-coded": N_("Conversations with and without a code, and first-contact resolution"),
    "chart-again": N_("Conversations after which the caller called again"),
    "chart-complained": N_("Complaints by queue, their share of the conversations at the end of the bar"),
    "target": N_("Target"),
}

FIGURES: dict[str, tuple[str, str]] = {
    "offered": (N_("Offered"), N_(
        "Stays in a queue that began in the period. A call passed on unanswered counts where it went, not here, and who"
        " has flown over has waited since he joined the queue he came from; a call that is given away counts in each of"
        " its queues. A caller left to a colleague or supervisor on the line, or taken up again by the agent whose"
        " telephone had lost him, is not offered again."
    )),
    "answered": (N_("Answered"), N_("Of the offered, the caller talked to an agent.")),
    "in_time": (N_("In time"), N_("Answered within the queue's service level, counted in answered too.")),
    "abandoned": (N_("Abandoned"), N_("Of the offered, the caller hung up while he waited; short ones included.")),
    "short": (N_("Short"), N_("Abandoned within the queue's short-abandon time, counted in abandoned too.")),
    "failed": (N_("Failed"), N_("Of the offered, ended by the system before an answer.")),
    "sent_back": (N_("Sent back"), N_(
        "Of the offered, back in the menu unanswered, by the queue's longest wait or a key, and in no queue since."
    )),
    "waiting": (N_("Waiting"), N_("Of the offered, still waiting now.")),
    "service_level": (N_("Service level"), N_(
        "In time ÷ offered. Abandoned callers count as offered; callers who still wait and are within the service"
        " level do not count yet."
    )),
    "abandonment": (N_("Abandoned, share"), N_("Abandoned ÷ offered.")),
    "answer_speed": (N_("Mean wait"), N_("Seconds waited by the answered ÷ answered.")),
    "longest": (N_("Longest wait"), N_("The longest wait of anybody offered, answered or not.")),
    "talk": (N_("Talk"), N_(
        "Seconds of ended talks, holds left out ÷ these talks, those of callers who were not offered again included; a"
        " talk that its agent's telephone had lost and that he took up again is one."
    )),
    "handle_time": (N_("Handle time"), N_("Seconds of talk, hold and wrap-up of ended talks ÷ these talks.")),
    "rung": (N_("Offered"), N_(
        "Calls that rang at the agent, taken or missed. Those the caller ended do not count, nor a caller whom his"
        " telephone had lost and whom he took up again."
    )),
    "taken": (N_("Taken"), N_("Of these, the agent answered.")),
    "missed": (N_("Missed"), N_("Of these, not answered, declined, busy, or the telephone was not there.")),
    "answer_rate": (N_("Answer rate"), N_("Taken ÷ offered to the agent.")),
    "dialled": (N_("Calls out"), N_("Calls out by the agent, call backs and campaigns included.")),
    "reached": (N_("Reached"), N_("Of the calls out, the customer answered.")),
    "contact_time": (N_("Handle time"), N_(
        "Seconds talking, on hold and wrapping up in the period ÷ calls taken and reached."
    )),
    "signed_in": (N_("Signed in"), N_("Time in any state but signed out, inside the period.")),
    "ready": (N_("Ready"), N_("Time ready for a call.")),
    "ringing": (N_("Ringing"), N_("Time the telephone rang.")),
    "talking": (N_("Talk and hold"), N_("Time in conversation, holds included.")),
    "wrap_up": (N_("Wrap-up"), N_("Time wrapping up after conversations.")),
    "breaks": (N_("Breaks"), N_("Time on short breaks and at meals.")),
    "elsewhere": (N_("Other states"), N_("Time not ready, in training, calling out or helping the supervisor.")),
    "occupancy": (N_("Occupancy"), N_(
        "Time ringing, in conversation, on hold and wrapping up ÷ that and the time ready."
    )),
    "calls": (N_("Arrived"), N_("Calls that arrived in the period and ran on this version of the menu.")),
    "over": (N_("Came to an end"), N_("Of these, ended or put into a queue: the menu has done its part.")),
    "self_service": (N_("Self-service"), N_(
        "Served by the menu alone: it ended the call, and not because a step could not help, or the caller hung up"
        " once he had been read a value."
    )),
    "queued": (N_("To a person"), N_("Put into a queue.")),
    "abandoned_in_menu": (N_("Hung up in the menu"), N_("Hung up in the menu, neither served nor queued.")),
    "abandoned_in_queue": (N_("Hung up in the queue"), N_("Put into a queue and hung up before any agent answered.")),
    "messages": (N_("Left a message"), N_("Ended with a message of the caller.")),
    "self_service_rate": (N_("Self-service rate"), N_("Self-service ÷ calls that came to an end.")),
    "loss_rate": (N_("Lost, share"), N_("Hung up in the menu or in the queue ÷ calls that came to an end.")),
    "entered": (N_("Came here"), N_("Calls that came to this step, each once.")),
    "hung_up": (N_("Hung up here"), N_(
        "Of these, this was the last step and the caller hung up there, also where he came back from a queue or an"
        " agent."
    )),
    "hang_up_rate": (N_("Hung up, share"), N_("Hung up here ÷ came here.")),
    "scored": (N_("Scored calls"), N_("Parts of calls, an agent each, that the machine scored in the period.")),
    "mean_score": (N_("Mean score"), N_("Sum of their scores ÷ scored calls; the final score where it was reviewed.")),
    "vetoes": (N_("Vetoes"), N_("Scored calls with a veto, after the review where there was one.")),
    "reviewed": (N_("Reviewed"), N_("Scored calls whose review is finished.")),
    "judged": (N_("Judged"), N_("Scored calls in which the rule was passed or failed.")),
    "deducted": (N_("Deducted"), N_("Of these, the rule was failed.")),
    "hit_rate": (N_("Hit rate"), N_("Deducted ÷ judged.")),
    "talks": (N_("Conversations"), N_("Conversations that are over and were offered in the period, one per agent.")),
    "coded": (N_("With a code"), N_("Of these, the agent chose a wrap-up code.")),
    "not_coded": (N_("Not coded"), N_("Of these, without any wrap-up code, whether the queue requires one or not.")),
    "resolved": (N_("Settled"), N_("Of these, with a code that the catalogue takes for settled at first contact.")),
    "coded_rate": (N_("With a code, share"), N_("With a code ÷ conversations.")),
    "first_contact": (N_("First-contact resolution"), N_("Settled ÷ with a code, as the codes say.")),
    "times": (N_("Times chosen"), N_("How often the code was chosen; a conversation may have several.")),
    "times_share": (N_("Share"), N_("Chosen ÷ all choices of a code in the period.")),
    "conversations": (N_("Conversations"), N_(
        "Conversations that are over and were offered in the period, one per agent, calls out included."
    )),
    "known": (N_("Number known"), N_("Of the conversations, with the customer's number: neither withheld nor erased.")),
    "again": (N_("Called again"), N_(
        "Of these, a call came in from the same number after the conversation's end and within 7 × 24 hours of it,"
        " whatever it was about. Each conversation counts once; who is given on within the call, or called by us, has"
        " not called again. The last seven days are not complete."
    )),
    "again_rate": (N_("Called again, share"), N_("Called again ÷ number known.")),
    "surveyed": (N_("Surveys answered"), N_(
        "Of the conversations, the caller answered the question “score” of a survey after it. An answer belongs to the"
        " last conversation of the call before it; of several the last one counts."
    )),
    "satisfaction": (N_("Satisfaction"), N_(
        "Sum of these answers ÷ surveys answered, from 1 to 5; answers on another scale are converted to this one."
    )),
    "complaints": (N_("Complaints"), N_(
        "Tickets for a complaint that were opened for the calls of these conversations, at whatever time. Each belongs"
        " to the conversation of the agent who opened it, otherwise to the last one before it was opened."
    )),
    "complaint_rate": (N_("Complaint rate"), N_("Complaints ÷ conversations.")),
}  # fmt: skip
"""Code → title and definition."""
