"""What a text has to look like (`core.shapes`), and colons that are none. English here, Chinese in the catalogue."""

from agentdesk.words.catalogue import N_

SHAPES = (
    N_("write small letters a to z, digits and -, a letter first"),
    N_("write small letters a to z, digits, - and _, a letter first"),
    N_("write at most 40 small letters a to z, digits and -, a letter first"),
    N_("write 2 to 64 small letters a to z, digits, dots, - and _, a letter first"),
    N_("write one of the keys 0 to 9, * and #, half-width"),
    N_("write keys 0 to 9, * and #, half-width, 32 at most"),
    N_("write 3 to 20 digits"),
    N_("write + and 1 to 15 digits"),
    N_("write 3 to 20 digits, + before a country's"),
    N_("write 3 to 8 digits, the first no 0"),
    N_("write digits only"),
    N_("write four digits"),
    N_("write two capital letters, such as CN"),
    N_("write it on one line"),
    N_("write a time such as 09:30"),
    N_("write an address such as carrier:5060"),
    N_("write an e-mail address"),
    N_("： stands after %(a)s where : should"),
    N_("write : and a space"),
)
