"""Where a caller stands by the switch's own word: in the menu, elsewhere, or beyond a link that is down."""

from pbx.switch import Switch, SwitchError

MENU_PLACE = "hotline"


async def in_menu(switch: Switch, leg: str) -> bool:
    """Whether the caller still stands in the menu."""
    try:
        return any(each.leg == leg and each.place == MENU_PLACE for each in await switch.legs())
    except SwitchError:
        return False


async def link_is_down(switch: Switch) -> bool:
    try:
        await switch.legs()
    except SwitchError:
        return True
    return False
