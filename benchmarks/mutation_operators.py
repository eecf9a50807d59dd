"""Small faults to put into Python source: the operators of mutation testing, on the syntax tree.

A site is a place in the tree with the ways it can be changed. Left alone are annotations,
decorators, docstrings and the format of f-strings, where a change means nothing or nothing runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_SWAPPED_CALLS = {"min": "max", "max": "min"}
_SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "format_spec"}


@dataclass(frozen=True)
class Change:
    """One way to change a tree: a field of a node gets a new value.

    Attributes:
        line: of the source.
        operator: name of the mutation operator.
        shown: the node a reader is shown.
        node: the node whose field is set.
        field: its name.
        new: the new value of the field.
    """

    line: int
    operator: str
    shown: ast.AST
    node: ast.AST
    field: str
    new: object

    def apply(self) -> tuple[str, str]:
        """Change the tree in place; return the code of `shown` before and after."""
        before = ast.unparse(self.shown)
        setattr(self.node, self.field, self.new)
        if self.operator == "removed statement":
            return before, "pass"
        if isinstance(self.new, ast.expr) and self.shown is not self.node:
            return before, ast.unparse(self.new)
        return before, ast.unparse(self.shown)


Site = list[Change]
"""The ways to change one place."""


def sites(tree: ast.Module) -> list[Site]:
    """Return every place of a tree that can be changed, in the order of the tree."""
    return [site for node in _nodes(tree) for site in _sites_of(node)]


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it but those that are left alone."""
    yield node
    for name, child in ast.iter_fields(node):
        if name in _SKIPPED_FIELDS:
            continue
        for below in child if isinstance(child, list) else [child]:
            if isinstance(below, ast.AST):
                yield from _nodes(below)


def _sites_of(node: ast.AST) -> Iterator[Site]:
    """Yield the sites of one node."""
    yield from _expression_sites(node)
    yield from _condition_sites(node)
    yield from _statement_sites(node)


def _expression_sites(node: ast.AST) -> Iterator[Site]:
    match node:
        case ast.Compare():
            for index, comparison in enumerate(node.ops):
                ways = _COMPARISONS[type(comparison)]
                rest = node.ops[:index], node.ops[index + 1 :]
                yield [_change(node, "compare", "ops", [*rest[0], w(), *rest[1]]) for w in ways]
        case ast.BinOp(right=ast.Constant(value=None)):
            pass  # an optional type, `float | None`
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _ARITHMETIC:
            yield [_change(node, "arithmetic", "op", _ARITHMETIC[type(node.op)]())]
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield [_change(node, "boolean", "op", other)]
        case ast.Constant(value=bool()):
            yield [_change(node, "constant", "value", not node.value)]
        case ast.Constant(value=int() | float() as number):
            yield [_change(node, "constant", "value", number + step) for step in (1, -1)]
        case ast.UnaryOp(op=ast.Not()):
            yield [_change(node, "not", "operand", _negated(node.operand))]
        case ast.UnaryOp(op=ast.USub()):
            yield [_change(node, "arithmetic", "op", ast.UAdd())]
        case ast.Slice():
            for name in ("lower", "upper"):
                if getattr(node, name) is not None:
                    yield [_change(node, "slice bound", name, None)]
        case ast.Call(func=ast.Name(id=name)) if name in _SWAPPED_CALLS:
            yield [Change(node.lineno, "min/max", node, node.func, "id", _SWAPPED_CALLS[name])]


def _condition_sites(node: ast.AST) -> Iterator[Site]:
    match node:
        case ast.If() | ast.While():
            negated = _negated(node.test)
            yield [Change(node.lineno, "not", node.test, node, "test", negated)]
        case ast.IfExp():
            yield [_change(node, "not", "test", _negated(node.test))]
        case ast.comprehension():
            for index, test in enumerate(node.ifs):
                tests = [*node.ifs[:index], _negated(test), *node.ifs[index + 1 :]]
                yield [Change(test.lineno, "not", node, node, "ifs", tests)]


def _statement_sites(node: ast.AST) -> Iterator[Site]:
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield [_change(node, "return value", "value", ast.Constant(None))]
    for name in ("body", "orelse"):
        block = getattr(node, name, None)
        for index, statement in enumerate(block if isinstance(block, list) else []):
            if _is_removable(statement):
                left = [*block[:index], ast.Pass(), *block[index + 1 :]] if block else []
                yield [Change(statement.lineno, "removed statement", statement, node, name, left)]


def _is_removable(statement: ast.AST) -> bool:
    """Tell a statement whose removal leaves the names of the function bound."""
    match statement:
        case ast.Expr():
            return not isinstance(statement.value, ast.Constant)
        case ast.Assign():
            return all(isinstance(t, ast.Subscript | ast.Attribute) for t in statement.targets)
        case _:
            return isinstance(statement, ast.AugAssign | ast.Raise | ast.Continue | ast.Break)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _change(node: ast.stmt | ast.expr, operator: str, field: str, new: object) -> Change:
    return Change(node.lineno, operator, node, node, field, new)
