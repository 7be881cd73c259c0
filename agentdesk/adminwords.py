"""The words of administration: people, lists of people, passwords, settings, and why something is refused."""


def N_(text: str) -> str:
    """Marks a text for the catalogue without translating it here."""
    return text


ADMIN: dict[str, str] = {
    "said-yes": N_("Yes"),
    "said-no": N_("No"),
    "account-active": N_("Active"),
    "account-blocked": N_("Blocked"),
    # lines of a list, and fields of a person
    "line-new": N_("Added"),
    "line-changed": N_("Changed"),
    "line-same": N_("Unchanged"),
    "line-wrong": N_("Wrong"),
    "line-removed": N_("Removed"),
    "field-name": N_("Name"),
    "field-role": N_("Role"),
    "field-number": N_("Number"),
    "field-skills": N_("Skills"),
    "field-locale": N_("Language"),
    "field-team": N_("Team"),
    "field-lead": N_("Leads the office"),
    "field-active": N_("Active"),
    # why people are not as was said
    "person_login": N_("A login begins with a small letter; then small letters, digits, dots, dashes."),
    "person_name": N_("A name has 1 to 120 characters."),
    "person_role": N_("Roles are agent, supervisor, quality, admin."),
    "person_number": N_("A number has 3 to 8 digits and does not begin with 0."),
    "person_skills": N_("A skill is a word in small Latin letters with a level from 1 to 10, such as cards:9."),
    "person_locale": N_("Languages are zh and en."),
    "person_team": N_("A team has at most 64 characters."),
    "person_lead": N_("Say yes or no."),
    "person_active": N_("Say yes or no."),
    "login_taken": N_("Somebody has this login already."),
    "login_twice": N_("This login is in the file twice."),
    "number_needed": N_("An agent needs a number, and nobody else has one."),
    "number_taken": N_("Somebody else has this number, perhaps somebody who is blocked."),
    "other_team": N_("This agent belongs to another team: its supervisor decides."),
    "last_admin": N_("Nobody else could administer the centre: let another be administrator first."),
    "file_faulty": N_("Some lines are wrong: nothing was changed."),
    "plan_changed": N_("Somebody has changed people meanwhile: look at the plan again."),
    # settings
    "setting-hours": N_("Opening hours and holidays"),
    "setting-breaks": N_("Breaks"),
    "setting-scripts": N_("Scripts of the desk"),
    "setting-retention": N_("Keeping of recordings"),
    "setting-sampling": N_("Samples for review"),
    "setting-kpi": N_("Key figures"),
    "setting-queues": N_("Queues"),
    "setting-codes": N_("Wrap-up codes"),
    "setting-dialling": N_("Calls out: who may dial what"),
    "setting-customers": N_("Customers"),
    "setting-models": N_("Speech models"),
    "setting-shifts": N_("Shift rules"),
    "setting-site": N_("Name, numbers, trunks"),
    "special_day": N_("Give the day, the hours from and to, and at least one schedule."),
    "changed_meanwhile": N_("Somebody has published another text meanwhile: open the page again and begin from that."),
    # passwords
    "password_short": N_("The password is too short: at least 8 characters."),
    "password_login": N_("The password contains the login: choose another."),
    "password_same": N_("The new password is the old one: choose another."),
    "password_twice": N_("The new password was not the same both times."),
    "password_wrong": N_("The old password is wrong."),
    "code_wrong": N_("The code is wrong. Look whether the telephone's clock is right."),
    "code_late": N_("This took too long: sign in once more."),
    "second_set": N_("A second factor is set up already; an administrator can drop it."),
    "second_key": N_("This is no key: take the one that is offered."),
    "password_locked": N_("Too many wrong passwords. Try again in a few minutes."),
}
