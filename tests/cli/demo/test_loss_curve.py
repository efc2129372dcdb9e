"""The loss curve: a well-formed picture of the very numbers it was given."""

import xml.etree.ElementTree as ET

import pytest

from cli.demo.loss_curve import Point, loss_curve_svg

NAMESPACE = {"svg": "http://www.w3.org/2000/svg"}
TRAIN: list[Point] = [(1.0, 4.0), (2.0, 2.0), (3.0, 1.0), (4.0, 0.5)]
VALIDATION: list[Point] = [(2.0, 2.5), (4.0, 0.6)]


def draw(train: list[Point], validation: list[Point], *, title: str = "t") -> ET.Element:
    return ET.fromstring(loss_curve_svg(train, validation, title=title))  # noqa: S314  our own picture


def points(root: ET.Element, name: str) -> list[Point]:
    line = root.find(f"svg:polyline[@id='{name}']", NAMESPACE)
    assert line is not None
    pairs = (pair.split(",") for pair in line.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def texts(root: ET.Element) -> list[str | None]:
    return [element.text for element in root.findall("svg:text", NAMESPACE)]


class TestLossCurve:
    def test_each_number_is_a_point(self) -> None:
        """Every training step is a point of one line, every validation a dot and a point of the other."""
        root = draw(TRAIN, VALIDATION)

        assert (len(points(root, "train")), len(points(root, "validation"))) == (4, 2)
        assert len(root.findall("svg:circle", NAMESPACE)) == 2

    def test_both_lines_share_their_axes(self) -> None:
        """A falling loss goes down and to the right, and equal steps lie above each other."""
        root = draw(TRAIN, VALIDATION)

        train, validation = points(root, "train"), points(root, "validation")
        assert train == sorted(train)
        assert [y for _, y in train] == sorted(y for _, y in train)
        assert [x for x, _ in validation] == [train[1][0], train[3][0]]

    def test_heights_are_in_proportion(self) -> None:
        """Half the loss is half the height above the axis."""
        root = draw(TRAIN, [])

        axis = 364
        heights = [axis - y for _, y in points(root, "train")]
        assert heights == pytest.approx([heights[0], heights[0] / 2, heights[0] / 4, heights[0] / 8], abs=0.2)

    def test_axes_and_lines_are_labelled(self) -> None:
        """The picture names both axes and both lines, and its ticks are round numbers."""
        labels = texts(draw(TRAIN, VALIDATION))

        assert {"step", "loss", "training loss", "validation loss"} <= set(labels)
        assert labels[1:6] == ["0", "1", "2", "3", "4"]

    def test_no_validation_no_line(self) -> None:
        """Without validation there is neither its line nor its name."""
        root = draw(TRAIN, [])

        assert root.find("svg:polyline[@id='validation']", NAMESPACE) is None
        assert "validation loss" not in texts(root)

    def test_a_title_with_markup_is_text(self) -> None:
        """A model's name is drawn as written, whatever characters are in it."""
        root = draw(TRAIN, [], title="ft:<b>&co")

        assert texts(root)[0] == "ft:<b>&co"

    def test_a_loss_of_zero_can_be_drawn(self) -> None:
        """A loss that is zero throughout is a flat line on the axis."""
        root = draw([(1, 0), (2, 0)], [])

        assert {y for _, y in points(root, "train")} == {364.0}

    def test_without_a_step_there_is_nothing_to_draw(self) -> None:
        """A curve without a training point is refused."""
        with pytest.raises(ValueError, match="at least one training point"):
            loss_curve_svg([], VALIDATION, title="t")
