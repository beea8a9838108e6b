"""Keys in the order in which they were typed, however fast.

Textual hands a key to the widget that is in focus when the key arrives, while the key before it may still be on its way
up to the binding that moves the focus. Over a slow line keys arrive in bursts, and letters typed after Tab or Enter
land in the input before. Here the next key, or pasted text, waits until the last one has done all that it does.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import cast

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App
from textual.keys import Keys
from textual.message_pump import MessagePump

_ROUNDS = 3
"""A key climbs from widget to app; what it asks for climbs again; the screen that opens then takes the focus."""

_PATIENCE_SECONDS = 3.0
"""However busy the machine is, a key waits no longer."""

_LOOK_SECONDS = 0.05
"""How soon it is noticed that a widget was removed and will never answer."""


class OrderedKeys(App[None]):
    """An app that handles one key after the other."""

    def __init__(self) -> None:
        super().__init__()
        _tell_apart()
        self._keys: deque[events.Key | events.Paste] = deque()
        self._key_number = 0
        self._is_key_in_hand = False
        self._left: tuple[MessagePump, list[MessagePump], int] | None = None
        """Whose answer is awaited, the path behind it, and the rounds that are left."""

    async def on_event(self, event: events.Event) -> None:
        """Put keys, and texts that are pasted, in line as they come in from the terminal."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._keys.extend(_apart(event) if isinstance(event, events.Key) else (event,))
        if not self._is_key_in_hand:
            await self._take_key()

    async def _take_key(self) -> None:
        if not self._keys:
            self._is_key_in_hand = False
            return
        self._is_key_in_hand = True
        self._key_number += 1
        self.set_timer(_PATIENCE_SECONDS, partial(self._let_go, self._key_number))
        self.set_timer(_LOOK_SECONDS, partial(self._look_after, self._key_number))
        path = self._path()
        await super().on_event(self._keys.popleft())
        self._climb(path, _ROUNDS, self._key_number)

    def _path(self) -> list[MessagePump]:
        return list((self.focused or self.screen).ancestors_with_self)

    def _climb(self, path: list[MessagePump], rounds: int, number: int) -> None:
        """Go through the queue of each widget on the path, behind what the key has put there."""
        if number != self._key_number:
            return
        while path:
            pump, path = path[0], path[1:]
            if pump.call_later(partial(self._climb, path, rounds, number)):
                self._left = (pump, path, rounds)
                return
        self._left = None
        if rounds > 1:
            self._climb(self._path(), rounds - 1, number)
        else:
            self.call_later(self._let_go, number)

    def _look_after(self, number: int) -> None:
        """Go on without a widget that is gone."""
        if number != self._key_number or not self._is_key_in_hand:
            return
        if self._left is not None and not self._left[0].is_running:
            _, path, rounds = self._left
            self._climb(path, rounds, number)
        self.set_timer(_LOOK_SECONDS, partial(self._look_after, number))

    async def _let_go(self, number: int) -> None:
        if number == self._key_number and self._is_key_in_hand:
            await self._take_key()


def _tell_apart() -> None:
    """Have the parser take Escape and a control key that came at once for both; it knows no such keys with Alt.

    What it gives for Escape and Enter is Enter alone, so nothing could be told from that.
    """
    known = cast(dict[str, object], ANSI_SEQUENCES_KEYS)
    for code, keys in list(known.items()):
        if len(code) == 1 and isinstance(keys, tuple):
            known.setdefault(f"\x1b{code}", (Keys.Escape, *keys))


def _apart(event: events.Key) -> tuple[events.Key, ...]:
    """Return Escape and the letter after it where they came at once: terminals send Alt and a letter just so."""
    letter = event.character
    if letter is None or not event.key.startswith("alt+"):
        return (event,)
    return events.Key("escape", None), events.Key(letter, letter)
