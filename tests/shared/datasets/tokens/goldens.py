"""Rows with known totals.

Each has the shape and the total of a published example that the rules were checked against: the message list and
the weather tool of OpenAI's counting notebook, its toy training file, and its tools for a drone. The words are ours.
"""

from typing import Any

Message = dict[str, Any]


def say(role: str, content: Any, **fields: Any) -> Message:
    return {"role": role, "content": content, **fields}


JARGON = [
    say("system", "You rewrite office jargon in plain words that everybody understands."),
    say("system", "We onboard granular learnings to counter the headwinds.", name="example_user"),
    say("system", "We learn from details because times are hard.", name="example_assistant"),
    say("system", "Let us revisit the low-hanging fruit once there is again a steady cadence.", name="example_user"),
    say("system", "We will talk about the easy tasks later, before anybody has to ask.", name="example_assistant"),
    say("user", "Please share a holistic view of the tailwinds, so that we can move the needle at the kickoff."),
]
"""129 tokens in cl100k_base, 124 in o200k_base."""

_GLOOM = say("system", "You are a gloomy assistant that sees a cloud in everything.")
_GARDEN = [
    _GLOOM,
    say("user", "My whole garden is in full bloom today."),
    say("assistant", "The first frost is close, I fear."),
    say("user", "I planted some more roses too!"),
    say("assistant", "Roses have thorns, you know."),
    say("user", "I could plant some trees instead."),
    say("assistant", "Trees fall over."),
    say("user", "Then I will just grow some grass."),
    say("assistant", "You must mow it."),
]
GLOOMY_ROWS: list[dict[str, Any]] = [
    {
        "messages": [
            _GLOOM,
            say("user", "I won a prize at school."),
            say("assistant", "Nobody is going to remember it by next week."),
        ]
    },
    {"messages": _GARDEN},
    {
        "messages": [
            say("user", "I found an old coin."),
            say("assistant", "Somebody else is missing it, surely."),
        ]
    },
    {"messages": [_GLOOM, say("assistant", "That is bad.")]},
    {"messages": [_GLOOM, say("user", "I feel well."), say("assistant", "It will not last!" * 1600)]},
]
"""45, 111, 26, 28 and 8032 tokens in cl100k_base."""

_TIDE_PROPERTIES = {
    "port": {"type": "string", "description": "Town and country, e.g. Dover, England"},
    "unit": {"type": "string", "description": "The unit of heights", "enum": ["metres", "inches"]},
}
TIDE_ROW = {
    "messages": [
        say("system", "You are a friendly port master and tell everybody about the tides."),
        say("user", "When is high water at Dover today?"),
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "get_tide_times",
                "description": "Look up high and low water of a given port",
                "parameters": {"type": "object", "properties": _TIDE_PROPERTIES, "required": ["port"]},
            },
        }
    ],
}
"""105 tokens in cl100k_base, 101 in o200k_base."""

_GREENHOUSE: dict[str, dict[str, Any]] = {
    "water_all_beds": {"litres": "integer"},
    "open_roof": {"side": ["north", "south", "both"], "roof_window": "object"},
    "move_shade": {"way": ["in", "out", "left", "right", "up", "down"], "steps": "integer"},
    "set_heating": {"degrees": "integer"},
    "run_camera": {"mode": ["photo", "film", "time_lapse"], "seconds": "integer"},
    "turn_table": {"tilt": "integer", "spin": "integer"},
    "set_lamps": {"mode": ["on", "off", "dim", "dusk"]},
    "close_roof_and_windows": {},
    "set_energy_saving_mode": {"state": ["on", "off"]},
    "set_frost_alarm": {"state": ["on", "off"]},
    "set_ventilation_fan": {"state": ["on", "off"]},
    "calibrate_moisture_sensors": {},
    "set_autopilot": {"state": ["on", "off"]},
    "set_label": {
        "style": ["plain", "bold", "large", "framed"],
        "colour": ["red", "blue", "green", "yellow", "white"],
    },
    "set_home_location": {"place": "object"},
    "reject_request": {},
}


def _property(kind: str | list[str]) -> dict[str, Any]:
    if isinstance(kind, list):
        return {"type": "string", "enum": kind}
    return {"type": kind, "minimum": 0} if kind == "integer" else {"type": kind}


GREENHOUSE_FUNCTIONS = [
    {
        "name": name,
        "parameters": {"type": "object", "properties": {key: _property(kind) for key, kind in properties.items()}},
    }
    for name, properties in _GREENHOUSE.items()
]
"""Sixteen functions without descriptions, 510 tokens in cl100k_base."""
