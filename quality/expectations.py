"""Custom expectations for Great Expectations that only count records by an SQL condition.

Its own column expectations fetch failing values, with one query for each rule, even in the BASIC format. Ours fetch
counts only, so no personal value leaves the database, and Great Expectations bundles all counts of a table into one
query. Importing this module imports Great Expectations.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.render.components import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validator import ValidationDependencies

SHOWN = 600
"""Characters of an SQL condition that Data Docs show; code lists have thousands."""
METRIC = "records.matching"
DISTINCT = "records.distinct"


class RecordsMatching(TableMetricProvider):
    """Number of records that meet a condition. `pass_number` splits the counts of one table into several queries."""

    metric_name = METRIC
    value_keys = ("condition", "pass_number")

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        # Counts with equal domains become one query; an unused key makes domains differ.
        domain = {**metric_domain_kwargs, "pass_number": metric_value_kwargs["pass_number"]}
        return sa.func.count().filter(sa.literal_column(f"({metric_value_kwargs['condition']})")), domain, {}


class RecordsDistinct(TableMetricProvider):
    """Number of different values of an expression among the records that meet a condition."""

    metric_name = DISTINCT
    value_keys = ("condition", "distinct", "pass_number")

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        domain = {**metric_domain_kwargs, "pass_number": metric_value_kwargs["pass_number"]}
        counted = sa.func.count(sa.distinct(sa.literal_column(metric_value_kwargs["distinct"])))
        return counted.filter(sa.literal_column(f"({metric_value_kwargs['condition']})")), domain, {}


class _Declared(BatchExpectation):
    """Renders an expectation as its rule: id, sentence for the clerk, condition."""

    rule: str
    sentence: str
    pass_number: int = 0

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    def _prescriptive_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: Any = None, **kwargs: Any
    ) -> list[RenderedStringTemplateContent]:
        said = (configuration or result.expectation_config).kwargs
        lines = [said[name] for name in ("condition", "among") if name in said]
        params = {
            "rule": said["rule"],
            "sentence": said["sentence"],
            "condition": " / ".join(c[:SHOWN] + "…" * (len(c) > SHOWN) for c in lines),
        }
        template = {"template": "$rule $sentence $condition", "params": params, "styling": _STYLE}
        return [RenderedStringTemplateContent(content_block_type="string_template", string_template=template)]


_STYLE = {"params": {"rule": {"classes": ["badge", "badge-info"]}, "condition": {"classes": ["text-muted", "small"]}}}


class ExpectNoRecordToBreakRule(_Declared):
    """No record meets `condition`, the negation of a row rule in SQL. Observed: the number that do."""

    condition: str

    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("condition", "pass_number")
    args_keys: ClassVar[tuple[str, ...]] = ("rule", "sentence", "condition")

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        broken = int(metrics[METRIC])
        return {"success": broken == 0, "result": {"observed_value": broken, "unexpected_count": broken}}


class ExpectShareOfRecordsToBeBetween(_Declared):
    """The share of records that meet `condition`, among those that meet `among`, is within bounds (percent, inclusive).

    Fewer than `minimum_rows` records always pass. Observed: the share in percent.
    """

    condition: str
    among: str
    minimum_percent: float
    maximum_percent: float
    minimum_rows: int

    success_keys: ClassVar[tuple[str, ...]] = (
        "condition",
        "among",
        "minimum_percent",
        "maximum_percent",
        "minimum_rows",
        "pass_number",
    )
    args_keys: ClassVar[tuple[str, ...]] = ("rule", "sentence", "condition", "among")

    def get_validation_dependencies(
        self, execution_engine: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> ValidationDependencies:
        needed = super().get_validation_dependencies(execution_engine, runtime_configuration)
        domain = {"batch_id": self.configuration.kwargs.get("batch_id")}
        for name, condition in (("all", self.among), ("some", f"({self.among}) and ({self.condition})")):
            needed.set_metric_configuration(
                name, MetricConfiguration(METRIC, domain, {"condition": condition, "pass_number": self.pass_number})
            )
        return needed

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        every, some = int(metrics["all"]), int(metrics["some"])
        least, most = Decimal(str(self.minimum_percent)), Decimal(str(self.maximum_percent))  # as the contract says it
        within = least * every <= 100 * some <= most * every
        share = round(100 * some / every, 3) if every else None
        return {
            "success": every < self.minimum_rows or within,
            "result": {"observed_value": share, "element_count": every},
        }


class ExpectCountOfRecordsToCompare(_Declared):
    """The number of records that meet `condition`, or its share in percent, compares with `bounds` as the threshold says.

    With `distinct`, an expression, only those count that repeat its value. Fewer than `minimum_rows` records always
    pass. Observed: the number.
    """

    condition: str
    distinct: str
    unit: str
    compare: str
    bounds: list[float]
    minimum_rows: int

    success_keys: ClassVar[tuple[str, ...]] = (
        "condition",
        "distinct",
        "unit",
        "compare",
        "bounds",
        "minimum_rows",
        "pass_number",
    )
    args_keys: ClassVar[tuple[str, ...]] = ("rule", "sentence", "condition")

    def get_validation_dependencies(
        self, execution_engine: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> ValidationDependencies:
        needed = super().get_validation_dependencies(execution_engine, runtime_configuration)
        domain = {"batch_id": self.configuration.kwargs.get("batch_id")}
        for name, condition in (("all", "true"), ("some", self.condition)):
            values = {"condition": condition, "pass_number": self.pass_number}
            needed.set_metric_configuration(name, MetricConfiguration(METRIC, domain, values))
        if self.distinct:
            values = {"condition": self.condition, "distinct": self.distinct, "pass_number": self.pass_number}
            needed.set_metric_configuration("different", MetricConfiguration(DISTINCT, domain, values))
        return needed

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        every, count = int(metrics["all"]), int(metrics["some"]) - int(metrics.get("different", 0))
        scale = every if self.unit == "percent" else 1
        number = count * 100 if self.unit == "percent" else count
        least, most = (Decimal(str(self.bounds[at])) * scale for at in (0, -1))  # as the contract says it
        kept = {
            "mustBe": number == least,
            "mustNotBe": number != least,
            "mustBeGreaterThan": number > least,
            "mustBeGreaterOrEqualTo": number >= least,
            "mustBeLessThan": number < least,
            "mustBeLessOrEqualTo": number <= least,
            "mustBeBetween": least <= number <= most,
            "mustNotBeBetween": number < least or number > most,
        }[self.compare]
        return {
            "success": every < self.minimum_rows or kept,
            "result": {"observed_value": count, "element_count": every},
        }
