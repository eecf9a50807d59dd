"""CSL-JSON that we write: one array, whatever its length."""

from __future__ import annotations

import json

from exported_works import exported_work

from academichub.formats import csl_json_writer


def test_csl_json_is_one_array_of_any_length() -> None:
    for count in (0, 1, 3):
        items = json.loads("".join(csl_json_writer.write([exported_work()] * count)))
        assert [item["DOI"] for item in items] == ["10.5555/abc_1"] * count
