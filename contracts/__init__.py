"""What the hub promises about data, as files (ODCS 3.2) and as values; imports nothing else of ours."""

from contracts.errors import (
    ContractInvalid,
    DeploymentInvalid,
    HubError,
    Permanent,
    Transient,
)
from contracts.lint import LintProblem, lint
from contracts.load import load_contract, load_contracts
from contracts.model import (
    Classification,
    Code,
    Contract,
    Dataset,
    Effect,
    Field,
    Kind,
    Rule,
)

__all__ = [
    "Classification",
    "Code",
    "Contract",
    "ContractInvalid",
    "Dataset",
    "DeploymentInvalid",
    "Effect",
    "Field",
    "HubError",
    "Kind",
    "LintProblem",
    "Permanent",
    "Rule",
    "Transient",
    "lint",
    "load_contract",
    "load_contracts",
]
