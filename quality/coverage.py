"""The coverage list: who carries out each clause of a contract. A clause that nobody carries out is an error.

A clause is what a contract says in a form that something must act on: a rule, a budget of bad records, a promise of the
service level, the kind, class and place of a field, which field orders the versions of a record, and whose record it
is. Words that only a reader acts on (meaning, limitations, legal basis) are no clauses.

    clauses(contract)     the list, with a fault on each clause that nothing carries out
    problems(contract)    those faults with file, line and next step (`hub contracts coverage`)
    coverage(contract)    the list, or an error: nothing is read under a contract that is not carried out
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts import service_level
from contracts.checks import DATASET_KINDS, READ_BY, has_sql_form
from contracts.lint import LintProblem, held_by_sealed, place_of, unread
from contracts.model import Contract, Dataset, Effect, Field, Rule
from contracts.service_level import CASE_DAYS
from contracts.yaml.lines import Steps, read_located
from quality.batch_rules import BATCH_ENGINES
from quality.errors import NoEngine
from quality.polars_rules import ROW_ENGINES
from quality.sql_rules import SQL_ENGINES

POLARS, GX, DATABASE = "polars", "great expectations", "database check"
COLUMN, ENCRYPTION, LOOK_UP = "warehouse column", "encryption", "look-up code"
MERGE, OWNERS, CASES, DELIVERIES, READERS = "merge", "case owners", "case clock", "expected deliveries", "readers"
"""Who carries clauses out. `readers` is nobody of ours: nothing here acts on such a word, and nothing acts against it."""
_KEEPERS = {CASE_DAYS: CASES, "retention": READERS}
"""Promise -> who keeps it; `expected deliveries` (`hub missing`) keeps the others. Nothing is erased by a clock."""

KEPT_BY_THE_DATABASE = frozenset({"required", "code", "max_length", "integer", "decimal", "timestamp"})
"""Kinds of rules that CHECK constraints and column types of the warehouse enforce again for accepted records."""


@dataclass(frozen=True)
class Unkept:
    """Why a clause is not carried out."""

    what: str
    hint: str
    linted: bool = False
    """Whether `contracts.lint` says so too."""
    line: int | None = None
    """Its line, where it is known without the file's places."""


@dataclass(frozen=True)
class Clause:
    """One line of the list."""

    id: str
    """`dataset/rule`, `dataset/field`, or the name of a promise."""
    engines: tuple[str, ...]
    reason: str = ""
    """Why an engine does not execute it; empty if every possible engine does."""
    fault: Unkept | None = None
    steps: Steps = field(default=(), compare=False, repr=False)
    """Where it stands in the file, near enough to find it."""


def coverage(contract: Contract) -> list[Clause]:
    """The list of a contract: promises first, then its datasets in their order.

    Raises:
        NoEngine: names every clause that nothing carries out, with its line.
    """
    found = clauses(contract)
    if any(clause.fault for clause in found):
        wrong = problems(contract)
        lines = "\n".join(f"{each.file}:{each.line}: {each.what}" for each in wrong)
        raise NoEngine(
            f"contract {contract.name} says what nothing executes:\n{lines}",
            hint=f"{wrong[0].next} All clauses: hub contracts coverage {contract.name}",
        )
    return found


def clauses(contract: Contract) -> list[Clause]:
    """Every clause of a contract, those with a fault among them."""
    found = [*_promises(contract)]
    for index, dataset in enumerate(contract.datasets):
        found += _dataset(dataset, ("schema", index))
    found += [Clause(gap.clause, (), fault=Unkept(gap.what, gap.hint, line=gap.line)) for gap in contract.gaps]
    return found


def problems(contract: Contract) -> list[LintProblem]:
    """The clauses that nothing carries out, each with its line."""
    return _problems(contract, [clause for clause in clauses(contract) if clause.fault])


def lint(contract: Contract) -> list[LintProblem]:
    """What `contracts.lint` cannot know: clauses without an engine, each with its line (`hub contracts lint`)."""
    return _problems(contract, [c for c in clauses(contract) if c.fault and not c.fault.linted])


