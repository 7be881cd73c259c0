"""SIP phones that scripts can drive: agents' phones on pyVoIP, callers on pjsua2."""
