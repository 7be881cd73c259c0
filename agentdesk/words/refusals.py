"""Why the API refuses what people ask of calls, agents and queues, as the parts name it → its words."""

_SAME = (
    "agent_not_free", "already_held", "barred", "break_used_up", "callers_wait", "conference", "consulting", "decided",
    "few_free", "gone", "handover_confirmed", "handover_nothing",
    "handover_self", "illegal_move", "illegal_state", "line_taken", "link_down", "listening_elsewhere", "no-phone",
    "no_outside_line", "not_a_number", "not_answered", "not_free", "not_held", "not_in_wrap_up", "not_open",
    "not_permitted", "not_ringing", "not_stored", "not_talking", "not_waiting", "not_yours", "nobody_due",
    "number_blocked", "on_hold",
    "outside_shift", "phone_at_work", "phone_unreachable", "same_agent", "signed_out", "switch", "too_long",
    "ticket_not_yours", "ticket_step", "not_assigned", "code_missing", "note_missing", "ticket_missing", "not_latest",
    "unknown_agent", "unknown_code", "too_many_codes", "unknown_queue", "unknown_result", "unknown_step",
    "unreachable-server", "not-valid",
)  # fmt: skip
REFUSALS = {each: each for each in _SAME} | {
    "ringing": "ringing_refusal", "closed": "campaign_closed", "ended": "campaign_over", "dialling": "dialling_refusal",
    "no_such_agent": "unknown_agent",
}  # fmt: skip
"""`gone` stands for 404, `not-valid` for 422, `switch` for 503, `unreachable-server` for no answer at all."""

WITHDRAWN = REFUSALS | {"not_yours": "taken_away"}
"""Why an agent's own telephone stopped ringing: the same, told to who has not asked for anything."""