def _problems(contract: Contract, wrong: list[Clause]) -> list[LintProblem]:
    if not wrong:
        return []
    file = read_located(contract.path) if contract.path.is_file() else None
    found = []
    for clause in wrong:
        assert clause.fault is not None
        line = clause.fault.line or (file.line(clause.steps) if file else 1)
        found.append(LintProblem(contract.path, line, clause.fault.what, clause.fault.hint))
    return sorted(found, key=lambda problem: problem.line)


# -- the service level -----------------------------------------------------------------------------


def _promises(contract: Contract) -> Iterator[Clause]:
    for number, (promise, said) in enumerate(contract.service_level.items()):
        wrong = service_level.fault(promise, said)
        if promise in service_level.MORE_PROMISES:
            wrong = wrong or service_level.contradiction(contract.service_level)
        yield Clause(
            promise,
            () if wrong else (_KEEPERS.get(promise, DELIVERIES),),
            fault=Unkept(f"contract `{contract.name}` {wrong[0]}", wrong[1], linted=True) if wrong else None,
            steps=("slaProperties", number),
        )


# -- a dataset -------------------------------------------------------------------------------------


def _dataset(dataset: Dataset, steps: Steps) -> Iterator[Clause]:
    name = dataset.name
    yield Clause(f"{name} key", (MERGE,), steps=steps)
    if dataset.version_field is not None:
        yield Clause(f"{name} versions", (MERGE,), f"ordered by {dataset.version_field}", steps=steps)
    if dataset.parent is not None:
        yield Clause(f"{name} parent", (MERGE,), f"replaced with its {dataset.parent}", steps=steps)
    if dataset.unit_fields:
        yield Clause(f"{name} unit", (OWNERS,), f"named by {', '.join(dataset.unit_fields)}", steps=steps)
    for index, each in enumerate(dataset.fields):
        yield _field(dataset, each, (*steps, "properties", index))
    for rule in dataset.rules:
        yield _rule(dataset, rule, place_of(dataset, rule, steps))
    for budget in dataset.budgets:
        reason = "counts earlier batches and open cases too"
        yield Clause(f"{name}/{budget.id}", (POLARS,), reason, steps=(*steps, "quality"))


def _field(dataset: Dataset, each: Field, steps: Steps) -> Clause:
    """Kind and class of a field. Its declared demands are rules of their own."""
    said = f"{dataset.name}/{each.name} as {each.kind}, {each.classification}"
    for what, hint in unread(dataset, each):
        return Clause(said, (), fault=Unkept(f"field `{each.name}` {what}", hint, linted=True), steps=steps)
    reader = (POLARS,) if each.kind in READ_BY else ()
    sealed = (ENCRYPTION,) if each.classification.encrypted else ()
    return Clause(said, (*reader, COLUMN, *sealed, *((LOOK_UP,) if each.identity else ())), steps=steps)


def _rule(dataset: Dataset, rule: Rule, steps: Steps) -> Clause:
    sealed = [name for name in rule.fields if dataset.by_name[name].classification.encrypted]
    engines: list[str] = []
    if rule.effect is Effect.HOLD:
        if rule.kind in BATCH_ENGINES:
            engines.append(POLARS)
        if rule.kind in DATASET_KINDS and not sealed:
            engines.append(GX)
    else:
        if rule.kind in ROW_ENGINES:
            engines.append(POLARS)
        if rule.kind in SQL_ENGINES and has_sql_form(rule, {f.name: f.classification for f in dataset.fields}):
            engines.append(GX)
            if rule.kind in KEPT_BY_THE_DATABASE and rule.effect is Effect.QUARANTINE:
                engines.append(DATABASE)
    reason = f"no SQL form: {', '.join(sealed)} rests encrypted" if sealed else ""
    fault = None
    if not engines:
        known = ", ".join([*ROW_ENGINES, *BATCH_ENGINES])
        fault = Unkept(f"rule `{rule.id}` is of kind {rule.kind}, which no engine executes", f"Use one of {known}.")
    for what, hint in held_by_sealed(dataset, rule):
        fault = fault or Unkept(f"rule `{rule.id}` {what}", hint, linted=True)
    return Clause(f"{dataset.name}/{rule.id}", tuple(engines), reason, fault, steps)
