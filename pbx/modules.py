"""Which Asterisk modules the centre loads; a program without the required ones is not usable."""

REQUIRED = (
    # the base: timers, configuration, SIP stack, sound over the network
    *("res_timing_timerfd", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_pjproject"),
    *("res_crypto", "res_http_websocket", "res_rtp_asterisk", "res_srtp"),
    *("res_pjsip", "res_pjsip_session", "chan_pjsip", "res_pjsip_registrar", "res_pjsip_sdp_rtp", "res_pjsip_nat"),
    *("res_pjsip_authenticator_digest", "res_pjsip_outbound_authenticator_digest", "res_pjsip_outbound_registration"),
    *("res_pjsip_endpoint_identifier_user", "res_pjsip_endpoint_identifier_ip"),
    *("res_pjsip_endpoint_identifier_anonymous", "res_pjsip_transport_websocket", "res_pjsip_dtmf_info"),
    *("res_pjsip_caller_id", "res_pjsip_rfc3326", "res_pjsip_diversion", "res_pjsip_refer", "res_pjsip_pubsub"),
    *("res_pjsip_notify", "res_pjsip_header_funcs", "res_pjsip_acl", "res_pjsip_empty_info", "res_pjsip_logger"),
    # sound: codecs, files, music
    *("codec_alaw", "codec_ulaw", "codec_a_mu", "codec_g722", "codec_gsm", "codec_resample"),
    *("format_pcm", "format_sln", "format_wav", "format_gsm", "res_musiconhold"),
    # joining legs
    *("bridge_simple", "bridge_native_rtp", "bridge_softmix", "bridge_holding", "bridge_builtin_features"),
    # the dial plan and what the engine asks of it
    *("pbx_config", "res_speech", "res_agi", "app_userevent", "app_dial", "app_queue", "app_playback", "app_record"),
    *("app_read", "app_mixmonitor", "app_chanspy", "app_confbridge", "app_stack", "app_exec", "app_verbose"),
    *("app_senddtmf", "app_echo", "app_milliwatt", "app_playtones", "app_sayunixtime", "app_transfer"),
    *("app_bridgewait", "app_channelredirect", "app_controlplayback", "res_mutestream", "res_manager_devicestate"),
    *("func_callerid", "func_channel", "func_global", "func_logic", "func_strings", "func_timeout", "func_math"),
    *("func_hangupcause", "func_groupcount", "func_volume", "func_periodic_hook", "func_jitterbuffer", "func_db"),
    *(
        "func_devstate",
        "func_talkdetect",
        "func_cut",
        "func_uri",
        "func_pjsip_aor",
        "func_pjsip_contact",
        "func_pjsip_endpoint",
    ),
)

OPUS_CODECS = ("codec_opus_open_source", "codec_opus")
"""Debian's and the vendor's name of the same thing; the first one present is loaded."""

OPUS_ATTRIBUTES = "res_format_attr_opus"
