"""The list of dialects, and what is said about it."""

import re
from pathlib import Path

import pytest

from api.v1.dataset_imports import ImportMapping, ImportOptions
from shared.datasets.conversion.detect import find_dialect
from shared.datasets.conversion.dialects.registry import DIALECTS, get_dialect
from shared.datasets.conversion.errors import FormatNotRecognisedError, InvalidMappingError
from shared.datasets.conversion.mapping import FieldMapping, read_mapping
from shared.datasets.conversion.options import Options, read_options
from tests.shared.datasets.conversion.sources import rows_of, write_lines

PAGE = Path(__file__).parents[4] / "docs" / "datasets.md"


class TestRegistry:
    def test_is_documented(self) -> None:
        """docs/datasets.md names every dialect and no other."""
        table = PAGE.read_text("utf-8").partition("| `format` |")[2].partition("###")[0]
        cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

        assert sorted(name for cell in cells for name in re.findall(r"`(\w+)`", cell)) == sorted(DIALECTS)

    def test_unknown_names(self) -> None:
        """A format that there is not is answered with those that there are."""
        with pytest.raises(FormatNotRecognisedError, match=r'There is no format "alpakka".*alpaca'):
            get_dialect("alpakka")

    @pytest.mark.parametrize(
        "record", [{}, {"messages": None}, {"messages": 7}, {"conversations": 1}, {"contents": 2}, {"questions": 3}]
    )
    def test_detection_is_never_surprised(self, record: dict[str, object]) -> None:
        """Fields of unexpected kinds are of no dialect, and no error."""
        assert find_dialect([record]) is None


class TestWishes:
    def test_of_the_api(self) -> None:
        """A request takes the parts of a mapping and the options that there are, with the same defaults."""
        assert set(ImportMapping.model_fields) == set(FieldMapping.__struct_fields__)
        assert ImportOptions().model_dump() == {name: getattr(Options(), name) for name in Options.__struct_fields__}

    @pytest.mark.parametrize("mapping", [{"prompts": "a"}, {"prompt": 1}, {"role_map": {"a": "boss"}}])
    def test_broken_mappings(self, mapping: dict[str, object]) -> None:
        """A mapping with an unknown part, a wrong kind or an unknown role is refused."""
        with pytest.raises(InvalidMappingError):
            read_mapping(mapping)

    def test_broken_options(self) -> None:
        """An option of an unknown name is refused with those that there are."""
        with pytest.raises(InvalidMappingError, match="reasoning"):
            read_options({"thoughts": "drop"})

    def test_useless_mappings(self, tmp_path: Path) -> None:
        """A mapping that makes no row says which ones do."""
        with pytest.raises(InvalidMappingError, match="prompt and response"):
            rows_of(write_lines(tmp_path, {"a": "1", "b": "2"}), mapping={"prompt": "a"})

    def test_parts_of_mappings(self, tmp_path: Path) -> None:
        """A mapping of one part corrects what was detected."""
        source = write_lines(tmp_path, {"instruction": "Say.", "output": "Hi.", "persona": "Be kind."})

        assert rows_of(source, mapping={"system": "persona"})[0]["messages"][0]["content"] == "Be kind."

    def test_unknown_records(self, tmp_path: Path) -> None:
        """Records of no dialect are answered with their fields and a way out."""
        with pytest.raises(FormatNotRecognisedError, match='"a", "b"'):
            rows_of(write_lines(tmp_path, {"a": "1", "b": "2"}))
