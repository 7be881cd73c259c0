"""The words of the settings about calls: queues, hours, breaks, shifts, alarms, calls out."""

from agentdesk.forms.say import Say
from agentdesk.words.catalogue import N_

WEEKDAYS = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}

SAYINGS: dict[str, Say] = {
    "Queues.queues": Say(N_("Queues"), N_("Callers wait in a queue for agents who have its skills.")),
    "Queues.skills": Say(
        N_("Titles of skills"), N_("What skills are called on pages; without one the short name is shown.")
    ),
    "Named.name": Say(N_("Title on pages"), kind="words"),
    "Queues.policy": Say(N_("Who is served next, in all queues"), names="policy"),
    "Queue.name": Say(N_("Title on pages"), kind="words"),
    "Queue.skills": Say(
        N_("Skills an agent needs"),
        N_("An agent serves the queue when he has each skill at this level or a better one (1 to 10)."),
        keys="skill",
        unit=N_("level"),
    ),
    "Queue.priority": Say(N_("Priority"), N_("Added to the caller's own: a larger number is served earlier.")),
    "Queue.ring_seconds": Say(
        N_("An agent's telephone rings for"), N_("Then the caller is offered to the next agent."), unit=N_("seconds")
    ),
    "Queue.wrap_up": Say(N_("Wrap-up"), unit=N_("seconds")),
    "Queue.wrap_up_ends": Say(
        N_("Wrap-up ends"), options={"timer": N_("by the timer"), "agent": N_("when the agent says so")}
    ),
    "Queue.wrap_up_extra": Say(N_("The agent may lengthen it by"), unit=N_("seconds")),
    "Queue.service_level_seconds": Say(N_("Service level: answered within"), unit=N_("seconds")),
    "Queue.short_abandon_seconds": Say(N_("Hang-ups before this do not count"), unit=N_("seconds")),
    "Queue.agents_by": Say(N_("Another policy for this queue's agents"), names="policy"),
    "Queue.entry": Say(N_("Who may join")),
    "Queue.relax": Say(N_("Skills given up as time goes by"), N_("After so long these skills are enough.")),
    "Queue.overflow": Say(N_("Overflow to another queue")),
    "Queue.longest": Say(N_("Longest wait")),
    "Queue.last_agent": Say(N_("The last agent first")),
    "Queue.manager_wait": Say(N_("Wait for the account manager alone"), unit=N_("seconds")),
    "Queue.return_within": Say(N_("Old place after a lost connection, within"), unit=N_("seconds")),
    "Queue.way_out": Say(N_("Key to leave the queue")),
    "Queue.announce": Say(N_("What waiting callers are told")),
    "Queue.call_type": Say(
        N_("Kind of call"),
        N_("Says which script and rules belong to it."),
        options={"enquiry": N_("Enquiry"), "service": N_("Service"), "complaint": N_("Complaint")},
    ),
    "Queue.identity_required": Say(N_("The caller must be identified")),
    "Queue.packs": Say(N_("Scoring rules of its own"), keys="language", names="pack"),
    "Entry.hours": Say(N_("Only within the schedule"), names="schedule"),
    "Entry.needs_agents": Say(N_("Only while somebody is at work who can serve")),
    "Entry.most_waiting": Say(N_("Only while fewer wait than"), unit=N_("callers")),
    "Entry.longest_expected": Say(N_("Only while the expected wait is at most"), unit=N_("seconds")),
    "Relax.after": Say(N_("After a wait of"), unit=N_("seconds")),
    "Relax.skills": Say(N_("These skills are enough"), keys="skill", unit=N_("level")),
    "Overflow.after": Say(N_("After a wait of"), unit=N_("seconds")),
    "Overflow.to": Say(N_("Waits in the queue"), names="queue"),
    "Longest.after": Say(N_("After a wait of"), unit=N_("seconds")),
    "Longest.step": Say(N_("Goes on at the menu's step"), names="step"),
    "LastAgent.within": Say(N_("Who talked to him within"), unit=N_("seconds")),
    "LastAgent.wait": Say(N_("Is waited for alone"), unit=N_("seconds")),
    "Way.key": Say(N_("Key")),
    "Way.step": Say(N_("Goes on at the menu's step"), names="step"),
    "Talk.first": Say(N_("First after"), unit=N_("seconds")),
    "Talk.every": Say(N_("Then every"), unit=N_("seconds")),
    "Talk.place": Say(N_("Tells the place in the queue")),
    "Talk.minutes": Say(N_("Tells the expected minutes")),
    "Breaks.free_agents": Say(N_("No break while so few of the group are free, or fewer"), unit=N_("agents")),
    "Breaks.short_break": Say(N_("Short break")),
    "Breaks.meal": Say(N_("Meal")),
    "Break.each": Say(N_("One break"), unit=N_("seconds")),
    "Break.total": Say(N_("All of one shift together"), N_("Empty: no limit."), unit=N_("seconds")),
    "ShiftRules.ready_before": Say(N_("Signed in and ready before the shift begins"), unit=N_("seconds")),
    "ShiftRules.outside": Say(
        N_("Signing in outside a shift"),
        options={"allowed": N_("allowed"), "refused": N_("refused, unless a supervisor allows it")},
    ),
    "ShiftRules.early": Say(N_("May sign in before a shift"), unit=N_("seconds")),
    "Dialling.country": Say(N_("Country"), N_("Two letters: numbers without a country code are of this country.")),
    "Dialling.area_codes": Say(N_("Area codes that are local"), N_("One a line.")),
    "Dialling.ring_seconds": Say(N_("A called telephone rings for"), unit=N_("seconds")),
    "Dialling.agents": Say(
        N_("Who may call how far"),
        N_("By agent's number; `default` is everybody else."),
        keys="agent-or-default",
        options={
            "none": N_("nowhere"),
            "local": N_("local"),
            "domestic": N_("domestic"),
            "international": N_("international"),
        },
    ),
    "Dialling.short": Say(N_("Short numbers that may be dialled"), N_("One a line.")),
    "Dialling.blocked": Say(
        N_("Destinations that nobody may dial"),
        N_("One a line: how the number begins, with the country code, such as +8616."),
    ),
    "Dialling.allowed": Say(
        N_("Only these destinations may be dialled"),
        N_("One a line, with the country code. Empty: all that are not blocked."),
    ),
    "Dialling.shows": Say(
        N_("Number shown"), N_("By queue, or by class of the call; otherwise the trunk's own."), keys="queue-or-class"
    ),
    "Dialling.callbacks": Say(N_("Call backs")),
    "Dialling.results": Say(N_("Results of campaigns' calls")),
    "TryRule.automatic": Say(N_("Given to agents like a caller, when due")),
    "TryRule.most_tries": Say(N_("Tried at most"), unit=N_("times")),
    "TryRule.again_after": Say(
        N_("Tried again after"), N_("By how the call ended: busy, no_answer, otherwise."), unit=N_("seconds")
    ),
    "ResultRule.name": Say(N_("Title on pages"), kind="words"),
    "ResultRule.again_after": Say(N_("Called again after"), unit=N_("seconds")),
    "ResultRule.bar": Say(N_("Never call this number again")),
    "AlarmRules.wait": Say(N_("Somebody waits longer than"), unit=N_("seconds")),
    "AlarmRules.queues": Say(N_("Another limit for some queues"), keys="queue", unit=N_("seconds")),
    "AlarmRules.service_level": Say(N_("Service level of the day is below"), N_("A share, such as 0.6.")),
    "AlarmRules.after_calls": Say(N_("Once so many calls were offered"), unit=N_("calls")),
    "AlarmRules.saturation": Say(N_("Share of agents who are busy reaches"), N_("A share, such as 0.95.")),
    "AlarmRules.break_overrun": Say(N_("A break is longer than allowed by"), unit=N_("seconds")),
    "AlarmRules.menu_fault": Say(
        N_("Callers met by a fault of a menu"), N_("0: at once, though nobody has met it yet."), unit=N_("callers")
    ),
    "AlarmRules.ticket_due": Say(
        N_("A ticket is due within"), N_("As long as its customer is not told."), unit=N_("seconds")
    ),
    "AlarmRules.ticket_overdue": Say(
        N_("A ticket is overdue by more than"), N_("As long as its customer is not told."), unit=N_("seconds")
    ),
    "AlarmRules.complaint_due": Say(
        N_("A complaint must be taken up within"), N_("As long as nobody has moved its ticket."), unit=N_("seconds")
    ),
    "AlarmRules.complaint_overdue": Say(
        N_("A complaint should have been taken up for more than"),
        N_("As long as nobody has moved its ticket."),
        unit=N_("seconds"),
    ),
    "AlarmRules.callback_due": Say(
        N_("A call back is promised for a time within"), N_("As long as it is not made."), unit=N_("seconds")
    ),
    "AlarmRules.callback_overdue": Say(
        N_("A call back is late by more than"), N_("As long as it is not made."), unit=N_("seconds")
    ),
    "AlarmRules.anger": Say(N_("A scored call has an angry customer")),
    "Hours.schedules": Say(N_("Schedules")),
    "Hours.special_days": Say(
        N_("Special days of all schedules"),
        N_("For all schedules that do not name the day. Hours such as 09:00-12:00, 13:00-17:00; empty: closed."),
    ),
    "Schedule.weekly": Say(
        N_("Weekly hours"),
        N_("From and to, such as 09:00 and 17:30. Empty: closed; 00:00 to 24:00: open all day."),
        options=WEEKDAYS,
    ),
    "Schedule.holidays": Say(
        N_("Public holidays"), options={"china": N_("of China, with make-up working days"), "none": N_("none")}
    ),
    "Schedule.on_holidays": Say(N_("Hours on public holidays"), N_("Empty: closed.")),
    "Schedule.make_up_as": Say(
        N_("Make-up working days are like"),
        options=WEEKDAYS,
    ),
    "Schedule.special_days": Say(
        N_("Special days of this schedule"), N_("Before all else. Hours such as 09:00-12:00; empty: closed.")
    ),
    "Codes.codes": Say(N_("Topics and codes"), N_("What is said of a topic holds for all below it.")),
    "Codes.required": Say(
        N_("A code is required after calls of the queues"),
        N_("Before an agent is ready again by his own wish."),
        names="queue",
    ),
    "Codes.open_days": Say(N_("Calls without a code stay on the agent's list for"), unit=N_("days")),
    "Code.name": Say(N_("Title on pages"), kind="words"),
    "Code.codes": Say(N_("Codes below it")),
    "Code.queues": Say(N_("Offered after calls of the queues"), names="queue"),
    "Code.skills": Say(N_("Offered after calls that need the skills"), names="skill"),
    "Code.note": Say(N_("Not complete without a note")),
    "Code.ticket": Say(N_("Not complete without a ticket")),
    "Code.resolved": Say(N_("Settled at first contact")),
    "Code.retired": Say(N_("Retired"), N_("Offered no more; calls that have it keep it.")),
}
