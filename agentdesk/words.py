"""The words for codes that other parts use: states, outcomes, roles, steps. English here, Chinese in the catalogue."""

from agentdesk.menuwords import MENUS
from agentdesk.qualitywords import QUALITY


def N_(text: str) -> str:
    """Marks a text for the catalogue without translating it here."""
    return text


WORDS: dict[str, str] = {
    # roles
    "agent": N_("Agent"),
    "supervisor": N_("Supervisor"),
    "quality": N_("Quality"),
    "admin": N_("Administrator"),
    "customer": N_("Customer"),
    "system": N_("System"),
    # agents' states
    "signed-out": N_("Signed out"),
    "ready": N_("Ready"),
    "ringing": N_("Ringing"),
    "talking": N_("Talking"),
    "on-hold": N_("On hold"),
    "wrap-up": N_("Wrap-up"),
    "short-break": N_("Short break"),
    "meal": N_("Meal"),
    "training": N_("Training"),
    "outbound": N_("Outbound"),
    "supervisor-help": N_("Supervisor help"),
    "not-ready": N_("Not ready"),
    # calls' states and outcomes
    "menu": N_("In the menu"),
    "waiting": N_("Waiting"),
    "after": N_("After the talk"),
    "ended": N_("Ended"),
    "answered": N_("Answered"),
    "abandoned": N_("Abandoned"),
    "message": N_("Left a message"),
    "self_service": N_("Self-service"),
    "failed": N_("Failed"),
    "connecting": N_("Ringing outside"),
    "outside": N_("Outside party"),
    "dialling": N_("Dialling out"),
    "transferred": N_("Connected outside"),
    "not_reached": N_("Not reached"),
    # results of an offer
    "accepted": N_("Accepted"),
    "no_answer": N_("No answer"),
    "declined": N_("Declined"),
    "busy": N_("Busy"),
    "unreachable": N_("Telephone unreachable"),
    "cancelled": N_("Cancelled"),
    "own_phone": N_("Own telephone not answered"),
    # a desk's contact and countdowns
    "last": N_("Last call"),
    "wrap-up-left": N_("Wrap-up ends in"),
    "break-left": N_("Break ends in"),
    # kinds and steps of tickets
    "enquiry": N_("Enquiry"),
    "service": N_("Service"),
    "complaint": N_("Complaint"),
    "accepted-ticket": N_("Taken up"),
    "classified": N_("Classified"),
    "investigating": N_("Under investigation"),
    "resolved": N_("Solved"),
    "informed": N_("Customer told"),
    "closed": N_("Closed"),
    # why a state is refused
    "signed_out": N_("Sign in first: choose Ready or Not ready."),
    "ringing_refusal": N_("The telephone rings: answer or decline first."),
    "illegal_move": N_("This is not possible from the present state."),
    "illegal_state": N_("This state cannot be chosen."),
    "callers_wait": N_("Callers are waiting whom you can serve. Take your break when they have been answered."),
    "few_free": N_("Too few agents of your group are free for a break now. A supervisor may allow it."),
    "break_used_up": N_("Your breaks of today are used up. A supervisor may allow another."),
    "outside_shift": N_("You have no shift now. A supervisor may sign you in."),
    "not_stored": N_("The centre cannot store anything now, so nothing was changed. Try again in a moment."),
    "unreachable-server": N_("The server does not answer. Try again."),
    # why a caller cannot be given to somebody
    "agent_not_free": N_("This colleague is not free now."),
    "consulting": N_("A colleague is being asked already."),
    "not_answered": N_("The colleague has not answered yet."),
    "same_agent": N_("This is yourself."),
    "unknown_queue": N_("There is no such queue."),
    "link_down": N_("There is no link to the switch. Try again in a moment."),
    "nobody_asked": N_("No colleague is being asked."),
    # a supervisor's help, and why it is refused
    "listen": N_("Listen"),
    "whisper": N_("Whisper"),
    "barge": N_("Barge in"),
    "not_talking": N_("Nobody talks on this call now."),
    "listening_elsewhere": N_("You listen to another call; stop that first."),
    "phone_at_work": N_("This telephone belongs to an agent at work."),
    "no-phone": N_("Choose a telephone for listening first."),
    "agent_signed_out": N_("The agent is signed out: Ready or Not ready comes first."),
    # tiers
    "diamond": N_("Diamond"),
    "gold": N_("Gold"),
    "silver": N_("Silver"),
    "ordinary": N_("Ordinary"),
    # verdicts
    "pass": N_("Pass"),
    "fail": N_("Deducted"),
    "na": N_("Not applicable"),
    "review": N_("Needs review"),
    "manual": N_("By a person"),
    # transcripts
    "pending": N_("Transcription is under way"),
    "no_model": N_("No speech model is installed, so there is no transcript"),
    "transcript_failed": N_("The transcription failed"),
    # filters of the call list
    "mark-veto": N_("Veto"),
    "mark-scored": N_("Scored"),
    "mark-unscored": N_("Not scored"),
    "ticket-open": N_("Open"),
    "ticket-closed": N_("Closed"),
    "ticket-any": N_("With a ticket"),
    "ticket-none": N_("Without a ticket"),
    "speech-ready": N_("There is a text"),
    "speech-pending": N_("Waits to be heard"),
    "speech-no_model": N_("No speech model for its language"),
    "speech-failed": N_("Could not be heard"),
    # why a call is not judged
    "stop-not_stored": N_("Not stored yet"),
    "stop-waiting": N_("Waits to be heard"),
    "stop-no_model": N_("No speech model for its language"),
    "stop-not_heard": N_("Could not be heard"),
    "stop-not_scored": N_("Could not be scored"),
    "stop-lost": N_("The sound is lost"),
    # languages
    "zh": N_("Chinese"),
    "en": N_("English"),
    # sign-in refusals
    "wrong": N_("Login or password is wrong."),
    "locked": N_("Too many wrong passwords. Try again in a few minutes."),
    **QUALITY,
    **MENUS,
}

STEPS: dict[str, str] = {
    # a call's history
    "began": N_("Called"),
    "menu": N_("Menu"),
    "language": N_("Language"),
    "identified": N_("Identity verified"),
    "queued": N_("Joined the queue"),
    "offered": N_("Offered to"),
    "offer-ended": N_("Offer over"),
    "connected": N_("Connected"),
    "held": N_("On hold"),
    "resumed": N_("Taken back from hold"),
    "disconnected": N_("Talk over"),
    "ended": N_("Hung up"),
    "transfer": N_("Transferred"),
    "priority": N_("Priority changed"),
    "outside": N_("Number outside"),
    "dialled": N_("Dialled"),
    "muted": N_("Muted"),
    "conference": N_("Talk of three"),
    "restaged": N_("Waits differently"),
    "sent-back": N_("Back to the menu"),
    "refused": N_("Not let into the queue"),
    "announced": N_("Told the expected wait"),
    # messages
    "call_back": N_("Call back"),
    "sms": N_("Text message"),
    "email": N_("E-mail"),
    "open": N_("Open"),
    "done": N_("Done"),
}
