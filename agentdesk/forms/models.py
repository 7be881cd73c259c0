"""Which model checks which setting."""

from pydantic import BaseModel

from acd.alarms.rules import AlarmRules
from acd.breaks import Breaks
from acd.outward.dialling import Dialling
from acd.queues import Queues
from acd.rota.shifts import ShiftRules
from acd.wrapup.codes import Codes
from agentdesk.reading.script import Scripts
from agentdesk.reports.plan import MailPlans
from core.site import Site
from ivr.customers import Customers
from ivr.hours import Hours
from qa.kpi import Scheme
from qa.sampling import Plan
from recordings.keeping.retention import Retention
from recordings.speech.languages import SpeechModels

MODELS: dict[str, type[BaseModel]] = {
    "hours": Hours,
    "queues": Queues,
    "breaks": Breaks,
    "shifts": ShiftRules,
    "codes": Codes,
    "dialling": Dialling,
    "site": Site,
    "customers": Customers,
    "models": SpeechModels,
    "alarms": AlarmRules,
    "scripts": Scripts,
    "retention": Retention,
    "reports": MailPlans,
    "sampling": Plan,
    "kpi": Scheme,
}
