"""The architecture rules hold, and each of them would notice a breach."""

import inspect

import pytest

from tests.meta import rules
from tests.meta.rule_examples import RULES, Rule
from tests.meta.source import Source, all_sources

BROKEN = [pytest.param(r, *code, id=f"{r.name}-{n}") for r in RULES for n, code in enumerate(r.broken_by)]
KEPT = [pytest.param(r, *code, id=f"{r.name}-{n}") for r in RULES for n, code in enumerate(r.kept_by)]
every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


class TestTree:
    @every_rule
    def test_obeys(self, rule: Rule) -> None:
        """No module of the project breaks a rule of its architecture."""
        findings = [
            f"{source.path}:{line} {text}"
            for source in all_sources(*rule.packages)
            for line, text in rule.check(source)
        ]

        assert findings == [], f"{rule.name}: {inspect.getdoc(rule.check)}"


class TestRules:
    @pytest.mark.parametrize(("rule", "path", "code"), BROKEN)
    def test_bite(self, rule: Rule, path: str, code: str) -> None:
        """A module that breaks a rule is found."""
        assert list(rule.check(Source(path, code)))

    @pytest.mark.parametrize(("rule", "path", "code"), KEPT)
    def test_let_good_code_pass(self, rule: Rule, path: str, code: str) -> None:
        """A module that only looks like a breach is left alone."""
        assert list(rule.check(Source(path, code))) == []

    @every_rule
    def test_say_why(self, rule: Rule) -> None:
        """Every rule gives the reason it is there."""
        assert inspect.getdoc(rule.check)

    def test_are_all_applied(self) -> None:
        """No rule is written down and then forgotten."""
        written = {
            name
            for name, function in inspect.getmembers(rules, inspect.isfunction)
            if function.__module__ == rules.__name__ and not name.startswith("_")
        }

        assert written == {rule.name for rule in RULES}
