"""What happens in a city while a decision stands: deaths, divorces, corrections, disputes, old copies, changed grants,
batches in doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from hub.access.grants import versions
from hub.answers.decisions.store import Recorded
from hub.answers.ministry.ministry_service import MinistryService
from hub.core.actions import Actor
from tests.hub.registers import NOW

from .doubt import give_opinion
from .lan import BORN, COUPLE, DEAD, NAMESAKE

PAPERS = ("birth", "marriage")
MARKED = {"birth": "nks_que_quan", "marriage": "vo_noi_cu_tru"}
"""A field of each register that each correction writes anew: what is shown tells which version it is of."""


class CityEvents(RuleBasedStateMachine):
    """One city, for as long as an example lasts; `build` makes it, and numbers the examples.

    What is only ever appended to stays: each example has hours and dossiers of its own.
    """

    build: Callable[[], tuple[int, MinistryService, Callable[..., None]]]

    @initialize()
    def begin(self) -> None:
        self.example, self.ministry, self.put = type(self).build()
        self.service = self.ministry.service
        self.grants, self.engine = self.service.grants, self.service.hub.engine
        self.begun = self.clock = NOW + self.example * timedelta(hours=2)
        self.asked = self.corrected = 0
        self.service.hub.scenario.now = lambda: self.clock
        self.known: list[tuple[Recorded, str, str]] = []
        self.acts: dict[int, set[str]] = {}
        self.confirmed: dict[int, str] = {}
        self.questions: list[tuple[str, str]] = []
        self.put("birth", "1", **BORN, nksQueQuan="q0")
        self.put("birth", "2", **NAMESAKE, nksQueQuan="q0")
        self.put("marriage", "1", **COUPLE, voNoiCuTru="q0", noiDangKy="26734")
        self._change("update hub.run set ended_at = :then", then=self.begun - timedelta(hours=3))
        give_opinion(self.engine, self.clock, agree=True)

    def _change(self, statement: str, **values: Any) -> None:
        self.clock += timedelta(minutes=1)
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), {"now": self.clock, **values})

    @rule(is_=st.booleans())
    def dies_or_was_not_dead(self, is_: bool) -> None:
        """A death is registered; or the declaration of one is annulled."""
        if is_:
            self._change("delete from warehouse.death")
            self.put("death", "9", **DEAD, _known_from=self.clock)
        else:
            self._change("update warehouse.death set nkt_ngay_ghi_chu_huy_tuyen_bo_viec_chet = '2022-06-02'")

    @rule(what=st.sampled_from(["ended", "corrected", "disputed", "withdrawn"]), data=st.data())
    def an_entry_changes(self, what: str, data: st.DataObject) -> None:
        paper, key = (
            data.draw(st.sampled_from(PAPERS), label="paper"),
            data.draw(st.sampled_from(["1", "1", "2"]), label="key"),
        )
        match what:
            case "ended":  # a divorce, an annulment, or a note that was taken back
                value = data.draw(st.sampled_from(["đã ly hôn", "đã hủy việc kết hôn", None]), label="note")
                self._change(
                    "update warehouse.marriage set tinh_trang_ket_hon = :value, _version = :now, _known_from = :now",
                    value=value,
                )
            case "corrected":
                self.corrected += 1
                statement = f"update warehouse.{paper} set {MARKED[paper]} = :mark, _version = :now, _known_from = :now where _key = :key"
                self._change(statement, mark=f"q{self.corrected}", key=key)
            case "disputed":
                is_ = data.draw(st.sampled_from([False, False, True]), label="disputed")
                self._change(f"update warehouse.{paper} set _disputed = :is where _key = '1'", **{"is": is_})
            case _:  # the namesake's entry, withdrawn or told again: with it there are two of that name and year
                self._change("delete from warehouse.birth where _key = '2'")
                if data.draw(st.booleans(), label="told again"):
                    self.put("birth", "2", **NAMESAKE, nksQueQuan="q0", _version=self.clock, _known_from=self.clock)

    @rule(agree=st.booleans())
    def engines_disagree_or_agree_again(self, agree: bool) -> None:
        """The batch of all these records is in doubt; or a later opinion settles it."""
        self.clock += timedelta(minutes=1)
        give_opinion(self.engine, self.clock, agree=agree)

    @rule(days=st.sampled_from([0, 0, 30]), without=st.sampled_from(["", "", "birth", "marriage"]))
    def copies_grow_old_and_grants_change(self, days: int, without: str) -> None:
        self._change(
            "update hub.run set ended_at = :then where stream like 'moj-registry.%'",
            then=self.begun - timedelta(days=days, hours=3),
        )
        grants = replace(self.grants, all=tuple(g for g in self.grants.all if g.dataset != without))
        with self.engine.begin() as connection:
            versions.apply(
                connection, grants, self.service.rule.territories, Actor("officer", "the city's grants change")
            )
