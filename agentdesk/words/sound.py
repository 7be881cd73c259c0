"""The sentences that `recordings` writes where a call's sound or text stands still.

English here, Chinese in the catalogue.
"""

from agentdesk.words.menus import N_

SOUNDS = (
    # why a call is not heard
    N_("no model for %(a)s"),
    N_("%(a)s is no Vosk model directory"),
    N_("see `hotline models list`"),
    N_("the speech model %(a)s cannot be loaded"),
    N_("the speech model %(a)s makes no recogniser"),
    N_("fetch it again"),
    N_("given up after %(a)s tries"),
    N_("the worker died"),
    # what is wrong with the stored file
    N_("the sound file %(a)s is not in the store"),
    N_("%(a)s is not the file that was stored"),
    N_("its checksum differs"),
    N_("not a sealed file"),
    N_("chunk %(a)s of the sealed file is not what was written"),
    N_("the key %(a)s of %(b)s is not in %(c)s"),
    N_("the key %(a)s of %(b)s is not here"),
    N_("HOTLINE_KEY_FILE is not set"),
    N_("put the key back into the key file"),
    N_("the key %(a)s in %(b)s is not the one that %(c)s was sealed with"),
    N_("put the right key back into the key file"),
    # what it was when it was deleted
    N_("as stored"),
    N_("not as stored"),
    N_("already gone"),
    N_("unreadable (its key is gone)"),
    # why it cannot be played or read
    N_("kept %(a)s days (queue %(b)s)"),
    N_("there is no such recording"),
    N_("no sound"),
    N_("no text"),
    N_("no text yet"),
    N_("%(a)s is not what was stored"),
    N_("it cannot be trusted"),
    N_("there is no text to find numbers by"),
    N_("nothing can be silenced"),
    # what is wrong with the key file
    N_("the key file of recordings is missing"),
    N_("put it back, or make one with `hotline recordings keys new`, or unset HOTLINE_KEY_FILE"),
    N_("the key file is open to other users"),
    N_("the key file cannot be read"),
    N_("check its rights and content"),
    N_("not `id: base64 of %(a)s bytes`"),
    N_("restore the line from your copy"),
    N_("the key %(a)s is there twice"),
    N_("remove the wrong one"),
    N_("the key file holds no key"),
    N_("make one with `hotline recordings keys new`"),
    # why it is not stored
    N_("not stored yet, tried again every %(a)s s"),
    N_("No space left on device"),
    N_("no space left (%(a)s KiB)"),
    N_("cannot write %(a)s"),
    N_("the store %(a)s cannot be used"),
    N_("%(a)s arrived with %(b)s bytes instead of %(c)s"),
    N_("%(a)s does not hold what was written"),
    N_("%(a)s cannot be read back"),
    N_("%(a)s is too short"),
    N_("the disk may be full"),
    # what the switch left
    N_("the sound file"),
    N_("the switch wrote no sound"),
    N_("the sound file is empty"),
    N_("holds no sound"),
    N_("%(a)s channel(s)"),
    N_("there is no such file"),
    N_("not a readable sound file (%(a)s)"),
    N_("give a two-channel WAV, FLAC or Opus file"),
    N_("give a two-channel WAV or FLAC file"),
    N_("give two channels"),
    N_("left customer, right agent"),
)
