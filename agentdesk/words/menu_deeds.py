"""Why `ivr` does not change menus, or does not show one, as asked. English here, Chinese in the catalogue."""

from agentdesk.words.catalogue import N_

MENU_DEEDS = (
    N_("this centre has no menu %(a)s"),
    N_("site.yaml names: %(a)s"),
    N_("menu %(a)s has no version yet"),
    N_("menu %(a)s has no version %(b)s"),
    N_("menu %(a)s has no former version"),
    N_("menu %(a)s has no live version to compare with"),
    N_("menu %(a)s says exactly this already (version %(b)s)"),
    N_("menu %(a)s is in a trial of version %(b)s: take or drop it first"),
    N_("menu %(a)s is in a trial already: take or drop its challenger first"),
    N_("menu %(a)s is in no trial"),
    N_("menu %(a)s was never tried in two versions"),
    N_("say why the menu changes"),
    N_("a share of %(a)s leaves one version without calls"),
    N_("say for how many calls"),
    N_("nothing is to be ordered anew in version %(a)s of menu %(b)s"),
    N_("it takes some 20 choices in another order than the options are read"),
    N_("its options do not stand on lines of their own"),
    N_("write one option a line, then ask again"),
    N_("its options cannot be put in order by an edit of the text"),
    N_("order them by hand"),
    N_("there is no lock %(a)s (any more)"),
)
